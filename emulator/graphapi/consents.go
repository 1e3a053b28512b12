package graphapi

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"msgraph-user/emulator/directory"
	"msgraph-user/emulator/schema"
)

func grantType() *schema.Type        { return schema.MustLookup("oAuth2PermissionGrant") }
func appRoleGrantType() *schema.Type { return schema.MustLookup("appRoleAssignment") }

// listGrants is https://learn.microsoft.com/graph/api/oauth2permissiongrant-list: those
// of all people, and those for everybody.
func listGrants(c *call) (reply, error) {
	return c.collect(listed(c.belongings("oAuth2PermissionGrant", "principalId")), grantType(), "oauth2PermissionGrants")
}

// listUsersGrants is https://learn.microsoft.com/graph/api/user-list-oauth2permissiongrants.
func listUsersGrants(c *call) (reply, error) {
	u, err := c.user()
	if err != nil {
		return reply{}, err
	}
	return c.collect(listed(c.store.Owned(u.ID, "oAuth2PermissionGrant")), grantType(), "oauth2PermissionGrants")
}

func getGrant(c *call) (reply, error) {
	id := c.vars["oAuth2PermissionGrant-id"]
	_, o := c.store.Belonging("oAuth2PermissionGrant", id)
	if o == nil {
		return reply{}, notFound(id)
	}
	return c.one(o, "oauth2PermissionGrants", false)
}

// createGrant is https://learn.microsoft.com/graph/api/oauth2permissiongrant-post.
func createGrant(c *call) (reply, error) {
	members, err := c.body()
	if err != nil {
		return reply{}, err
	}
	pairs, err := c.pairs(grantType(), members, "clientId", "consentType", "principalId", "resourceId", "scope")
	if err != nil {
		return reply{}, err
	}
	o := directory.NewObject(grantType(), newToken(32), pairs...)
	owner, err := c.grantOwner(o)
	if err != nil {
		return reply{}, err
	}
	err = c.update(func(tx *directory.Tx) error {
		for _, old := range tx.AllOwned(owner, o.Type.Name) {
			if sameText(old, o, "clientId", "consentType", "principalId", "resourceId") {
				return conflicting("Permission entry already exists.")
			}
		}
		tx.Own(owner, o)
		return nil
	})
	if err != nil {
		return reply{}, err
	}
	return c.created(o, "oauth2PermissionGrants"), nil
}

// grantOwner checks the target of a grant, and returns its owner: the person,
// or the application where it is for everybody.
func (c *call) grantOwner(o *directory.Object) (string, error) {
	client, resource := c.store.Get(o.Text("clientId")), c.store.Get(o.Text("resourceId"))
	for name, sp := range map[string]*directory.Object{"clientId": client, "resourceId": resource} {
		if sp == nil || sp.Type.Name != "servicePrincipal" {
			return "", badRequest("Property '%s' is invalid: it names no service principal of the tenant.", name)
		}
	}
	switch person := c.store.Get(o.Text("principalId")); {
	case o.Text("consentType") == "AllPrincipals" && o.Text("principalId") == "":
		return client.ID, nil
	case o.Text("consentType") == "Principal" && person != nil && person.Type.Name == "user":
		return person.ID, nil
	}
	return "", badRequest("Property 'principalId' is invalid: consentType is Principal with a user's id, or AllPrincipals without one.")
}

// updateGrant is https://learn.microsoft.com/graph/api/oauth2permissiongrant-update.
func updateGrant(c *call) (reply, error) {
	members, err := c.body()
	if err != nil {
		return reply{}, err
	}
	pairs, err := c.pairs(grantType(), members, "scope")
	if err != nil {
		return reply{}, err
	}
	return c.changeBelonging("oAuth2PermissionGrant", c.vars["oAuth2PermissionGrant-id"], func(tx *directory.Tx, owner string, o *directory.Object) error {
		tx.Own(owner, o.With(pairs...))
		return nil
	})
}

// deleteGrant is https://learn.microsoft.com/graph/api/oauth2permissiongrant-delete.
func deleteGrant(c *call) (reply, error) {
	return c.changeBelonging("oAuth2PermissionGrant", c.vars["oAuth2PermissionGrant-id"], func(tx *directory.Tx, owner string, o *directory.Object) error {
		tx.Disown(owner, o.Type.Name, o.ID)
		return nil
	})
}

// changeBelonging changes what has that id, and answers nothing.
func (c *call) changeBelonging(typeName, id string, change func(tx *directory.Tx, owner string, o *directory.Object) error) (reply, error) {
	if _, o := c.store.Belonging(typeName, id); o == nil {
		return reply{}, notFound(id)
	}
	err := c.update(func(tx *directory.Tx) error {
		owner, o := tx.Belonging(typeName, id)
		if o == nil {
			return &directory.NotFoundError{Ref: id}
		}
		return change(tx, owner, o)
	})
	if err != nil {
		return reply{}, err
	}
	return noContent(), nil
}

// listAppRoles is https://learn.microsoft.com/graph/api/user-list-approleassignments:
// the user's own, and those of groups that the user is a direct member of.
func listAppRoles(c *call) (reply, error) {
	u, err := c.user()
	if err != nil {
		return reply{}, err
	}
	return c.collect(listed(c.appRolesOf(u)), appRoleGrantType(), "appRoleAssignments")
}

func (c *call) appRolesOf(u *directory.Object) []*directory.Object {
	found := c.store.Owned(u.ID, "appRoleAssignment")
	for _, group := range c.store.Sources(directory.Member, u.ID) {
		if group.Type.Name == "group" {
			found = append(found, c.store.Owned(group.ID, "appRoleAssignment")...)
		}
	}
	return found
}

