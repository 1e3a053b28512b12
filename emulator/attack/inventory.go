package attack

import (
	"slices"
	"strings"

	"msgraph-user/emulator/directory"
	"msgraph-user/emulator/schema"
)

// key names a thing within a tenant.
type key struct {
	kind      Kind
	owner, id string
}

// entry is a thing as it stands in a tenant.
type entry struct {
	key    key
	record directory.Record
}

// inventory is what a tenant holds, apart from what only tells of the past.
type inventory struct {
	entries []entry
	byKey   map[key]entry
	names   map[string]string // folded principal names → ids
	alike   map[string]int    // how many things of an owner have this content
}

// volatile are the members in which a thing may differ that was taken away and given
// back.
var volatile = []string{"id", "createdDateTime", "@odata.type", "lastUsedDateTime"}

func newInventory(seed *directory.Seed) *inventory {
	v := &inventory{byKey: map[key]entry{}, names: map[string]string{}, alike: map[string]int{}}
	for _, user := range seed.Users {
		id := user.Text("id")
		v.names[strings.ToLower(user.Text("userPrincipalName"))] = id
		v.add(key{Account, "", id}, without(user, "authentication", "signInPreferences", "licenseDetails", "signInActivity", "manager"))
		for _, method := range records(user.Raw("authentication")) {
			v.add(key{Method, id, method.Text("id")}, method)
		}
	}
	for _, group := range seed.Groups {
		id := group.Text("id")
		v.add(key{Group, "", id}, without(group, "members"))
		members, _ := schema.Items(group.Raw("members"))
		for _, member := range members {
			v.add(key{Membership, directory.Unquote(member), id}, group[:0:0])
		}
	}
	for _, device := range seed.Devices {
		v.add(key{Device, "", device.Text("id")}, without(device, "registeredOwners", "registeredUsers"))
	}
	for _, app := range seed.ServicePrincipals {
		v.add(key{Application, "", app.Text("id")}, app)
	}
	for _, part := range []string{"messageRules", "oauth2PermissionGrants", "appRoleAssignments", "roleAssignments", "roleEligibilityScheduleInstances", "riskyUsers"} {
		is := kinds[part]
		for _, record := range seed.Belongings[part] {
			v.add(key{is.kind, record.Text(is.owner), record.Text("id")}, record)
		}
	}
	return v
}

func (v *inventory) add(k key, record directory.Record) {
	e := entry{k, record}
	v.entries, v.byKey[k] = append(v.entries, e), e
	v.alike[e.content()]++
}

// content is what a thing is, whatever its id.
func (e entry) content() string {
	raw, _ := without(e.record, volatile...).MarshalJSON() // never fails
	text := string(e.key.kind) + " " + e.key.owner + " " + string(raw)
	if e.key.kind == Membership {
		text += e.key.id
	}
	return text
}

// keyOf returns the key of a thing that names its owner.
func (v *inventory) keyOf(t Thing) key {
	owner := t.Owner
	if id := v.names[strings.ToLower(owner)]; id != "" {
		owner = id
	}
	if t.Kind == Device || t.Kind == Application {
		owner = ""
	}
	if t.Kind == Account {
		return key{Account, "", owner}
	}
	return key{t.Kind, owner, t.ID}
}

func without(record directory.Record, names ...string) directory.Record {
	return slices.DeleteFunc(slices.Clone(record), func(m schema.Member) bool { return slices.Contains(names, m.Name) })
}

// records reads a list of objects.
func records(raw string) []directory.Record {
	items, _ := schema.Items(raw)
	found := make([]directory.Record, 0, len(items))
	for _, item := range items {
		members, _ := schema.Members(item)
		found = append(found, members)
	}
	return found
}
