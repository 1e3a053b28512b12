// Package handlers holds the commands of the integration, one file a family, and
// the registry that lists them. A command says what it asks of Graph and what it
// shows; all that commands have in common is in internal/engine.
package handlers

import (
	"maps"
	"net/http"
	"slices"
	"time"

	"msgraph-user/graph"
	"msgraph-user/internal/definition"
	"msgraph-user/internal/engine"
)

// id stands for an id in the requests of a command that are not made yet.
const id = "{id}"

// Commands returns all commands by name. What arguments they take and what they
// show is in integration.yml; a test holds the two together.
func Commands() map[string]engine.Command {
	commands := map[string]engine.Command{
		"test-module":       {Steps: testModule, Show: showOK},
		"msgraph-user-test": {Steps: testConnection, Show: showOK},

		"msgraph-user-generate-login-url": {Run: generateLoginURL},
		"msgraph-user-auth-reset":         {Run: resetAuthorization},

		"msgraph-user-get":          {Steps: getUser, Show: showUser, Target: "user", Many: true, NotFound: engine.NoteAlways, Missing: userMissing, Answers: unsupportedCharacters},
		"msgraph-user-list":         {Steps: listUsers, Show: showUsers, Long: readsAll},
		"msgraph-user-list-changes": {Steps: listChanges, Show: showChanges, Long: always},
		"msgraph-user-get-delta":    {Steps: getDelta, Show: showDelta},
		"msgraph-user-create":       {Steps: createUser, Show: showCreated, Makes: "user_principal_name", Changes: engine.Changing},
		"msgraph-user-update":       {Steps: updateUser, Show: showUser, Target: "user", Changes: engine.Changing},
		"msgraph-user-delete":       {Steps: deleteUser, Target: "user", Many: true, Changes: engine.Changing},

		"msgraph-user-terminate-session":          {Steps: disableAccount, Target: "user", Many: true, Changes: engine.Changing},
		"msgraph-user-account-disable":            {Steps: disableAccount, Target: "user", Many: true, Changes: engine.Changing},
		"msgraph-user-unblock":                    {Steps: enableAccount, Target: "user", Many: true, Changes: engine.Changing},
		"msgraph-user-session-revoke":             {Steps: revokeSessions, Target: "user", Many: true, Changes: engine.Changing},
		"msgraph-user-change-password":            {Steps: changePassword, Target: "user", Changes: engine.Changing},
		"msgraph-user-force-reset-password":       {Steps: forceResetPassword, Target: "user", Many: true, Changes: engine.Changing},
		"msgraph-user-change-password-on-premise": {Steps: resetOnPremises, Show: showReset, Also: []graph.Request{graph.GetOperation(id, id)}, Target: "user", Changes: startsReset, NotFound: engine.ErrorAlways},

		"msgraph-user-get-manager":        {Steps: getManager, Show: showManager, Target: "user", Many: true, Absent: []string{"'manager'"}, Missing: managerMissing},
		"msgraph-user-assign-manager":     {Steps: assignManager, Target: "user", Many: true, Changes: engine.Changing},
		"msgraph-direct-reports":          {Steps: getDirectReports, Show: showDirectReports, Target: "user", Many: true},
		"msgraph-user-get-groups":         {Steps: getGroups, Show: showGroups, Target: "user", Many: true},
		"msgraph-user-owned-devices-list": {Steps: listOwnedDevices, Show: showOwnedDevices, Long: readsAll, Target: "user", Many: true},

		"msgraph-user-get-auth-methods":             {Steps: getAuthMethods, Show: showAuthMethods, Target: "user", Many: true},
		"msgraph-user-get-user-default-auth-method": {Steps: getDefaultMethod, Show: showDefaultMethod, Target: "user"},
		"msgraph-user-tap-policy-list":              {Steps: listPasses, Show: showPasses, Target: "user_id"},
		"msgraph-user-tap-policy-create":            {Steps: createPass, Show: showNewPass, Target: "user_id", Changes: engine.Changing},
		"msgraph-user-tap-policy-delete":            {Steps: deletePass, Target: "user_id", Object: "policy_id", ObjectNotFound: engine.ErrorAlways, Changes: engine.Changing},

		"msgraph-user-create-mfa-client-secret":       {Steps: createMFASecret, Show: showMFASecret, Changes: engine.Changing},
		"msgraph-user-create-mfa-client-access-token": {Run: createMFAToken},
		"msgraph-user-request-mfa":                    {Run: requestMFA, Patience: mfaPatience},
	}
	maps.Copy(commands, takeover())
	commands["msgraph-user-containment-verify"] = engine.Command{Run: verifyContainment}
	for _, kind := range methodKinds {
		maps.Copy(commands, kind.commands())
	}
	return commands
}

// always is the Long of a command that reads to the end.
func always(definition.Arguments) bool { return true }

