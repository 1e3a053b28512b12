package directory

import (
	"fmt"
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
	for i, record := range seed.DirectoryAudits {
		audit, err := g.ownedObject("directoryAudit", g.withTimes("directoryAudit", record), fmt.Sprint(i))
		if err != nil {
			return fmt.Errorf("number %d of the seed's directoryAudits: %w", i+1, err)
		}
		g.state.audits = append(g.state.audits, audit)
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
		if last := Record(members).text("lastSignInDateTime"); at <= last || !o.Is("isInteractive") {
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
	ref := record.text("user")
	if ownerProperty != "" {
		ref = record.text(ownerProperty)
	}
	if ref == "" {
		ref = record.text("clientId") // a grant for everybody
	}
	owner := g.state.find(ref)
	if owner == nil {
		return fmt.Errorf("it belongs to %q, which the seed does not have", ref)
	}
	record, err := g.resolved(record)
	if err != nil {
		return err
	}
	o, err := g.ownedObject(typeName, g.withTimes(typeName, record), fmt.Sprint(owner.ID, number))
	if err != nil {
		return err
	}
	if typeName == "riskyUser" {
		o = o.As(owner.ID)
	}
	g.state.own(owner.ID, g.completed(o, owner))
	return nil
}

// resolved replaces the names in a record by the ids that they stand for.
func (g *seedGenerator) resolved(record Record) (Record, error) {
	var next Record
	for _, m := range record {
		text := Unquote(m.Raw)
		for _, name := range references {
			if m.Name != name || text == "" {
				continue
			}
			o := g.state.find(text)
			if o == nil {
				return nil, fmt.Errorf("%s is %q, which the seed does not have", name, text)
			}
			m.Raw = Quote(o.ID)
		}
		if role := g.state.live[g.state.names["role:"+strings.ToLower(text)]]; m.Name == "roleDefinitionId" && role != nil {
			m.Raw = Quote(RoleDefinitionID(role))
		}
		if m.Name != "user" {
			next = append(next, m)
		}
	}
	return next, nil
}

// withTimes replaces times such as -26h by the moment that long before the start.
func (g *seedGenerator) withTimes(typeName string, record Record) Record {
	t := schema.MustLookup(typeName)
	next := make(Record, len(record))
	for i, m := range record {
		if property, ok := t.Property(m.Name); ok && property.Kind == schema.DateTime {
			if d, err := time.ParseDuration(Unquote(m.Raw)); err == nil {
				m.Raw = Quote(g.at.Add(d).UTC().Truncate(time.Second).Format(time.RFC3339))
			}
		}
		next[i] = m
	}
	return next
}

// completed gives a belonging what the seed need not say.
func (g *seedGenerator) completed(o, owner *Object) *Object {
	text := func(object *Object, name string) string {
		if property, ok := object.Type.Property(name); ok {
			return object.Raw(property)
		}
		return ""
	}
	o = o.defaulting("userId", Quote(owner.ID))
	o = o.defaulting("userDisplayName", text(owner, "displayName"))
	o = o.defaulting("userPrincipalName", text(owner, "userPrincipalName"))
	switch o.Type.Name {
	case "signIn":
		o = o.defaulting("isInteractive", "true").defaulting("riskDetail", `"none"`).defaulting("riskState", `"none"`)
		o = o.defaulting("riskLevelAggregated", `"none"`).defaulting("riskLevelDuringSignIn", `"none"`).defaulting("conditionalAccessStatus", `"notApplied"`)
		o = o.defaulting("status", `{"errorCode":0,"failureReason":"Other.","additionalDetails":null}`)
	case "riskyUser":
		o = o.defaulting("isDeleted", "false").defaulting("isProcessing", "false")
	case "messageRule":
		o = o.defaulting("isEnabled", "true").defaulting("isReadOnly", "false").defaulting("hasError", "false")
	case "appRoleAssignment":
		kind := strings.ToUpper(owner.Type.Name[:1]) + owner.Type.Name[1:]
		o = o.defaulting("principalType", Quote(kind)).defaulting("principalDisplayName", text(owner, "displayName"))
		if resource := g.state.live[o.Text("resourceId")]; resource != nil {
			o = o.defaulting("resourceDisplayName", text(resource, "displayName"))
		}
	}
	return o
}

// defaulting returns o with a value for a property that its type has and that it
// lacks.
func (o *Object) defaulting(name, raw string) *Object {
	property, ok := o.Type.Property(name)
	if !ok || o.Raw(property) != "" {
		return o
	}
	return o.With(Pair{property, raw})
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
