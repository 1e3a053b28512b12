package graph

import "net/http"

// groupProperties say what a group is, and so whether its members can be changed.
const groupProperties = "id,displayName,groupTypes,mailEnabled,securityEnabled,membershipRule,isAssignableToRole,onPremisesSyncEnabled,assignedLicenses"

// GetGroup reads what a group is.
//
//	GET /groups/{group_id}
//
// https://learn.microsoft.com/graph/api/group-get
func GetGroup(group string) Request {
	return ListOptions{Select: groupProperties}.apply(read("/groups/{group_id}", group))
}

// ListGroups reads what the groups are that a user is a direct member of.
//
//	GET /users/{user}/memberOf/microsoft.graph.group
//
// https://learn.microsoft.com/graph/api/user-list-memberof
func ListGroups(user string) Request {
	return ListOptions{Select: groupProperties}.apply(read("/users/{user}/memberOf/microsoft.graph.group", user))
}

// ListAllGroups reads the groups that a user is a member of, directly or through
// other groups.
//
//	GET /users/{user}/transitiveMemberOf/microsoft.graph.group
//
// https://learn.microsoft.com/graph/api/user-list-transitivememberof
func ListAllGroups(user string) Request {
	return ListOptions{Select: "id,displayName,isAssignableToRole"}.apply(read("/users/{user}/transitiveMemberOf/microsoft.graph.group", user))
}

// AddGroupMember makes a user a member of a group; both are object ids. It is a
// method because the reference is a URL of the instance's own Graph.
//
//	POST /groups/{group_id}/members/$ref
//
// https://learn.microsoft.com/graph/api/group-post-members
func (c *Client) AddGroupMember(group, user string) Request {
	r := request(http.MethodPost, "/groups/{group_id}/members/$ref", group)
	if r.err == nil {
		r.err = CheckID("user", user)
	}
	return r.withBody(map[string]string{"@odata.id": c.reference("/directoryObjects" + keySegment(user))})
}

// RemoveGroupMember ends a user's membership of a group; both are object ids.
// Without the $ref at its end this request would delete the user.
//
//	DELETE /groups/{group_id}/members/{user}/$ref
//
// https://learn.microsoft.com/graph/api/group-delete-members
func RemoveGroupMember(group, user string) Request {
	return request(http.MethodDelete, "/groups/{group_id}/members/{user}/$ref", group, user)
}
