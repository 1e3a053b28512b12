package handlers

import (
	"bytes"
	"slices"
	"strings"
	"time"

	"msgraph-user/graph"
	"msgraph-user/internal/engine"
	"msgraph-user/internal/rawjson"
)

// passwordChanged is when a user's password was set last.
const passwordChanged = "lastPasswordChangeDateTime"

// containedProperties are what a containment has to know of a user.
const containedProperties = "userType,accountEnabled," + sessionsValidFrom + "," + passwordChanged

// userState is the read that shows the account, its sessions and its password.
func userState(id string) engine.Look {
	return engine.Look{Request: graph.GetUser(id, "id,accountEnabled,"+sessionsValidFrom+","+passwordChanged)}
}

func listOf(r graph.Request) engine.Look {
	return engine.Look{Request: r, Read: engine.Collection}
}

// listsOfRoles are the lists of a principal's roles: active, as scheduled, eligible. Their
// names are read for few users only, because that costs resource units.
func listsOfRoles(c *engine.Contained, principal string) (active, scheduled, eligible graph.Request) {
	active, scheduled, eligible = graph.ListRoleAssignments(principal), graph.ListActiveRoles(principal), graph.ListEligibleRoles(principal)
	if !c.Alone() {
		active, scheduled, eligible = active.Without("$expand"), scheduled.Without("$expand"), eligible.Without("$expand")
	}
	return active, scheduled, eligible
}

// consentsRead is the list of a user's consents.
func consentsRead(user string) graph.Request {
	return graph.ListConsents(user, "").Selecting("id,clientId,consentType,principalId,resourceId,scope")
}

// containmentReads names what has to be read for the steps of a user: first all that is
// known to be needed, then what follows from it.
func containmentReads(inv *engine.Invocation, c *engine.Contained) []engine.Look {
	var looks []engine.Look
	add := func(step string, more ...engine.Look) {
		if slices.Contains(c.Steps, step) {
			looks = append(looks, more...)
		}
	}
	if withoutInboxRules(inv) == nil {
		add(rulesStep, listOf(graph.ListInboxRules(c.ID)))
	}
	add(consentsStep, listOf(consentsRead(c.ID)))
	add(appRolesStep, listOf(graph.ListAppRoles(c.ID, "")))
	active, scheduled, eligible := listsOfRoles(c, c.ID)
	add(rolesStep, listOf(active), listOf(eligible), listOf(graph.ListGroups(c.ID)))
	if len(items(c, active)) > 0 {
		add(rolesStep, listOf(scheduled))
	}
	add(groupsStep, listOf(graph.ListGroups(c.ID)))
	methods := []engine.Look{listOf(graph.ListAuthenticationMethods(c.ID))}
	if slices.ContainsFunc(methodsOf(items(c, methods[0].Request)), method.canBeDefault) {
		methods = append(methods, engine.Look{Request: graph.GetSignInPreferences(c.ID)})
	}
	add(contactStep, methods...)
	add(otherStep, methods...)
	add(devicesStep, listOf(graph.ListRegisteredDevices(c.ID)), listOf(graph.ListDevicesOf(c.ID)))
	if withoutRisk(inv) == nil && guestRisk(inv, c.User) == nil {
		add(riskStepName, listOf(graph.ListRiskyUsers()))
	}
	if slices.Contains(c.Steps, rolesStep) {
		for _, group := range items(c, graph.ListGroups(c.ID)) {
			if flag(group, "isAssignableToRole") {
				active, _, eligible := listsOfRoles(c, group.Text("id"))
				looks = append(looks, listOf(active), listOf(eligible))
			}
		}
	}
	if !c.Since.IsZero() && needsAudits(c) {
		looks = append(looks, listOf(auditsOf(c)))
	}
	return looks
}

// items returns what a list showed; none while it was not read, or where it could not
// be.
func items(c *engine.Contained, r graph.Request) []rawjson.Object {
	outcome, _ := c.Seen(r)
	return outcome.Items
}

// auditsOf is the log that tells when things of a user were added: that about the
// user, or, for many users, that about everything.
func auditsOf(c *engine.Contained) graph.Request {
	if c.Alone() {
		return graph.AuditsAbout(c.ID, time.Time{}, "")
	}
	return graph.AuditsSince(c.Since, "999")
}

