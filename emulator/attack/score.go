package attack

import (
	"maps"
	"slices"
	"time"

	"msgraph-user/emulator/directory"
	"msgraph-user/emulator/graphapi"
)

// Record is what a tenant knows of how its attack was dealt with.
type Record struct {
	Before, After *directory.Seed // the tenant at the start, and now
	Since, Now    time.Time       // when these are
	Requests      []graphapi.Observation
}

// Score tells what became of an attack. docs/incident.md lists its rules.
type Score struct {
	Contained, Missed []Result
	Hit               []Result // harmless things that are not as they were
	Used              time.Duration
}

// Perfect reports whether everything is contained, and nothing harmless is hit.
func (s Score) Perfect() bool { return len(s.Missed) == 0 && len(s.Hit) == 0 }

// Result is what became of one thing.
type Result struct {
	Thing
	Why     string        // what is missing, or what was done to a harmless thing
	Command string        // what sent the request that did it, "" where that is not known
	After   time.Duration // how long after the start that was
}

// judge makes a score.
type judge struct {
	attack        *Attack
	record        Record
	before, after *inventory
	score         Score
}

// Score judges a tenant that suffered the attack.
func (a *Attack) Score(r Record) Score {
	j := &judge{attack: a, record: r, before: newInventory(r.Before), after: newInventory(r.After)}
	j.score.Used = r.Now.Sub(r.Since)
	for _, name := range slices.Sorted(maps.Keys(a.Accounts)) {
		j.account(name, a.Accounts[name])
	}
	for _, trace := range a.Traces {
		j.trace(trace)
	}
	j.harm()
	return j.score
}

// evidence are the kinds that tell of the past and are not contained.
var evidence = []Kind{SignIn, Audit, Risk, Detection, Application}

// trace judges what the attack left: it is contained if it is gone, or off.
func (j *judge) trace(t Thing) {
	if slices.Contains(evidence, t.Kind) {
		return
	}
	k := j.before.keyOf(t)
	done := Result{Thing: t}
	switch {
	case j.gone(k), j.off(k):
		done.Command, done.After = j.writer(k, operations[k.kind])
		j.score.Contained = append(j.score.Contained, done)
	default:
		done.Why = stillThere[t.Kind]
		j.score.Missed = append(j.score.Missed, done)
	}
}

// operations are the ends of the operations that change things, where others name the
// thing too.
var operations = map[Kind]string{Account: "/users/{user-id}", Membership: "/$ref"}

var stillThere = map[Kind]string{
	Method: "still a way to sign in", Rule: "still enabled", Consent: "still given", AppRole: "still assigned", Role: "still assigned",
	EligibleRole: "can still be activated", Membership: "still a member", Device: "still enabled",
}

// gone reports whether a thing is not there any more, nor under another id.
func (j *judge) gone(k key) bool {
	if _, there := j.after.byKey[k]; there {
		return false
	}
	content := j.before.byKey[k].content()
	return j.after.alike[content] < j.before.alike[content]
}

// off reports whether a thing that is there has no effect.
func (j *judge) off(k key) bool {
	now := j.after.byKey[k].record
	switch k.kind {
	case Rule:
		return now.Raw("isEnabled") == "false"
	case Device:
		return now.Raw("accountEnabled") == "false"
	case Consent:
		return j.after.byKey[key{Application, "", now.Text("clientId")}].record.Raw("accountEnabled") == "false"
	}
	return false
}

// account judges an account that the attacker uses by what it needs.
func (j *judge) account(name string, needs []AccountNeed) {
	k := j.before.keyOf(Thing{Kind: Account, Owner: name})
	now, there := j.after.byKey[k]
	closedAt, closed := j.closed(k, now)
	for _, need := range needs {
		result := Result{Thing: Thing{Kind: Account, Owner: name, ID: k.id, What: "the account " + name}}
		fine, operation := !there, operations[Account]
		switch need {
		case Closed:
			fine = fine || closed
			result.Why = "the attacker can still sign in: neither is it disabled, nor has it another password"
		case Sessions:
			result.What, operation = "the open sessions of "+name, "/revokeSignInSessions"
			fine, result.Why = j.revoked(k, now, fine, closedAt)
		}
		if fine {
			result.Why = ""
			result.Command, result.After = j.writer(k, operation)
			j.score.Contained = append(j.score.Contained, result)
			continue
		}
		j.score.Missed = append(j.score.Missed, result)
	}
}

// closed reports whether an account is disabled or has another password, and when that
// was first done.
func (j *judge) closed(k key, now entry) (at time.Time, closed bool) {
	for _, audit := range j.record.After.DirectoryAudits {
		when := moment(audit, "activityDateTime")
		if when.Before(j.record.Since) || !slices.Contains(closings, audit.Text("activityDisplayName")) || !isTarget(audit, k.id) {
			continue
		}
		if at.IsZero() || when.Before(at) {
			at = when
		}
	}
	disabled := now.record.Raw("accountEnabled") == "false"
	return at, disabled || password(now.record) != password(j.before.byKey[k].record)
}

// closings are the activities that close an account.
var closings = []string{"Disable account", "Reset user password", "Change user password"}

// revoked reports whether sessions were revoked since the start, and not before the
// account was closed, or why they count for nothing.
func (j *judge) revoked(k key, now entry, gone bool, closedAt time.Time) (fine bool, why string) {
	const name = "signInSessionsValidFromDateTime"
	valid := moment(now.record, name)
	switch {
	case gone:
		return true, ""
	case now.record.Raw(name) == j.before.byKey[k].record.Raw(name):
		return false, "not revoked"
	case valid.Before(closedAt.Truncate(time.Second)):
		return false, "revoked before the account was closed: the attacker can have signed in again in between"
	}
	return true, ""
}

func isTarget(audit directory.Record, id string) bool {
	for _, target := range records(audit.Raw("targetResources")) {
		if target.Text("id") == id {
			return true
		}
	}
	return false
}

func moment(r directory.Record, name string) time.Time {
	t, _ := time.Parse(time.RFC3339Nano, r.Text(name))
	return t
}
