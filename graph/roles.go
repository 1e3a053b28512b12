package graph

import (
	"net/http"

	"msgraph-user/internal/rawjson"
)

// ListRoleAssignments reads the directory roles that a principal (a user or a
// group, by object id) holds now, each with its definition.
//
//	GET /roleManagement/directory/roleAssignments
//
// https://learn.microsoft.com/graph/api/rbacapplication-list-roleassignments
func ListRoleAssignments(principal string) Request {
	return ofPrincipal("/roleManagement/directory/roleAssignments", principal)
}

// ListActiveRoles reads the same as Privileged Identity Management knows it: since
// when, until when, and whether a role was activated.
//
//	GET /roleManagement/directory/roleAssignmentScheduleInstances
//
// https://learn.microsoft.com/graph/api/rbacapplication-list-roleassignmentscheduleinstances
func ListActiveRoles(principal string) Request {
	return ofPrincipal("/roleManagement/directory/roleAssignmentScheduleInstances", principal)
}

// ListEligibleRoles reads the roles that a principal may activate.
//
//	GET /roleManagement/directory/roleEligibilityScheduleInstances
//
// https://learn.microsoft.com/graph/api/rbacapplication-list-roleeligibilityscheduleinstances
func ListEligibleRoles(principal string) Request {
	return ofPrincipal("/roleManagement/directory/roleEligibilityScheduleInstances", principal)
}

func ofPrincipal(template, principal string) Request {
	r := ListOptions{Filter: "principalId eq " + quoted(principal)}.apply(read(template))
	r.Query = r.Query.With("$expand", "roleDefinition")
	return r
}

// DeleteRoleAssignment takes a directory role away at once, past Privileged Identity
// Management.
//
//	DELETE /roleManagement/directory/roleAssignments/{assignment_id}
//
// https://learn.microsoft.com/graph/api/unifiedroleassignment-delete
func DeleteRoleAssignment(assignment string) Request {
	return request(http.MethodDelete, "/roleManagement/directory/roleAssignments/{assignment_id}", assignment)
}

// CreateRoleAssignment gives a directory role again as assignment, as it was read,
// gave it. The new assignment has an id of its own.
//
//	POST /roleManagement/directory/roleAssignments
//
// https://learn.microsoft.com/graph/api/rbacapplication-post-roleassignments
func CreateRoleAssignment(assignment rawjson.Object) Request {
	return request(http.MethodPost, "/roleManagement/directory/roleAssignments").withBody(scoped(assignment))
}

// scoped returns the members of an assignment that Graph accepts: principal, role, scope.
func scoped(assignment rawjson.Object) rawjson.Object {
	where := assignment.Only("principalId", "roleDefinitionId", "directoryScopeId", "appScopeId")
	kept := where[:0]
	for _, member := range where {
		if !rawjson.IsNull(member.Value) {
			kept = append(kept, member)
		}
	}
	return kept
}

// RoleAction is what a request of Privileged Identity Management does.
type RoleAction string

// The actions of an administrator.
const (
	RemoveRole RoleAction = "adminRemove"
	AssignRole RoleAction = "adminAssign"
)

// RequestActiveRole assigns a role, or removes it, through Privileged Identity
// Management. instance is one of ListActiveRoles as it was read: its scope is the
// exact one, and an assignment lasts as long as it did.
//
//	POST /roleManagement/directory/roleAssignmentScheduleRequests
//
// https://learn.microsoft.com/graph/api/rbacapplication-post-roleassignmentschedulerequests
func RequestActiveRole(action RoleAction, instance rawjson.Object, justification string) Request {
	return scheduleRequest("/roleManagement/directory/roleAssignmentScheduleRequests", action, instance, justification)
}

// RequestEligibleRole is RequestActiveRole for a role that may be activated;
// instance is one of ListEligibleRoles.
//
//	POST /roleManagement/directory/roleEligibilityScheduleRequests
//
// https://learn.microsoft.com/graph/api/rbacapplication-post-roleeligibilityschedulerequests
func RequestEligibleRole(action RoleAction, instance rawjson.Object, justification string) Request {
	return scheduleRequest("/roleManagement/directory/roleEligibilityScheduleRequests", action, instance, justification)
}

func scheduleRequest(template string, action RoleAction, instance rawjson.Object, justification string) Request {
	body := append(rawjson.Object{{Name: "action", Value: rawjson.Quote(string(action))}}, scoped(instance)...)
	body = append(body, rawjson.Member{Name: "justification", Value: rawjson.Quote(justification)})
	if action == AssignRole {
		body = append(body, rawjson.Member{Name: "scheduleInfo", Value: schedule(instance)})
	}
	return request(http.MethodPost, template).withBody(body)
}

// schedule is the time that instance lasts.
func schedule(instance rawjson.Object) []byte {
	expiration := `{"type":"noExpiration"}`
	if end := instance.Get("endDateTime"); !rawjson.IsNull(end) {
		expiration = `{"type":"afterDateTime","endDateTime":` + string(end) + `}`
	}
	start := ""
	if begin := instance.Get("startDateTime"); !rawjson.IsNull(begin) {
		start = `"startDateTime":` + string(begin) + `,`
	}
	return []byte(`{` + start + `"expiration":` + expiration + `}`)
}
