package handlers

import (
	"slices"
	"strings"
	"time"

	"msgraph-user/graph"
	"msgraph-user/internal/engine"
	"msgraph-user/internal/failure"
	"msgraph-user/internal/investigation"
	"msgraph-user/internal/rawjson"
)

// maxInvestigated is how many users one call looks into: the logs take five requests in
// ten seconds.
const maxInvestigated = 20

// investigatedProperties say who a user is, and what the rules compare with.
const investigatedProperties = "id,userPrincipalName,displayName,userType,accountEnabled,mail,proxyAddresses,usageLocation,jobTitle,department,onPremisesSyncEnabled,createdDateTime,lastPasswordChangeDateTime,signInSessionsValidFromDateTime"

// lookIn is one read of an investigation: what it is about, and what it brings.
type lookIn struct {
	source string // of the evidence
	step   engine.Step
	group  rawjson.Object // whose roles it reads; nil for the user's own
	app    string         // the service principal that it reads
}

// investigate looks at the user, then reads all about the user at once, and at last what
// that points to: roles through groups, and the applications of consents.
func investigate(inv *engine.Invocation) ([]engine.Step, error) {
	since, err := inv.Args.Since("since", inv.Now())
	if err != nil {
		return nil, err
	}
	return []engine.Step{{
		Request: graph.GetUser(inv.Address(), investigatedProperties),
		Then: func(before []engine.Outcome) ([]engine.Step, error) {
			user := last(before).Object
			steps := stepsOf(aboutUser(inv, user, since))
			steps[len(steps)-1].Then = func(before []engine.Outcome) ([]engine.Step, error) {
				return stepsOf(pointedTo(aboutUser(inv, user, since), before[1:])), nil
			}
			return steps, nil
		},
	}}, nil
}

// stepsOf returns the steps of reads, to be sent together.
func stepsOf(reads []lookIn) []engine.Step {
	steps := make([]engine.Step, len(reads))
	for i, read := range reads {
		steps[i] = read.step
		steps[i].Optional, steps[i].Beside = true, i > 0
	}
	return steps
}

// aboutUser are the reads that need nothing but the user.
func aboutUser(inv *engine.Invocation, user rawjson.Object, since time.Time) []lookIn {
	id, all := user.Text("id"), ""
	habits := since
	if earliest := inv.Now().Add(-keptPremium); earliest.Before(habits) {
		habits = earliest // what came before since tells what is usual
	}
	var reads []lookIn
	for _, one := range []struct {
		source  string
		request graph.Request
	}{
		{investigation.SignIns, graph.SignIns(id, habits, all)},
		{investigation.Audits, graph.AuditsBy(id, since, all)}, {investigation.Audits, graph.AuditsAbout(id, since, all)},
		{investigation.Methods, graph.ListAuthenticationMethods(id)},
		{investigation.Consents, graph.ListConsents(id, all)},
		{investigation.AppRoles, graph.ListAppRoles(id, all)},
		{investigation.Groups, graph.ListGroups(id)}, {investigation.Groups, graph.ListAllGroups(id)},
		{investigation.Devices, graph.ListRegisteredDevices(id)}, {investigation.Devices, graph.ListDevicesOf(id)},
	} {
		reads = append(reads, lookIn{source: one.source, step: list(one.request)})
	}
	for _, step := range rolesOf(id) {
		reads = append(reads, lookIn{source: investigation.Roles, step: step})
	}
	if riskUnseen(inv, user) == nil {
		risk := engine.Step{Request: graph.GetRiskyUser(id), MayBeMissing: true}
		reads = append(reads, lookIn{source: investigation.Risk, step: risk}, lookIn{source: investigation.Detections, step: list(graph.ListRiskDetections(id, since, all))})
	}
	if withoutInboxRules(inv) == nil {
		reads = append(reads, lookIn{source: investigation.InboxRules, step: list(graph.ListInboxRules(id))})
	}
	return reads
}

func list(request graph.Request) engine.Step {
	return engine.Step{Request: request, Read: engine.Collection}
}

// riskUnseen says why there is no risk of a user to be seen; nil where there may be.
func riskUnseen(inv *engine.Invocation, user rawjson.Object) error {
	if err := withoutRisk(inv); err != nil {
		return err
	}
	return guestRisk(inv, user)
}

// pointedTo are the reads that follow from what the first ones brought.
func pointedTo(reads []lookIn, outcomes []engine.Outcome) []lookIn {
	var further []lookIn
	var apps []string
	for i, read := range reads {
		for _, item := range outcomes[i].Items {
			switch {
			case read.step.Request.Template == graph.ListAllGroups(id).Template && flag(item, "isAssignableToRole"):
				for _, step := range rolesOf(item.Text("id")) {
					further = append(further, lookIn{source: investigation.Roles, step: step, group: item})
				}
			case read.source == investigation.Consents && !slices.Contains(apps, item.Text("clientId")):
				apps = append(apps, item.Text("clientId"))
			}
		}
	}
	for _, app := range apps {
		further = append(further, lookIn{app: app, step: engine.Step{Request: graph.GetServicePrincipal(app), MayBeMissing: true}})
	}
	return further
}

