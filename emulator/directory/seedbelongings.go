package directory

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"msgraph-user/emulator/schema"
)

// references are the properties of belongings that name other objects: a seed may
// name them as it names members of groups.
var references = []string{"userId", "principalId", "clientId", "resourceId"}

// addBelongings makes what belongs to the objects that are there by now.
func (g *seedGenerator) addBelongings(seed *Seed) error {
	for _, kind := range findable {
		for i, record := range seed.Belongings[kind.part] {
			if err := g.addBelonging(kind.typeName, kind.owner, record, i); err != nil {
				return fmt.Errorf("number %d of the seed's %s: %w", i+1, kind.part, err)
			}
		}
	}
	if err := g.addAudits(seed.DirectoryAudits); err != nil {
		return err
	}
	g.assignRoles()
	g.lastSignIns()
	return nil
}

// lastSignIns makes people's signInActivity no older than the sign-ins of the seed.
func (g *seedGenerator) lastSignIns() {
	property := schema.MustLookup("user").Must("signInActivity")
	for _, o := range g.state.belongings("signIn") {
		u := g.state.live[g.state.owners["signIn"][o.ID]]
		members, _ := schema.Members(u.Raw(property))
		at := o.Text("createdDateTime")
		if last := Record(members).Text("lastSignInDateTime"); at <= last || !o.Is("isInteractive") {
			continue
		}
		next := Record{{Name: "lastSignInDateTime", Raw: Quote(at)}, {Name: "lastSignInRequestId", Raw: Quote(o.ID)}}
		for _, m := range members {
			if m.Name != "lastSignInDateTime" && m.Name != "lastSignInRequestId" {
				next = append(next, m)
			}
		}
		raw, _ := next.MarshalJSON() // checked values: cannot fail
		u.set(property.Index, string(raw))
	}
}

func (g *seedGenerator) addBelonging(typeName, ownerProperty string, record Record, number int) error {
	ref := record.Text("user")
	if ownerProperty != "" {
		ref = record.Text(ownerProperty)
	}
	if ref == "" {
		ref = record.Text("clientId") // a grant for everybody
	}
	owner := g.state.find(ref)
	if owner == nil {
		return fmt.Errorf("it belongs to %q, which the seed does not have", ref)
	}
	record, err := g.resolved(record)
	if err != nil {
		return err
	}
	o, err := g.ownedObject(typeName, record, fmt.Sprint(owner.ID, number))
	if err != nil {
		return err
	}
	if typeName == "riskyUser" {
		o = o.As(owner.ID)
	}
	g.complete(o, owner)
	g.state.own(owner.ID, o)
	return nil
}

// resolved replaces the names in a record by the ids that they stand for.
func (g *seedGenerator) resolved(record Record) (Record, error) {
	next := make(Record, 0, len(record))
	for _, m := range record {
		text := Unquote(m.Raw)
		switch {
		case m.Name == "user":
			continue
		case text == "":
		case slices.Contains(references, m.Name):
			o := g.state.find(text)
			if o == nil {
				return nil, fmt.Errorf("%s is %q, which the seed does not have", m.Name, text)
			}
			m.Raw = Quote(o.ID)
		case m.Name == "roleDefinitionId":
			if role := g.state.live[g.state.names["role:"+strings.ToLower(text)]]; role != nil {
				m.Raw = Quote(RoleDefinitionID(role))
			}
		}
		next = append(next, m)
	}
	return next, nil
}

// moment returns a value with a time such as -26h replaced by the moment that long
// before the start.
func (g *seedGenerator) moment(property *schema.Property, raw string) string {
	if property.Kind != schema.DateTime || !strings.HasPrefix(raw, `"-`) {
		return raw
	}
	d, err := time.ParseDuration(Unquote(raw))
	if err != nil {
		return raw
	}
	return Quote(g.at.Add(d).UTC().Truncate(time.Second).Format(time.RFC3339))
}

