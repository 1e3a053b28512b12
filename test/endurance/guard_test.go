package endurance_test

import (
	"encoding/json"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"msgraph-user/emulator"
	"msgraph-user/emulator/company"
	"msgraph-user/graph"
	"msgraph-user/handlers"
	"msgraph-user/internal/audit"
	"msgraph-user/internal/definition"
	"msgraph-user/internal/engine"
)

// changing returns the commands that ask Graph for anything but a read.
func changing(t testing.TB) map[string]bool {
	t.Helper()
	defined := definition.Load()
	needs, err := engine.Needs(defined, handlers.Commands())
	if err != nil {
		t.Fatal(err)
	}
	changes := map[string]bool{}
	for _, need := range needs {
		changes[need.Command] = slices.ContainsFunc(need.Requests, func(r graph.Request) bool { return r.Method != http.MethodGet })
	}
	return changes
}

// argumentsOf returns every command with arguments that it accepts, for user.
func argumentsOf(t testing.TB, user string) map[string]map[string]any {
	t.Helper()
	defined := definition.Load()
	known := of("user", user, "user_id", user, "user_mail", user, "manager", other, "method_id", "a-method", "policy_id", "a-policy",
		"password", "Practice-Pa55word", "zip_password", "zip-password-1", "client_secret", "mfa-client-secret", "access_token", "mfa-access-token",
		"display_name", "D", "mail_nickname", "d", "user_principal_name", "d@larkspur.example", "updated_fields", "jobTitle=Tester")
	all := map[string]map[string]any{}
	for _, name := range defined.CommandNames() {
		command, _ := defined.Command(name)
		args := map[string]any{}
		for _, argument := range command.Args {
			value, ok := known[argument.Name]
			switch {
			case !argument.Required && argument.Name != "password":
			case ok:
				args[argument.Name] = value
			case len(argument.Predefined) > 0:
				args[argument.Name] = argument.Predefined[0]
			default:
				args[argument.Name] = "an-id"
			}
		}
		all[name] = args
	}
	contain := all["msgraph-user-contain"]
	contain["user"], contain["record"] = user, "file" // neither is required: run_id goes on with a run that has a place
	return all
}

func TestReadOnlyRefusesEveryChange(t *testing.T) {
	t.Parallel()
	n := newTenant(t, emulator.Options{})
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	p := startProgram(t, "serve", "--audit", path)
	params := with(emulator.Parameters(n.base), "read_only", true)
	refused, changes := 0, changing(t)
	for command, args := range argumentsOf(t, colleague) {
		a := p.Call(command, args, params)
		isRefused := a.Code() == -32602 && a.Error.Data["parameter"] == "read_only"
		if isRefused != changes[command] {
			t.Errorf("%s: %.300s", command, a.Text)
		}
		if isRefused {
			refused++
		}
	}
	if sent := n.changes(); len(sent) > 0 {
		t.Errorf("Graph was asked for changes: %+v", sent)
	}
	lines := trail(t, path)
	if len(lines) != refused {
		t.Errorf("%d lines in the trail for %d refusals", len(lines), refused)
	}
	for _, line := range lines {
		if line.Outcome != audit.Refused || !strings.Contains(line.Error, "read_only") {
			t.Errorf("the trail says %+v", line)
		}
	}
}

// breakGlass is a user with many names.
const (
	breakGlass      = "breakglass1@larkspur.onmicrosoft.com"
	breakGlassMail  = "emergency@larkspur.example"
	breakGlassProxy = "old.admin@larkspur.example"
	breakGlassOther = "admin.home@mail.example"
)

// manyNames is the sample company with more names for its break-glass account.
func manyNames(t testing.TB) (seed []byte, id string) {
	t.Helper()
	var people map[string]any
	if err := json.Unmarshal(company.Seed(), &people); err != nil {
		t.Fatal(err)
	}
	for _, u := range people["users"].([]any) {
		user := u.(map[string]any)
		if user["userPrincipalName"] == breakGlass {
			user["mail"] = breakGlassMail
			user["proxyAddresses"] = []string{"SMTP:" + breakGlassMail, "smtp:" + breakGlassProxy}
			user["otherMails"] = []string{breakGlassOther}
			user["id"] = "bbbbbbbb-0000-4000-8000-0000000000aa"
		}
	}
	seed, err := json.Marshal(people)
	if err != nil {
		t.Fatal(err)
	}
	return seed, "bbbbbbbb-0000-4000-8000-0000000000aa"
}

