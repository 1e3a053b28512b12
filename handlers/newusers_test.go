package handlers_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"msgraph-user/emulator"
	"msgraph-user/internal/engine"
	"msgraph-user/internal/graphtest"
)

// lagging is a service over a practice tenant whose copies lag behind. Time
// passes when the service waits, and never else.
type lagging struct {
	t       *testing.T
	service *engine.Service
	tenant  *emulator.Tenant
	at      time.Time
	waited  time.Duration
}

func newLagging(t *testing.T, lag time.Duration) *lagging {
	t.Helper()
	l := &lagging{t: t, at: time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC)}
	var err error
	l.tenant, err = emulator.New(emulator.Options{Lag: lag, InProcess: true, Now: func() time.Time { return l.at }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.tenant.Close() })
	l.service = newService(t, l.tenant.Transport(), engine.Options{
		Params:    emulator.Parameters(""),
		UserAgent: "msgraph-user/test",
		Now:       func() time.Time { return l.at },
		Wait: func(_ context.Context, d time.Duration) error {
			l.at, l.waited = l.at.Add(d), l.waited+d
			return nil
		},
	})
	return l
}

// run runs a command, given as its name and then names and values, and returns
// its entries as text and how long the service waited for it.
func (l *lagging) run(command string, pairs ...string) (text string, waited time.Duration, err error) {
	l.t.Helper()
	args := map[string]any{}
	for i := 0; i < len(pairs); i += 2 {
		args[pairs[i]] = pairs[i+1]
	}
	l.waited = 0
	entries, err := l.service.Run(l.t.Context(), engine.Call{Command: command, Args: args})
	shown, marshalErr := json.Marshal(entries)
	if marshalErr != nil {
		l.t.Fatal(marshalErr)
	}
	return string(shown), l.waited, err
}

const nia = "nia.frost@larkspur.example"

func (l *lagging) create() {
	l.t.Helper()
	if text, _, err := l.run("msgraph-user-create", "display_name", "Nia Frost", "mail_nickname", "nia.frost", "password", "Practice-1234", "user_principal_name", nia); err != nil || !strings.Contains(text, nia) {
		l.t.Fatalf("create: %v %s", err, text)
	}
}

func TestNewUserCanBeWorkedOnAtOnce(t *testing.T) {
	for _, lag := range []time.Duration{0, 2 * time.Second, 5 * time.Second} {
		t.Run(lag.String(), func(t *testing.T) {
			l := newLagging(t, lag)
			l.create()
			began := l.at
			for _, step := range []struct {
				shows   string
				command []string
			}{
				{"Nia Frost", []string{"msgraph-user-get", "user", nia}},
				{nia, []string{"msgraph-user-update", "user", strings.ToUpper(nia), "updated_fields", "jobTitle=Analyst"}},
				{"disabled", []string{"msgraph-user-account-disable", "user", nia}},
				{"revoked", []string{"msgraph-user-session-revoke", "user", nia}},
				{nia, []string{"msgraph-user-assign-manager", "user", "dele.okafor@larkspur.example", "manager", nia}},
			} {
				if text, _, err := l.run(step.command[0], step.command[1:]...); err != nil || !strings.Contains(text, step.shows) || strings.Contains(text, "not found") {
					t.Errorf("%v: %v %s", step.command, err, text)
				}
			}
			if waited := l.at.Sub(began); lag == 0 && waited > 0 {
				t.Errorf("%v were waited without a reason", waited)
			}
			user := l.directoryEntry()
			if user["accountEnabled"] != false || user["jobTitle"] != "Analyst" {
				t.Errorf("the directory has %v", user)
			}
		})
	}
}

