package cli

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"msgraph-user/emulator"
	"msgraph-user/emulator/attack"
)

// victims are the accounts that the alerts of the attacks are about.
var victims = map[string]string{
	"aitm": "tomas.brandt@larkspur.example", "consent": "ruth.abrams@larkspur.example",
	"hybrid": "maren.schulz@larkspur.example", "insider": "gwen.price@larkspur.example",
}

// summary is what an investigation puts into the context.
type summary struct {
	ID       string
	Findings []struct {
		Rule, Summary string
		Suspicious    bool
		IDs           []string
	}
}

// suspicious returns the ids of what is called suspicious.
func (s summary) suspicious() []string {
	var ids []string
	for _, finding := range s.Findings {
		if finding.Suspicious {
			ids = append(ids, finding.IDs...)
		}
	}
	return ids
}

func investigate(t *testing.T, name string) summary {
	t.Helper()
	p := newPracticeOf(t, emulator.Options{Attack: name})
	got := p.Call("msgraph-user-investigate", of("user", victims[name], "since", "24 hours ago"), p.as(emulator.ReadyApplication, emulator.ReadySecret))
	if got.Error != nil {
		t.Fatal(got.Text)
	}
	for _, entry := range got.Result.Entries {
		for path, value := range entry.EntryContext {
			if !strings.HasPrefix(path, "MSGraphUser.Investigation") {
				continue
			}
			var found summary
			raw, err := json.Marshal(value)
			if err == nil {
				err = json.Unmarshal(raw, &found)
			}
			if err != nil {
				t.Fatal(err)
			}
			return found
		}
	}
	t.Fatalf("nothing in the context: %.400s", got.Text)
	return summary{}
}

// The summary of an investigation names every trace that an attack left of the account,
// and calls no more than two harmless changes suspicious.
func TestTheSummaryTellsAnAttackFromOrdinaryWork(t *testing.T) {
	for _, name := range attack.Names() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, err := attack.Find(name)
			if err != nil {
				t.Fatal(err)
			}
			found := investigate(t, name)
			suspicious := found.suspicious()
			for _, trace := range a.Traces() {
				if trace.Kind == attack.Application || trace.Owner != "" && trace.Owner != victims[name] {
					continue // the consent names the application; the others are no part of this account
				}
				id := trace.ID
				if trace.Kind == attack.Risk {
					id = found.ID
				}
				if !slices.Contains(suspicious, id) {
					t.Errorf("the %s %q (%s) is not named in %+v", trace.Kind, trace.What, id, found.Findings)
				}
			}
			var wronged []string
			for _, harmless := range a.Harmless() {
				if (harmless.Owner == "" || harmless.Owner == victims[name]) && slices.Contains(suspicious, harmless.ID) {
					wronged = append(wronged, harmless.What)
				}
			}
			if len(wronged) > 2 {
				t.Errorf("harmless, and called suspicious: %q", wronged)
			}
			for _, finding := range found.Findings {
				if finding.Suspicious && len(finding.IDs) == 0 {
					t.Errorf("%s tells of nothing: %s", finding.Rule, finding.Summary)
				}
			}
		})
	}
}