// Whatever name the list has for a user, and whatever name the command is given,
// the user is not changed.
func TestAProtectedUserIsProtectedUnderAllNames(t *testing.T) {
	t.Parallel()
	seed, id := manyNames(t)
	n := newTenant(t, emulator.Options{Seed: seed})
	p := startProgram(t, "serve")
	for _, listed := range []string{id, strings.ToUpper(id), breakGlass, strings.ToUpper(breakGlass), breakGlassMail, breakGlassProxy, "OLD.Admin@Larkspur.example", breakGlassOther} {
		params := with(emulator.Parameters(n.base), "protected_users", "nobody@larkspur.example\n  "+listed+"\n")
		for _, named := range []string{id, strings.ToUpper(id), breakGlass, "BreakGlass1@LARKSPUR.onmicrosoft.com"} {
			a := p.Call("msgraph-user-account-disable", of("user", named), params)
			if a.Code() != -32602 || a.Error.Data["parameter"] != "protected_users" || !strings.Contains(a.Error.Message, listed) {
				t.Errorf("listed as %s, named %s: %s", listed, named, a.Text)
			}
		}
		if a := p.Call("msgraph-user-get", of("user", id), params); a.Error != nil {
			t.Errorf("reading: %s", a.Text)
		}
		if a := p.Call("msgraph-user-account-disable", of("user", "nobody.else@larkspur.example"), params); a.Error != nil {
			t.Errorf("somebody who is not there: %s", a.Text)
		}
	}
	for _, change := range n.changes() {
		if !strings.Contains(change.URL, "nobody.else") {
			t.Errorf("Graph was asked for a change: %s %s", change.Method, change.URL)
		}
	}
}

func TestEveryChangeOfAProtectedUserIsRefused(t *testing.T) {
	t.Parallel()
	seed, id := manyNames(t)
	n := newTenant(t, emulator.Options{Seed: seed})
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	p := startProgram(t, "serve", "--audit", path)
	params := with(emulator.Parameters(n.base), "protected_users", breakGlassProxy)
	refused, changes, commands := 0, changing(t), handlers.Commands()
	for command, args := range argumentsOf(t, id) {
		// Things are no users, and who can be restored is no user of the directory now.
		// The users of an undo are in its record: see TestUndoRefusesAProtectedUser.
		if cmd := commands[command]; !changes[command] || cmd.Target == "" || cmd.Things || cmd.Recognizes || command == "msgraph-user-undo" {
			continue
		}
		a := p.Call(command, args, params)
		if a.Code() != -32602 || a.Error.Data["parameter"] != "protected_users" {
			t.Errorf("%s: %.300s", command, a.Text)
		}
		refused++
	}
	if sent := n.changes(); len(sent) > 0 || refused < 15 {
		t.Errorf("%d commands; Graph was asked for changes: %+v", refused, sent)
	}
	for _, line := range trail(t, path) {
		if line.Seal != "" {
			continue // of the record of a containment, which tells the refusal
		}
		if line.Outcome != audit.Refused || line.Target != id {
			t.Errorf("the trail says %+v", line)
		}
	}
	if a := p.Call("msgraph-user-account-disable", of("user", colleague), params); a.Error != nil || len(n.changes()) != 1 {
		t.Errorf("another user: %s", a.Text)
	}
}

// Where it cannot be seen who a user is, the user is not changed.
func TestAUserWhoCannotBeLookedUpIsNotChanged(t *testing.T) {
	t.Parallel()
	script := file(t, "script.yml", `[{"on":"GET /v1.0/users/*","do":"answer","status":403,"body":"{\"error\":{\"code\":\"Authorization_RequestDenied\",\"message\":\"No.\"}}"}]`)
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	p := startProgram(t, "serve", "--emulator", "--fault-script", script, "--audit", path)
	a := p.Call("msgraph-user-account-disable", of("user", colleague), with(emulator.Parameters(""), "protected_users", breakGlass))
	if a.Code() != -32002 || a.Error.Data["status"] != float64(403) {
		t.Errorf("answered %s", a.Text)
	}
	if lines := trail(t, path); len(lines) != 1 || lines[0].Outcome != audit.Refused {
		t.Errorf("the trail says %+v", lines)
	}
}
