package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// model is as much of graph-model.json as the table needs.
type model struct {
	Types map[string]struct {
		Kind       string
		Base       string
		Properties map[string]struct {
			Type     string
			Nullable *bool
		}
	}
}

// kinds maps the primitive types of the metadata to graph's kinds.
var kinds = map[string]string{
	"Edm.Boolean":        "Boolean",
	"Edm.Int32":          "Number",
	"Edm.Int64":          "Number",
	"Edm.Double":         "Number",
	"Edm.String":         "String",
	"Edm.Guid":           "String",
	"Edm.DateTimeOffset": "Date",
	"Edm.Date":           "Date",
}

// propertyTypes writes the table of the properties of a user, those of its base
// types included.
func propertyTypes(metadata []byte) ([]byte, error) {
	var m model
	if err := json.Unmarshal(metadata, &m); err != nil {
		return nil, err
	}
	lines := map[string]string{}
	for name := "user"; name != ""; name = m.Types[name].Base {
		for property, p := range m.Types[name].Properties {
			nullable := p.Nullable == nil || *p.Nullable
			lines[property] = m.line(property, p.Type, nullable)
		}
	}
	if len(lines) == 0 {
		return nil, fmt.Errorf("no properties of user found")
	}
	var b strings.Builder
	b.WriteString("// userProperties are the properties of the resource type user, by name.\n")
	b.WriteString("var userProperties = map[string]Type{\n")
	for _, property := range slices.Sorted(maps.Keys(lines)) {
		b.WriteString(lines[property])
	}
	b.WriteString("}\n")
	return goFile("graph-model.json", b.String())
}

func (m model) line(property, typeName string, nullable bool) string {
	element, collection := strings.CutPrefix(typeName, "Collection(")
	element = strings.TrimSuffix(element, ")")
	kind, primitive := kinds[element]
	switch {
	case !primitive && m.Types[element].Kind == "enum":
		kind = "String"
	case !primitive:
		kind = "Complex"
	}
	return fmt.Sprintf("%q: {Kind: Kind%s, Collection: %t, Nullable: %t},\n", property, kind, collection, nullable)
}
