package emulator_test

import (
	"net/http"
	"testing"
	"time"

	"msgraph-user/emulator"
)

const newUser = `{"accountEnabled":true,"displayName":"Nia Frost","mailNickname":"nia.frost","userPrincipalName":"nia.frost@larkspur.example","passwordProfile":{"password":"Practice-1234"}}`

// statuses sends the same request three times, which is once to every copy.
func (x *tenant) statuses(method, path, body string) [3]int {
	x.t.Helper()
	var got [3]int
	for i := range got {
		got[i] = x.do(method, path, body).status
	}
	return got
}

func TestNewUsersAppearCopyByCopy(t *testing.T) {
	x := start(t, emulator.Options{Lag: 2 * time.Second})
	x.Clock().Advance(time.Minute)
	if got := x.do("POST", "/v1.0/users", newUser); got.status != http.StatusCreated {
		t.Fatalf("create: %d %s", got.status, got.text)
	}
	for range 2 { // the create went to the first of three copies: now it is its turn again
		x.do("GET", "/v1.0/users", "")
	}
	const found, missing = http.StatusOK, http.StatusNotFound
	for _, step := range []struct {
		wait time.Duration
		want [3]int
	}{
		{0, [3]int{missing, missing, found}},
		{999 * time.Millisecond, [3]int{missing, missing, found}},
		{time.Millisecond, [3]int{missing, found, found}},
		{time.Second, [3]int{found, found, found}},
	} {
		x.Clock().Advance(step.wait)
		if got := x.statuses("GET", "/v1.0/users/nia.frost@larkspur.example", ""); got != step.want {
			t.Errorf("after another %v the copies answer %v, want %v", step.wait, got, step.want)
		}
	}
}

func TestChangesShowTheOldStateForAWhile(t *testing.T) {
	x := start(t, emulator.Options{Lag: 2 * time.Second})
	const path = "/v1.0/users/dele.okafor@larkspur.example"
	if got := x.do("PATCH", path, `{"city":"Lagos"}`); got.status != http.StatusNoContent {
		t.Fatalf("%d %s", got.status, got.text)
	}
	cities := func() (cities [3]any) {
		for i := range cities {
			cities[i] = x.do("GET", path+"?$select=city", "").json["city"]
		}
		return cities
	}
	if got, want := cities(), [3]any{"Portland", "Lagos", "Portland"}; got != want { // the change went to the first
		t.Errorf("at once the copies say %v, want %v", got, want)
	}
	x.Clock().Advance(2 * time.Second)
	if got, want := cities(), [3]any{"Lagos", "Lagos", "Lagos"}; got != want {
		t.Errorf("after the lag the copies say %v, want %v", got, want)
	}
	x.do("DELETE", path, "")
	if got, want := x.statuses("GET", path, ""), [3]int{404, 200, 200}; got != want {
		t.Errorf("a deleted user is %v, want %v", got, want)
	}
}

func TestPeopleReadWhatTheyWrote(t *testing.T) {
	x := start(t, emulator.Options{Lag: time.Hour})
	x.token = x.signInAs("mira.holt@larkspur.example")
	const path = "/v1.0/users/mira.holt@larkspur.example"
	for i, phone := range []string{"+1 503 555 0301", "+1 503 555 0302", "+1 503 555 0303"} {
		if got := x.do("PATCH", path, `{"mobilePhone":"`+phone+`"}`); got.status != http.StatusNoContent {
			t.Fatalf("%d %s", got.status, got.text)
		}
		if got := x.do("GET", path+"?$select=mobilePhone", "").json["mobilePhone"]; got != phone {
			t.Errorf("read %d says %v, want %v", i+1, got, phone)
		}
	}
}

func TestResetIsSeenByAllCopies(t *testing.T) {
	x := start(t, emulator.Options{Lag: time.Hour})
	const path = "/v1.0/users/dele.okafor@larkspur.example"
	x.do("DELETE", path, "")
	if err := x.Reset(); err != nil {
		t.Fatal(err)
	}
	x.token = x.signIn(emulator.ReadyApplication, emulator.ReadySecret)
	if got, want := x.statuses("GET", path, ""), [3]int{200, 200, 200}; got != want {
		t.Errorf("after a reset the copies say %v", got)
	}
}

func TestDeltaIsWholeUnderLag(t *testing.T) {
	x := start(t, emulator.Options{Lag: time.Hour})
	link, _ := x.do("GET", "/v1.0/users/delta?$deltatoken=latest", "").json["@odata.deltaLink"].(string)
	x.do("PATCH", "/v1.0/users/dele.okafor@larkspur.example", `{"jobTitle":"Head of Markets"}`)
	for range 3 {
		if got := x.do("GET", link, ""); got.status != http.StatusOK || len(got.value()) != 1 {
			t.Errorf("%d %s", got.status, got.text)
		}
	}
}
