package graphapi

import (
	"net/http"
	"slices"
	"strings"
	"sync"

	"msgraph-user/emulator/directory"
	"msgraph-user/emulator/odata"
	"msgraph-user/emulator/schema"
)

// view is how objects of a type are written: which properties, in which order.
type view struct {
	properties []*schema.Property
	typed      bool // with @odata.type, as where objects of several types may stand

	limits map[string]reading // by type, where the token may not read all of it
	full   string             // where links lead, for a caller who accepts full metadata; "" for others
}

// defaultProperties are what Graph answers without a $select, in its order;
// types that are missing here answer all they have, id first.
var defaultProperties = map[string]string{
	"user": "businessPhones displayName givenName jobTitle mail mobilePhone officeLocation preferredLanguage surname userPrincipalName id",
	"group": `id deletedDateTime classification createdDateTime description displayName expirationDateTime groupTypes
 infoCatalogs isAssignableToRole mail mailEnabled mailNickname membershipRule membershipRuleProcessingState onPremisesDomainName
 onPremisesLastSyncDateTime onPremisesNetBiosName onPremisesSamAccountName onPremisesSecurityIdentifier onPremisesSyncEnabled
 preferredDataLocation preferredLanguage proxyAddresses renewedDateTime resourceBehaviorOptions resourceProvisioningOptions
 securityEnabled securityIdentifier theme uniqueName visibility onPremisesProvisioningErrors serviceProvisioningErrors`,
	"directoryRole":                           "id deletedDateTime description displayName roleTemplateId",
	"passwordAuthenticationMethod":            "id password createdDateTime",
	"temporaryAccessPassAuthenticationMethod": "id temporaryAccessPass createdDateTime startDateTime lifetimeInMinutes isUsableOnce isUsable methodUsabilityReason",
}

// elsewhere are a user's properties that live in other services and are got for
// one user at a time (https://learn.microsoft.com/graph/api/user-list), and those
// that only come when they are named.
var (
	elsewhere = strings.Fields("aboutMe birthday hireDate interests mailboxSettings mySite pastProjects preferredName responsibilities schools skills")
	onlyNamed = strings.Fields("authorizationInfo customSecurityAttributes deviceEnrollmentLimit identityParentId print signInActivity")
	// basicProfile is what User.ReadBasic.All lets a token read.
	basicProfile = strings.Fields("displayName givenName id mail surname userPrincipalName")
)

// defaults returns the default properties of each type, worked out once.
var defaults = sync.OnceValue(func() map[string][]*schema.Property {
	table := map[string][]*schema.Property{}
	for name, words := range defaultProperties {
		t := schema.MustLookup(name)
		for word := range strings.FieldsSeq(words) {
			table[name] = append(table[name], t.Must(word))
		}
	}
	return table
})

func defaultsOf(t *schema.Type) []*schema.Property {
	if properties, ok := defaults()[t.Name]; ok {
		return properties
	}
	return everything(t)
}

// everything returns all properties of a type that come together, id first.
func everything(t *schema.Type) []*schema.Property {
	var properties []*schema.Property
	if id, ok := t.Property("id"); ok {
		properties = append(properties, id)
	}
	for _, p := range t.Properties {
		left := slices.Contains(onlyNamed, p.Name) || t.Name == "user" && slices.Contains(elsewhere, p.Name)
		if p.Name != "id" && p.Kind != schema.Stream && !left {
			properties = append(properties, p)
		}
	}
	return properties
}

// newView returns a view of these properties, with the metadata that the caller
// accepts.
func (c *call) newView(properties []*schema.Property) view {
	v := view{properties: properties}
	if c.metadataLevel() == fullMetadata {
		v.full = c.link("/directoryObjects")
	}
	return v
}

// view works out what a request for objects of type t shows. single says that it
// is for one object.
func (c *call) view(t *schema.Type, selectText string, single bool) (view, error) {
	selection, err := odata.CompileSelect(t, selectText)
	if err != nil {
		return view{}, err
	}
	v := c.newView(selection.Properties)
	switch {
	case selection.All:
		v.properties = everything(t)
		for _, p := range selection.Properties {
			if !slices.Contains(v.properties, p) {
				v.properties = append(v.properties, p)
			}
		}
	case !selection.Given:
		v.properties = defaultsOf(t)
	}
	v.limits = map[string]reading{t.Name: c.reading(t)}
	return v, c.readable(t, v.properties, single)
}

