package handlers_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"msgraph-user/emulator"
	"msgraph-user/graph"
	"msgraph-user/handlers"
	"msgraph-user/internal/engine"
	"msgraph-user/internal/failure"
	"msgraph-user/internal/journal"
	"msgraph-user/internal/rawjson"
)

// The people of the sample company whose containments are undone here.
const (
	sam    = "sam.whitfield@larkspur.example" // has consents, a role in an application, inbox rules, a device
	olivia = "olivia.stone@larkspur.example"
	tomas  = "tomas.brandt@larkspur.example"
)

// practising is the practice tenant with a service that works on it.
type practising struct {
	*testing.T
	tenant  *emulator.Tenant
	service *engine.Service
	client  *graph.Client
}

// practise runs test on a practice tenant, in virtual time.
func practise(t *testing.T, test func(p *practising)) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		now := func() time.Time { return time.Date(2026, 11, 26, 9, 0, 0, 0, time.UTC).Add(time.Since(began)) }
		tenant, err := emulator.New(emulator.Options{InProcess: true, Now: now})
		if err != nil {
			t.Fatal(err)
		}
		defer tenant.Close()
		service := engine.New(engine.Options{Commands: handlers.Commands(), Definition: loadDefinition(t), InProcess: tenant.Transport(), Now: now, Params: emulator.Parameters("")})
		client, err := service.Connect(engine.Call{})
		if err != nil {
			t.Fatal(err)
		}
		test(&practising{t, tenant, service, client.Graph})
	})
}

// run runs a command; pairs are its arguments.
func (p *practising) run(command string, pairs ...string) (result engine.ContainmentResult, readable string, err error) {
	args := map[string]any{}
	for i := 0; i < len(pairs); i += 2 {
		args[pairs[i]] = pairs[i+1]
	}
	entries, err := p.service.Run(p.Context(), engine.Call{Command: "msgraph-user-" + command, Args: args})
	if err != nil {
		return result, "", err
	}
	for _, path := range []string{engine.ContainmentPath, engine.UndoPath} {
		if found, ok := entries[0].EntryContext[path].(engine.ContainmentResult); ok {
			result = found
		}
	}
	return result, entries[0].HumanReadable, nil
}

// must is run of a command that has to succeed.
func (p *practising) must(command string, pairs ...string) (engine.ContainmentResult, string) {
	p.Helper()
	result, readable, err := p.run(command, pairs...)
	if err != nil {
		p.Fatalf("%s %v: %v", command, pairs, err)
	}
	return result, readable
}

// changes are the requests so far that changed something.
func (p *practising) changes() (changes []string) {
	for _, r := range p.tenant.Requests() {
		if r.Method != "GET" && r.Status < 300 && !strings.Contains(r.URL, "oauth2/v2.0/token") && !strings.HasSuffix(r.URL, "$batch") {
			changes = append(changes, r.Method+" "+r.URL)
		}
	}
	return changes
}

// nothingSent reports a test in which something was changed after the first before
// changes.
func (p *practising) nothingSent(what string, before int) {
	p.Helper()
	if sent := p.changes()[before:]; len(sent) > 0 {
		p.Errorf("%s: sent %v", what, sent)
	}
}

// send sends a request of somebody else, who does not work with the program.
func (p *practising) send(request graph.Request) {
	p.Helper()
	if _, err := p.client.Send(p.Context(), request); err != nil {
		p.Fatal(err)
	}
}

func (p *practising) id(user string) string {
	p.Helper()
	response, err := p.client.Send(p.Context(), graph.GetUser(user, "id"))
	if err != nil {
		p.Fatal(err)
	}
	return response.Object.Text("id")
}

func statusesOf(result engine.ContainmentResult) map[string]engine.Status {
	all := map[string]engine.Status{}
	for _, step := range result.Steps {
		all[step.Step] = step.Status
	}
	return all
}

func TestWhatUndoRefuses(t *testing.T) {
	practise(t, func(p *practising) {
		run, _ := p.must("contain", "user", sam, "steps", "disable,consents")
		undo, _ := p.must("undo", "run_id", run.RunID)
		before := len(p.changes())
		for name, c := range map[string]struct {
			args           []string
			argument, says string
		}{
			"an unknown run":    {[]string{"run_id", "no-such-run"}, "run_id", "no-such-run"},
			"an undo":           {[]string{"run_id", undo.RunID}, "run_id", run.RunID},
			"an unknown user":   {[]string{"run_id", run.RunID, "user", tomas}, "user", tomas},
			"an unknown step":   {[]string{"run_id", run.RunID, "steps", "everything"}, "steps", "phone-email-methods"},
			"a step not taken":  {[]string{"run_id", run.RunID, "steps", "devices"}, "steps", "changed nothing"},
			"another seal":      {[]string{"run_id", run.RunID, "seal", strings.Repeat("0", 64)}, "seal", "was changed"},
			"a file of no form": {[]string{"file", "{}"}, "file", "is not as it was written"},
		} {
			_, _, err := p.run("undo", c.args...)
			e, ok := errors.AsType[*failure.Error](err)
			if !ok || e.Argument != c.argument || !strings.Contains(e.Error(), c.says) {
				p.Errorf("%s: %v (argument %q)", name, err, e.Argument)
			}
			p.nothingSent(name, before)
		}
	})
}

