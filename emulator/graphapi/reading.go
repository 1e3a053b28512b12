package graphapi

import (
	"net/http"
	"slices"
	"strings"

	"msgraph-user/emulator/directory"
	"msgraph-user/emulator/odata"
	"msgraph-user/emulator/schema"
)

// reading is how much of an object a token may read.
type reading int

const (
	readsAll     reading = iota
	readsBasic           // the basic profile; the rest is null
	readsNothing         // type and id; the rest is null
)

// typeReaders are the permissions to read objects of a type. Where they stand in a
// relation, those that the token lacks them for come with type and id only
// (https://learn.microsoft.com/graph/permissions-overview#limited-information-returned-for-inaccessible-member-objects).
var typeReaders = map[string]permission{
	"user": readUser, "group": readGroups, "device": readDevices, "directoryRole": readRoles, "servicePrincipal": readServicePrincipal,
}

// basicReaders are the permissions to read the basic profile of a type alone.
var basicReaders = map[string][]string{
	"user":  {"User.ReadBasic.All"},
	"group": {"Group.ReadBasic.All", "GroupMember.ReadBasic.All"},
}

// basicProfiles are the properties that these show.
var basicProfiles = map[string][]string{
	"user":  basicProfile,
	"group": strings.Fields("id displayName description mail visibility groupTypes mailEnabled securityEnabled"),
}

// reading returns how much of the objects of a type the token may read: all of
// what the operation is about, but of what stands in a relation only what the
// token's permissions for the type allow.
func (c *call) reading(t *schema.Type) reading {
	if c.api.options.NoPermissions {
		return readsAll
	}
	basic, granted := basicReaders[t.Name], c.granted
	if c.route.related {
		granted = c.grants(typeReaders[t.Name], basic...)
	}
	switch {
	case len(granted) == 0:
		return readsNothing
	case !slices.ContainsFunc(granted, func(p string) bool { return !slices.Contains(basic, p) }):
		return readsBasic
	}
	return readsAll
}

// grants returns which of the token's permissions are among those of p, or also.
// A permission that covers the signed-in person only is none for others.
func (c *call) grants(p permission, also ...string) []string {
	have, want := c.principal.Roles, p.application.any
	if c.principal.Delegated() {
		have = slices.DeleteFunc(slices.Clone(c.principal.Scopes), selfOnly)
		want = append(slices.Clone(p.delegated.any), "Directory.AccessAsUser.All")
	}
	return meet(have, append(slices.Clone(want), also...))
}

// hides reports whether a property of a type's objects is not to be read.
func (r reading) hides(t *schema.Type, property string) bool {
	switch r {
	case readsBasic:
		return !slices.Contains(basicProfiles[t.Name], property)
	case readsNothing:
		return property != "id"
	}
	return false
}

// mayQuery refuses a query by properties that the token may not read: what is left
// of a list tells what they are.
func (c *call) mayQuery(t *schema.Type, query *odata.Query) error {
	if t.Name == "user" {
		c.needsToRead(query.Used)
	}
	level := c.reading(t)
	for _, p := range query.Used {
		if level.hides(t, p.Name) {
			return denied(insufficient)
		}
		if err := c.mayReadSignIns(p); err != nil && t.Name == "user" {
			return err
		}
	}
	return nil
}

// mayReadSignIns refuses signInActivity without the permission of its own.
func (c *call) mayReadSignIns(p *schema.Property) error {
	if p.Name != "signInActivity" {
		return nil
	}
	if !c.api.store.Tenant().License.Has(directory.P1) {
		refusal := unlicensed[auditLogArea]
		return &refusal
	}
	if c.holds("AuditLog.Read.All") {
		return nil
	}
	return &graphError{status: http.StatusForbidden, code: "Authentication_MSGraphPermissionMissing", message: "Calling principal does not have required MSGraph permissions AuditLog.Read.All"}
}

// expansions are the relations of a user that can be expanded, with what a token
// needs to read them.
var expansions = map[string]permission{"manager": readManager, "directReports": readReports}

// mayExpand refuses to expand a relation that the token may not read by itself.
func (c *call) mayExpand(e *odata.Expansion) error {
	for ; e != nil; e = e.Expand {
		if !c.api.options.NoPermissions && len(c.grants(expansions[e.Relation])) == 0 {
			return denied(insufficient)
		}
		for _, p := range e.Select.Properties {
			if err := c.mayReadSignIns(p); err != nil {
				return err
			}
		}
	}
	return nil
}
