package graph

import "net/http"

// ListOptions narrows a list. Members left empty are not sent.
type ListOptions struct {
	Filter string // $filter
	Select string // $select, names separated by commas
	Top    string // $top, the size of a page: 1 to 999
	// Advanced asks for the count with $count=true and ConsistencyLevel, which
	// most filters need (https://learn.microsoft.com/graph/aad-advanced-queries).
	Advanced bool
}

func (o ListOptions) apply(r Request) Request {
	for _, option := range []QueryOption{{"$filter", o.Filter}, {"$select", o.Select}, {"$top", o.Top}} {
		if option.Value != "" {
			r.Query = r.Query.With(option.Name, option.Value)
		}
	}
	if o.Advanced {
		r.Query = r.Query.With("$count", "true")
		return r.advanced()
	}
	return r
}

// ListUsers reads the users of the tenant.
//
//	GET /users
//
// https://learn.microsoft.com/graph/api/user-list
func ListUsers(o ListOptions) Request { return o.apply(read("/users")) }

// GetUser reads one user by id or user principal name. properties is $select, and
// is left out where empty: Graph then answers its default set.
//
//	GET /users/{user}
//
// https://learn.microsoft.com/graph/api/user-get
func GetUser(user, properties string) Request {
	return ListOptions{Select: properties}.apply(read("/users/{user}", user))
}

// UserDelta reads the users that changed, or all users where it is called for the
// first time. properties is $select.
//
//	GET /users/delta
//
// https://learn.microsoft.com/graph/api/user-delta
func UserDelta(properties string) Request {
	return ListOptions{Select: properties}.apply(read("/users/delta"))
}

// CreateUser creates a user. It is not repeated when its answer is lost; that error
// names the user to look for: name, the user principal name.
//
//	POST /users
//
// https://learn.microsoft.com/graph/api/user-post-users
func CreateUser(name string, properties any) Request {
	r := request(http.MethodPost, "/users").withBody(properties)
	r.IfLost = "Look for the user " + name + " before you create it again."
	return r
}

// UpdateUser sets properties of a user. Those of other services go in a request of
// their own: see SplitProperties.
//
//	PATCH /users/{user}
//
// https://learn.microsoft.com/graph/api/user-update
func UpdateUser(user string, properties any) Request {
	return request(http.MethodPatch, "/users/{user}", user).withBody(properties)
}

// SetAccountEnabled blocks (false) or unblocks (true) a user's sign-in.
//
//	PATCH /users/{user}
//
// https://learn.microsoft.com/graph/api/user-update
func SetAccountEnabled(user string, enabled bool) Request {
	return UpdateUser(user, map[string]bool{"accountEnabled": enabled})
}

// DeleteUser deletes a user, who can be restored for 30 days.
//
//	DELETE /users/{user}
//
// https://learn.microsoft.com/graph/api/user-delete
func DeleteUser(user string) Request {
	return request(http.MethodDelete, "/users/{user}", user)
}

// RevokeSignInSessions makes a user's refresh tokens and browser sessions
// invalid. Doing it twice does no harm.
//
//	POST /users/{user}/revokeSignInSessions
//
// https://learn.microsoft.com/graph/api/user-revokesigninsessions
func RevokeSignInSessions(user string) Request {
	return request(http.MethodPost, "/users/{user}/revokeSignInSessions", user)
}

// ListLicenses reads the licences that a user has, with their service plans.
//
//	GET /users/{user}/licenseDetails
//
// https://learn.microsoft.com/graph/api/user-list-licensedetails
func ListLicenses(user string) Request { return read("/users/{user}/licenseDetails", user) }
