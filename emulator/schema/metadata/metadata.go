// Package metadata turns Microsoft's published metadata into the compact tables
// that the practice tenant carries. Only the generator and tests use it.
package metadata

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
)

type property struct {
	Type     string `json:"type"`
	Nullable *bool  `json:"nullable"`
}

type entityType struct {
	Kind       string              `json:"kind"`
	Base       string              `json:"base"`
	Open       bool                `json:"open"`
	Properties map[string]property `json:"properties"`
	Navigation map[string]string   `json:"navigation"`
	Members    []string            `json:"members"`
}

type operation struct {
	Name    string `json:"name"`
	Kind    string `json:"kind"` // action or function
	BoundTo string `json:"boundTo"`
}

// Model returns the lines of schema's model.txt for the bytes of
// graph-model.json: a line a type, then one a property, indented; then a line an
// action or function, with the type that it is bound to.
func Model(raw []byte) ([]byte, error) {
	var model struct {
		Types      map[string]entityType `json:"types"`
		Beta       map[string]entityType `json:"beta"`
		Operations []operation           `json:"operations"`
	}
	if err := json.Unmarshal(raw, &model); err != nil {
		return nil, err
	}
	maps.Copy(model.Types, model.Beta)
	var out bytes.Buffer
	for _, name := range slices.Sorted(maps.Keys(model.Types)) {
		writeType(&out, name, model.Types[name])
	}
	for _, o := range model.Operations {
		fmt.Fprintf(&out, "%s %s %s\n", o.Kind, o.Name, o.BoundTo)
	}
	return out.Bytes(), nil
}

func writeType(out *bytes.Buffer, name string, t entityType) {
	fmt.Fprintf(out, "%s %s", t.Kind, name)
	if t.Base != "" {
		fmt.Fprintf(out, " %s", t.Base)
	}
	if t.Open {
		out.WriteString(" open")
	}
	for _, member := range t.Members {
		fmt.Fprintf(out, " %s", member)
	}
	out.WriteByte('\n')
	for _, key := range slices.Sorted(maps.Keys(t.Properties)) {
		p := t.Properties[key]
		fmt.Fprintf(out, " %s %s", key, p.Type)
		if p.Nullable != nil && !*p.Nullable {
			out.WriteString(" !")
		}
		out.WriteByte('\n')
	}
	for _, key := range slices.Sorted(maps.Keys(t.Navigation)) {
		fmt.Fprintf(out, " @%s %s\n", key, t.Navigation[key])
	}
}

// Operations returns the lines of graphapi's operations.txt for the bytes of
// graph-openapi.json: the method and the path of each operation. A key by another
// property than the id stands as an id does: whoever reads paths takes them for one.
func Operations(raw []byte) ([]byte, error) {
	var api struct {
		Paths map[string]map[string]json.RawMessage `json:"paths"`
	}
	if err := json.Unmarshal(raw, &api); err != nil {
		return nil, err
	}
	lines := map[string]bool{}
	for path, methods := range api.Paths {
		path = alternateKey().ReplaceAllString(strings.TrimSuffix(path, "()"), "${1}s/{${1}-id}")
		for method := range methods {
			if slices.Contains([]string{"get", "post", "patch", "put", "delete"}, method) && !strings.HasPrefix(path, "/v1.0/me") {
				lines[strings.ToUpper(method)+" "+path+"\n"] = true
			}
		}
	}
	return []byte(strings.Join(slices.Sorted(maps.Keys(lines)), "")), nil
}

// alternateKey is a key such as devices(deviceId='{deviceId}').
var alternateKey = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`([^/]+)s\(\w+='\{\w+\}'\)`) })

// Permissions returns the lines of graphapi's permissionnames.txt for the bytes of
// graph-openapi.json: application or delegated, and the name of a permission.
func Permissions(raw []byte) ([]byte, error) {
	var api struct {
		Paths map[string]map[string]json.RawMessage `json:"paths"`
	}
	if err := json.Unmarshal(raw, &api); err != nil {
		return nil, err
	}
	lines := map[string]bool{}
	for _, methods := range api.Paths {
		for _, body := range methods {
			var op struct {
				Permissions map[string]struct {
					Any []string `json:"any"`
				} `json:"x-permissions"`
			}
			if json.Unmarshal(body, &op) != nil {
				continue // the path's own members, such as its parameters
			}
			for _, name := range op.Permissions["Application"].Any {
				lines["application "+name+"\n"] = true
			}
			for _, name := range op.Permissions["DelegatedWork"].Any {
				lines["delegated "+name+"\n"] = true
			}
		}
	}
	return []byte(strings.Join(slices.Sorted(maps.Keys(lines)), "")), nil
}
