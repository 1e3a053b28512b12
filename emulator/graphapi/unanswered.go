package graphapi

import (
	"net/http"
	"slices"
	"strings"

	"msgraph-user/emulator/schema"
)

// roots are what stands behind the version in Graph's v1.0, with its type as far
// as the tenant has Microsoft's metadata for it: *T is a set of T.
var roots = func() map[string]string {
	table := map[string]string{
		"users": "*user", "groups": "*group", "devices": "*device", "directoryobjects": "*directoryObject", "directoryroles": "*directoryRole",
		"serviceprincipals": "*servicePrincipal", "applications": "*application", "contacts": "*orgContact", "oauth2permissiongrants": "*oAuth2PermissionGrant",
		"directory": "directory", "auditlogs": "auditLogs", "identityprotection": "identityProtection",
	}
	for name := range strings.FieldsSeq(`$batch $metadata admin agreementAcceptances agreements appCatalogs applicationTemplates
 authenticationMethodConfigurations authenticationMethodsPolicy certificateBasedAuthConfiguration chats communications compliance connections contracts
 copilot dataPolicyOperations deviceAppManagement deviceManagement directoryRoleTemplates domainDnsRecords domains drive drives education
 employeeExperience external filterOperators functions groupLifecyclePolicies groupSettings groupSettingTemplates identity identityGovernance
 identityProviders informationProtection invitations organization permissionGrants places planner policies print privacy reports
 roleManagement schemaExtensions scopedRoleMemberships search security shares sites solutions storage subscribedSkus subscriptions teams
 teamsTemplates teamwork tenantRelationships workbooks`) {
		table[strings.ToLower(name)] = ""
	}
	return table
}()

// singletons are what stands below roots that are no sets.
var singletons = map[string]map[string]string{
	"directory": {"administrativeUnits": "*administrativeUnit", "deletedItems": "*directoryObject", "attributeSets": "", "customSecurityAttributeDefinitions": "",
		"deviceLocalCredentials": "", "federationConfigurations": "", "onPremisesSynchronization": "", "publicKeyInfrastructure": "", "subscriptions": "", "templates": ""},
	"auditLogs":          {"directoryAudits": "", "provisioning": "", "signIns": "*signIn"},
	"identityProtection": {"riskDetections": "", "riskyServicePrincipals": "", "riskyUsers": "*riskyUser", "servicePrincipalRiskDetections": ""},
}

// boundElsewhere are actions and functions on a user that are missing in the cut
// of Microsoft's metadata that the tenant has.
var boundElsewhere = map[string]bool{
	"convertexternaltointernalmemberuser": true, "invalidateallrefreshtokens": true, "transitivereports": true,
}

// place is where a path has led to: what Graph has there, and what it lets be done.
type place struct {
	t          *schema.Type // nil where the metadata that the tenant has ends
	singleton  map[string]string
	collection bool
	owned      bool     // it is part of what stands before it, so that it can be made and deleted there
	methods    []string // nil where any may be allowed
	name       string   // the path so far, keys as {type-id}
}

// unanswered refuses a request that no route answers: 501 with the operation's
// name where Graph has it, 405 where Graph has the path but not the method, and
// 400 where Graph has no such path.
func (c *call) unanswered(segments []segment) error {
	at, unknown := placeOf(segments)
	operation := c.request.Method + " " + at.name
	switch {
	case c.version == "beta":
		return notHere("'%s %s': of beta it has the sign-in preferences only", c.request.Method, c.request.URL.Path)
	case unknown != "":
		return &graphError{status: http.StatusBadRequest, code: "BadRequest", message: "Resource not found for the segment '" + unknown + "'."}
	case at.methods != nil && !slices.Contains(at.methods, c.request.Method):
		return &graphError{status: http.StatusMethodNotAllowed, code: "Request_BadRequest", message: "Specified HTTP method is not allowed for the request target."}
	}
	return notHere("'%s'", operation)
}

// placeOf follows a path through Graph's types. unknown is the first segment that
// Graph does not have.
func placeOf(segments []segment) (at place, unknown string) {
	at = place{name: "/" + segments[0].text, methods: []string{http.MethodGet}}
	for i, s := range segments[1:] {
		ok := false
		if i == 0 {
			at, ok = at.root(s)
		} else {
			at, ok = at.next(s)
		}
		if !ok {
			return at, s.text
		}
	}
	return at, ""
}

