package handlers

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"msgraph-user/graph"
	"msgraph-user/internal/engine"
	"msgraph-user/internal/failure"
)

// The steps of a containment. Inbox rules and consents work without a session of the
// user, so that they go at once after the sessions. Methods go after the roles, because
// methods of who holds a role need more than those of others. Sessions are revoked again
// when groups and methods are gone. Risk is last, because a reset of the password takes
// the mark away.
const (
	disableStep   = "disable"
	passwordStep  = "reset-password"
	sessionsStep  = "revoke-sessions"
	rulesStep     = "inbox-rules"
	consentsStep  = "consents"
	appRolesStep  = "app-roles"
	rolesStep     = "roles"
	groupsStep    = "groups"
	contactStep   = "phone-email-methods"
	otherStep     = "other-methods"
	devicesStep   = "devices"
	riskStepName  = "risk"
	allReversible = "reversible"
	allSteps      = "all"
)

// stepOrder is the order in which the steps are taken. Sessions are revoked a second
// time before risk.
var stepOrder = []string{disableStep, passwordStep, sessionsStep, rulesStep, consentsStep, appRolesStep, rolesStep, groupsStep, contactStep, otherStep, devicesStep, sessionsStep, riskStepName}

// irreversibleSteps are what nothing takes back.
var irreversibleSteps = []string{passwordStep, otherStep}

// containAlso are the requests that a containment makes for some users, with
// placeholders for ids.
func containAlso() []graph.Request {
	addsMember := graph.Request{Method: "POST", Version: graph.V1, Template: "/groups/{group_id}/members/$ref"}
	return []graph.Request{
		graph.GetUser(id, ""), graph.SetAccountEnabled(id, false), graph.RevokeSignInSessions(id), graph.SetPasswordProfile(id, graph.PasswordProfile{Password: id}),
		graph.ListInboxRules(id), graph.SetInboxRuleEnabled(id, id, false), graph.ListConsents(id, ""), graph.DeleteConsent(id),
		graph.ListAppRoles(id, ""), graph.DeleteAppRole(id, id),
		graph.ListRoleAssignments(id), graph.ListActiveRoles(id), graph.ListEligibleRoles(id), graph.DeleteRoleAssignment(id),
		graph.RequestActiveRole(graph.RemoveRole, nil, ""), graph.RequestEligibleRole(graph.RemoveRole, nil, ""),
		graph.ListGroups(id), graph.RemoveGroupMember(id, id), addsMember,
		graph.ListAuthenticationMethods(id), graph.GetSignInPreferences(id), graph.SetPreferredMethod(id, ""),
		graph.DeleteMethod(graph.Phone, id, id), graph.DeleteMethod(graph.Email, id, id), graph.DeleteMethod(graph.FIDO2, id, id),
		graph.DeleteMethod(graph.MicrosoftAuthenticator, id, id), graph.DeleteMethod(graph.SoftwareOATH, id, id), graph.DeleteMethod(graph.WindowsHello, id, id),
		graph.DeleteMethod(graph.TemporaryAccessPass, id, id), graph.DeleteMethod(graph.PlatformCredential, id, id), graph.DeleteMethod(graph.ExternalMethod, id, id),
		graph.ListRegisteredDevices(id), graph.ListDevicesOf(id), graph.GetDevice(id), graph.SetDeviceEnabled(id, false),
		graph.ListRiskyUsers(), graph.ConfirmCompromised(nil),
	}
}

// containing is the containment of msgraph-user-contain.
func containing() *engine.Containment {
	return &engine.Containment{
		Asks:       containmentAsks,
		Properties: containedProperties,
		Reads:      containmentReads,
		Plan:       containmentPlan,
		NotDone:    containmentNotDone,
		Requests:   containAlso,
	}
}

// containmentAsks reads which steps are asked for.
func containmentAsks(_ context.Context, inv *engine.Invocation) (engine.Asked, error) {
	since, err := inv.Args.Since("since", inv.Now())
	if err != nil {
		return engine.Asked{}, err
	}
	asked := engine.Asked{GoesOn: inv.Args.Text("run_id"), Users: inv.Users(), Groups: inv.Args.List("groups", ","), Since: since}
	if asked.GoesOn == "" && len(asked.Users) == 0 {
		e := failure.Argument("user", "%s needs the argument user, or run_id to go on with a run.", inv.Command)
		e.Advice = "Write user=adele@contoso.com."
		return asked, e
	}
	for _, group := range asked.Groups {
		if !graph.IsObjectID(group) {
			e := failure.Argument("groups", "%q is no object id of a group.", group)
			e.Advice = "msgraph-user-get-groups shows the groups of a user with their ids."
			return asked, e
		}
	}
	named := inv.Args.List("steps", ",")
	for _, step := range stepOrder {
		switch {
		case slices.Contains(asked.Steps, step) || slices.Contains(asked.Refused, step) || !isAsked(step, named, asked.Groups):
		case slices.Contains(irreversibleSteps, step) && !inv.Args.Bool("allow_irreversible"):
			asked.Refused = append(asked.Refused, step)
		default:
			asked.Steps = append(asked.Steps, step)
		}
	}
	return asked, nil
}

// isAsked reports whether the arguments ask for a step.
func isAsked(step string, named, groups []string) bool {
	irreversible := slices.Contains(irreversibleSteps, step)
	switch {
	case step == groupsStep:
		return len(groups) > 0
	case slices.Contains(named, step), slices.Contains(named, allSteps):
		return true
	}
	return !irreversible && (len(named) == 0 || slices.Contains(named, allReversible))
}

// containmentNotDone names the steps that nothing takes back and that were not taken,
// with the line that takes them.
func containmentNotDone(inv *engine.Invocation, asked engine.Asked) string {
	var left []string
	for _, step := range irreversibleSteps {
		if !slices.Contains(asked.Steps, step) {
			left = append(left, step)
		}
	}
	if len(left) == 0 {
		return ""
	}
	line := fmt.Sprintf("%s user=%s steps=%s", inv.Command, strings.Join(asked.Users, ","), strings.Join(left, ","))
	if !asked.Since.IsZero() { // without it, the line takes what the user had before, too
		line += " since=" + asked.Since.UTC().Format(time.RFC3339)
	}
	return fmt.Sprintf("Not done, because nothing takes it back: %s. To do it: `%s allow_irreversible=true`", strings.Join(left, ", "), line)
}
