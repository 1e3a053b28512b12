package handlers_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"msgraph-user/emulator"
	"msgraph-user/internal/containment"
	"msgraph-user/internal/engine"
	"msgraph-user/internal/failure"
)

// tapped shows each item of a batch to see, and answers those in place of Graph for
// which refuse returns a status. Answers show null for the property withhold.
type tapped struct {
	next     http.RoundTripper
	see      func(item string)
	refuse   func(item string) int
	withhold string
}

func (f *tapped) RoundTrip(r *http.Request) (*http.Response, error) {
	if !strings.HasSuffix(r.URL.Path, "$batch") {
		return f.next.RoundTrip(r)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	var batch struct {
		Requests []map[string]any `json:"requests"`
	}
	if err := json.Unmarshal(body, &batch); err != nil {
		return nil, err
	}
	refused := map[any]int{}
	for _, item := range batch.Requests {
		encoded, _ := json.Marshal(item["body"]) // it was JSON
		text := fmt.Sprint(item["method"], " ", item["url"], " ", string(encoded))
		if f.see != nil {
			f.see(text)
		}
		if f.refuse != nil && f.refuse(text) != 0 {
			refused[item["id"]] = f.refuse(text)
			item["method"], item["url"] = "GET", "/organization"
			delete(item, "body")
		}
	}
	if body, err = json.Marshal(batch); err != nil {
		return nil, err
	}
	r = r.Clone(r.Context())
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	answer, err := f.next.RoundTrip(r)
	if err != nil || len(refused) == 0 && f.withhold == "" {
		return answer, err
	}
	var answers struct {
		Responses []map[string]any `json:"responses"`
	}
	if err := json.NewDecoder(answer.Body).Decode(&answers); err != nil {
		return nil, err
	}
	for _, item := range answers.Responses {
		if status := refused[item["id"]]; status != 0 {
			item["status"], item["body"] = status, map[string]any{"error": map[string]any{"code": "Authorization_RequestDenied", "message": "Insufficient privileges."}}
		}
	}
	encoded, err := json.Marshal(answers)
	if f.withhold != "" {
		encoded = regexp.MustCompile(`("`+f.withhold+`"):(true|false)`).ReplaceAll(encoded, []byte("$1:null"))
	}
	answer.Body, answer.ContentLength = io.NopCloser(bytes.NewReader(encoded)), int64(len(encoded))
	return answer, err
}

// through runs p's commands through f, with records in a store.
func (p *practising) through(f *tapped, store containment.Store) *practising {
	f.next = p.tenant.Transport()
	own := *p
	own.service = newService(p.T, f, engine.Options{Params: emulator.Parameters(""), Records: store})
	return &own
}

func steps(result engine.ContainmentResult, step string) (found []engine.StepResult) {
	for _, s := range result.Steps {
		if s.Step == step {
			found = append(found, s)
		}
	}
	return found
}

// The steps come in the order that meets all constraints, and no log is read.
func TestContainmentKeepsItsOrder(t *testing.T) {
	practise(t, func(p *practising) {
		var sent []string
		p = p.through(&tapped{see: func(item string) { sent = append(sent, item) }}, containment.NewMemory())
		result, _ := p.must("contain", "user", sam)
		if len(steps(result, "revoke-sessions")) != 2 || !*result.Users[0].Contained || result.Seal == "" {
			t.Errorf("%+v", result)
		}
		var order []string
		for _, item := range sent {
			for part, step := range map[string]string{`"accountEnabled":false`: "account", "revokeSignInSessions": "sessions", `"isEnabled":false`: "rules", "DELETE /oauth2PermissionGrants": "consents", "/appRoleAssignments/": "app-roles", "confirmCompromised": "risk"} {
				if strings.Contains(item, part) && strings.Contains(item, "/devices/") {
					step = "devices"
				}
				if strings.Contains(item, part) && (len(order) == 0 || order[len(order)-1] != step) {
					order = append(order, step)
				}
			}
			if strings.Contains(item, "auditLogs") || strings.Contains(item, "riskyUsers/") && !strings.Contains(item, "confirmCompromised") {
				t.Errorf("%s was sent", item)
			}
		}
		if want := []string{"account", "sessions", "rules", "consents", "app-roles", "devices", "sessions", "risk"}; !slices.Equal(order, want) {
			t.Errorf("the order is %v, want %v", order, want)
		}
	})
}

func TestAStepThatFailsStopsNoOther(t *testing.T) {
	practise(t, func(p *practising) {
		p = p.through(&tapped{refuse: func(item string) int {
			if strings.HasPrefix(item, "DELETE /oauth2PermissionGrants") {
				return http.StatusForbidden
			}
			return 0
		}}, containment.NewMemory())
		entries, err := p.service.Run(p.Context(), engine.Call{Command: "msgraph-user-contain", Args: map[string]any{"user": sam}})
		if err != nil {
			t.Fatal(err)
		}
		result := entries[0].EntryContext[engine.ContainmentPath].(engine.ContainmentResult)
		for _, step := range result.Steps {
			if failed := step.Step == "consents"; failed != (step.Status == engine.Failed) || failed && step.Proven != false {
				t.Errorf("%+v", step)
			}
		}
		if *result.Users[0].Contained || !slices.Equal(result.Users[0].Left, []string{"consents"}) {
			t.Errorf("%+v", result.Users)
		}
		if entries[1].Type != 11 || !strings.Contains(fmt.Sprint(entries[1].Contents), "consents") {
			t.Errorf("no warning names the step: %+v", entries[1])
		}
	})
}

// A change that Graph takes and does not make is no success.
func TestAChangeThatIsNotShownIsDisproved(t *testing.T) {
	practise(t, func(p *practising) {
		p = p.through(&tapped{refuse: func(item string) int {
			if strings.HasPrefix(item, "PATCH /devices/") {
				return http.StatusNoContent
			}
			return 0
		}}, containment.NewMemory())
		result, _ := p.must("contain", "user", sam)
		if device := steps(result, "devices")[0]; device.Status != engine.Succeeded || device.Proven != false || *result.Users[0].Contained {
			t.Errorf("%+v, %+v", device, result.Users)
		}
	})
}

func TestIrreversibleStepsNeedAYes(t *testing.T) {
	practise(t, func(p *practising) {
		result, readable := p.must("contain", "user", tomas)
		if len(steps(result, "reset-password")) != 0 || !*result.Users[0].Contained || !strings.Contains(readable, "steps=reset-password,other-methods allow_irreversible=true") {
			t.Errorf("not asked for: %+v\n%s", result.Users, readable)
		}
		result, _ = p.must("contain", "user", olivia, "steps", "all")
		if got := steps(result, "reset-password"); len(got) != 1 || got[0].Status != engine.Refused || *result.Users[0].Contained {
			t.Errorf("asked for without a yes: %+v", result)
		}
		_, _, err := p.run("contain", "user", sam, "steps", "reset-password")
		if e := failure.Of(err); err == nil || e.RunID == "" || e.Results == nil {
			t.Errorf("no step done: %v, run %q, results %v", err, e.RunID, e.Results)
		}
	})
}

// The new password is in no entry, no line of the record and no log; it is forced to be
// changed.
func TestTheNewPasswordIsNowhere(t *testing.T) {
	practise(t, func(p *practising) {
		password := ""
		form := regexp.MustCompile(`"forceChangePasswordNextSignIn":true,"password":"([^"]{20,})"`)
		p = p.through(&tapped{see: func(item string) {
			if found := form.FindStringSubmatch(item); found != nil {
				password = found[1]
			}
		}}, containment.NewMemory())
		entries, err := p.service.Run(p.Context(), engine.Call{Command: "msgraph-user-contain", Args: map[string]any{"user": olivia, "steps": "reset-password,disable", "allow_irreversible": "true"}})
		if err != nil || password == "" {
			t.Fatalf("no password was set: %v", err)
		}
		result := entries[0].EntryContext[engine.ContainmentPath].(engine.ContainmentResult)
		if got := steps(result, "reset-password"); len(got) != 1 || got[0].Status != engine.Succeeded || got[0].Proven != true {
			t.Errorf("%+v", got)
		}
		for _, entry := range entries {
			encoded, err := json.Marshal(entry)
			if err != nil || bytes.Contains(encoded, []byte(password)) || bytes.Contains(entry.FileData, []byte(password)) {
				t.Errorf("an entry shows it: %v", err)
			}
		}
	})
}

// fullStore takes no line.
type fullStore struct{ containment.Store }

func (fullStore) Append(context.Context, string, int, []byte) error {
	return errors.New("the disk is full")
}
func (fullStore) Fits([]byte, int) bool { return true }

// What cannot be recorded is not sent, and neither is what is wrong.
func TestNothingIsSentWithoutARecord(t *testing.T) {
	for _, c := range []struct {
		name  string
		store containment.Store
		args  []string
		says  string
	}{
		{"a full disk", fullStore{containment.NewMemory()}, []string{"user", sam}, "the disk is full"},
		{"an unknown step", containment.NewMemory(), []string{"user", sam, "steps", "disable,everything"}, "phone-email-methods"},
		{"a time to come", containment.NewMemory(), []string{"user", sam, "since", "2040-01-01"}, "future"},
		{"an unknown run", containment.NewMemory(), []string{"run_id", "00000000-0000-4000-8000-000000000000"}, "no record of the run"},
		{"nobody", containment.NewMemory(), nil, "user"},
		{"a group's name", containment.NewMemory(), []string{"user", sam, "groups", "Finance"}, "object id"},
	} {
		t.Run(c.name, func(t *testing.T) {
			practise(t, func(p *practising) {
				p = p.through(&tapped{}, c.store)
				_, _, err := p.run("contain", c.args...)
				if err == nil || !strings.Contains(err.Error(), c.says) {
					t.Errorf("%v, want %q", err, c.says)
				}
				if sent := p.changes(); len(sent) > 0 {
					t.Errorf("%v were sent", sent)
				}
			})
		})
	}
}

// A dry run sends no change, and says which permission each request needs.
func TestADryRunOfAContainment(t *testing.T) {
	practise(t, func(p *practising) {
		_, readable := p.must("contain", "user", sam, "dry_run", "true")
		for _, want := range []string{"User.RevokeSessions.All", "MailboxSettings.ReadWrite", "confirmCompromised", "Device.ReadWrite.All"} {
			if !strings.Contains(readable, want) {
				t.Errorf("%s is not in\n%s", want, readable)
			}
		}
		if sent := p.changes(); len(sent) > 0 {
			t.Errorf("%v were sent", sent)
		}
	})
}

// Since leaves what was there before; what nobody knows the date of is turned off too,
// and marked.
func TestSinceLeavesWhatWasThereBefore(t *testing.T) {
	practise(t, func(p *practising) {
		entries, err := p.service.Run(p.Context(), engine.Call{Command: "msgraph-user-contain", Args: map[string]any{"user": sam, "since": "1 hour ago"}})
		if err != nil {
			t.Fatal(err)
		}
		record, err := containment.Parse(entries[len(entries)-1].FileData)
		if err != nil {
			t.Fatal(err)
		}
		for _, change := range record.Changes {
			undated := change.Step == "consents" || change.Step == "inbox-rules"
			if change.Undated != undated || change.AddedSince {
				t.Errorf("%s, %s: undated %v, added since %v", change.Step, change.What, change.Undated, change.AddedSince)
			}
			if change.Step == "devices" || change.Step == "app-roles" || change.Step == "phone-email-methods" {
				t.Errorf("%s was there before, and was turned off", change.What)
			}
		}
	})
}

// What was added since is turned off and marked as the attacker's.
func TestSinceFindsWhatWasAdded(t *testing.T) {
	practise(t, func(p *practising) {
		entries, err := p.service.Run(p.Context(), engine.Call{Command: "msgraph-user-contain", Args: map[string]any{"user": sam, "since": "2010-01-01", "steps": "devices,app-roles,phone-email-methods"}})
		if err != nil {
			t.Fatal(err)
		}
		record, err := containment.Parse(entries[len(entries)-1].FileData)
		if err != nil || len(record.Changes) == 0 {
			t.Fatalf("%d changes, %v", len(record.Changes), err)
		}
		for _, change := range record.Changes {
			if !change.AddedSince || change.Undated {
				t.Errorf("%s: added since %v, undated %v", change.What, change.AddedSince, change.Undated)
			}
		}
	})
}

// A device or an account of which Graph shows only the id may be on: that is neither
// nothing to do, nor can an undo be recorded.
func TestWhatGraphWithholdsIsNotDone(t *testing.T) {
	for step, refused := range map[string]string{"devices": "PATCH /devices/", "disable": "PATCH /users/"} {
		practise(t, func(p *practising) {
			p = p.through(&tapped{see: func(item string) {
				if strings.HasPrefix(item, refused) && strings.Contains(item, "accountEnabled") {
					t.Errorf("%s was sent", item)
				}
			}, withhold: "accountEnabled"}, containment.NewMemory())
			entries, err := p.service.Run(p.Context(), engine.Call{Command: "msgraph-user-contain", Args: map[string]any{"user": sam, "steps": step + ",inbox-rules"}})
			if err != nil {
				t.Fatal(err)
			}
			result := entries[0].EntryContext[engine.ContainmentPath].(engine.ContainmentResult)
			if *result.Users[0].Contained || !slices.Equal(result.Users[0].Left, []string{step}) {
				t.Errorf("%s: %+v", step, result)
			}
		})
	}
}

// Graph refuses to disable an administrator until the roles are gone. An undo enables
// the account before the roles are back.
func TestAnAdministratorIsDisabledAfterTheRoles(t *testing.T) {
	practise(t, func(p *practising) {
		p = p.through(&tapped{}, containment.NewMemory())
		result, _ := p.must("contain", "user", "helen.park@larkspur.example", "steps", "disable,roles,risk")
		if got := steps(result, "disable")[0]; !*result.Users[0].Contained || got.Status != engine.Succeeded || got.Proven != true {
			t.Errorf("%+v", result)
		}
		restored, _ := p.must("undo", "run_id", result.RunID)
		if !*restored.Users[0].Restored {
			t.Errorf("%+v", restored)
		}
	})
}

// The next synchronization enables a synchronized account again: who contains it is told
// to disable it on premises, and who takes that back to enable it there.
func TestASynchronizedAccountIsLeftToAPerson(t *testing.T) {
	practise(t, func(p *practising) {
		p = p.through(&tapped{}, containment.NewMemory())
		result, readable := p.must("contain", "user", "mike.turner@larkspur.example", "steps", "disable")
		for _, told := range []string{result.Steps[0].Message, readable} {
			if !strings.Contains(told, "run Disable-ADAccount") {
				t.Errorf("the containment says %q", told)
			}
		}
		if result, _ = p.must("contain", "user", "mike.turner@larkspur.example", "steps", "disable"); !strings.Contains(result.Steps[0].Message, "run Disable-ADAccount") {
			t.Errorf("where it is off already: %+v", result.Steps)
		}
	})
	practise(t, func(p *practising) {
		p = p.through(&tapped{}, containment.NewMemory())
		result, _ := p.must("contain", "user", "mike.turner@larkspur.example", "steps", "disable")
		_, readable := p.must("undo", "run_id", result.RunID)
		if !strings.Contains(readable, "run Enable-ADAccount") || strings.Contains(readable, "Disable-ADAccount") {
			t.Errorf("the undo says %s", readable)
		}
	})
}

// A user is never "notTried" where something was changed before the time was over.
func TestAUserWhoIsPartlyContainedIsToldSo(t *testing.T) {
	practise(t, func(p *practising) {
		ctx, cancel := context.WithCancel(p.Context())
		defer cancel()
		revoked := false
		p = p.through(&tapped{see: func(item string) {
			if revoked && strings.HasPrefix(item, "GET /users/") {
				cancel() // before the next step
			}
			revoked = revoked || strings.Contains(item, "revokeSignInSessions")
		}}, containment.NewMemory())
		_, err := p.service.Run(ctx, engine.Call{Command: "msgraph-user-contain", Args: map[string]any{"user": sam}})
		e, ok := errors.AsType[*failure.Error](err)
		if !ok || e.RunID == "" {
			t.Fatalf("%+v", err)
		}
		if got := fmt.Sprintf("%+v", e.Results); !strings.Contains(got, "Some steps are done") || strings.Contains(got, "notTried") {
			t.Errorf("the account is disabled, and the results say %s", got)
		}
	})
}