func TestAnUndoIsDoneOnce(t *testing.T) {
	practise(t, func(p *practising) {
		run, _ := p.must("contain", "user", sam)
		first, _ := p.must("undo", "run_id", run.RunID)
		if !*first.Users[0].Restored || first.Undoes != run.RunID || first.RunID == run.RunID || first.Seal == "" {
			p.Errorf("%+v", first)
		}
		before := len(p.changes())
		again, _ := p.must("undo", "run_id", run.RunID)
		if !*again.Users[0].Restored {
			p.Errorf("%+v", again)
		}
		p.nothingSent("the second undo", before)
	})
}

func TestAPartIsUndone(t *testing.T) {
	practise(t, func(p *practising) {
		run, _ := p.must("contain", "user", sam+","+olivia, "steps", "disable,consents,revoke-sessions")
		part, _ := p.must("undo", "run_id", run.RunID, "user", strings.ToUpper(olivia), "steps", "disable")
		if len(part.Users) != 1 || part.Users[0].User != olivia || len(part.Steps) != 1 || part.Steps[0].Step != "disable" {
			p.Errorf("%+v", part)
		}
		rest, readable := p.must("undo", "run_id", run.RunID)
		if len(rest.Users) != 2 || !strings.Contains(readable, "the user signs in again") {
			p.Errorf("%+v\n%s", rest, readable)
		}
	})
}

func TestADryRunOfAnUndoSendsNothing(t *testing.T) {
	practise(t, func(p *practising) {
		run, _ := p.must("contain", "user", sam, "steps", "disable")
		before := len(p.changes())
		_, readable := p.must("undo", "run_id", run.RunID, "dry_run", "true")
		if !strings.Contains(readable, "PATCH /v1.0/users/"+p.id(sam)) || !strings.Contains(readable, "User.EnableDisableAccount.All") {
			p.Error(readable)
		}
		p.nothingSent("a dry run", before)
	})
}

// What was added after since is the attacker's: it is named, and comes back only where
// that is asked for.
func TestTheAttackersThingsStayAway(t *testing.T) {
	practise(t, func(p *practising) {
		user := p.id(sam)
		p.send(graph.CreateConsent(rawjson.Object{{Name: "clientId", Value: rawjson.Quote(filesApp)}, {Name: "consentType", Value: rawjson.Quote("Principal")},
			{Name: "principalId", Value: rawjson.Quote(user)}, {Name: "resourceId", Value: rawjson.Quote(graphItself)}, {Name: "scope", Value: rawjson.Quote("Mail.Read")}}))
		time.Sleep(time.Minute)
		run, _ := p.must("contain", "user", sam, "steps", "disable,consents", "since", "1 hours")
		result, readable := p.must("undo", "run_id", run.RunID)
		if !strings.Contains(readable, "Not given back, because it was added after") || !strings.Contains(readable, "Mail.Read") {
			p.Error(readable)
		}
		if !*result.Users[0].Restored || p.has(user, "Mail.Read") {
			p.Errorf("%+v", result)
		}
		p.must("undo", "run_id", run.RunID, "restore_all", "true")
		if !p.has(user, "Mail.Read") {
			p.Error("restore_all does not give it back")
		}
	})
}

// has reports whether a user has a consent of a scope.
func (p *practising) has(user, scope string) bool {
	p.Helper()
	page, err := p.client.Page(p.Context(), graph.ListConsents(user, ""))
	if err != nil {
		p.Fatal(err)
	}
	return slices.ContainsFunc(page.Value, func(item json.RawMessage) bool { return strings.Contains(string(item), `"scope":"`+scope+`"`) })
}

