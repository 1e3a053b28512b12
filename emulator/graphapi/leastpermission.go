package graphapi

import (
	"slices"

	"msgraph-user/emulator/schema"
)

// leastPermissions are the permissions that together would have been enough for
// the call, and no less would. Which properties it reads or writes may say more
// than Microsoft's table of operations does.
func (c *call) leastPermissions() []string {
	if len(c.least) > 0 {
		return c.least
	}
	for _, permission := range c.route.permission.least(c.principal) {
		if !c.principal.Delegated() || !selfOnly(permission) || c.ofSelf() {
			return []string{permission}
		}
	}
	return nil
}

// needsToWrite notes what the properties of a user that a call changes ask for.
func (c *call) needsToWrite(names []string) {
	for _, name := range names {
		permissions := []string{generalWriters[0]}
		if rule, has := special[name]; has {
			permissions = rule.permissions[:1]
		}
		if name == "accountEnabled" {
			permissions = append(slices.Clone(permissions), "User.Read.All") // Microsoft asks for both
		}
		c.need(permissions...)
	}
}

// needsOfBody notes what a call that was refused before it was looked at would
// have needed: what to grant is what a person wants to know then.
func (c *call) needsOfBody() {
	if !c.route.roles.handler {
		return
	}
	if members, err := c.body(); err == nil {
		c.needsToWrite(sorted(members))
	}
}

// needsToRead notes what the properties of users that a call reads ask for beyond
// the basic profile.
func (c *call) needsToRead(properties []*schema.Property) {
	if !slices.Contains(c.route.permission.least(c.principal), "User.ReadBasic.All") {
		return
	}
	for _, property := range properties {
		switch {
		case property.Name == "signInActivity":
			c.need("User.Read.All", "AuditLog.Read.All")
		case !slices.Contains(basicProfile, property.Name):
			c.need("User.Read.All")
		}
	}
}

func (c *call) need(permissions ...string) {
	for _, permission := range permissions {
		if !slices.Contains(c.least, permission) {
			c.least = append(c.least, permission)
		}
	}
}
