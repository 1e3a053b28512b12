package graphapi

import (
	"slices"
	"strings"
)

// permission is what an operation asks of a token: which of its permissions
// suffice, and which of those Microsoft advises.
type permission struct{ application, delegated grant }

// grant is one side of a permission.
type grant struct {
	least, any []string
	advised    bool // least is not what Microsoft's metadata marks
}

// permits returns the permission of an operation that least is enough for, and
// each of also as well, for an application as for a signed-in person.
func permits(least, also string) permission {
	g := newGrant(least, also)
	return permission{g, g}
}

// delegatedBy returns p with other permissions for a signed-in person.
func (p permission) delegatedBy(least, also string) permission {
	p.delegated = newGrant(least, also)
	return p
}

// advising returns p with a permission as the least where the metadata marks none, or
// one that gives something else
// (https://learn.microsoft.com/graph/permissions-reference).
func (p permission) advising(name string) permission {
	p.application.least, p.delegated.least = []string{name}, []string{name}
	p.application.advised, p.delegated.advised = true, true
	return p
}

// newGrant reads two lists with a space between their items.
func newGrant(least, also string) grant {
	return grant{least: strings.Fields(least), any: strings.Fields(least + " " + also)}
}

func (p permission) least(who Principal) []string {
	if who.Delegated() {
		return p.delegated.least
	}
	return p.application.least
}

const insufficient = "Insufficient privileges to complete the operation."

// authorize lets the call pass when the token has a permission that the
// operation asks for, and a person a role besides.
func (c *call) authorize() error {
	if c.api.options.NoPermissions || c.route.free {
		return nil
	}
	if c.principal.Delegated() {
		return c.authorizePerson(c.route.permission.delegated.any)
	}
	c.granted = meet(c.principal.Roles, c.route.permission.application.any)
	if len(c.granted) == 0 {
		return denied(insufficient)
	}
	return nil
}

// authorizePerson checks a delegated call: what the person consented to, whether
// it covers the target, and whether the person may do it at all.
func (c *call) authorizePerson(sufficient []string) error {
	if c.route.area == directoryArea {
		sufficient = append(slices.Clone(sufficient), "Directory.AccessAsUser.All")
	}
	c.granted = meet(c.principal.Scopes, sufficient)
	if !c.ofSelf() {
		c.granted = slices.DeleteFunc(c.granted, selfOnly)
	}
	if len(c.granted) == 0 {
		return denied(insufficient)
	}
	if c.ofSelf() && c.request.Method == "GET" {
		return nil
	}
	return c.personMay(c.route.roles)
}

// ofSelf reports whether the call is about the signed-in person.
func (c *call) ofSelf() bool {
	u := c.store.User(c.vars["user-id"])
	return u != nil && u.ID == c.principal.UserID
}

// selfOnly reports whether a delegated permission covers the signed-in person
// only, as User.Read and UserAuthenticationMethod.Read do.
func selfOnly(permission string) bool {
	return strings.HasPrefix(permission, "User") && !strings.HasSuffix(permission, ".All") && permission != "User.ReadWrite.CrossCloud"
}

// meet returns what is in both lists.
func meet(have, want []string) []string {
	var both []string
	for _, permission := range have {
		if slices.Contains(want, permission) {
			both = append(both, permission)
		}
	}
	return both
}

// holds reports whether the token has one of the permissions.
func (c *call) holds(permissions ...string) bool {
	if c.api.options.NoPermissions {
		return true
	}
	have := c.principal.Roles
	if c.principal.Delegated() {
		have = c.principal.Scopes
	}
	return len(meet(have, permissions)) > 0
}