// relatedView works out what a request for objects of several types shows: of each
// selected property those have it whose type does.
func (c *call) relatedView(selectText string, elements []string) (view, error) {
	v := c.newView(nil)
	v.typed, v.limits = true, c.relatedLimits()
	selections, err := selectAmong(selectText, elements)
	if err != nil {
		return view{}, err
	}
	for _, element := range elements {
		t := schema.MustLookup(element)
		properties := selections[element].Properties
		switch selection := selections[element]; {
		case selection.All:
			properties = everything(t)
		case !selection.Given:
			properties = defaultsOf(t)
		}
		v.properties = append(v.properties, properties...)
		if err := c.readable(t, properties, false); err != nil {
			return view{}, err
		}
	}
	return v, nil
}

// relatedLimits are how much of each type's objects the token may read where they
// stand in a relation.
func (c *call) relatedLimits() map[string]reading {
	of := *c
	related := *c.route
	related.related = true
	of.route = &related
	limits := map[string]reading{}
	for name := range typeReaders {
		limits[name] = of.reading(schema.MustLookup(name))
	}
	return limits
}

// relatives are the types of what can stand in a relation of the directory.
var relatives = strings.Fields("user group device servicePrincipal application directoryRole orgContact administrativeUnit")

// selectAmong reads a $select for objects of several types: each has of it what
// its type has. All types of the directory are open, so no name is refused.
func selectAmong(text string, elements []string) (map[string]odata.Selection, error) {
	selections := map[string]odata.Selection{}
	for _, typeName := range relatives {
		one, err := odata.CompileSelect(schema.MustLookup(typeName), text)
		if err != nil {
			return nil, err
		}
		selections[typeName] = one
	}
	for _, element := range elements {
		given := selections[element]
		given.Given = given.Given || strings.Trim(text, ", ") != ""
		selections[element] = given
	}
	return selections, nil
}

// readable refuses properties of t that the token may not read, or not so many at
// once.
func (c *call) readable(t *schema.Type, properties []*schema.Property, single bool) error {
	if t.Name != "user" {
		return nil
	}
	c.needsToRead(properties)
	for _, p := range properties {
		if err := c.mayReadSignIns(p); err != nil {
			return err
		}
		if !single && slices.Contains(elsewhere, p.Name) {
			return &graphError{status: http.StatusNotImplemented, code: "NotImplemented", message: "This operation target is not yet supported."}
		}
	}
	return nil
}

// selects reports whether the view shows the property called name.
func (v view) selects(name string) bool {
	return slices.ContainsFunc(v.properties, func(p *schema.Property) bool { return p.Name == name })
}

// fields returns the view's properties as a set.
func (v view) fields() directory.Fields {
	var set directory.Fields
	for _, p := range v.properties {
		set.Add(p.Index)
	}
	return set
}

// appendObject writes o without the closing brace, after the members that lead
// may bring.
func (v view) appendObject(out []byte, lead string, o *directory.Object) []byte {
	out = append(out, '{')
	out = append(out, lead...)
	if v.typed || v.full != "" {
		out = comma(out)
		out = append(out, `"@odata.type":"#microsoft.graph.`...)
		out = append(out, o.Type.Name...)
		out = append(out, '"')
	}
	if v.full != "" {
		out = appendFull(out, v.full, o)
	}
	level := v.limits[o.Type.Name]
	for _, p := range v.properties {
		if p.Index >= len(o.Type.Properties) || o.Type.Properties[p.Index] != p {
			continue // of another type, where several stand together
		}
		if v.full != "" {
			out = appendType(out, p)
		}
		out = comma(out)
		out = append(out, p.Key...)
		raw := o.Raw(p)
		if level.hides(o.Type, p.Name) {
			raw = ""
		}
		out = append(out, orEmpty(p, raw)...)
	}
	return out
}

// comma separates a member from what stands before it, if anything does.
func comma(out []byte) []byte {
	if last := out[len(out)-1]; last == '{' || last == '[' {
		return out
	}
	return append(out, ',')
}

// orEmpty returns what stands for a property without a value.
func orEmpty(p *schema.Property, raw string) string {
	switch {
	case raw != "":
		return raw
	case p.Collection:
		return "[]"
	case p.Nullable:
		return "null"
	case p.Kind == schema.DateTime:
		return `"0001-01-01T00:00:00Z"`
	case p.Kind == schema.Boolean:
		return "false"
	case p.Kind == schema.Int32, p.Kind == schema.Int64, p.Kind == schema.Double:
		return "0"
	}
	return `""`
}
