package graph

import (
	"net/http"
	"slices"
	"strings"

	"msgraph-user/internal/rawjson"
)

// amendments are what the metadata lacks, or of which its users report something
// else. A property, where one is named, is of the body; amend changes what the
// metadata says.
var amendments = []struct {
	method, version, template, property string
	amend                               func(*Permissions)
}{
	// User.ReadBasic.All is answered too, but with names only: the rest is null.
	// https://learn.microsoft.com/graph/permissions-reference#userreadbasicall
	{http.MethodGet, V1, "/users/{user}", "", adviseReadAll},
	{http.MethodGet, V1, "/users", "", adviseReadAll},
	// Nothing higher replaces it for an application, whatever the metadata lists:
	// https://learn.microsoft.com/graph/api/user-revokesigninsessions
	{http.MethodPost, V1, "/users/{user}/revokeSignInSessions", "", func(p *Permissions) {
		p.Application = only("User.RevokeSessions.All")
	}},
	// No application can do this:
	// https://learn.microsoft.com/graph/api/authenticationmethod-resetpassword
	{http.MethodPost, V1, "/users/{user}/authentication/methods/{method}/resetPassword", "", func(p *Permissions) {
		p.Application, p.Delegated = PermissionSet{}, only("UserAuthenticationMethod.ReadWrite.All")
	}},
	// https://learn.microsoft.com/graph/api/authentication-get?view=graph-rest-beta
	{http.MethodGet, Beta, "/users/{user}/authentication/signInPreferences", "", func(p *Permissions) {
		read := PermissionSet{
			Any:   []string{"UserAuthenticationMethod.Read.All", "UserAuthenticationMethod.ReadWrite.All"},
			Least: []string{"UserAuthenticationMethod.Read.All"},
		}
		p.Application, p.Delegated = read, read
	}},
	{http.MethodPatch, Beta, "/users/{user}/authentication/signInPreferences", "", func(p *Permissions) {
		p.Application, p.Delegated = only("UserAuthenticationMethod.ReadWrite.All"), only("UserAuthenticationMethod.ReadWrite.All")
	}},
	// https://learn.microsoft.com/graph/api/user-update#permissions-for-specific-scenarios
	{http.MethodPatch, V1, "/users/{user}", "passwordProfile", func(p *Permissions) {
		p.Application = only("User-PasswordProfile.ReadWrite.All")
		p.Delegated = only("User-PasswordProfile.ReadWrite.All", actAsUser)
	}},
	{http.MethodPatch, V1, "/users/{user}", "accountEnabled", func(p *Permissions) {
		for _, s := range []*PermissionSet{&p.Application, &p.Delegated} {
			s.Together = [][]string{{"User.EnableDisableAccount.All", "User.Read.All"}}
			s.Any = slices.DeleteFunc(s.Any, func(name string) bool { return strings.HasPrefix(name, "User-") || partial[name] })
		}
	}},
	// What the metadata marks as the least of these gives more than is needed, gives
	// something else, or is not marked at all; what is advised here is among those
	// that suffice (https://learn.microsoft.com/graph/permissions-reference).
	{http.MethodGet, V1, "/users/{user}/memberOf", "", adviseForOthers},
	{http.MethodGet, V1, "/users/{user}/memberOf/microsoft.graph.group", "", adviseForOthers},
	{http.MethodPost, V1, "/users/{user}/checkMemberGroups", "", advise("GroupMember.Read.All")},
	{http.MethodPost, V1, "/users/{user}/getMemberGroups", "", advise("GroupMember.Read.All")},
	{http.MethodGet, V1, "/groups", "", advise("GroupMember.Read.All")},
	{http.MethodGet, V1, "/groups/{group}", "", advise("GroupMember.Read.All")},
	{http.MethodGet, V1, "/groups/{group}/owners", "", advise("GroupMember.Read.All")},
	{http.MethodGet, V1, "/organization", "", advise("Organization.Read.All")},
	{http.MethodPost, V1, "/directoryObjects/validateProperties", "", advise("Directory.Read.All")},
	{http.MethodPost, V1, "/oauth2PermissionGrants", "", advise("DelegatedPermissionGrant.ReadWrite.All")},
	{http.MethodPatch, V1, "/oauth2PermissionGrants/{grant}", "", advise("DelegatedPermissionGrant.ReadWrite.All")},
	{http.MethodDelete, V1, "/oauth2PermissionGrants/{grant}", "", advise("DelegatedPermissionGrant.ReadWrite.All")},
	{http.MethodGet, V1, "/users/{user}/appRoleAssignments", "", advise("Directory.Read.All")},
	{http.MethodGet, V1, "/roleManagement/directory/roleAssignmentScheduleRequests", "", advise("RoleAssignmentSchedule.Read.Directory")},
	{http.MethodGet, V1, "/roleManagement/directory/roleEligibilityScheduleRequests", "", advise("RoleEligibilitySchedule.Read.Directory")},
	// The metadata lists a permission to remove eligible assignments for active ones.
	{http.MethodPost, V1, "/roleManagement/directory/roleAssignmentScheduleRequests", "", advise("RoleAssignmentSchedule.ReadWrite.Directory")},
	{http.MethodPost, V1, "/roleManagement/directory/roleEligibilityScheduleRequests", "", advise("RoleEligibilitySchedule.ReadWrite.Directory")},
	{http.MethodPatch, V1, "/users/{user}", "identities", func(p *Permissions) {
		p.Application = only("User.ManageIdentities.All", "User.ReadWrite.All", "Directory.ReadWrite.All")
		p.Delegated = only("User.ManageIdentities.All", "User.ReadWrite.All", "Directory.ReadWrite.All", actAsUser)
	}},
}

var adviseReadAll = advise("User.Read.All")

// adviseForOthers has a person ask for what reaches other users: User.Read, the least
// by the metadata, shows the groups of the person alone.
func adviseForOthers(p *Permissions) { p.Delegated.Least = []string{"GroupMember.Read.All"} }

// advise has name asked for, whatever the metadata takes for the least.
func advise(name string) func(*Permissions) {
	return func(p *Permissions) {
		p.Application.Least, p.Delegated.Least = []string{name}, []string{name}
	}
}

// partial are permissions that the metadata lists for an update of a user, and
// that reach single properties only.
var partial = map[string]bool{"User.EnableDisableAccount.All": true, "User.ManageIdentities.All": true}

// only is a set whose least is name, and in which the others suffice too.
func only(name string, others ...string) PermissionSet {
	return PermissionSet{Any: append([]string{name}, others...), Least: []string{name}}
}

// amended returns p with what is known of r apart from the metadata.
func amended(p Permissions, r Request) Permissions {
	for _, a := range amendments {
		if a.method == r.Method && a.version == r.Version && sameTemplate(a.template, r.Template) &&
			(a.property == "" || r.sets(a.property)) {
			a.amend(&p)
			return p
		}
	}
	return p
}

// sets reports whether the body has the property.
func (r Request) sets(property string) bool {
	body, err := r.encodedBody()
	if err != nil {
		return false
	}
	o, err := rawjson.ParseObject(body)
	return err == nil && o.Get(property) != nil
}
