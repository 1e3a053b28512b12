package graph

import (
	"net/http"

	"msgraph-user/internal/rawjson"
)

// ListConsents reads the delegated permissions that a user granted to applications.
// What an administrator granted for everybody is not among them.
//
//	GET /users/{user}/oauth2PermissionGrants
//
// https://learn.microsoft.com/graph/api/user-list-oauth2permissiongrants
func ListConsents(user, top string) Request {
	return ListOptions{Top: top}.apply(read("/users/{user}/oauth2PermissionGrants", user))
}

// GetConsent reads one grant of delegated permissions.
//
//	GET /oauth2PermissionGrants/{grant_id}
//
// https://learn.microsoft.com/graph/api/oauth2permissiongrant-get
func GetConsent(grant string) Request { return read("/oauth2PermissionGrants/{grant_id}", grant) }

// DeleteConsent takes a grant of delegated permissions back. One whose consentType
// is AllPrincipals counts for everybody in the tenant.
//
//	DELETE /oauth2PermissionGrants/{grant_id}
//
// https://learn.microsoft.com/graph/api/oauth2permissiongrant-delete
func DeleteConsent(grant string) Request {
	return request(http.MethodDelete, "/oauth2PermissionGrants/{grant_id}", grant)
}

// CreateConsent grants again what grant, as it was read, has granted. The new one
// has an id of its own.
//
//	POST /oauth2PermissionGrants
//
// https://learn.microsoft.com/graph/api/oauth2permissiongrant-post
func CreateConsent(grant rawjson.Object) Request {
	return request(http.MethodPost, "/oauth2PermissionGrants").withBody(grant.Only("clientId", "consentType", "principalId", "resourceId", "scope"))
}

// ListAppRoles reads the roles in applications that were given to a user, or to a
// group that the user is a direct member of.
//
//	GET /users/{user}/appRoleAssignments
//
// https://learn.microsoft.com/graph/api/user-list-approleassignments
func ListAppRoles(user, top string) Request {
	return ListOptions{Top: top}.apply(read("/users/{user}/appRoleAssignments", user))
}

// DeleteAppRole takes a role in an application from a user.
//
//	DELETE /users/{user}/appRoleAssignments/{assignment_id}
//
// https://learn.microsoft.com/graph/api/user-delete-approleassignments
func DeleteAppRole(user, assignment string) Request {
	return request(http.MethodDelete, "/users/{user}/appRoleAssignments/{assignment_id}", user, assignment)
}

// CreateAppRole gives a user again the role that assignment, as it was read, gave.
// The new assignment has an id of its own.
//
//	POST /users/{user}/appRoleAssignments
//
// https://learn.microsoft.com/graph/api/user-post-approleassignments
func CreateAppRole(user string, assignment rawjson.Object) Request {
	return request(http.MethodPost, "/users/{user}/appRoleAssignments", user).withBody(assignment.Only("principalId", "resourceId", "appRoleId"))
}
