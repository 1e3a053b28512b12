package cli

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"msgraph-user/emulator"
	"msgraph-user/emulator/attack"
)

// finding is one of msgraph-user-investigate, as the context has it.
type finding struct {
	Rule       string
	Suspicious bool
	Summary    string
	IDs        []string
}

// investigated is what the command says of one user.
type investigated struct {
	User, UserPrincipalName, Began, File string
	Suspicious                           int
	Complete                             bool
	Gaps                                 []string
	Findings                             []finding
	Timeline                             []struct{ Time, Event string }
}

// investigate runs the command and returns what it says of each user, by name.
func (p *practice) investigate(params map[string]any, users ...string) map[string]investigated {
	p.t.Helper()
	got := p.Call("msgraph-user-investigate", map[string]any{"user": users}, params)
	if got.Error != nil {
		p.t.Fatal(got.Text)
	}
	found := map[string]investigated{}
	for _, entry := range got.Result.Entries {
		context, is := entry.EntryContext["MSGraphUser.Investigation(val.User && val.User == obj.User)"]
		if !is {
			continue
		}
		encoded, err := json.Marshal(context)
		var one investigated
		if err == nil {
			err = json.Unmarshal(encoded, &one)
		}
		if err != nil {
			p.t.Fatal(err)
		}
		found[one.User] = one
	}
	return found
}

// about is the finding that names a thing; nil where none does.
func (i investigated) about(thing attack.Thing) *finding {
	for n, f := range i.Findings {
		if slices.Contains(f.IDs, thing.ID) || thing.Kind == attack.Risk && f.Rule == "risk-user" {
			return &i.Findings[n]
		}
	}
	return nil
}

// The summary of each drill names every trace of the attack, as suspicious where it is
// in the account that was taken over, and calls no harmless change suspicious: issue 20
// allows two.
func TestInvestigationOfEachAttack(t *testing.T) {
	t.Parallel()
	for _, name := range attack.Names() {
		t.Run(name, func(t *testing.T) {
			a, err := attack.Find(name)
			if err != nil {
				t.Fatal(err)
			}
			found, victim := map[string]investigated{}, ""
			for account := range a.Accounts { // each in a tenant of its own: the logs take five requests in ten seconds
				p := newPracticeOf(t, emulator.Options{Attack: name})
				found[account] = p.investigate(p.as(emulator.ReadyApplication, emulator.ReadySecret), account)[account]
				if slices.ContainsFunc(a.Traces, func(thing attack.Thing) bool { return thing.Owner == account && thing.Kind == attack.Rule }) || len(a.Accounts) == 1 {
					victim = account
				}
			}
			for _, thing := range a.Traces {
				told := false
				for account, i := range found {
					if f := i.about(thing); f != nil && (f.Suspicious || account != victim) {
						told = true
					}
				}
				if !told {
					t.Errorf("the %s %s (%s) of %s is not told", thing.Kind, thing.ID, thing.What, thing.Owner)
				}
			}
			for _, thing := range a.Harmless {
				for account, i := range found {
					if f := i.about(thing); f != nil && f.Suspicious && (thing.Owner == "" || thing.Owner == account) {
						t.Errorf("the %s %s (%s) is called suspicious: %s", thing.Kind, thing.ID, thing.What, f.Summary)
					}
				}
			}
		})
	}
}

// Who was not attacked is not suspected, whatever the sample company does every day.
func TestNobodyElseIsSuspected(t *testing.T) {
	t.Parallel()
	for _, user := range []string{plainUser, consentUser, roleUser, eligibleUser, groupRole} {
		p := newPractice(t)
		if i := p.investigate(p.as(emulator.ReadyApplication, emulator.ReadySecret), user)[user]; i.Suspicious > 0 || i.User != user {
			t.Errorf("%s: %+v", user, i)
		}
	}
}

// An application that may read a part is told what it lacks, and gets the rest.
func TestInvestigationWithLessPermission(t *testing.T) {
	t.Parallel()
	p := newPracticeOf(t, emulator.Options{License: "free"})
	i := p.investigate(p.as(emulator.ReadyApplication, emulator.ReadySecret), riskyUser)[riskyUser]
	gaps := strings.Join(i.Gaps, "\n")
	for _, want := range []string{"Sign-ins: ", "P1 or P2", "Risk: ", noRisk, "Roles: ", noPIM, "what happened just now may be missing"} {
		if !strings.Contains(gaps, want) {
			t.Errorf("%q is not in %s", want, gaps)
		}
	}
	if i.Complete {
		t.Error("the evidence is called complete")
	}
}

// Each user's page is a file with the user's name, and the context names it.
func TestInvestigationHandsOverPages(t *testing.T) {
	t.Parallel()
	p := newPractice(t)
	got := p.Call("msgraph-user-investigate", map[string]any{"user": []string{plainUser, guestUser, nobody}, "since": "3 days"}, p.as(emulator.ReadyApplication, emulator.ReadySecret))
	if got.Error != nil {
		t.Fatal(got.Text)
	}
	var files []string
	for _, entry := range got.Result.Entries {
		if entry.Type != 3 {
			continue
		}
		page := string(entry.FileData)
		if decoded, err := base64.StdEncoding.DecodeString(page); err == nil {
			page = string(decoded)
		}
		if !strings.HasPrefix(page, "<!doctype html>") || !strings.HasSuffix(page, "</html>") {
			t.Errorf("%s is no page: %.100s", entry.File, page)
		}
		files = append(files, entry.File)
	}
	want := []string{"investigation-aiko.tanaka_larkspur.example.html", "investigation-ann.lee_fabrikam.example_EXT__larkspur.onmicrosoft.com.html"}
	if !slices.Equal(files, want) {
		t.Errorf("%q", files)
	}
	for _, told := range []string{"belongs to the home tenant", "2 of 3 succeeded, 1 notFound", nobody} {
		if !strings.Contains(got.Text, told) {
			t.Errorf("%q is not told", told)
		}
	}
}

// What cannot be asked for is an error that names it, and nothing is sent.
func TestBadInvestigations(t *testing.T) {
	p := newPractice(t)
	ready := p.as(emulator.ReadyApplication, emulator.ReadySecret)
	var many []string
	for i := range 21 {
		many = append(many, fmt.Sprintf("user%d@larkspur.example", i))
	}
	before := len(p.tenant.Requests())
	for name, c := range map[string]struct {
		args     map[string]any
		argument string
	}{
		"21 users":        {map[string]any{"user": many}, "user"},
		"a time to come":  {of("user", plainUser, "since", "2099-01-01"), "since"},
		"no time":         {of("user", plainUser, "since", "lately"), "since"},
		"an unknown name": {of("user", plainUser, "sinse", "1 day"), "sinse"},
		"no user":         {of("since", "1 day"), "user"},
		"a hidden letter": {of("user", "ai\u200bko@larkspur.example"), "user"},
	} {
		if got := p.Call("msgraph-user-investigate", c.args, ready); got.Error == nil || got.Error.Code != -32602 || got.Error.Data["argument"] != c.argument {
			t.Errorf("%s: %.300s", name, got.Text)
		}
	}
	if after := len(p.tenant.Requests()); after != before {
		t.Errorf("%d requests were sent", after-before)
	}
}
