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
	grantWriters    = []string{"Global Administrator", "Privileged Role Administrator", "Application Administrator", "Cloud Application Administrator", "Directory Writers", "User Administrator"}
	groupWriters    = []string{"Global Administrator", "Groups Administrator", "User Administrator", "Directory Writers", "Privileged Role Administrator"}
	deviceWriters   = []string{"Global Administrator", "Cloud Device Administrator", "Intune Administrator"}
	roleWriters     = []string{"Global Administrator", "Privileged Role Administrator"}
	logReaders      = []string{"Global Administrator", "Global Reader", "Reports Reader", "Security Administrator", "Security Operator", "Security Reader"}
	riskReaders     = []string{"Global Administrator", "Global Reader", "Security Administrator", "Security Operator", "Security Reader"}
	riskWriters     = []string{"Global Administrator", "Security Administrator", "Security Operator"}

	// overAll may act on anybody, other administrators included.
	overAll = []string{"Global Administrator", "Privileged Authentication Administrator"}
	// overSome may act on people without a role, and on those of lesserRoles.
	overSome    = []string{"Authentication Administrator", "User Administrator", "Helpdesk Administrator", "Password Administrator"}
	lesserRoles = []string{"Directory Readers", "Guest Inviter", "Message Center Reader", "Reports Reader", "Usage Summary Reports Reader", "User Experience Success Manager"}
)

// rolesOf returns the names of the directory roles that an object holds, by itself or
// through a group that can be assigned to roles.
func (c *call) rolesOf(id string) []string {
	var names []string
	for _, o := range c.store.Sources(directory.Member, id) {
		switch {
		case o.Type.Name == "directoryRole":
			names = append(names, o.Text("displayName"))
		case o.Type.Name == "group" && o.Is("isAssignableToRole"):
			names = append(names, c.rolesOf(o.ID)...)
		}
	}
	return names
}

// inRoleGroup reports whether an object is a member of a group that can be assigned
// to roles, whether it is or not.
func (c *call) inRoleGroup(id string) bool {
	return slices.ContainsFunc(c.store.Sources(directory.Member, id), func(o *directory.Object) bool {
		return o.Type.Name == "group" && o.Is("isAssignableToRole")
	})
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
	self      bool     // only what is the person's own
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
	grantWriting    = roleRule{anyOf: grantWriters}
	groupWriting    = roleRule{anyOf: groupWriters}
	deviceWriting   = roleRule{anyOf: deviceWriters}
	roleWriting     = roleRule{anyOf: roleWriters}
	logReading      = roleRule{anyOf: logReaders}
	riskReading     = roleRule{anyOf: riskReaders}
	riskWriting     = roleRule{anyOf: riskWriters}
	ownMailbox      = roleRule{self: true}
)

// personMay checks that a signed-in person is what the rule asks for.
func (c *call) personMay(rule roleRule) error {
	switch {
	case rule.handler:
		return nil
	case rule.anyMember:
		return c.personMayRead()
	case rule.self && c.ofSelf():
		return nil
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
	protected := c.inRoleGroup(target.ID)
	if len(roles) == 0 && !protected {
		return nil
	}
	caller := c.callerRoles()
	if len(meet(caller, overAll)) > 0 {
		return nil
	}
	lesser := !protected && !slices.ContainsFunc(roles, func(role string) bool { return !slices.Contains(lesserRoles, role) })
	if lesser && len(meet(caller, overSome)) > 0 {
		return nil
	}
	return denied(insufficient)
}
