package graphapi

import (
	"encoding/json"
	"slices"
	"strings"

	"msgraph-user/emulator/directory"
	"msgraph-user/emulator/schema"
)

// audit records what a turn does in the directory audits, as Entra does: who did it,
// to what, and what was before
// (https://learn.microsoft.com/entra/identity/monitoring-health/reference-audit-activities).
// What is in a mailbox is no part of the directory.
func (c *call) audit(tx *directory.Tx) {
	for _, step := range tx.Steps() {
		if what := c.activity(step); what.name != "" {
			tx.Audit(c.auditRecord(what, step))
		}
	}
}

// activity is how the audits call a change.
type activity struct{ name, category, service, operation string }

// The services that log.
const (
	coreDirectory = "Core Directory"
	methodService = "Authentication Methods"
	pimService    = "PIM"
	riskService   = "Identity Protection"
)

// categories are those of changes of an object itself.
var categories = map[string]string{
	"user": "UserManagement", "group": "GroupManagement", "device": "Device", "servicePrincipal": "ApplicationManagement", "directoryRole": "RoleManagement",
}

// activity returns how a step is called; one without a name is not recorded.
func (c *call) activity(step directory.Step) activity {
	switch step.Do {
	case "put":
		return c.putActivity(step)
	case "delete", "restore", "purge":
		o := step.Before
		if o == nil {
			return activity{}
		}
		verb := map[string][2]string{"delete": {"Delete ", "Delete"}, "restore": {"Restore ", "Add"}, "purge": {"Hard Delete ", "Delete"}}[step.Do]
		return activity{verb[0] + kindName(o), categories[o.Type.Name], coreDirectory, verb[1]}
	case "link", "unlink":
		return linkActivity(step)
	}
	return c.ownActivity(step)
}

// kindName is how an activity calls an object's type.
func kindName(o *directory.Object) string {
	if o.Type.Name == "servicePrincipal" {
		return "service principal"
	}
	return o.Type.Name
}

func (c *call) putActivity(step directory.Step) activity {
	o, category := step.After, categories[step.After.Type.Name]
	if step.Before == nil {
		name := "Add " + kindName(o)
		if o.Type.Name == "directoryRole" {
			name = "Add role from template"
		}
		return activity{name, category, coreDirectory, "Add"}
	}
	names := changedNames(step.Before, o)
	named := func(wanted string) bool { return slices.Contains(names, wanted) }
	update := activity{"Update " + kindName(o), category, coreDirectory, "Update"}
	switch {
	case o.Type.Name == "servicePrincipal" && named("passwordCredentials"):
		update.name = "Add service principal credentials"
		if len(o.Raw(o.Type.Must("passwordCredentials"))) < len(step.Before.Raw(o.Type.Must("passwordCredentials"))) {
			update.name = "Remove service principal credentials"
		}
	case o.Type.Name != "user":
	case newPasswordIn(step) && c.principal.UserID == o.ID:
		update.name = "Change user password"
	case newPasswordIn(step):
		update.name = "Reset user password"
	case named("accountEnabled") && o.Is("accountEnabled"):
		update.name = "Enable account"
	case named("accountEnabled"):
		update.name = "Disable account"
	case named("passwordProfile"):
		update.name = "Set force change user password"
	case slices.Equal(names, []string{"signInSessionsValidFromDateTime"}):
		update.name = "Update StsRefreshTokenValidFrom Timestamp"
	}
	if len(names) == 0 && !newPasswordIn(step) {
		return activity{}
	}
	return update
}

func newPasswordIn(step directory.Step) bool {
	before, after := step.Before.Private, step.After.Private
	return after != nil && (before == nil && after.PasswordHash != "" || before != nil && before.PasswordHash != after.PasswordHash)
}

// changedNames lists the properties in which two states of an object differ.
func changedNames(before, after *directory.Object) []string {
	var names []string
	for _, p := range after.Type.Properties {
		if before == nil && after.Raw(p) != "" || before != nil && before.Raw(p) != after.Raw(p) {
			names = append(names, p.Name)
		}
	}
	return names
}

