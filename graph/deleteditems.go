package graph

import "net/http"

// deletedProperties are what is shown of a deleted user, and all the names by which
// the user may be known.
const deletedProperties = "id,displayName,userPrincipalName,mail,otherMails,proxyAddresses,onPremisesUserPrincipalName,userType,accountEnabled,deletedDateTime,createdDateTime,onPremisesSyncEnabled"

// ListDeletedUsers reads the users who were deleted in the last 30 days.
//
//	GET /directory/deletedItems/microsoft.graph.user
//
// https://learn.microsoft.com/graph/api/directory-deleteditems-list
func ListDeletedUsers() Request {
	return ListOptions{Select: deletedProperties}.apply(read("/directory/deletedItems/microsoft.graph.user"))
}

// Restore brings a deleted user back, by object id, with groups, roles, licences and
// assignments of applications.
//
//	POST /directory/deletedItems/{user}/restore
//
// https://learn.microsoft.com/graph/api/directory-deleteditems-restore
func Restore(user string) Request {
	return request(http.MethodPost, "/directory/deletedItems/{user}/restore", user)
}
