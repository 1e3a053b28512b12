package attack

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"msgraph-user/emulator/directory"
	"msgraph-user/emulator/schema"
)

// Kind is what a thing of the tenant is.
type Kind string

// The kinds.
const (
	Account      Kind = "account"
	Method       Kind = "method"
	Group        Kind = "group"
	Membership   Kind = "membership" // of Owner in the group ID
	Role         Kind = "role"       // the assignment ID of a directory role
	EligibleRole Kind = "eligible role"
	Device       Kind = "device"
	Application  Kind = "application"
	Consent      Kind = "consent"
	AppRole      Kind = "app role"
	Rule         Kind = "inbox rule"
	SignIn       Kind = "sign-in"
	Risk         Kind = "risk"
	Detection    Kind = "risk detection"
	Audit        Kind = "audit"
)

// Thing is one thing of a tenant.
type Thing struct {
	Kind  Kind
	Owner string // the user principal name or id of the user that it belongs to, "" where it belongs to nobody
	ID    string // Graph's id
	What  string // what it is, for a person
}

// kinds are those of the parts of a seed, each with the member that names the owner.
var kinds = map[string]struct {
	kind  Kind
	owner string
}{
	"users": {Account, ""}, "groups": {Group, ""}, "devices": {Device, ""}, "servicePrincipals": {Application, ""},
	"signIns": {SignIn, "userId"}, "riskyUsers": {Risk, "user"}, "riskDetections": {Detection, "userId"},
	"messageRules": {Rule, "user"}, "oauth2PermissionGrants": {Consent, "principalId"}, "appRoleAssignments": {AppRole, "principalId"},
	"roleAssignments": {Role, "principalId"}, "roleEligibilityScheduleInstances": {EligibleRole, "principalId"},
	"directoryAudits": {Audit, ""},
}

// partReader reads what an attack adds to a tenant.
type partReader struct {
	patterns map[string]json.RawMessage
	name     string
	things   []Thing
}

// readParts reads the parts of a seed whose records may say with like which patterns
// they follow, and with what what they are.
func readParts(raw []byte, patterns map[string]json.RawMessage, name string) (*directory.Seed, []Thing, error) {
	seed, err := directory.ParseParts(raw)
	if err != nil {
		return nil, nil, err
	}
	r := &partReader{patterns: patterns, name: name}
	err = seed.Lists(func(part string, list *[]directory.Record) error {
		for i, record := range *list {
			if (*list)[i], err = r.record(part, record, i); err != nil {
				return fmt.Errorf("number %d of its %s: %w", i+1, part, err)
			}
		}
		return nil
	})
	return seed, r.things, err
}

func (r *partReader) record(part string, record directory.Record, number int) (directory.Record, error) {
	record, what, err := r.plain(record)
	if err != nil {
		return nil, err
	}
	is, known := kinds[part]
	if !known {
		return nil, fmt.Errorf("an attack has no %s", part)
	}
	thing := Thing{Kind: is.kind, Owner: record.Text(is.owner), ID: record.Text("id"), What: what}
	switch {
	case is.kind == Account:
		return r.methods(record)
	case is.kind == Group:
		return record, r.members(record, what)
	case is.kind == Risk:
		thing.ID = thing.Owner
	case thing.ID == "":
		thing.ID = directory.StableID("attack", fmt.Sprint(r.name, part, number))
		record = append(record, schema.Member{Name: "id", Raw: directory.Quote(thing.ID)})
	}
	r.things = append(r.things, thing)
	return record, nil
}

// plain returns a record without like and what, and what it is.
func (r *partReader) plain(record directory.Record) (plain directory.Record, what string, err error) {
	for _, m := range record {
		switch m.Name {
		case "what":
		case "like":
			for _, name := range strings.Fields(directory.Unquote(m.Raw)) {
				members, ok := schema.Members(string(r.patterns[name]))
				if !ok {
					return nil, "", fmt.Errorf("there is no pattern %q", name)
				}
				plain = append(plain, members...)
			}
		default:
			plain = append(plain, m)
		}
	}
	return plain, record.Text("what"), nil
}

// methods notes the authentication methods that a user gets.
func (r *partReader) methods(user directory.Record) (directory.Record, error) {
	at := slices.IndexFunc(user, func(m schema.Member) bool { return m.Name == "authentication" })
	if at < 0 {
		return user, nil
	}
	items, _ := schema.Items(user[at].Raw)
	for i, item := range items {
		members, _ := schema.Members(item)
		method, what, err := r.plain(members)
		if err != nil {
			return nil, err
		}
		r.things = append(r.things, Thing{Method, user.Text("userPrincipalName"), method.Text("id"), what})
		raw, _ := method.MarshalJSON() // never fails
		items[i] = string(raw)
	}
	user[at].Raw = "[" + strings.Join(items, ",") + "]"
	return user, nil
}

// members notes the members that a group gets.
func (r *partReader) members(group directory.Record, what string) error {
	refs, ok := schema.Items(group.Raw("members"))
	if !ok {
		return fmt.Errorf("the group %s gets no members", group.Text("displayName"))
	}
	id := directory.StableID("group", strings.ToLower(group.Text("displayName")))
	for _, ref := range refs {
		r.things = append(r.things, Thing{Membership, directory.Unquote(ref), id, what})
	}
	return nil
}
