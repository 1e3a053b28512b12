package directory

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"time"

	"msgraph-user/emulator/schema"
)

// Tenant is what is true of the tenant as a whole.
type Tenant struct {
	ID          string   `json:"id"`
	DisplayName string   `json:"displayName"`
	Domains     []string `json:"domains"` // verified; the first is the default one

	License License `json:"license,omitempty"`

	// TemporaryAccessPass is the policy for such passes: lifetimes in minutes, and
	// who is covered, by display names or ids of groups.
	TemporaryAccessPass struct {
		MinimumLifetime int `json:"minimumLifetimeInMinutes"`
		MaximumLifetime int `json:"maximumLifetimeInMinutes"`
		DefaultLifetime int `json:"defaultLifetimeInMinutes"`

		Disabled bool     `json:"disabled,omitempty"`
		Included []string `json:"includeTargets,omitempty"` // none: everybody
		Excluded []string `json:"excludeTargets,omitempty"`
	} `json:"temporaryAccessPass"`
}

// Seed is a tenant as a person writes it: Graph's properties by name, and beside
// them the members named in the documentation of the emulator.
type Seed struct {
	Tenant            Tenant   `json:"tenant"`
	Users             []Record `json:"users"`
	Groups            []Record `json:"groups,omitempty"`
	DirectoryRoles    []Record `json:"directoryRoles,omitempty"`
	Devices           []Record `json:"devices,omitempty"`
	ServicePrincipals []Record `json:"servicePrincipals,omitempty"`

	// Belongings are what belongs to these, by the part of the seed that lists it,
	// such as signIns and messageRules.
	Belongings      map[string][]Record `json:"-"`
	DirectoryAudits []Record            `json:"directoryAudits,omitempty"`

	trusted bool // its values were checked before
}

// License is what the tenant has of Microsoft Entra ID; empty stands for P2.
type License string

// The licences.
const (
	Free License = "free"
	P1   License = "P1"
	P2   License = "P2"
)

// ParseLicense reads the name of a licence.
func ParseLicense(text string) (License, error) {
	for _, known := range []License{Free, P1, P2} {
		if strings.EqualFold(text, string(known)) {
			return known, nil
		}
	}
	return "", fmt.Errorf("there is no licence %q: there are free, P1 and P2", text)
}

// Has reports whether l includes wanted.
func (l License) Has(wanted License) bool {
	switch l {
	case Free:
		return wanted == Free
	case P1:
		return wanted != P2
	}
	return true
}

// Record is one object of a seed: its members in their order.
type Record []schema.Member

// MarshalJSON writes the record as a JSON object.
func (r Record) MarshalJSON() ([]byte, error) {
	out := []byte{'{'}
	for i, m := range r {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(out, Quote(m.Name)...)
		out = append(out, ':')
		out = append(out, m.Raw...)
	}
	return append(out, '}'), nil
}

// Raw returns the JSON value of the member called name, "" where there is none.
func (r Record) Raw(name string) string {
	for _, m := range r {
		if m.Name == name {
			return m.Raw
		}
	}
	return ""
}

// Text returns the string member called name, "" where there is none.
func (r Record) Text(name string) string { return Unquote(r.Raw(name)) }

// ParseSeed reads a seed file. Its objects are checked when they are planted.
func ParseSeed(raw []byte) (*Seed, error) {
	if !json.Valid(raw) {
		var nothing any
		return nil, fmt.Errorf("the seed is not JSON: %w", json.Unmarshal(raw, &nothing))
	}
	return splitSeed(string(raw))
}

// TrustSeed is ParseSeed for a seed that is known to be good, such as one that
// belongs to the program and that a test has read with ParseSeed: nothing in it
// is checked, which makes a tenant in half the time.
func TrustSeed(raw []byte) (*Seed, error) {
	seed, err := splitSeed(string(raw))
	if err == nil {
		seed.trusted = true
	}
	return seed, err
}

func splitSeed(text string) (*Seed, error) {
	seed, err := splitParts(text)
	if err == nil && (seed.Tenant.ID == "" || len(seed.Tenant.Domains) == 0) {
		return nil, errors.New("the seed's tenant needs an id and at least one domain")
	}
	return seed, err
}

func splitParts(text string) (*Seed, error) {
	parts, ok := schema.Members(text)
	if !ok {
		return nil, errors.New("the seed is not a JSON object")
	}
	seed := &Seed{Belongings: map[string][]Record{}}
	lists := seed.lists()
	for _, part := range parts {
		list, known := lists[part.Name]
		switch {
		case part.Name == "tenant":
			if err := seed.readTenant(part.Raw); err != nil {
				return nil, fmt.Errorf("the seed's tenant: %w", err)
			}
		case !known && isPart(part.Name):
			records, ok := recordsOf(part.Raw)
			if !ok {
				return nil, fmt.Errorf("the seed's %s are not a list of objects", part.Name)
			}
			seed.Belongings[part.Name] = records
		case !known:
			return nil, &UnknownNameError{Kind: "part of a seed", Name: part.Name}
		default:
			records, ok := recordsOf(part.Raw)
			if !ok {
				return nil, fmt.Errorf("the seed's %s are not a list of objects", part.Name)
			}
			*list = records
		}
	}
	return seed, nil
}

