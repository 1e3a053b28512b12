package handlers

import (
	"slices"
	"strings"
	"time"

	"msgraph-user/graph"
	"msgraph-user/internal/engine"
	"msgraph-user/internal/rawjson"
	"msgraph-user/internal/xsoar"
)

// What logs are kept for at least, and at most
// (https://learn.microsoft.com/entra/identity/monitoring-health/reference-reports-data-retention).
const (
	keptFree    = 7 * 24 * time.Hour
	keptPremium = 30 * 24 * time.Hour
)

// span is which part of a log a call asks for.
type span struct {
	since  time.Time // the zero time: all that is kept
	limit  size
	advice string // where the log may not reach that far
}

func spanOf(inv *engine.Invocation) (span, error) {
	since, err := inv.Args.Since("since", inv.Now())
	if err != nil {
		return span{}, err
	}
	limit, err := bounded(inv.Args)
	return span{since, limit, retention(since, inv.Now())}, err
}

// retention says where a log may be shorter than what was asked for.
func retention(since, now time.Time) string {
	switch age := now.Sub(since); {
	case since.IsZero() || age <= keptFree:
		return ""
	case age <= keptPremium:
		return "A tenant without Microsoft Entra ID P1 or P2 keeps its logs for 7 days: what is older is not shown there."
	}
	return "Logs are kept for 30 days, and for 7 in a tenant without Microsoft Entra ID P1 or P2: what is older is not shown."
}

// step reads a log to its end.
func (s span) step(request graph.Request) engine.Step {
	return engine.Step{Request: request, Read: engine.Collection, Limit: int(s.limit), Advice: s.advice}
}

func listSignIns(inv *engine.Invocation) ([]engine.Step, error) {
	asked, err := spanOf(inv)
	if err != nil {
		return nil, err
	}
	return byID(inv, func(id string) []engine.Step {
		step := asked.step(graph.SignIns(id, asked.since, asked.limit.top()))
		step.Then = whose(id)
		return []engine.Step{step}
	})
}

func showSignIns(inv *engine.Invocation, outcomes []engine.Outcome) ([]xsoar.Entry, error) {
	return showThings(inv, "sign-ins", "SignIn", lists(outcomes)[0], []xsoar.Column{
		{Heading: "Time", Member: "createdDateTime"}, {Heading: "Application", Member: "appDisplayName"}, {Heading: "IP Address", Member: "ipAddress"},
		{Heading: "Location", Member: "location"}, {Heading: "Client", Member: "clientAppUsed"}, {Heading: "Status", Member: "status"},
		{Heading: "Conditional Access", Member: "conditionalAccessStatus"}, {Heading: "Risk", Member: "riskLevelDuringSignIn"}, {Heading: "ID", Member: "id"},
	}), nil
}

// listAudits reads what the user did, then what was done to the user.
func listAudits(inv *engine.Invocation) ([]engine.Step, error) {
	asked, err := spanOf(inv)
	if err != nil {
		return nil, err
	}
	return byID(inv, func(id string) []engine.Step {
		about := asked.step(graph.AuditsAbout(id, asked.since, asked.limit.top()))
		about.Then = whose(id)
		return []engine.Step{asked.step(graph.AuditsBy(id, asked.since, asked.limit.top())), about}
	})
}

// relation is the member that says what an audit has to do with the user.
const relation = "Relation"

func showAudits(inv *engine.Invocation, outcomes []engine.Outcome) ([]xsoar.Entry, error) {
	found := lists(outcomes)
	limit, err := bounded(inv.Args)
	if err != nil {
		return nil, err
	}
	audits := newestFirst(joined(found[0].Items, found[1].Items, "by", "about"), "activityDateTime")
	whole := engine.Outcome{Items: audits, Truncated: found[0].Truncated || found[1].Truncated}
	if n := int(limit); n > 0 && len(audits) > n {
		whole.Items, whole.Truncated = audits[:n], true
	}
	return showThings(inv, "audits", "Audit", whole, []xsoar.Column{
		{Heading: "Time", Member: "activityDateTime"}, {Heading: "Activity", Member: "activityDisplayName"}, {Heading: "Result", Member: "result"},
		{Heading: "By or About", Member: relation}, {Heading: "Initiated By", Member: "initiatedBy"}, {Heading: "Targets", Member: "targetResources"}, {Heading: "ID", Member: "id"},
	}), nil
}

// joined puts two lists together, each object once, with the list that it is of in
// its Relation: one, the other, or both.
func joined(first, second []rawjson.Object, one, other string) []rawjson.Object {
	related := func(object rawjson.Object, to string) rawjson.Object {
		return append(object[:len(object):len(object)], rawjson.Member{Name: relation, Value: rawjson.Quote(to)})
	}
	var all []rawjson.Object
	for _, object := range first {
		to := one
		if _, both := find(second, object.Text("id")); both {
			to += ", " + other
		}
		all = append(all, related(object, to))
	}
	for _, object := range second {
		if _, both := find(first, object.Text("id")); !both {
			all = append(all, related(object, other))
		}
	}
	return all
}

// newestFirst sorts objects by a time, the latest first.
func newestFirst(objects []rawjson.Object, property string) []rawjson.Object {
	slices.SortStableFunc(objects, func(a, b rawjson.Object) int { return strings.Compare(b.Text(property), a.Text(property)) })
	return objects
}