func linkActivity(step directory.Step) activity {
	if step.From == nil || step.To == nil {
		return activity{}
	}
	add, operation := step.Do == "link", "Unassign"
	if add {
		operation = "Assign"
	}
	either := func(added, removed string) string {
		if add {
			return added
		}
		return removed
	}
	switch {
	case step.Relation == directory.Manager:
		return activity{either("Set user manager", "Remove user manager"), "UserManagement", coreDirectory, operation}
	case step.Relation == directory.Member && step.From.Type.Name == "directoryRole":
		return activity{either("Add member to role", "Remove member from role"), "RoleManagement", coreDirectory, operation}
	case step.Relation == directory.Member:
		return activity{either("Add member to group", "Remove member from group"), "GroupManagement", coreDirectory, operation}
	}
	return activity{}
}

// ownActivity is about what belongs to an object.
func (c *call) ownActivity(step directory.Step) activity {
	o, verb := step.After, 0
	switch {
	case step.Do == "disown":
		o, verb = step.Before, 1
	case step.Before != nil:
		verb = 2
	}
	if o == nil || step.Owner == nil {
		return activity{}
	}
	operation := []string{"Add", "Delete", "Update"}[verb]
	switch name := o.Type.Name; {
	case strings.HasSuffix(name, "AuthenticationMethod") || name == "signInPreferences":
		who := "Admin "
		if c.principal.UserID == step.Owner.ID {
			who = "User "
		}
		return activity{who + []string{"registered", "deleted", "updated"}[verb] + " security info", "UserManagement", methodService, operation}
	case name == "oAuth2PermissionGrant":
		return activity{[]string{"Add", "Remove", "Update"}[verb] + " delegated permission grant", "ApplicationManagement", coreDirectory, operation}
	case name == "appRoleAssignment":
		return activity{[]string{"Add app role assignment grant to ", "Remove app role assignment from ", "Update app role assignment of "}[verb] + kindName(step.Owner), "UserManagement", coreDirectory, operation}
	case name == "unifiedRoleAssignment" && o.Text("directoryScopeId") != "/":
		return activity{[]string{"Add scoped member to role", "Remove scoped member from role", "Update role"}[verb], "RoleManagement", coreDirectory, operation}
	case name == "unifiedRoleEligibilityScheduleInstance":
		return activity{[]string{"Add eligible member to role in PIM completed (", "Remove eligible member from role in PIM completed (", "Update eligible member of role in PIM ("}[verb] + lasting(o) + ")", "RoleManagement", pimService, operation}
	case strings.HasSuffix(name, "ScheduleRequest"):
		return requestActivity(o)
	case name == "riskyUser":
		known := map[string]string{"confirmedCompromised": "ConfirmAccountCompromised", "dismissed": "DismissUser", "confirmedSafe": "ConfirmAccountSafe"}
		return activity{known[o.Text("riskState")], "IdentityProtection", riskService, "Update"}
	case name == "longRunningOperation" && verb == 0:
		return activity{"Admin started password reset", "UserManagement", "Self-service Password Management", "Update"}
	}
	return activity{}
}

func lasting(o *directory.Object) string {
	if o.Text("endDateTime") == "" {
		return "permanent"
	}
	return "timebound"
}

func requestActivity(o *directory.Object) activity {
	kind := "member"
	if o.Type.Name == "unifiedRoleEligibilityScheduleRequest" {
		kind = "eligible member"
	}
	name := map[string]string{
		"adminAssign": "Add " + kind + " to role in PIM requested", "adminRemove": "Remove " + kind + " from role in PIM requested",
		"selfActivate": "Add member to role requested (PIM activation)", "selfDeactivate": "Remove member from role requested (PIM deactivate)",
	}[o.Text("action")]
	return activity{name, "RoleManagement", pimService, "Add"}
}

