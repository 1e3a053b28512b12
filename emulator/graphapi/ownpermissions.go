package graphapi

import (
	_ "embed"
	"encoding/json"
	"slices"
	"strings"

	"msgraph-user/emulator/directory"
)

// graphAppID is the application that Microsoft Graph itself is.
const graphAppID = "00000003-0000-0000-c000-000000000000"

// permissionNames are the permissions that Microsoft's metadata names, a line each,
// behind the word application or delegated.
//
//go:embed permissionnames.txt
var permissionNames string

// offeredBy returns the properties in which Microsoft Graph's service principal
// offers its permissions: those of the metadata and those of the rows. Their names
// are Microsoft's; their ids are ours, the same each time.
func offeredBy(rows []route) []directory.Pair {
	names := map[string][]string{}
	for line := range strings.Lines(permissionNames) {
		kind, name, _ := strings.Cut(strings.TrimSpace(line), " ")
		names[kind] = append(names[kind], name)
	}
	for _, r := range rows {
		names["application"] = append(names["application"], r.permission.application.any...)
		names["delegated"] = append(names["delegated"], r.permission.delegated.any...)
	}
	return []directory.Pair{
		{Property: servicePrincipalType().Must("appRoles"), Raw: permissionList(names["application"], appRole)},
		{Property: servicePrincipalType().Must("oauth2PermissionScopes"), Raw: permissionList(names["delegated"], permissionScope)},
	}
}

// permissionList returns a JSON array of what each of the names stands for, in order and
// each once.
func permissionList(names []string, one func(name string) map[string]any) string {
	var all []map[string]any
	for _, name := range slices.Compact(slices.Sorted(slices.Values(names))) {
		all = append(all, one(name))
	}
	raw, _ := json.Marshal(all) // plain text: cannot fail
	return string(raw)
}

func appRole(name string) map[string]any {
	return map[string]any{
		"allowedMemberTypes": []string{"Application"}, "description": describe(name), "displayName": describe(name),
		"id": directory.StableID("appRole", name), "isEnabled": true, "origin": "Application", "value": name,
	}
}

func permissionScope(name string) map[string]any {
	kind := "User"
	if strings.HasSuffix(name, ".All") {
		kind = "Admin"
	}
	return map[string]any{
		"adminConsentDescription": describe(name), "adminConsentDisplayName": describe(name), "id": directory.StableID("permissionScope", name),
		"isEnabled": true, "type": kind, "userConsentDescription": describe(name), "userConsentDisplayName": describe(name), "value": name,
	}
}

// describe is what the tenant says of a permission: Microsoft's texts are not part
// of the metadata.
func describe(name string) string { return "The permission " + name + " of Microsoft Graph" }

// withOwnPermissions returns a service principal as it is shown: Microsoft Graph's
// with its permissions, unless the seed says which it has.
func (a *API) withOwnPermissions(o *directory.Object) *directory.Object {
	if o == nil || o.Type.Name != "servicePrincipal" || o.Text("appId") != graphAppID {
		return o
	}
	var missing []directory.Pair
	for _, pair := range a.offered() {
		if raw := o.Raw(pair.Property); raw == "" || raw == "[]" {
			missing = append(missing, pair)
		}
	}
	return o.With(missing...)
}

// servicePrincipals is the set of all of them, as they are shown.
type servicePrincipals struct {
	stored
	api *API
}

func (s servicePrincipals) next(into []item, after uint64, limit int) []item {
	from := len(into)
	into = s.stored.next(into, after, limit)
	for i := from; i < len(into); i++ {
		into[i].object = s.api.withOwnPermissions(into[i].object)
	}
	return into
}