// complete gives a belonging what the seed need not say.
func (g *seedGenerator) complete(o, owner *Object) {
	o.fill("userId", Quote(owner.ID))
	o.fill("userDisplayName", owner.rawOf("displayName"))
	o.fill("userPrincipalName", owner.rawOf("userPrincipalName"))
	for _, usual := range usualValues[o.Type.Name] {
		o.fill(usual.name, usual.raw)
	}
	if o.Type.Name == "appRoleAssignment" {
		o.fill("principalType", Quote(strings.ToUpper(owner.Type.Name[:1])+owner.Type.Name[1:]))
		o.fill("principalDisplayName", owner.rawOf("displayName"))
		if resource := g.state.live[o.Text("resourceId")]; resource != nil {
			o.fill("resourceDisplayName", resource.rawOf("displayName"))
		}
	}
}

// usualValues are what belongings have unless the seed says otherwise.
var usualValues = map[string][]struct{ name, raw string }{
	"signIn": {
		{"isInteractive", "true"}, {"riskDetail", `"none"`}, {"riskState", `"none"`}, {"riskLevelAggregated", `"none"`}, {"riskLevelDuringSignIn", `"none"`},
		{"conditionalAccessStatus", `"notApplied"`}, {"status", `{"errorCode":0,"failureReason":"Other.","additionalDetails":null}`},
	},
	"directoryAudit": {{"result", `"success"`}, {"resultReason", `""`}, {"loggedByService", `"Core Directory"`}, {"additionalDetails", "[]"}},
	"riskyUser":      {{"isDeleted", "false"}, {"isProcessing", "false"}},
	"messageRule":    {{"isEnabled", "true"}, {"isReadOnly", "false"}, {"hasError", "false"}},
}

// fill gives an object that nobody else has yet a value that its type has and it lacks.
func (o *Object) fill(name, raw string) {
	if property, ok := o.Type.Property(name); ok && o.Raw(property) == "" {
		o.set(property.Index, raw)
	}
}

// rawOf returns the value of a property, "" where the type or the object has none.
func (o *Object) rawOf(name string) string {
	if property, ok := o.Type.Property(name); ok {
		return o.Raw(property)
	}
	return ""
}

// RoleDefinitionID returns the id of the definition that a directory role is made
// from.
func RoleDefinitionID(role *Object) string {
	if id := role.Text("roleTemplateId"); id != "" {
		return id
	}
	return role.ID
}

// assignRoles makes the members of roles and the assignments of roles in the whole
// directory the same thing, as they are in Entra.
func (g *seedGenerator) assignRoles() {
	byDefinition := map[string]*Object{}
	for _, role := range g.state.byType["directoryRole"] {
		byDefinition[RoleDefinitionID(role)] = role
	}
	for _, o := range g.state.belongings("unifiedRoleAssignment") {
		if role := byDefinition[o.Text("roleDefinitionId")]; role != nil && o.Text("directoryScopeId") == "/" {
			g.state.link(Member, role.ID, o.Text("principalId"))
		}
	}
	for _, role := range g.state.byType["directoryRole"] {
		for _, member := range g.state.forward[Member][role.ID] {
			if g.state.assignment(member, RoleDefinitionID(role), "/") == nil {
				g.state.own(member, NewAssignment(StableID("unifiedRoleAssignment", role.ID+member), member, RoleDefinitionID(role), "/"))
			}
		}
	}
}

// NewAssignment returns the assignment of a role to a principal in a scope.
func NewAssignment(id, principal, definition, scope string) *Object {
	t := schema.MustLookup("unifiedRoleAssignment")
	return NewObject(t, id, Pair{t.Must("principalId"), Quote(principal)}, Pair{t.Must("roleDefinitionId"), Quote(definition)},
		Pair{t.Must("directoryScopeId"), Quote(scope)})
}

// assignment returns the assignment of a role to a principal in a scope, nil where
// there is none.
func (st *state) assignment(principal, definition, scope string) *Object {
	for _, o := range st.ownedBy(principal, "unifiedRoleAssignment") {
		if o.Text("roleDefinitionId") == definition && o.Text("directoryScopeId") == scope {
			return o
		}
	}
	return nil
}
