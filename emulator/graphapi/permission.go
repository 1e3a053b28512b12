package graphapi

import (
	_ "embed"
	"slices"
	"strings"
)

//go:embed permissions.txt
var permissionsText string

//go:embed permissions_added.txt
var permissionsAdded string

// permission is what an operation asks of a token: which of its permissions
// suffice, and which of those Microsoft advises.
type permission struct {
	appLeast, appAny   []string
	userLeast, userAny []string
}

func (p permission) least(who Principal) []string {
	if who.Delegated() {
		return p.userLeast
	}
	return p.appLeast
}

// readPermissions reads the tables: Microsoft's metadata, and for operations
// that it does not cover the lines of permissions_added.txt.
func readPermissions() map[string]permission {
	table := map[string]permission{}
	for line := range strings.Lines(permissionsText + permissionsAdded) {
		columns := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(columns) != 5 {
			continue // a comment
		}
		table[columns[0]] = permission{
			strings.Fields(columns[1]), strings.Fields(columns[2]),
			strings.Fields(columns[3]), strings.Fields(columns[4]),
		}
	}
	return table
}

const insufficient = "Insufficient privileges to complete the operation."

// authorize lets the call pass when the token has a permission that the
// operation asks for, and a person a role besides.
func (c *call) authorize() error {
	if c.api.options.NoPermissions {
		return nil
	}
	p, ok := c.api.permissions[c.operation]
	if !ok {
		return nil // the operation's own handler decides: $batch
	}
	if !c.principal.Delegated() {
		c.granted = meet(c.principal.Roles, p.appAny)
		if len(c.granted) == 0 {
			return denied(insufficient)
		}
		return nil
	}
	return c.authorizePerson(p)
}

// authorizePerson checks a delegated call: what the person consented to, whether
// it covers the target, and whether the person may do it at all.
func (c *call) authorizePerson(p permission) error {
	sufficient := p.userAny
	if !strings.Contains(c.operation, "/authentication/") {
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
	return c.personMay()
}

// ofSelf reports whether the call is about the signed-in person himself.
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