func (c *call) auditRecord(what activity, step directory.Step) *directory.Object {
	t := schema.MustLookup("directoryAudit")
	id := strings.ReplaceAll(what.service, " ", "") + "_" + directory.NewID()
	if what.service == coreDirectory {
		id = "Directory_" + directory.NewID()
	}
	values := map[string]any{
		"activityDateTime": c.at.UTC().Format("2006-01-02T15:04:05.0000000Z"), "activityDisplayName": what.name, "category": what.category,
		"correlationId": c.requestID, "loggedByService": what.service, "operationType": what.operation, "result": "success", "resultReason": "",
		"initiatedBy": c.initiator(), "targetResources": c.targets(step), "additionalDetails": c.details(),
	}
	var pairs []directory.Pair
	for _, p := range t.Properties {
		if value, has := values[p.Name]; has {
			raw, _ := json.Marshal(value) // plain data: cannot fail
			pairs = append(pairs, directory.Pair{Property: p, Raw: string(raw)})
		}
	}
	return directory.NewObject(t, id, pairs...)
}

// initiator is who calls.
func (c *call) initiator() any { return directory.AuditInitiator(c.caller, c.principal.AppID, "") }

func (c *call) details() any {
	details := []map[string]string{}
	if agent := c.request.UserAgent(); agent != "" {
		details = append(details, map[string]string{"key": "User-Agent", "value": agent})
	}
	return details
}

// targets are what the step was done to; the one that a person looks for first.
func (c *call) targets(step directory.Step) []directory.AuditTarget {
	switch step.Do {
	case "link", "unlink":
		if step.Relation == directory.Manager {
			return []directory.AuditTarget{directory.AuditTargetOf(step.From), directory.AuditTargetOf(step.To)}
		}
		return []directory.AuditTarget{directory.AuditTargetOf(step.To), directory.AuditTargetOf(step.From)}
	case "own", "disown":
		return []directory.AuditTarget{directory.AuditTargetOf(step.Owner, ownChanges(step)...)}
	}
	o := step.After
	if o == nil {
		o = step.Before
	}
	var changes []directory.AuditChange
	if step.Before != nil && step.After != nil {
		for _, name := range changedNames(step.Before, step.After) {
			p := o.Type.Must(name)
			changes = append(changes, directory.AuditChange{
				DisplayName: name, OldValue: directory.AuditValue(step.Before.Raw(p)), NewValue: directory.AuditValue(step.After.Raw(p)),
			})
		}
	}
	return []directory.AuditTarget{directory.AuditTargetOf(o, changes...)}
}

// ownChanges tell what of an object's belongings was changed. What methods hold may
// be secret, and is not told.
func ownChanges(step directory.Step) []directory.AuditChange {
	o, fresh := step.After, true
	if step.Do == "disown" {
		o, fresh = step.Before, false
	}
	names := map[string][]string{
		"oAuth2PermissionGrant": {"clientId", "consentType", "resourceId", "scope"}, "appRoleAssignment": {"appRoleId", "resourceId", "resourceDisplayName"},
		"unifiedRoleAssignment": {"roleDefinitionId", "directoryScopeId"}, "unifiedRoleEligibilityScheduleInstance": {"roleDefinitionId", "directoryScopeId"},
		"unifiedRoleAssignmentScheduleRequest": {"action", "roleDefinitionId", "directoryScopeId"}, "unifiedRoleEligibilityScheduleRequest": {"action", "roleDefinitionId", "directoryScopeId"},
		"riskyUser": {"riskState", "riskLevel"},
	}[o.Type.Name]
	changes := []directory.AuditChange{{DisplayName: "StrongAuthenticationMethod", NewValue: directory.AuditValue(directory.Quote(o.Type.Name))}}
	if names != nil {
		changes = nil
	}
	for _, name := range names {
		change := directory.AuditChange{DisplayName: name}
		if value := directory.AuditValue(o.Raw(o.Type.Must(name))); fresh {
			change.NewValue = value
		} else {
			change.OldValue = value
		}
		changes = append(changes, change)
	}
	return changes
}
