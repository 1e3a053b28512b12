package investigation

import (
	"slices"
	"time"
)

// judge is an investigation under way.
type judge struct {
	*Evidence
	report    Report
	habits    habits
	addresses []string // from which something suspicious came
}

// Judge applies the rules to the evidence.
func Judge(e *Evidence) Report {
	j := &judge{Evidence: e, habits: habits{addresses: map[string]time.Time{}}}
	j.signIns()
	j.risk()
	j.changes()
	j.inboxRules()
	slices.SortStableFunc(j.report.Findings, func(a, b Finding) int {
		if a.Suspicious != b.Suspicious {
			if a.Suspicious {
				return -1
			}
			return 1
		}
		if a.At.IsZero() != b.At.IsZero() {
			return b.At.Compare(a.At) // what has no date comes last
		}
		return a.At.Compare(b.At)
	})
	slices.SortStableFunc(j.report.Timeline, func(a, b Event) int { return b.At.Compare(a.At) })
	return j.report
}

func (j *judge) add(f Finding) { j.report.Findings = append(j.report.Findings, f) }

// tell puts a finding on the timeline.
func (j *judge) tell(f Finding) {
	if !f.At.IsZero() {
		j.report.Timeline = append(j.report.Timeline, Event{At: f.At, Source: f.Source, What: f.What, Suspicious: f.Suspicious, Rule: f.Rule, ID: slices.Concat(f.IDs, []string{""})[0]})
	}
}

// fresh is how long an address has to be the user's before it stays so when something
// suspicious comes from it.
const fresh = 24 * time.Hour

// suspect takes in that something suspicious came from an address.
func (j *judge) suspect(at time.Time, address string) {
	if j.report.Began.IsZero() || at.Before(j.report.Began) {
		j.report.Began = at
	}
	first, seen := j.habits.addresses[address]
	if address != "" && (!seen || at.Sub(first) < fresh) && !slices.Contains(j.addresses, address) {
		j.addresses = append(j.addresses, address)
	}
}

// author is who made a change.
type author struct {
	name    string // for a person; empty where nobody knows
	address string
	self    bool // the account itself
}

// before is how long before the first suspicious event somebody else's change of a
// password or a method points to an attacker, who then signed in with it.
const before = time.Hour

// points says why a change points to an attacker; empty where nothing does. One that
// somebody else made, from nowhere suspicious, does not, unless the attacker came in
// with it.
func (j *judge) points(k kind, at time.Time, by author) string {
	began := j.report.Began
	_, own := j.habits.addresses[by.address]
	switch {
	case by.address != "" && slices.Contains(j.addresses, by.address):
		return "It came from an address of suspicious sign-ins, " + by.address + "."
	case began.IsZero() || at.IsZero():
		return ""
	case at.Before(began) && k.lets && !by.self && by.name != "" && began.Sub(at) <= before:
		return "It came within the hour before the first suspicious event, at " + began.UTC().Format(time.RFC3339) + "."
	case at.Before(began), !by.self && by.name != "", own:
		return ""
	}
	return "It came after the first suspicious event, at " + began.UTC().Format(time.RFC3339) + "."
}
