package throttling

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// Request is what a cost depends on.
type Request struct {
	Method string
	// Segments are those of the path below the version, with me already written
	// as users and an id.
	Segments []string
	Query    url.Values
	AppID    string
}

// baseCosts are the resource units of the operations that cost more than one, *
// standing for an id. They are the rows of Microsoft's table; what it writes for
// me/… holds for users/{id}/… too.
var baseCosts = map[string]int{
	"GET applications":                           2,
	"GET applications/*/extensionProperties":     2,
	"GET contracts":                              3,
	"POST directoryObjects/getByIds":             3,
	"GET domains/*/domainNameReferences":         4,
	"GET groups/*/members":                       3,
	"GET groups/*/transitiveMembers":             5,
	"POST users/*/checkMemberGroups":             4,
	"POST users/*/checkMemberObjects":            4,
	"POST users/*/getMemberGroups":               2,
	"POST users/*/getMemberObjects":              2,
	"GET users/*/licenseDetails":                 2,
	"GET users/*/memberOf":                       2,
	"GET users/*/ownedObjects":                   2,
	"GET users/*/transitiveMemberOf":             2,
	"GET oauth2PermissionGrants":                 2,
	"GET oauth2PermissionGrants/*":               2,
	"GET servicePrincipals/*/appRoleAssignments": 2,
	"GET subscribedSkus":                         3,
	"GET users":                                  2,
}

// readingPosts are the POST requests that write nothing.
var readingPosts = map[string]bool{
	"POST directoryObjects/getByIds": true, "POST users/*/checkMemberGroups": true, "POST users/*/checkMemberObjects": true,
	"POST users/*/getMemberGroups": true, "POST users/*/getMemberObjects": true,
}

// smallPage is the $top below which a page costs less.
const smallPage = 20

// ResourceUnits returns what a request costs: its base cost, less for $select and
// for a small $top, more for $expand, one at least.
func (r Request) ResourceUnits() int {
	cost := max(1, baseCosts[r.operation()])
	if r.Query.Get("$select") != "" {
		cost--
	}
	if r.Query.Get("$expand") != "" {
		cost++
	}
	if top, err := strconv.Atoi(r.Query.Get("$top")); err == nil && top < smallPage {
		cost--
	}
	return max(1, cost)
}

// Writes returns how much of the write quota a request takes: one, or nothing for
// one that only reads.
func (r Request) Writes() int {
	if r.Method == http.MethodGet || r.Method == http.MethodHead || readingPosts[r.operation()] {
		return 0
	}
	return 1
}

// operation is the method and path as baseCosts writes them.
func (r Request) operation() string {
	path := append([]string{}, r.Segments...)
	if len(path) > 1 {
		path[1] = "*"
	}
	if len(r.Segments) > 1 && r.Segments[0] == "directoryObjects" {
		path[1] = r.Segments[1]
	}
	return r.Method + " " + strings.Join(path, "/")
}

// ofProtection reports whether a request is one of identity protection or
// conditional access, which have a quota of their own.
func (r Request) ofProtection() bool {
	switch {
	case len(r.Segments) == 0:
		return false
	case strings.EqualFold(r.Segments[0], "identityProtection"):
		return true
	}
	return len(r.Segments) > 1 && strings.EqualFold(r.Segments[0], "identity") && strings.EqualFold(r.Segments[1], "conditionalAccess")
}