// evidenceOf puts together what was read. The error says that nothing could be.
func evidenceOf(inv *engine.Invocation, outcomes []engine.Outcome) (*investigation.Evidence, error) {
	now := inv.Now()
	since, err := inv.Args.Since("since", now)
	if err != nil {
		return nil, err
	}
	user := outcomes[0].Object.Without("@odata.context")
	reads := aboutUser(inv, user, since)
	reads = append(reads, pointedTo(reads, outcomes[1:])...)
	e := &investigation.Evidence{User: user, Since: since, Now: now, Apps: map[string]rawjson.Object{}}
	for _, name := range []string{investigation.SignIns, investigation.Audits, investigation.Risk, investigation.Detections, investigation.Methods, investigation.Consents,
		investigation.AppRoles, investigation.Roles, investigation.Groups, investigation.Devices, investigation.InboxRules} {
		source, err := sourceOf(name, reads, outcomes[1:])
		if err != nil {
			return nil, err
		}
		e.Sources = append(e.Sources, source)
	}
	for i, read := range reads {
		if read.app != "" && outcomes[1+i].Object != nil {
			e.Apps[read.app] = outcomes[1+i].Object.Without("@odata.context")
		}
	}
	missing(inv, e)
	return e, firstRefusal(e, outcomes[1:])
}

// firstRefusal returns why nothing could be read; nil where something was.
func firstRefusal(e *investigation.Evidence, outcomes []engine.Outcome) error {
	if slices.ContainsFunc(e.Sources, func(s investigation.Source) bool { return !s.Unread }) {
		return nil
	}
	return outcomes[0].Err
}

// sourceOf puts together what the reads of a source brought.
func sourceOf(name string, reads []lookIn, outcomes []engine.Outcome) (investigation.Source, error) {
	source := investigation.Source{Name: name}
	var gaps []string
	var lists []engine.Outcome
	read := 0
	for i, outcome := range outcomes {
		if reads[i].source != name {
			continue
		}
		lists = append(lists, outcome)
		switch {
		case outcome.Status == engine.Succeeded:
			read++
		case outcome.Status != engine.NotFound || reads[i].step.Request.Template != graph.GetRiskyUser(id).Template:
			gaps = append(gaps, failure.Of(outcome.Err).Error())
		default: // no risk was ever seen
			read++
		}
		if outcome.Truncated {
			gaps = append(gaps, "The list is longer than what was read.")
		}
		source.Items = append(source.Items, outcome.Items...)
	}
	source.Gap = strings.Join(slices.Compact(gaps), " ")
	source.Unread = read == 0
	switch {
	case len(lists) == 0:
	case name == investigation.Audits:
		source.Items = newestFirst(joined(lists[0].Items, lists[1].Items, "by", "about"), "activityDateTime")
	case name == investigation.Devices:
		source.Items = joined(lists[0].Items, lists[1].Items, "registered", "owned")
	case name == investigation.Groups:
		source.Items = joined(lists[0].Items, lists[1].Items, "direct", "through groups")
	case name == investigation.Risk && lists[0].Object != nil:
		source.Items = []rawjson.Object{lists[0].Object.Without("@odata.context")}
	case name == investigation.Roles:
		source.Items = rolesRead(reads, outcomes)
	}
	return source, nil
}

// rolesRead shows the roles of the user and of groups, as msgraph-user-roles-list does.
func rolesRead(reads []lookIn, outcomes []engine.Outcome) []rawjson.Object {
	var roles []rawjson.Object
	for i := 0; i < len(outcomes); i++ {
		if reads[i].source == investigation.Roles {
			roles = append(roles, rolesOfHolder(outcomes[i], outcomes[i+1], outcomes[i+2], reads[i].group)...)
			i += 2
		}
	}
	return roles
}

// missing adds what the evidence lacks beside what was refused.
func missing(inv *engine.Invocation, e *investigation.Evidence) {
	premium := !e.Sources[0].Unread // who may read sign-ins has the licence that keeps logs for 30 days
	for i := range e.Sources {
		source := &e.Sources[i]
		var err error
		switch source.Name {
		case investigation.Risk, investigation.Detections:
			err = riskUnseen(inv, e.User)
		case investigation.InboxRules:
			err = withoutInboxRules(inv)
		case investigation.SignIns, investigation.Audits:
			if age := e.Now.Sub(e.Since); !source.Unread && (!premium || age > keptPremium) {
				source.Gap = strings.TrimSpace(source.Gap + " " + retention(e.Since, e.Now))
			}
		}
		if err != nil {
			source.Gap, source.Unread = failure.Of(err).Error(), true
		}
	}
	e.Limits = []string{
		"Sign-ins and changes reach the logs within minutes, at times within hours: what happened just now may be missing.",
		"Graph shows neither sign-ins that are not interactive, nor hidden inbox rules and the forwarding of the mailbox, nor consents for everybody.",
	}
}
