// Package schema is Graph's type system as the practice tenant knows it: which
// properties a type has, what they hold and whether they may be null. It is read
// from model.txt, which is made from Microsoft's metadata.
package schema

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"sync"
)

//go:generate go run ./generate

//go:embed model.txt
var modelText string

// Kind says what sort of JSON value a property holds.
type Kind uint8

// The kinds of value.
const (
	String Kind = iota
	Boolean
	Int32
	Int64
	Double
	DateTime
	Date
	Guid
	Binary
	Duration
	Enum
	Complex
	Stream
)

var primitives = map[string]Kind{
	"Edm.String": String, "Edm.Boolean": Boolean, "Edm.Int16": Int32, "Edm.Int32": Int32,
	"Edm.Byte": Int32, "Edm.Int64": Int64, "Edm.Double": Double, "Edm.Single": Double,
	"Edm.DateTimeOffset": DateTime, "Edm.Date": Date, "Edm.Guid": Guid, "Edm.Binary": Binary,
	"Edm.Duration": Duration, "Edm.TimeOfDay": String, "Edm.Stream": Stream,
}

// Property is one property of a type.
type Property struct {
	Name       string
	Index      int // its place in Type.Properties, and in every object's storage
	Kind       Kind
	Type       *Type // of a Complex or Enum property; nil where Microsoft's cut of the metadata lacks it
	Collection bool
	Nullable   bool
	Key        string // `"name":`, as it stands in an answer
}

// Type is an entity, complex or enumeration type.
type Type struct {
	Name       string
	Base       string
	Entity     bool
	Open       bool
	Properties []*Property       // inherited ones included, by name
	Navigation map[string]string // relation → type, inherited ones included
	Members    []string          // of an enumeration

	byName map[string]*Property
}

// Property returns the property called name exactly.
func (t *Type) Property(name string) (*Property, bool) {
	p, ok := t.byName[name]
	return p, ok
}

// Fold returns the property called name in whatever letter case, as Graph looks
// for the names that stand in $select and $filter.
func (t *Type) Fold(name string) (*Property, bool) {
	if p, ok := t.byName[name]; ok {
		return p, true
	}
	for _, p := range t.Properties {
		if strings.EqualFold(p.Name, name) {
			return p, true
		}
	}
	return nil, false
}

// Must returns the property called name of a type that is known to have it; it
// panics otherwise, which is a defect of this program.
func (t *Type) Must(name string) *Property {
	p, ok := t.byName[name]
	if !ok {
		panic(fmt.Sprintf("schema: %s has no property %s", t.Name, name))
	}
	return p
}

// Lookup returns the type called name, without the microsoft.graph. namespace.
func Lookup(name string) (*Type, bool) {
	t, ok := types()[name]
	return t, ok
}

// MustLookup is Lookup for a type that is known to exist; it panics otherwise,
// which is a defect of this program.
func MustLookup(name string) *Type {
	t, ok := types()[name]
	if !ok {
		panic("schema: no type " + name)
	}
	return t
}

// Derives reports whether t is base or inherits from it.
func (t *Type) Derives(base string) bool {
	for t != nil && t.Name != base {
		t = types()[t.Base]
	}
	return t != nil
}

var types = sync.OnceValue(func() map[string]*Type { return parse(modelText) })

// declaration is a type as its lines declare it, before inheritance.
type declaration struct {
	properties, navigation []string
}

func parse(text string) map[string]*Type {
	all := map[string]*Type{}
	declared := map[string]*declaration{}
	var current *declaration
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		switch {
		case strings.HasPrefix(line, "action "), strings.HasPrefix(line, "function "): // see Operations
		case strings.HasPrefix(line, " @"):
			current.navigation = append(current.navigation, line[2:])
		case strings.HasPrefix(line, " "):
			current.properties = append(current.properties, line[1:])
		case line != "":
			t := head(strings.Fields(line))
			current = &declaration{}
			all[t.Name], declared[t.Name] = t, current
		}
	}
	for _, t := range all {
		fill(t, all, declared)
	}
	return all
}

func head(fields []string) *Type {
	t := &Type{Name: fields[1], byName: map[string]*Property{}, Navigation: map[string]string{}}
	if fields[0] == "enum" {
		t.Members = fields[2:]
		return t
	}
	t.Entity = fields[0] == "entity"
	for _, word := range fields[2:] {
		if word == "open" {
			t.Open = true
		} else {
			t.Base = word
		}
	}
	return t
}

// fill gives t its own and its inherited properties and relations.
func fill(t *Type, all map[string]*Type, declared map[string]*declaration) {
	for name := t.Name; name != ""; name = all[name].Base {
		for _, line := range declared[name].properties {
			p := property(line, all)
			t.byName[p.Name] = p
			t.Properties = append(t.Properties, p)
		}
		for _, line := range declared[name].navigation {
			relation, target, _ := strings.Cut(line, " ")
			t.Navigation[relation] = target
		}
	}
	slices.SortFunc(t.Properties, func(a, b *Property) int { return strings.Compare(a.Name, b.Name) })
	for i, p := range t.Properties {
		p.Index = i
	}
}

func property(line string, all map[string]*Type) *Property {
	line, required := strings.CutSuffix(line, " !")
	name, typeName, _ := strings.Cut(line, " ")
	p := &Property{Name: name, Nullable: !required, Key: `"` + name + `":`}
	if inner, ok := strings.CutPrefix(typeName, "Collection("); ok {
		p.Collection = true
		typeName = strings.TrimSuffix(inner, ")")
	}
	if kind, ok := primitives[typeName]; ok {
		p.Kind = kind
		return p
	}
	p.Kind, p.Type = Complex, all[typeName]
	if p.Type != nil && len(p.Type.Members) > 0 {
		p.Kind = Enum
	}
	return p
}
