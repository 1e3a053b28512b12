package graphapi

import (
	"slices"
	"strings"

	"msgraph-user/emulator/directory"
)

// Which directory roles a signed-in person needs for what, after
// https://learn.microsoft.com/entra/identity/role-based-access-control/permissions-reference.
var (
	userWriters     = []string{"Global Administrator", "User Administrator", "Directory Writers", "Partner Tier2 Support"}
	methodReaders   = []string{"Global Administrator", "Global Reader", "Privileged Authentication Administrator", "Authentication Administrator"}
	methodWriters   = []string{"Global Administrator", "Privileged Authentication Administrator", "Authentication Administrator"}
	passwordSetters = []string{"Global Administrator", "Privileged Authentication Administrator", "Authentication Administrator", "User Administrator", "Helpdesk Administrator", "Password Administrator"}
	appWriters      = []string{"Global Administrator", "Application Administrator", "Cloud Application Administrator"}

	// overAll may act on anybody, other administrators included.
	overAll = []string{"Global Administrator", "Privileged Authentication Administrator"}
	// overSome may act on people without a role, and on those of lesserRoles.
	overSome    = []string{"Authentication Administrator", "User Administrator", "Helpdesk Administrator", "Password Administrator"}
	lesserRoles = []string{"Directory Readers", "Guest Inviter", "Message Center Reader", "Reports Reader", "Usage Summary Reports Reader", "User Experience Success Manager"}
)

// rolesOf returns the names of the directory roles that an object holds.
func (c *call) rolesOf(id string) []string {
	var names []string
	for _, o := range c.store.Sources(directory.Member, id) {
		if o.Type.Name == "directoryRole" {
			names = append(names, o.Text("displayName"))
		}
	}
	return names
}

// callerRoles returns the directory roles of whoever calls.
func (c *call) callerRoles() []string {
	if c.principal.Delegated() {
		return c.rolesOf(c.principal.UserID)
	}
	if sp := c.store.Application(c.principal.AppID); sp != nil {
		return c.rolesOf(sp.ID)
	}
	return nil
}

// personMay checks that a signed-in person has a role for the operation; a
// permission never gives a person more than he may do himself.
func (c *call) personMay() error {
	var roles []string
	reads := c.request.Method == "GET"
	switch {
	case strings.Contains(c.operation, "/resetPassword"), strings.Contains(c.operation, "/authentication/operations"):
		roles = passwordSetters
	case strings.Contains(c.operation, "/authentication/") && reads:
		roles = methodReaders
	case strings.Contains(c.operation, "/authentication/"):
		roles = methodWriters
	case reads:
		return c.personMayRead()
	case strings.Contains(c.operation, "/servicePrincipals"):
		roles = appWriters
	case c.operation == "PATCH /v1.0/users/{user-id}":
		return nil // the handler looks at the properties
	case strings.HasSuffix(c.operation, "/revokeSignInSessions"):
		roles = slices.Concat(userWriters, passwordSetters)
	default:
		roles = userWriters
	}
	if len(meet(c.callerRoles(), roles)) == 0 {
		return denied(insufficient)
	}
	return nil
}

// personMayWrite checks that a signed-in person may change a property of a user.
func (c *call) personMayWrite(property string) error {
	roles := userWriters
	switch {
	case !c.principal.Delegated(), c.ofSelf() && slices.Contains(ownProperties, property):
		return nil
	case property == "passwordProfile":
		roles = passwordSetters
	}
	if len(meet(c.callerRoles(), roles)) == 0 {
		return denied(insufficient)
	}
	return nil
}

// personMayRead refuses guests, who see themselves only.
func (c *call) personMayRead() error {
	self := c.store.Get(c.principal.UserID)
	if self == nil || strings.EqualFold(self.Text("userType"), "Guest") {
		return denied(insufficient)
	}
	return nil
}

// mayActOn refuses a sensitive action on an administrator by a caller whose role
// does not stand above the target's
// (https://learn.microsoft.com/graph/api/resources/users#who-can-perform-sensitive-actions).
func (c *call) mayActOn(target *directory.Object) error {
	if c.api.options.NoPermissions {
		return nil
	}
	roles := c.rolesOf(target.ID)
	if len(roles) == 0 {
		return nil
	}
	caller := c.callerRoles()
	if len(meet(caller, overAll)) > 0 {
		return nil
	}
	lesser := !slices.ContainsFunc(roles, func(role string) bool { return !slices.Contains(lesserRoles, role) })
	if lesser && len(meet(caller, overSome)) > 0 {
		return nil
	}
	return denied(insufficient)
}
