package container

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"msgraph-user/internal/engine"
	"msgraph-user/internal/xsoar"
)

// What the platform adds to the arguments of any command.
var platformArguments = []string{
	"using", "using-brand", "using-category", "raw-response", "execution-timeout", "extend-context", "ignore-outputs", "debug-mode",
	"auto-extract", "retry-count", "retry-interval", "continue-on-error", "delay", "delay-by", "dbotScoreContext", "override-policy", "log-level",
}

// The names that the platform adds are passed over; any other unknown one is refused.
func TestContainersPassOverThePlatformsArguments(t *testing.T) {
	for loop, start := range loops {
		t.Run(loop, func(t *testing.T) {
			c := start(t)
			all := args{"user": "ivy.chen@larkspur.example"}
			for _, name := range platformArguments {
				all[name] = "true"
				kind, contents := onlyEntry(t, c.run(newCall("msgraph-user-unblock", args{"user": "ivy.chen@larkspur.example", name: "true"})))
				if kind != xsoar.Note {
					t.Errorf("%s: %s", name, contents)
				}
			}
			if kind, contents := onlyEntry(t, c.run(newCall("msgraph-user-unblock", all))); kind != xsoar.Note {
				t.Errorf("all of them: %s", contents)
			}
			kind, contents := onlyEntry(t, c.run(newCall("msgraph-user-unblock", args{"user": "ivy.chen@larkspur.example", "usr": "x"})))
			if kind != xsoar.Error || !strings.Contains(contents, `"usr"`) || !strings.Contains(contents, "user") {
				t.Errorf("an unknown one: %d %s", kind, contents)
			}
		})
	}
}

// The platform has parameters of its own: they are passed over with one line in its
// log. One that is nearly a guard rail is refused: it would be off without a word.
func TestContainersPassOverThePlatformsParameters(t *testing.T) {
	password := func(text string) any { return map[string]any{"identifier": "", "password": text} }
	configured := func(more ...any) map[string]any {
		params := map[string]any{
			"host": "https://graph.microsoft.com", "self_deployed": true, "creds_auth_id": password("11111111-1111-1111-1111-111111111111"),
			"creds_tenant_id": password("22222222-2222-2222-2222-222222222222"), "creds_enc_key": password("emulator-secret")}
		for n := 0; n < len(more); n += 2 {
			params[more[n].(string)] = more[n+1]
		}
		return params
	}
	for loop, start := range loops {
		t.Run(loop, func(t *testing.T) {
			c := start(t)
			var logged []string
			c.answer = func(m message) (string, bool) {
				if m.Type == "log" {
					logged = append(logged, fmt.Sprint(m.Args["args"]))
				}
				return "", false
			}
			run := func(params map[string]any) (xsoar.EntryType, string) {
				asked := newCall("test-module", nil)
				asked.Params = params
				return onlyEntry(t, c.run(asked))
			}
			for range 3 {
				if kind, contents := run(configured("incidentFetchInterval", "1", "engineGroup", nil)); kind != xsoar.Note {
					t.Fatal(contents)
				}
			}
			if told := strings.Count(strings.Join(logged, "\n"), "incidentFetchInterval"); told != 1 {
				t.Errorf("the log tells of it %d times: %q", told, logged)
			}
			for _, name := range []string{"readonly", "protected_user"} {
				if kind, contents := run(configured(name, "x")); kind != xsoar.Error || !strings.Contains(contents, name) {
					t.Errorf("%s: %d %s", name, kind, contents)
				}
			}
		})
	}
}

// Advice is for a person: it goes to the platform's log, and the entry stays alone.
func TestContainersPassAdviceToTheLog(t *testing.T) {
	for loop, start := range loops {
		t.Run(loop, func(t *testing.T) {
			c := start(t)
			var logged []string
			c.answer = func(m message) (string, bool) {
				if m.Type == "log" {
					logged = append(logged, m.Command+": "+fmt.Sprint(m.Args["args"]))
				}
				return "", false
			}
			kind, _ := onlyEntry(t, c.run(newCall("msgraph-user-session-revoke", args{"user": "ann.lee_fabrikam.example#EXT#@larkspur.onmicrosoft.com"})))
			if kind != xsoar.Note || len(logged) != 1 || !strings.HasPrefix(logged[0], "info: ") || !strings.Contains(logged[0], "home tenant") {
				t.Errorf("type %d, logged %q", kind, logged)
			}
		})
	}
}

// A command of many of which none succeeded says for each user what became of it,
// in the context too, and then what went wrong.
func TestContainersKeepTheResultsOfAFailedCommand(t *testing.T) {
	for loop, start := range loops {
		t.Run(loop, func(t *testing.T) {
			c := start(t)
			entries := c.run(newCall("msgraph-user-role-remove", args{"user": "mira.holt@larkspur.example,zoe.groesse@larkspur.example", "role": "No|Such"}))
			if len(entries) != 2 || typeOf(entries[0]) != xsoar.Note || typeOf(entries[1]) != xsoar.Error {
				t.Fatalf("got %v", entries)
			}
			context, _ := entries[0]["EntryContext"].(map[string]any)
			results, _ := context[engine.BulkPath].([]any)
			if len(results) != 2 || !cmp.Equal(entries[0]["Contents"], any(results)) {
				t.Fatalf("the context holds %v", context)
			}
			for n, user := range []string{"mira.holt@larkspur.example", "zoe.groesse@larkspur.example"} {
				if result := results[n].(map[string]any); result["User"] != user || result["Status"] != "failed" {
					t.Errorf("result %d is %v", n, result)
				}
			}
			readable, _ := entries[0]["HumanReadable"].(string)
			if !strings.Contains(readable, "| User | Outcome | Detail |\n| --- | --- | --- |\n| mira.holt@larkspur.example | failed | ") || !strings.Contains(readable, `No\|Such`) {
				t.Errorf("a person reads %s", readable)
			}
		})
	}
}
