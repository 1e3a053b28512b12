package directory

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"msgraph-user/emulator/schema"
)

// seedMembers are the members of a seed's record that are no properties of the
// object, each with what it does.
var seedMembers = map[string]func(g *seedGenerator, o *Object, raw string) error{
	"password": func(_ *seedGenerator, o *Object, raw string) error {
		o.Private.PasswordHash = Hash(Unquote(raw))
		return nil
	},
	"private":           seedPrivate,
	"manager":           seedLinks(Manager),
	"members":           seedLinks(Member),
	"registeredOwners":  seedLinks(RegisteredOwner),
	"registeredUsers":   seedLinks(RegisteredUser),
	"authentication":    seedOwned(""),
	"signInPreferences": seedOwned("signInPreferences"),
	"licenseDetails":    seedOwned("licenseDetails"),
}

func seedPrivate(_ *seedGenerator, o *Object, raw string) error {
	hash := o.Private.PasswordHash
	if err := json.Unmarshal([]byte(raw), o.Private); err != nil {
		return err
	}
	if o.Private.PasswordHash == "" {
		o.Private.PasswordHash = hash
	}
	for i, c := range o.Private.Credentials {
		if c.KeyID == "" {
			o.Private.Credentials[i].KeyID = StableID("credential", fmt.Sprint(o.ID, i))
		}
	}
	return nil
}

// seedLinks reads one reference or a list of them.
func seedLinks(r Relation) func(*seedGenerator, *Object, string) error {
	return func(g *seedGenerator, o *Object, raw string) error {
		refs := []string{Unquote(raw)}
		if refs[0] == "" {
			if err := json.Unmarshal([]byte(raw), &refs); err != nil {
				return fmt.Errorf("a name or a list of names belongs there: %w", err)
			}
		}
		for _, ref := range refs {
			g.links = append(g.links, pendingLink{r, o.ID, ref})
		}
		return nil
	}
}

// seedOwned reads one object or a list of them that belong to o. Those of a
// list say with @odata.type what they are, unless typeName does.
func seedOwned(typeName string) func(*seedGenerator, *Object, string) error {
	return func(g *seedGenerator, o *Object, raw string) error {
		records, ok := recordsOf(raw)
		if !ok {
			return errors.New("an object or a list of objects belongs there")
		}
		for i, record := range records {
			child, err := g.ownedObject(typeName, record, fmt.Sprint(o.ID, typeName, i))
			if err != nil {
				return err
			}
			g.state.own(o.ID, child)
		}
		return nil
	}
}

func (g *seedGenerator) ownedObject(typeName string, record Record, name string) (*Object, error) {
	if typeName == "" {
		typeName = strings.TrimPrefix(record.Text("@odata.type"), "#microsoft.graph.")
	}
	t, ok := schema.Lookup(typeName)
	if !ok {
		return nil, &UnknownNameError{Kind: "type", Name: typeName}
	}
	id := record.Text("id")
	if _, has := t.Property("id"); id == "" && has {
		id = StableID(typeName, name)
	}
	o := NewObject(t, id)
	o.values = append(make([]value, 0, len(record)+8), o.values...)
	for _, member := range record {
		key := member.Name
		if key == "@odata.type" || key == "id" {
			continue
		}
		property, ok := t.Property(key)
		if !ok {
			return nil, &UnknownNameError{Kind: "property of " + typeName, Name: key}
		}
		raw := g.moment(property, member.Raw)
		if err := g.check(property, raw); err != nil {
			return nil, err
		}
		o.set(property.Index, raw)
	}
	return o, nil
}