// root goes from the service's root to what stands behind the version.
func (p place) root(s segment) (place, bool) {
	kind, ok := roots[strings.ToLower(s.text)]
	if !ok || s.kind == castSegment || s.kind == keySegment {
		return p, false
	}
	return p.to(s.text, kind, true), true
}

// to returns the place below p that is called name. kind is its type, with a *
// before the type of a collection, or "" where the metadata ends.
func (p place) to(name, kind string, owned bool) place {
	next := place{name: p.name + "/" + name}
	typeName, collection := strings.CutPrefix(kind, "*")
	next.collection = collection
	if next.singleton = singletons[typeName]; next.singleton != nil {
		next.methods = []string{http.MethodGet, http.MethodPatch}
		return next
	}
	t, ok := schema.Lookup(typeName)
	if !ok {
		return next
	}
	next.t, next.owned = t, owned
	next.methods = []string{http.MethodGet}
	switch {
	case collection && owned:
		next.methods = []string{http.MethodGet, http.MethodPost}
	case owned:
		next.methods = []string{http.MethodGet, http.MethodPatch, http.MethodPut, http.MethodDelete}
	}
	return next
}

// next goes on by one segment.
func (p place) next(s segment) (place, bool) {
	switch {
	case p.singleton != nil:
		for name, kind := range p.singleton {
			if strings.EqualFold(name, s.text) && s.kind == plainSegment {
				return p.to(name, kind, true), true
			}
		}
		return p, false
	case p.t == nil:
		p.name += "/" + s.text
		p.methods = nil
		return p, true
	case s.kind == systemSegment:
		return p.system(s)
	case s.kind == castSegment:
		t, ok := schema.Lookup(s.text)
		if !ok || !t.Derives(p.t.Name) {
			return p, false
		}
		p.t, p.name, p.methods = t, p.name+"/microsoft.graph."+t.Name, []string{http.MethodGet}
		return p, true
	}
	if o, ok := p.t.Bound(s.text, p.collection); ok && s.kind != keySegment {
		return p.bound(o), true
	}
	if p.collection {
		return p.item(s)
	}
	return p.member(s)
}

// system goes on to $count, $ref or $value.
func (p place) system(s segment) (place, bool) {
	switch name := strings.ToLower(s.text); {
	case name == "$count" && p.collection, name == "$value" && !p.collection:
		p.methods = []string{http.MethodGet}
	case name == "$ref" && !p.owned && p.collection:
		p.methods = []string{http.MethodGet, http.MethodPost, http.MethodDelete}
	case name == "$ref" && !p.owned:
		p.methods = []string{http.MethodGet, http.MethodPut, http.MethodDelete}
	default:
		return p, false
	}
	return place{name: p.name + "/" + s.text, methods: p.methods}, true
}

// bound goes on to an action or function.
func (p place) bound(o schema.Operation) place {
	method := http.MethodGet
	if o.Action {
		method = http.MethodPost
	}
	return place{name: p.name + "/" + o.Name, methods: []string{method}}
}

// item goes on to one object of a collection, by its key.
func (p place) item(s segment) (place, bool) {
	if !s.isKey("") && s.kind != alternateKey {
		return p, false
	}
	p.collection = false
	p.name += "/{" + p.t.Name + "-id}"
	p.methods = []string{http.MethodGet}
	if p.owned && p.t.Name != "passwordAuthenticationMethod" {
		p.methods = append(p.methods, http.MethodPatch, http.MethodDelete)
	}
	if s.kind == alternateKey {
		p.methods = nil // Graph makes objects by such keys too
	}
	return p, true
}

// member goes on to a relation or a property of an object.
func (p place) member(s segment) (place, bool) {
	if s.kind != plainSegment {
		return p, false
	}
	for name, kind := range p.t.Navigation {
		if !strings.EqualFold(name, s.text) {
			continue
		}
		if inner, ok := strings.CutPrefix(kind, "Collection("); ok {
			kind = "*" + strings.TrimSuffix(inner, ")")
		}
		return p.to(name, kind, !strings.HasSuffix(kind, "directoryObject")), true
	}
	if property, ok := p.t.Fold(s.text); ok {
		return place{name: p.name + "/" + property.Name}, true
	}
	if p.t.Name == "user" && boundElsewhere[strings.ToLower(s.text)] {
		return place{name: p.name + "/" + s.text}, true
	}
	return p, false
}