func getAppRole(c *call) (reply, error) {
	u, err := c.user()
	if err != nil {
		return reply{}, err
	}
	id := c.vars["appRoleAssignment-id"]
	for _, o := range c.appRolesOf(u) {
		if o.ID == id {
			return c.one(o, "appRoleAssignments", false)
		}
	}
	return reply{}, notFound(id)
}

// anyAccess stands for the access that an application without roles gives.
const anyAccess = "00000000-0000-0000-0000-000000000000"

// createAppRole is https://learn.microsoft.com/graph/api/user-post-approleassignments.
func createAppRole(c *call) (reply, error) {
	u, err := c.user()
	if err != nil {
		return reply{}, err
	}
	members, err := c.body()
	if err != nil {
		return reply{}, err
	}
	pairs, err := c.pairs(appRoleGrantType(), members, "principalId", "resourceId", "appRoleId")
	if err != nil {
		return reply{}, err
	}
	o := directory.NewObject(appRoleGrantType(), newToken(24), pairs...)
	resource := c.api.withOwnPermissions(c.store.Get(o.Text("resourceId")))
	switch {
	case !strings.EqualFold(o.Text("principalId"), u.ID):
		return reply{}, badRequest("Property 'principalId' is invalid: it must name the user of the path.")
	case resource == nil || resource.Type.Name != "servicePrincipal":
		return reply{}, notFound(o.Text("resourceId"))
	case !offersRole(resource, o.Text("appRoleId")):
		return reply{}, badRequest("Permission being assigned was not found on application '%s'.", resource.Text("appId"))
	}
	pair := func(name, raw string) directory.Pair { return directory.Pair{Property: o.Type.Must(name), Raw: raw} }
	o = o.With(pair("createdDateTime", stampNow(c.at)), pair("principalId", directory.Quote(u.ID)), pair("principalType", `"User"`),
		pair("principalDisplayName", u.Raw(userType().Must("displayName"))), pair("resourceDisplayName", resource.Raw(resource.Type.Must("displayName"))))
	err = c.update(func(tx *directory.Tx) error {
		for _, old := range tx.AllOwned(u.ID, o.Type.Name) {
			if sameText(old, o, "resourceId", "appRoleId") {
				return badRequest("Permission being assigned already exists on the object")
			}
		}
		tx.Own(u.ID, o)
		return nil
	})
	if err != nil {
		return reply{}, err
	}
	return c.created(o, "users('"+u.ID+"')/appRoleAssignments"), nil
}

// offersRole reports whether an application has the role for people.
func offersRole(resource *directory.Object, id string) bool {
	var roles []struct {
		ID      string   `json:"id"`
		Members []string `json:"allowedMemberTypes"`
	}
	_ = json.Unmarshal([]byte(resource.Raw(resource.Type.Must("appRoles"))), &roles) // stored values are checked before
	here, forPeople := false, false
	for _, role := range roles {
		forUser := slices.Contains(role.Members, "User")
		forPeople = forPeople || forUser
		here = here || forUser && strings.EqualFold(role.ID, id)
	}
	return here || !forPeople && id == anyAccess
}

// deleteAppRole is https://learn.microsoft.com/graph/api/user-delete-approleassignments.
// What a group brings is not the user's own.
func deleteAppRole(c *call) (reply, error) {
	u, err := c.user()
	if err != nil {
		return reply{}, err
	}
	id := c.vars["appRoleAssignment-id"]
	err = c.update(func(tx *directory.Tx) error {
		owner, o := tx.Belonging("appRoleAssignment", id)
		switch {
		case o == nil:
			return &directory.NotFoundError{Ref: id}
		case owner != u.ID:
			return badRequest("EntitlementGrant being updated or deleted is not found.")
		}
		tx.Disown(owner, o.Type.Name, id)
		return nil
	})
	if err != nil {
		return reply{}, err
	}
	return noContent(), nil
}

// pairs checks the members of a body against a type and returns them; those that are
// not writable are refused.
func (c *call) pairs(t *schema.Type, members map[string]json.RawMessage, writable ...string) ([]directory.Pair, error) {
	var pairs []directory.Pair
	for _, name := range sorted(members) {
		p, ok := t.Property(name)
		switch {
		case !ok:
			return nil, badRequest("Property '%s' does not exist as a declared property or extension property.", name)
		case !slices.Contains(writable, name):
			return nil, badRequest("Property '%s' is read-only and cannot be set.", name)
		}
		if err := schema.Check(p, string(members[name])); err != nil {
			return nil, err
		}
		pairs = append(pairs, directory.Pair{Property: p, Raw: compact(string(members[name]))})
	}
	return pairs, nil
}

// sameText reports whether two objects have the same texts.
func sameText(a, b *directory.Object, names ...string) bool {
	return !slices.ContainsFunc(names, func(name string) bool { return !strings.EqualFold(a.Text(name), b.Text(name)) })
}

func conflicting(message string) *graphError {
	return &graphError{status: http.StatusConflict, code: "Request_MultipleObjectsWithSameKeyValue", message: message}
}

// newToken returns an id of the kind that counts letters as they are written; n is
// how many bytes it stands for.
func newToken(n int) string {
	raw := strings.ReplaceAll(directory.NewID()+directory.NewID(), "-", "")
	return base64.RawURLEncoding.EncodeToString([]byte(raw[:n]))
}