// needsAudits reports whether something that was read has no date of its own.
func needsAudits(c *engine.Contained) bool {
	undated := func(step string, dates []string, requests ...graph.Request) bool {
		return slices.Contains(c.Steps, step) && slices.ContainsFunc(requests, func(r graph.Request) bool {
			return slices.ContainsFunc(items(c, r), func(item rawjson.Object) bool { _, ok := dateOf(item, dates...); return !ok })
		})
	}
	active, _, eligible := listsOfRoles(c, c.ID)
	roleGroup := slices.Contains(c.Steps, rolesStep) && slices.ContainsFunc(items(c, graph.ListGroups(c.ID)), func(g rawjson.Object) bool { return flag(g, "isAssignableToRole") })
	return roleGroup ||
		undated(consentsStep, nil, consentsRead(c.ID)) ||
		undated(appRolesStep, appRoleDates, graph.ListAppRoles(c.ID, "")) ||
		undated(rolesStep, nil, active) ||
		undated(rolesStep, roleDates, eligible) ||
		undated(contactStep, methodDates, graph.ListAuthenticationMethods(c.ID)) ||
		undated(otherStep, methodDates, graph.ListAuthenticationMethods(c.ID)) ||
		undated(devicesStep, deviceDates, graph.ListRegisteredDevices(c.ID), graph.ListDevicesOf(c.ID))
}

// The members that say when a thing was added.
var (
	appRoleDates = []string{"createdDateTime"}
	roleDates    = []string{"startDateTime"}
	methodDates  = []string{"createdDateTime"}
	deviceDates  = []string{"registrationDateTime", "createdDateTime"}
)

// dateOf returns the first of the members that holds a time.
func dateOf(item rawjson.Object, members ...string) (time.Time, bool) {
	for _, member := range members {
		if at, err := time.Parse(time.RFC3339, item.Text(member)); err == nil {
			return at, true
		}
	}
	return time.Time{}, false
}

// added says when a thing was added, seen from the time since which things are turned
// off.
type added struct {
	before  bool // it was there before: it stays
	since   bool // it was added since
	undated bool // nobody knows
}

// whenAdded finds out when a thing was added: by its own date, else by the directory
// audits. keys are what an audit of the addition names, such as ids.
func whenAdded(c *engine.Contained, item rawjson.Object, dates []string, keys ...string) added {
	if c.Since.IsZero() {
		return added{}
	}
	at, ok := dateOf(item, dates...)
	if !ok {
		at, ok = auditOf(c, keys)
	}
	switch {
	case !ok:
		return added{undated: true}
	case at.Before(c.Since):
		return added{before: true}
	}
	return added{since: true}
}

// auditOf returns when the audits say that something with these keys was added to the
// user last.
func auditOf(c *engine.Contained, keys []string) (time.Time, bool) {
	var latest time.Time
	id := []byte(c.ID)
	for _, audit := range items(c, auditsOf(c)) {
		if !bytes.Contains(audit.Get("targetResources"), id) { // most are about others
			continue
		}
		at, ok := dateOf(audit, "activityDateTime")
		if ok && at.After(latest) && isAddition(audit) && namesAll(audit, keys) {
			latest = at
		}
	}
	return latest, !latest.IsZero()
}

// isAddition reports whether an audit is of something that was given and not taken.
func isAddition(audit rawjson.Object) bool {
	activity := strings.ToLower(audit.Text("activityDisplayName"))
	if strings.EqualFold(audit.Text("result"), "failure") || strings.Contains(activity, "remove") {
		return false
	}
	for _, word := range []string{"add", "consent", "registered", "assign", "activat"} {
		if strings.Contains(activity, word) {
			return true
		}
	}
	return false
}

// namesAll reports whether an audit names all keys among what was changed.
func namesAll(audit rawjson.Object, keys []string) bool {
	targets := strings.ToLower(string(audit.Get("targetResources")))
	return len(keys) > 0 && !slices.ContainsFunc(keys, func(key string) bool { return key == "" || !strings.Contains(targets, strings.ToLower(key)) })
}