// lists are the parts of a seed that are lists of objects, by name.
func (seed *Seed) lists() map[string]*[]Record {
	return map[string]*[]Record{"users": &seed.Users, "groups": &seed.Groups, "directoryRoles": &seed.DirectoryRoles,
		"devices": &seed.Devices, "servicePrincipals": &seed.ServicePrincipals, "directoryAudits": &seed.DirectoryAudits}
}

func (seed *Seed) readTenant(raw string) (err error) {
	if err = json.Unmarshal([]byte(raw), &seed.Tenant); err != nil || seed.Tenant.License == "" {
		return err
	}
	seed.Tenant.License, err = ParseLicense(string(seed.Tenant.License))
	return err
}

// recordsOf reads a list of objects, or one object.
func recordsOf(raw string) ([]Record, bool) {
	if one, ok := schema.Members(raw); ok {
		return []Record{one}, true
	}
	items, ok := schema.Items(raw)
	if !ok {
		return nil, false
	}
	records := make([]Record, len(items))
	for i, item := range items {
		if records[i], ok = schema.Members(item); !ok {
			return nil, false
		}
	}
	return records, true
}

// seedGenerator turns a seed into a state.
type seedGenerator struct {
	state   *state
	trusted bool // the values need no check
	at      time.Time
	links   []pendingLink
}

// pendingLink waits until all objects exist, since a seed names them in any order.
type pendingLink struct {
	relation Relation
	from     string
	ref      string
}

// LoadSeed makes the tenant what seed says, and population users in all where the
// seed has fewer (those are made up). Everything it held before is gone.
func (s *Store) LoadSeed(seed *Seed, population int) error {
	g := &seedGenerator{state: newState(), at: s.now(), trusted: seed.trusted}
	for _, kind := range []struct {
		typeName string
		records  []Record
	}{
		{"user", seed.Users}, {"group", seed.Groups}, {"directoryRole", seed.DirectoryRoles},
		{"device", seed.Devices}, {"servicePrincipal", seed.ServicePrincipals},
	} {
		for i, record := range kind.records {
			if err := g.add(schema.MustLookup(kind.typeName), record); err != nil {
				return fmt.Errorf("%s number %d of the seed: %w", kind.typeName, i+1, err)
			}
		}
	}
	if err := g.connect(); err != nil {
		return err
	}
	if err := g.addBelongings(seed); err != nil {
		return err
	}
	g.populate(population-len(seed.Users), seed.Tenant.Domains[0])
	g.state.log, g.state.floor = nil, g.state.version
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ledger.first = nil
	return s.replace(seed.Tenant, g.state)
}

func (g *seedGenerator) add(t *schema.Type, record Record) error {
	id := strings.ToLower(record.Text("id"))
	if id == "" {
		id = StableID(t.Name, naturalName(record))
	}
	o := NewObject(t, id)
	o.Private = &Private{}
	o.values = append(make([]value, 0, len(record)), o.values...)
	if enabled, ok := t.Property("accountEnabled"); ok && t.Name != "device" {
		o.set(enabled.Index, "true") // unless the record says otherwise
	}
	for _, member := range record {
		name, raw := member.Name, member.Raw
		if special, ok := seedMembers[name]; ok {
			if err := special(g, o, raw); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			continue
		}
		property, ok := t.Property(name)
		if !ok {
			return &UnknownNameError{Kind: "property of " + t.Name, Name: name}
		}
		raw = g.moment(property, raw)
		if err := g.check(property, raw); err != nil {
			return err
		}
		if name != "id" {
			o.set(property.Index, raw)
		}
	}
	return g.store(o)
}

func (g *seedGenerator) check(property *schema.Property, raw string) error {
	if g.trusted {
		return nil
	}
	return schema.Check(property, raw)
}

func naturalName(record Record) string {
	for _, name := range []string{"userPrincipalName", "appId", "deviceId", "displayName"} {
		if text := record.Text(name); text != "" {
			return strings.ToLower(text)
		}
	}
	return ""
}

func (g *seedGenerator) store(o *Object) error {
	for _, name := range uniqueNames(o) {
		if _, taken := g.state.names[name]; taken {
			return &ConflictError{uniqueProperty[o.Type.Name]}
		}
	}
	if g.state.live[o.ID] != nil {
		return &ConflictError{"id"}
	}
	if reflect.ValueOf(*o.Private).IsZero() {
		o.Private = nil
	}
	g.state.put(o, g.at)
	return nil
}

// connect makes the links, now that all objects are there.
func (g *seedGenerator) connect() error {
	for _, l := range g.links {
		o := g.state.find(l.ref)
		if o == nil {
			return fmt.Errorf("the seed links to %q, which it does not have", l.ref)
		}
		g.state.link(l.relation, l.from, o.ID)
	}
	return nil
}

// find returns the object that a seed's ref names: an id, a user principal name,
// an application's id, or a role's, group's or device's display name.
func (st *state) find(ref string) *Object {
	if o := st.user(ref); o != nil {
		return o
	}
	folded := strings.ToLower(ref)
	for _, id := range []string{folded, st.names["app:"+folded], st.names["role:"+folded], StableID("group", folded), StableID("device", folded)} {
		if o := st.live[id]; o != nil {
			return o
		}
	}
	return nil
}
