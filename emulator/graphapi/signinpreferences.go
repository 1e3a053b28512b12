package graphapi

import (
	"encoding/json"

	"msgraph-user/emulator/directory"
	"msgraph-user/emulator/schema"
)

// preferencesType is the type of a user's sign-in preferences (beta).
func preferencesType() *schema.Type { return schema.MustLookup("signInPreferences") }

// getPreferences is https://learn.microsoft.com/graph/api/authentication-get (beta).
func getPreferences(c *call) (reply, error) {
	u, err := c.methodOwner()
	if err != nil {
		return reply{}, err
	}
	if err := c.noOptions(); err != nil {
		return reply{}, err
	}
	return c.one(c.preferences(c.store.Owned(u.ID, preferencesType().Name), u), "users('"+u.ID+"')/authentication/signInPreferences", false)
}

// preferences returns what the user set, or what Entra prefers of the methods there are.
func (c *call) preferences(set []*directory.Object, u *directory.Object) *directory.Object {
	if len(set) > 0 {
		return set[0]
	}
	preferred := ""
	for _, choice := range []struct{ typeName, name string }{
		{"fido2AuthenticationMethod", "Fido2"}, {"microsoftAuthenticatorAuthenticationMethod", "PhoneAppNotification"},
		{"softwareOathAuthenticationMethod", "SoftwareOath"}, {"phoneAuthenticationMethod", "Sms"},
	} {
		if preferred == "" && len(c.store.Owned(u.ID, choice.typeName)) > 0 {
			preferred = directory.Quote(choice.name)
		}
	}
	t := preferencesType()
	return directory.NewObject(t, "",
		directory.Pair{Property: t.Must("isSystemPreferredAuthenticationMethodEnabled"), Raw: "true"},
		directory.Pair{Property: t.Must("systemPreferredAuthenticationMethod"), Raw: preferred})
}

// updatePreferences changes what the user prefers (beta).
func updatePreferences(c *call, u *directory.Object) (reply, error) {
	members, err := c.body()
	if err != nil {
		return reply{}, err
	}
	pairs, err := preferenceValues(members)
	if err != nil {
		return reply{}, err
	}
	err = c.update(func(tx *directory.Tx) error {
		current := tx.Owned(u.ID, preferencesType().Name, "")
		if current == nil {
			current = directory.NewObject(preferencesType(), "")
		}
		tx.Own(u.ID, current.With(pairs...))
		return nil
	})
	if err != nil {
		return reply{}, err
	}
	return noContent(), nil
}

func preferenceValues(members map[string]json.RawMessage) ([]directory.Pair, error) {
	var pairs []directory.Pair
	for _, name := range sorted(members) {
		p, ok := preferencesType().Property(name)
		if !ok || name == "systemPreferredAuthenticationMethod" {
			return nil, methodBadRequest("The property '%s' cannot be set.", name)
		}
		if err := schema.Check(p, string(members[name])); err != nil {
			return nil, err
		}
		pairs = append(pairs, directory.Pair{Property: p, Raw: string(members[name])})
	}
	return pairs, nil
}
