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

// roleRule says what a signed-in person must be to do something: a permission
// never gives a person more than they may do themselves.
type roleRule struct {
	anyOf     []string // one of these directory roles is needed
	anyMember bool     // no role is needed, but guests are refused
	handler   bool     // the handler decides, by the properties that are to change
}

// The rules that routes have.
var (
	anyMember       = roleRule{anyMember: true}
	byProperty      = roleRule{handler: true}
	userWriting     = roleRule{anyOf: userWriters}
	sessionRevoking = roleRule{anyOf: slices.Concat(userWriters, passwordSetters)}
	methodReading   = roleRule{anyOf: methodReaders}
	methodWriting   = roleRule{anyOf: methodWriters}
	passwordSetting = roleRule{anyOf: passwordSetters}
	appWriting      = roleRule{anyOf: appWriters}
)

// personMay checks that a signed-in person is what the rule asks for.
func (c *call) personMay(rule roleRule) error {
	switch {
	case rule.handler:
		return nil
	case rule.anyMember:
		return c.personMayRead()
	case len(meet(c.callerRoles(), rule.anyOf)) == 0:
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
