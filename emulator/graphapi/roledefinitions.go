package graphapi

import (
	"strings"

	"msgraph-user/emulator/directory"
	"msgraph-user/emulator/schema"
)

// builtInRoles are roles that Entra has, by the id of their definition
// (https://learn.microsoft.com/entra/identity/role-based-access-control/permissions-reference).
var builtInRoles = []struct{ id, name string }{
	{"62e90394-69f5-4237-9190-012177145e10", "Global Administrator"},
	{"e8611ab8-c189-46e8-94e1-60213ab1f814", "Privileged Role Administrator"},
	{"7be44c8a-adaf-4e2a-84d6-ab2649e08a13", "Privileged Authentication Administrator"},
	{"c4e39bd9-1100-46d3-8c65-fb160da0071f", "Authentication Administrator"},
	{"fe930be7-5e62-47db-91af-98c3a49a38b1", "User Administrator"},
	{"729827e3-9c14-49f7-bb1b-9608f156bbb8", "Helpdesk Administrator"},
	{"966707d0-3269-4727-9be2-8c3a10f19b9d", "Password Administrator"},
	{"fdd7a751-b60b-444a-984c-02652fe8fa1c", "Groups Administrator"},
	{"9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3", "Application Administrator"},
	{"158c047a-c907-4556-b7ef-446551a6b5f7", "Cloud Application Administrator"},
	{"7698a772-787b-4ac8-901f-60d6b08affd2", "Cloud Device Administrator"},
	{"3a2c62db-5318-420d-8d74-23affee5d9d5", "Intune Administrator"},
	{"29232cdf-9323-42fd-ade2-1d097af3e4de", "Exchange Administrator"},
	{"f28a1f50-f6e7-4571-818b-6a12f2af6b6c", "SharePoint Administrator"},
	{"69091246-20e8-4a56-aa4d-066075b2a7a8", "Teams Administrator"},
	{"194ae4cb-b126-40b2-bd5b-6091b380977d", "Security Administrator"},
	{"5f2222b1-57c3-48ba-8ad5-d4759f1fde6f", "Security Operator"},
	{"5d6b6bb7-de71-4623-b4af-96380a352509", "Security Reader"},
	{"b1be1c3e-b65d-4f19-8427-f6fa0d97feb9", "Conditional Access Administrator"},
	{"17315797-102d-40b4-93e0-432062caca18", "Compliance Administrator"},
	{"b0f54661-2d74-4c50-afa3-1ec803f12efe", "Billing Administrator"},
	{"4d6ac14f-3453-41d0-bef9-a3e0c569773a", "License Administrator"},
	{"f2ef992c-3afb-46b9-b7cf-a126ee74c451", "Global Reader"},
	{"4a5d8f65-41da-4de4-8968-e035b65339cf", "Reports Reader"},
	{"88d8e3e3-8f55-4a1e-953a-9b9898b8876b", "Directory Readers"},
	{"9360feb5-f418-4baa-8175-e2a00bac4301", "Directory Writers"},
	{"95e79109-95c0-4d8e-aee3-d01accf2d47b", "Guest Inviter"},
}

func definitionType() *schema.Type { return schema.MustLookup("unifiedRoleDefinition") }

func newDefinition(id, name, description string) *directory.Object {
	t := definitionType()
	pair := func(name, raw string) directory.Pair { return directory.Pair{Property: t.Must(name), Raw: raw} }
	return directory.NewObject(t, id, pair("displayName", directory.Quote(name)), pair("description", description), pair("isBuiltIn", "true"),
		pair("isEnabled", "true"), pair("resourceScopes", `["/"]`), pair("templateId", directory.Quote(id)), pair("version", `"1"`))
}

// definitions are all roles that the tenant knows: the built-in ones, and those of its
// seed that are none.
func definitions(roles []*directory.Object) []*directory.Object {
	var all []*directory.Object
	built := map[string]bool{}
	described := map[string]string{}
	for _, role := range roles {
		described[directory.RoleDefinitionID(role)] = role.Raw(role.Type.Must("description"))
	}
	for _, role := range builtInRoles {
		built[role.id] = true
		all = append(all, newDefinition(role.id, role.name, described[role.id]))
	}
	for _, role := range roles {
		if id := directory.RoleDefinitionID(role); !built[id] {
			all = append(all, newDefinition(id, role.Text("displayName"), described[id]))
		}
	}
	return all
}

func (c *call) definitions() []*directory.Object {
	return definitions(c.store.List(nil, "directoryRole", 0, c.store.Count("directoryRole")))
}

// definition returns the role with that id, nil where there is none.
func (c *call) definition(id string) *directory.Object {
	for _, o := range c.definitions() {
		if strings.EqualFold(o.ID, id) {
			return o
		}
	}
	return nil
}

// listDefinitions is https://learn.microsoft.com/graph/api/rbacapplication-list-roledefinitions.
func listDefinitions(c *call) (reply, error) {
	return c.collect(listed(c.definitions()), definitionType(), "roleManagement/directory/roleDefinitions")
}

func getDefinition(c *call) (reply, error) {
	o := c.definition(c.vars["unifiedRoleDefinition-id"])
	if o == nil {
		return reply{}, notFound(c.vars["unifiedRoleDefinition-id"])
	}
	return c.one(o, "roleManagement/directory/roleDefinitions", false)
}
