package graphapi

import (
	"net/mail"
	"regexp"
	"strings"
	"sync"

	"msgraph-user/emulator/directory"
	"msgraph-user/emulator/schema"
)

// The identifiers of phones, one for each type, and of the e-mail address: the
// same for everybody (https://learn.microsoft.com/graph/api/resources/phoneauthenticationmethod).
var phoneIDs = map[string]string{
	"mobile":          "3179e48a-750b-4051-897c-87b9720928f7",
	"alternateMobile": "b6332ec1-7057-4abe-9331-3d72feddfe41",
	"office":          "e37fc753-ff3b-4958-9484-eaa9425c82bc",
}

const emailID = "3ddfcfc8-9382-446f-83cc-3ab9be4be18f"

// phoneForm is what Graph takes for a number: country code, a space, the number,
// and an extension perhaps.
var phoneForm = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^\+\d{1,3} ?\d[\d ]{4,20}(x\d{1,10})?$`) })

func methodBadRequest(format string, a ...any) *graphError {
	e := badRequest(format, a...)
	e.code = "badRequest"
	return e
}

// createPhone is https://learn.microsoft.com/graph/api/authentication-post-phonemethods.
func createPhone(c *call, u *directory.Object) (reply, error) {
	pairs, err := c.methodValues("phoneAuthenticationMethod", "phoneNumber", "phoneType")
	if err != nil {
		return reply{}, err
	}
	t := schema.MustLookup("phoneAuthenticationMethod")
	phone := directory.NewObject(t, "").With(pairs...)
	kind := phone.Text("phoneType")
	id, ok := phoneIDs[kind]
	if !ok || !phoneForm().MatchString(phone.Text("phoneNumber")) {
		return reply{}, methodBadRequest("A phoneType of mobile, alternateMobile or office and a phoneNumber such as +1 5555550123 belong there.")
	}
	sms := `"notSupported"`
	if kind == "mobile" {
		sms = `"notAllowedByPolicy"`
	}
	phone = directory.NewObject(t, id, pairs...).With(
		directory.Pair{Property: t.Must("smsSignInState"), Raw: sms},
		directory.Pair{Property: t.Must("createdDateTime"), Raw: stampNow(c.at)})
	err = c.update(func(tx *directory.Tx) error {
		if tx.Owned(u.ID, t.Name, id) != nil {
			return methodBadRequest("The user has a phone of the type %s already.", kind)
		}
		if kind == "alternateMobile" && tx.Owned(u.ID, t.Name, phoneIDs["mobile"]) == nil {
			return methodBadRequest("An alternateMobile phone needs a mobile phone first.")
		}
		tx.Own(u.ID, phone)
		return nil
	})
	if err != nil {
		return reply{}, err
	}
	return c.created(phone, "users/"+u.ID+"/authentication/phoneMethods"), nil
}

// updatePhone is https://learn.microsoft.com/graph/api/phoneauthenticationmethod-update.
func updatePhone(c *call, u *directory.Object) (reply, error) {
	return c.updateMethod(u, "phoneAuthenticationMethod", "phoneNumber", func(o *directory.Object) bool {
		return phoneForm().MatchString(o.Text("phoneNumber")) && strings.EqualFold(phoneIDs[o.Text("phoneType")], o.ID)
	}, "phoneType")
}

// createEmail is https://learn.microsoft.com/graph/api/authentication-post-emailmethods.
func createEmail(c *call, u *directory.Object) (reply, error) {
	pairs, err := c.methodValues("emailAuthenticationMethod", "emailAddress")
	if err != nil {
		return reply{}, err
	}
	t := schema.MustLookup("emailAuthenticationMethod")
	email := directory.NewObject(t, emailID, pairs...).With(directory.Pair{Property: t.Must("createdDateTime"), Raw: stampNow(c.at)})
	if !isAddress(email) {
		return reply{}, methodBadRequest("An emailAddress such as ann@mail.example belongs there.")
	}
	err = c.update(func(tx *directory.Tx) error {
		if tx.Owned(u.ID, t.Name, emailID) != nil {
			return methodBadRequest("The user has an e-mail address already.")
		}
		tx.Own(u.ID, email)
		return nil
	})
	if err != nil {
		return reply{}, err
	}
	return c.created(email, "users/"+u.ID+"/authentication/emailMethods"), nil
}

func isAddress(o *directory.Object) bool {
	text := o.Text("emailAddress")
	address, err := mail.ParseAddress(text)
	return err == nil && address.Address == text
}

// updateEmail is https://learn.microsoft.com/graph/api/emailauthenticationmethod-update.
func updateEmail(c *call, u *directory.Object) (reply, error) {
	return c.updateMethod(u, "emailAuthenticationMethod", "emailAddress", isAddress)
}

// methodValues reads a body that may hold the properties called allowed.
func (c *call) methodValues(typeName string, allowed ...string) ([]directory.Pair, error) {
	members, err := c.body()
	if err != nil {
		return nil, err
	}
	t := schema.MustLookup(typeName)
	var pairs []directory.Pair
	for _, name := range sorted(members) {
		p, ok := t.Property(name)
		if !ok {
			return nil, methodBadRequest("The property '%s' does not exist on type 'microsoft.graph.%s'.", name, typeName)
		}
		known := false
		for _, a := range allowed {
			known = known || a == name
		}
		if !known {
			return nil, methodBadRequest("The property '%s' cannot be set.", name)
		}
		raw := string(members[name])
		if err := schema.Check(p, raw); err != nil {
			return nil, err
		}
		pairs = append(pairs, directory.Pair{Property: p, Raw: raw})
	}
	return pairs, nil
}

// updateMethod changes a method that a user has; fits says whether the outcome
// is one that Graph would take.
func (c *call) updateMethod(u *directory.Object, typeName, property string, fits func(*directory.Object) bool, also ...string) (reply, error) {
	pairs, err := c.methodValues(typeName, append(also, property)...)
	if err != nil {
		return reply{}, err
	}
	method, err := c.method(u, typeName, c.vars[typeName+"-id"])
	if err != nil {
		return reply{}, err
	}
	err = c.update(func(tx *directory.Tx) error {
		current := tx.Owned(u.ID, typeName, method.ID)
		if current == nil {
			return c.noSuchMethod(method.ID)
		}
		next := current.With(pairs...)
		if !fits(next) {
			return methodBadRequest("The value of '%s' is not one that can be used.", property)
		}
		tx.Own(u.ID, next)
		return nil
	})
	if err != nil {
		return reply{}, err
	}
	return noContent(), nil
}
