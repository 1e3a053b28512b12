package emulator_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"msgraph-user/emulator"
)

const someone = "/v1.0/users/dele.okafor@larkspur.example"

func TestDeltaStartsOverOnDemand(t *testing.T) {
	x := start(t, emulator.Options{})
	link, _ := x.do("GET", "/v1.0/users/delta?$deltatoken=latest", "").json["@odata.deltaLink"].(string)
	if got := x.do("GET", link, ""); got.status != http.StatusOK {
		t.Fatalf("before: %d", got.status)
	}
	if got := x.do("POST", "/_emulator/expire-delta", ""); got.status != http.StatusOK {
		t.Fatalf("%d %s", got.status, got.text)
	}
	gone := x.do("GET", link, "")
	over := gone.header.Get("Location")
	if gone.status != http.StatusGone || over == "" {
		t.Fatalf("after: %d, Location %q", gone.status, over)
	}
	if got := x.do("GET", over, ""); got.status != http.StatusOK || len(got.value()) < 60 {
		t.Errorf("starting over: %d with %d people", got.status, len(got.value()))
	}
}

// A move of the clock ends tokens, passes and what can be restored.
func TestTheClockCanBeMoved(t *testing.T) {
	x := start(t, emulator.Options{})
	id, _ := x.do("GET", someone, "").json["id"].(string)
	x.do("DELETE", someone, "")
	link, _ := x.do("GET", "/v1.0/users/delta?$deltatoken=latest", "").json["@odata.deltaLink"].(string)
	x.do("POST", "/_emulator/clock", `{"advance":"3601s"}`)
	if got := x.do("GET", "/v1.0/users", ""); got.status != http.StatusUnauthorized {
		t.Errorf("after an hour the token answers %d", got.status)
	}
	x.do("POST", "/_emulator/clock", `{"advance":"167h"}`)
	x.token = x.signIn(emulator.ReadyApplication, emulator.ReadySecret)
	if got := x.do("GET", link, ""); got.code() != "syncStateNotFound" {
		t.Errorf("after seven days the delta link answers %d %s", got.status, got.code())
	}
	deleted := "/v1.0/directory/deletedItems/" + id
	if got := x.do("GET", deleted, ""); got.status != http.StatusOK {
		t.Errorf("after seven days the deleted user answers %d", got.status)
	}
	x.do("POST", "/_emulator/clock", `{"set":"`+x.now.Add(30*24*time.Hour).Format(time.RFC3339)+`"}`)
	x.token = x.signIn(emulator.ReadyApplication, emulator.ReadySecret)
	if got := x.do("GET", deleted, ""); got.status != http.StatusNotFound {
		t.Errorf("after thirty days the deleted user answers %d", got.status)
	}
}

func TestThrottlingAndLagAreSwitched(t *testing.T) {
	x := start(t, emulator.Options{})
	for _, c := range []struct {
		control, body string
		status        int
		shows         string
	}{
		{"throttling", `{"throttling":true}`, http.StatusOK, "true"},
		{"throttling", `{}`, http.StatusBadRequest, "true"},
		{"throttling", `{"throttling":false}`, http.StatusOK, "false"},
		{"lag", `{"lag":"2s"}`, http.StatusOK, "2s"},
		{"lag", `{"lag":"soon"}`, http.StatusBadRequest, "2s"},
		{"lag", `{"lag":"-1s"}`, http.StatusBadRequest, "2s"},
		{"lag", `{"lag":"0s"}`, http.StatusOK, "0s"},
	} {
		if got := x.do("POST", "/_emulator/"+c.control, c.body); got.status != c.status {
			t.Errorf("%s %s: %d %s", c.control, c.body, got.status, got.text)
		}
		if got := fmt.Sprint(x.do("GET", "/_emulator/"+c.control, "").json[c.control]); got != c.shows {
			t.Errorf("after %s %s it is %s", c.control, c.body, got)
		}
	}
}

// Pages of other sites cannot move the controls, whatever name they come by.
func TestControlsTakeNothingFromOtherSites(t *testing.T) {
	x := start(t, emulator.Options{AllowedHosts: []string{"tenant"}})
	for _, c := range []struct {
		name   string
		host   string
		header []string
		status int
	}{
		{"a script", "127.0.0.1", nil, http.StatusOK},
		{"the tenant's own page", "localhost:8080", []string{"Sec-Fetch-Site", "same-origin", "Origin", "http://localhost:8080"}, http.StatusOK},
		{"another site", "localhost:8080", []string{"Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example"}, http.StatusForbidden},
		{"another port", "localhost:8080", []string{"Sec-Fetch-Site", "same-site", "Origin", "http://localhost:9090"}, http.StatusForbidden},
		{"a rebound name", "evil.example:8080", []string{"Sec-Fetch-Site", "same-origin", "Origin", "http://evil.example:8080"}, http.StatusForbidden},
		{"a rebound name, with nothing that a browser adds", "evil.example:8080", nil, http.StatusForbidden},
		{"another origin that claims to be none", "localhost:8080", []string{"Sec-Fetch-Site", "none", "Origin", "https://evil.example"}, http.StatusForbidden},
		{"an origin that is hidden", "localhost:8080", []string{"Origin", "null"}, http.StatusForbidden},
		{"an allowed name", "tenant:8080", nil, http.StatusOK},
		{"an allowed name's own page", "tenant:8080", []string{"Origin", "http://tenant:8080"}, http.StatusOK},
		{"a name that begins as an allowed one", "tenant.evil.example", nil, http.StatusForbidden},
		{"by address", "192.0.2.9:8080", nil, http.StatusOK},
		{"by Microsoft's name", "graph.microsoft.com", nil, http.StatusOK},
	} {
		for _, control := range []string{"POST reset", "GET requests", "GET seed", "GET nothing"} {
			method, name, _ := strings.Cut(control, " ")
			want := c.status
			if name == "nothing" && want == http.StatusOK {
				want = http.StatusNotFound
			}
			if got := x.do(method, "http://"+c.host+"/_emulator/"+name, "", c.header...); got.status != want {
				t.Errorf("%s, %s: %d, want %d", c.name, control, got.status, want)
			}
		}
	}
}
