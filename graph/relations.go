package graph

import "net/http"

// GetManager reads the manager of a user; 404 where there is none.
//
//	GET /users/{user}/manager
//
// https://learn.microsoft.com/graph/api/user-list-manager
func GetManager(user string) Request { return read("/users/{user}/manager", user) }

// AssignManager makes the user manager the manager of user. It is a method
// because the reference is a URL of the instance's own Graph.
//
//	PUT /users/{user}/manager/$ref
//
// https://learn.microsoft.com/graph/api/user-post-manager
func (c *Client) AssignManager(user, manager string) Request {
	r := request(http.MethodPut, "/users/{user}/manager/$ref", user)
	if r.err == nil {
		r.err = CheckID("manager", manager)
	}
	return r.withBody(map[string]string{"@odata.id": c.reference("/users" + keySegment(manager))})
}

// reference is the URL of an object of v1.0, for a body that names it.
func (c *Client) reference(path string) string { return c.origin.String() + "/" + V1 + path }

// ListDirectReports reads the people whose manager a user is.
//
//	GET /users/{user}/directReports
//
// https://learn.microsoft.com/graph/api/user-list-directreports
func ListDirectReports(user string) Request { return read("/users/{user}/directReports", user) }

// ListMemberOf reads the groups, roles and administrative units that a user is a
// direct member of.
//
//	GET /users/{user}/memberOf
//
// https://learn.microsoft.com/graph/api/user-list-memberof
func ListMemberOf(user string) Request { return read("/users/{user}/memberOf", user) }

// ListOwnedDevices reads the devices that a user owns, a page of top, with their
// count.
//
//	GET /users/{user}/ownedDevices
//
// https://learn.microsoft.com/graph/api/user-list-owneddevices
func ListOwnedDevices(user, filter, top string) Request {
	return ListOptions{Filter: filter, Top: top, Advanced: true}.apply(read("/users/{user}/ownedDevices", user))
}