// What somebody has changed since is left and named; force takes the change back.
func TestWhatSomebodyChangedIsLeft(t *testing.T) {
	practise(t, func(p *practising) {
		user := p.id(sam)
		run, _ := p.must("contain", "user", sam, "steps", "consents,disable")
		p.send(graph.CreateConsent(rawjson.Object{{Name: "clientId", Value: rawjson.Quote(calendarApp)}, {Name: "consentType", Value: rawjson.Quote("Principal")},
			{Name: "principalId", Value: rawjson.Quote(user)}, {Name: "resourceId", Value: rawjson.Quote(graphItself)}, {Name: "scope", Value: rawjson.Quote("User.Read")}}))
		result, readable := p.must("undo", "run_id", run.RunID)
		steps := statusesOf(result)
		if steps["disable"] != engine.Succeeded || steps["consents"] != engine.Refused || *result.Users[0].Restored || !slices.Equal(result.Users[0].Left, []string{"consents"}) {
			p.Errorf("%+v", result)
		}
		if !strings.Contains(readable, "Somebody has changed the consent Calendars.Read") || !p.has(user, "User.Read") {
			p.Error(readable)
		}
		before := len(p.changes())
		if _, _, err := p.run("undo", "run_id", run.RunID, "steps", "consents"); err == nil || !strings.Contains(err.Error(), "force=true") {
			p.Errorf("nothing but what was changed since: %v", err)
		}
		p.nothingSent("what was changed since", before)
	})
}

// The journal of a change of many is taken back by the inverse command, for what
// succeeded.
func TestAJournalIsTakenBack(t *testing.T) {
	practise(t, func(p *practising) {
		file := p.journalOf("msgraph-user-account-disable", map[string]any{"user": sam + "," + tomas + ",nobody@larkspur.example"}, nil)
		entries, err := p.service.Run(p.Context(), engine.Call{Command: "msgraph-user-undo", Args: map[string]any{"file": file}})
		if err != nil || !strings.Contains(entries[0].HumanReadable, "msgraph-user-unblock") || strings.Contains(entries[0].HumanReadable, "nobody") {
			p.Fatalf("%v %+v", err, entries)
		}
		if changed := p.changes(); len(changed) != 4 || !strings.HasPrefix(changed[2], "PATCH") {
			p.Errorf("%v", changed)
		}
	})
}

// The rows of a file are taken back one by one, with the arguments that each had.
func TestAJournalOfRowsIsTakenBack(t *testing.T) {
	practise(t, func(p *practising) {
		id := p.id(sam)
		rows := []engine.Row{{Args: map[string]any{"user": sam, "rule_id": "AQAAAKf3xQ="}}}
		file := p.journalOf("msgraph-user-inbox-rule-disable", nil, rows)
		if _, err := p.service.Run(p.Context(), engine.Call{Command: "msgraph-user-undo", Args: map[string]any{"file": file}}); err != nil {
			p.Fatal(err)
		}
		rule, err := p.client.Send(p.Context(), graph.GetInboxRule(id, "AQAAAKf3xQ="))
		if err != nil || string(rule.Object.Get("isEnabled")) != "true" {
			p.Errorf("%v %v", rule.Object, err)
		}
	})
}

func TestJournalsThatNothingTakesBack(t *testing.T) {
	practise(t, func(p *practising) {
		reset := p.journalOf("msgraph-user-force-reset-password", map[string]any{"user": sam}, nil)
		old := `{"journal":1,"identity":"x"}` + "\n"
		other := strings.Replace(p.journalOf("msgraph-user-account-disable", map[string]any{"user": sam}, nil), emulator.ReadyTenant, "another-tenant", 1)
		rowed := func(target string) string {
			return fmt.Sprintf(`{"journal":1,"command":"msgraph-user-account-disable","tenant":%q,"rows":[{"user":%q}]}
{"target":%[3]q,"status":"sent"}
{"target":%[3]q,"status":"succeeded"}
`, emulator.ReadyTenant, sam, target)
		}
		before := len(p.changes())
		for name, c := range map[string]struct{ file, says string }{
			"no inverse":       {reset, "msgraph-user-force-reset-password, and no command takes that back"},
			"no command":       {old, "a command that it does not name"},
			"another instance": {other, "another-tenant"},
			"damaged":          {old + "{\n", "damaged"},
			"a row too many":   {rowed("row 2"), "does not say what row 2 was"},
			"no row":           {rowed("row -1"), "does not say what row -1 was"},
			"row 0":            {rowed("row 0"), "does not say what row 0 was"},
		} {
			_, _, err := p.run("undo", "file", c.file, "user", sam)
			e, ok := errors.AsType[*failure.Error](err)
			if !ok || e.Argument != "file" || !strings.Contains(e.Error(), c.says) {
				p.Errorf("%s: %v", name, err)
			}
			p.nothingSent(name, before)
		}
	})
}

// journalOf runs a command with a journal and returns what the journal holds.
func (p *practising) journalOf(command string, args map[string]any, rows []engine.Row) string {
	p.Helper()
	path := filepath.Join(p.TempDir(), fmt.Sprintf("%d.journal", len(p.changes())))
	book, err := journal.Open(path)
	if err != nil {
		p.Fatal(err)
	}
	_, err = p.service.Run(context.WithoutCancel(p.Context()), engine.Call{Command: command, Args: args, Rows: rows, Journal: book})
	if err := errors.Join(err, book.Close()); err != nil {
		p.Fatal(err)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		p.Fatal(err)
	}
	return string(content)
}