// takeover returns the commands that look into an account that may have been taken
// over, and turn off what an attacker may have left.
func takeover() map[string]engine.Command {
	whenever, all := time.Time{}, ""
	look, addsMember := graph.GetUser(id, ""), graph.Request{Method: http.MethodPost, Version: graph.V1, Template: "/groups/{group_id}/members/$ref"}
	roles := []graph.Request{graph.ListRoleAssignments(id), graph.ListActiveRoles(id), graph.ListEligibleRoles(id)}
	investigationReads := append(slices.Clone(roles), graph.SignIns(id, whenever, all), graph.AuditsBy(id, whenever, all), graph.GetRiskyUser(id), graph.ListRiskDetections(id, whenever, all),
		graph.ListAuthenticationMethods(id), graph.ListConsents(id, all), graph.ListAppRoles(id, all), graph.ListGroups(id), graph.ListAllGroups(id),
		graph.ListRegisteredDevices(id), graph.ListDevicesOf(id), graph.ListInboxRules(id), graph.GetServicePrincipal(id))
	removesRole := append(slices.Clone(roles), graph.DeleteRoleAssignment(id), graph.RequestActiveRole(graph.RemoveRole, nil, ""), graph.RequestEligibleRole(graph.RemoveRole, nil, ""))
	device := []graph.Request{graph.FindDevice(id), graph.SetDeviceEnabled(id, false)}
	commands := map[string]engine.Command{
		"msgraph-user-sign-ins-list":        {Steps: listSignIns, Show: showSignIns, Long: unbounded, Target: "user", Many: true, Also: []graph.Request{graph.SignIns(id, whenever, all)}},
		"msgraph-user-audits-list":          {Steps: listAudits, Show: showAudits, Long: unbounded, Target: "user", Many: true, Also: []graph.Request{graph.AuditsBy(id, whenever, all)}},
		"msgraph-user-risk-get":             {Steps: getRisk, Show: showRisk, Target: "user", Many: true, Also: []graph.Request{graph.GetRiskyUser(id)}},
		"msgraph-user-risk-detections-list": {Steps: listDetections, Show: showDetections, Long: unbounded, Target: "user", Many: true, Also: []graph.Request{graph.ListRiskDetections(id, whenever, all)}},
		"msgraph-user-roles-list":           {Steps: listRoles, Show: showRoles, Long: unbounded, Target: "user", Many: true, Also: append(roles, graph.ListAllGroups(id))},
		"msgraph-user-investigate":          {Steps: investigate, Show: showInvestigation, Long: always, Target: "user", Many: true, Most: maxInvestigated, ShowsEach: true, Also: investigationReads},
		"msgraph-user-devices-list":         {Steps: listDevices, Show: showDevices, Long: unbounded, Target: "user", Many: true},
		"msgraph-user-list-deleted":         {Steps: listDeleted, Show: showDeleted, Long: always},

		"msgraph-user-restore":            {Steps: restoreUser, Target: "user", Many: true, Recognizes: true, Changes: engine.Changing, NotFound: engine.ErrorAlways, Also: []graph.Request{graph.Restore(id), look}},
		"msgraph-user-group-add":          {Steps: addToGroup, Target: "user", Many: true, Object: "group_id", ObjectNotFound: engine.ErrorAlways, Changes: engine.Changing, Also: []graph.Request{graph.ListGroups(id), graph.GetGroup(id), addsMember}},
		"msgraph-user-group-remove":       {Steps: removeFromGroup, Target: "user", Many: true, Object: "group_id", ObjectNotFound: engine.ErrorAlways, Changes: engine.Changing, Also: []graph.Request{graph.ListGroups(id), graph.RemoveGroupMember(id, id)}},
		"msgraph-user-role-remove":        {Steps: removeRole, Show: showRemoval, Target: "user", Many: true, Changes: engine.Changing, Also: removesRole},
		"msgraph-user-consent-revoke":     {Steps: revokeConsent, Target: "grant_id", Many: true, Things: true, Changes: engine.Changing, NotFound: engine.ErrorAlways, Also: []graph.Request{graph.DeleteConsent(id)}},
		"msgraph-user-app-role-remove":    {Steps: removeAppRole, Target: "user", Object: "assignment_id", ObjectNotFound: engine.ErrorAlways, Changes: engine.Changing, Also: []graph.Request{graph.ListAppRoles(id, all), graph.DeleteAppRole(id, id)}},
		"msgraph-user-device-disable":     {Steps: disableDevice, Target: "device_id", Many: true, Things: true, Changes: engine.Changing, NotFound: engine.ErrorAlways, Also: device},
		"msgraph-user-device-enable":      {Steps: enableDevice, Target: "device_id", Many: true, Things: true, Changes: engine.Changing, NotFound: engine.ErrorAlways, Also: device},
		"msgraph-user-inbox-rule-disable": {Steps: disableInboxRule, Target: "user", Object: "rule_id", ObjectNotFound: engine.ErrorAlways, Changes: engine.Changing, Also: []graph.Request{graph.SetInboxRuleEnabled(id, id, false)}},
		"msgraph-user-inbox-rule-enable":  {Steps: enableInboxRule, Target: "user", Object: "rule_id", ObjectNotFound: engine.ErrorAlways, Changes: engine.Changing, Also: []graph.Request{graph.SetInboxRuleEnabled(id, id, true)}},
		"msgraph-user-risk-confirm":       {Steps: confirmRisk, Target: "user", Many: true, Changes: engine.Changing, Also: []graph.Request{graph.ConfirmCompromised(nil)}},
		"msgraph-user-undo":               {Containment: undoing(), Target: "user", Many: true, Long: always, Changes: engine.Changing},
		"msgraph-user-contain":            {Containment: containing(), Target: "user", Many: true, Long: always, Changes: engine.Changing},
		"msgraph-user-risk-dismiss":       {Steps: dismissRisk, Target: "user", Many: true, Changes: engine.Changing, Also: []graph.Request{graph.DismissRisk(nil)}},
	}
	for _, list := range userLists {
		commands[list.commandName()] = list.entry()
	}
	return commands
}