// What an update of a new user shows is what was set, whichever copy is asked.
func TestAnUpdateOfANewUserShowsWhatWasSet(t *testing.T) {
	l := newLagging(t, 5*time.Second)
	l.create()
	type step struct{ fields, shows string }
	steps := []step{{"jobTitle=First", `"JobTitle":"First"`}} // there was none
	for i := range 12 {                                       // so that each copy is asked about each value
		enabled := strconv.FormatBool(i%2 == 1)
		steps = append(steps, step{"accountEnabled=" + enabled, `"AccountEnabled":` + enabled}, step{"jobTitle=T" + strconv.Itoa(i), `"JobTitle":"T` + strconv.Itoa(i) + `"`})
	}
	for _, step := range steps {
		text, waited, err := l.run("msgraph-user-update", "user", nia, "updated_fields", step.fields)
		if err != nil || !strings.Contains(text, step.shows) {
			t.Errorf("%s: %v %s", step.fields, err, text)
		}
		if waited > 5*time.Second {
			t.Errorf("%s: %v were waited for what was known", step.fields, waited)
		}
	}
}

// directoryEntry is the new user as the tenant itself holds it.
func (l *lagging) directoryEntry() map[string]any {
	l.t.Helper()
	exported, err := l.tenant.Export()
	if err != nil {
		l.t.Fatal(err)
	}
	var seed struct{ Users []map[string]any }
	if err := json.Unmarshal(exported, &seed); err != nil {
		l.t.Fatal(err)
	}
	for _, user := range seed.Users {
		if user["userPrincipalName"] == nia {
			return user
		}
	}
	return nil
}

// Who is not new, or is gone, or is not what Graph misses, is not waited for.
func TestOther404sCountAtOnce(t *testing.T) {
	const lag = 2 * time.Second
	for _, c := range []struct {
		name    string
		before  func(l *lagging)
		command []string
	}{
		{"somebody else", func(*lagging) {}, []string{"msgraph-user-get", "user", "nobody@larkspur.example"}},
		{"deleted again", func(l *lagging) {
			if _, _, err := l.run("msgraph-user-delete", "user", nia); err != nil {
				l.t.Fatal(err)
			}
			l.at = l.at.Add(lag)
		}, []string{"msgraph-user-get", "user", nia}},
		{"no longer new", func(l *lagging) {
			l.at = l.at.Add(time.Minute)
			l.removeBehindTheServicesBack()
		}, []string{"msgraph-user-get", "user", nia}},
		{"a manager that the user does not have", func(l *lagging) { l.at = l.at.Add(lag) }, []string{"msgraph-user-get-manager", "user", nia}},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := newLagging(t, lag)
			l.create()
			c.before(l)
			text, waited, err := l.run(c.command[0], c.command[1:]...)
			if err != nil || !strings.Contains(text, "not found") && !strings.Contains(text, "no manager") {
				t.Errorf("%v %s", err, text)
			}
			if waited > 0 {
				t.Errorf("%v were waited before the 404 was believed", waited)
			}
		})
	}
}

func (l *lagging) removeBehindTheServicesBack() {
	l.t.Helper()
	if err := l.tenant.Reset(); err != nil {
		l.t.Fatal(err)
	}
}

// The command stands in the User-Agent of every request to Graph.
func TestRequestsNameTheirCommand(t *testing.T) {
	var agents []string
	tenant, err := emulator.New(emulator.Options{InProcess: true})
	if err != nil {
		t.Fatal(err)
	}
	defer tenant.Close()
	far := graphtest.Transport(func(r *http.Request) (*http.Response, error) {
		if strings.HasPrefix(r.URL.Path, "/v1.0/") {
			agents = append(agents, r.Header.Get("User-Agent"))
		}
		return tenant.Transport().RoundTrip(r)
	})
	service := newService(t, far, engine.Options{Params: emulator.Parameters(""), UserAgent: "msgraph-user/test"})
	for _, asked := range []engine.Call{
		{Command: "msgraph-user-list"},
		{Command: "msgraph-user-get", Args: map[string]any{"user": "mira.holt@larkspur.example"}},
	} {
		if _, err := service.Run(t.Context(), asked); err != nil {
			t.Fatal(err)
		}
		if got, want := agents[len(agents)-1], "msgraph-user/test ("+asked.Command+")"; got != want {
			t.Errorf("User-Agent is %q, want %q", got, want)
		}
	}
}
