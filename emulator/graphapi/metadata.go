package graphapi

import (
	"maps"
	"mime"
	"slices"
	"strings"

	"msgraph-user/emulator/directory"
	"msgraph-user/emulator/schema"
)

// metadataLevel is how much an answer says about itself
// (https://docs.oasis-open.org/odata/odata-json-format/v4.01, section 3.1).
type metadataLevel string

const (
	noMetadata      metadataLevel = "none"
	minimalMetadata metadataLevel = "minimal"
	fullMetadata    metadataLevel = "full"
)

// metadataLevel reads what the caller accepts.
func (c *call) metadataLevel() metadataLevel {
	for accepted := range strings.SplitSeq(c.request.Header.Get("Accept"), ",") {
		_, parameters, err := mime.ParseMediaType(accepted)
		if err != nil {
			continue
		}
		for _, name := range []string{"odata.metadata", "odata"} {
			switch level := metadataLevel(strings.ToLower(parameters[name])); level {
			case noMetadata, minimalMetadata, fullMetadata:
				return level
			}
		}
	}
	return minimalMetadata
}

// describe makes a JSON answer say as much about itself as the caller accepts;
// what full metadata adds to objects, their views have written.
func (c *call) describe(r reply) reply {
	level := c.metadataLevel()
	if level == minimalMetadata || r.status >= 300 || !slices.Equal(r.header["Content-Type"], []string{jsonType}) {
		return r
	}
	if level == noMetadata {
		r.body = []byte(withoutMetadata(string(r.body)))
	}
	r.header["Content-Type"] = []string{strings.Replace(jsonType, "minimal", string(level), 1)}
	return r
}

// kept are the annotations without which an answer could not be read on.
var kept = map[string]bool{"@odata.nextLink": true, "@odata.deltaLink": true, "@odata.count": true, "@removed": true}

// withoutMetadata drops the annotations of a JSON value, at all depths.
func withoutMetadata(raw string) string {
	if items, ok := schema.Items(raw); ok {
		for i, item := range items {
			items[i] = withoutMetadata(item)
		}
		return "[" + strings.Join(items, ",") + "]"
	}
	members, ok := schema.Members(raw)
	if !ok {
		return raw
	}
	var left []string
	for _, m := range members {
		if !strings.Contains(m.Name, "@") || kept[m.Name] {
			left = append(left, directory.Quote(m.Name)+":"+withoutMetadata(m.Raw))
		}
	}
	return "{" + strings.Join(left, ",") + "}"
}

// appendFull writes what full metadata says about an object of the directory; base
// is where its links lead.
func appendFull(out []byte, base string, o *directory.Object) []byte {
	if !o.Type.Derives("directoryObject") {
		return out
	}
	link := base + "/" + o.ID + "/Microsoft.DirectoryServices." + strings.ToUpper(o.Type.Name[:1]) + o.Type.Name[1:]
	add := func(name, value string) {
		out = append(comma(out), directory.Quote(name)+":"+directory.Quote(value)...)
	}
	add("@odata.id", link)
	add("@odata.editLink", link)
	for _, name := range slices.Sorted(maps.Keys(o.Type.Navigation)) {
		add(name+"@odata.associationLink", link+"/"+name+"/$ref")
		add(name+"@odata.navigationLink", link+"/"+name)
	}
	return out
}

// edmTypes are the types that JSON does not show, as full metadata names them.
var edmTypes = map[schema.Kind]string{
	schema.DateTime: "DateTimeOffset", schema.Date: "Date", schema.Guid: "Guid", schema.Duration: "Duration", schema.Binary: "Binary", schema.Int64: "Int64",
}

// appendType writes the type of a property where its JSON does not show it.
func appendType(out []byte, p *schema.Property) []byte {
	name, hidden := edmTypes[p.Kind]
	if p.Type != nil {
		name, hidden = "microsoft.graph."+p.Type.Name, true
	}
	if p.Collection {
		if name == "" {
			name = "String"
		}
		name, hidden = "Collection("+name+")", true
	}
	if !hidden {
		return out
	}
	return append(comma(out), directory.Quote(p.Name+"@odata.type")+`:"#`+name+`"`...)
}
