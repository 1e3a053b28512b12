package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// openAPI is as much of graph-openapi.json as the table needs.
type openAPI struct {
	Paths map[string]map[string]json.RawMessage
}

// operation is one operation of a path, with Microsoft's x-permissions.
type operation struct {
	OperationID string           `json:"operationId"`
	Permissions map[string]grant `json:"x-permissions"`
}

type grant struct{ Any, Least []string }

var methods = []string{"get", "post", "put", "patch", "delete"}

// permissions writes the table of operations, sorted by path and method.
func permissions(metadata []byte) ([]byte, error) {
	var api openAPI
	if err := json.Unmarshal(metadata, &api); err != nil {
		return nil, err
	}
	var b strings.Builder
	b.WriteString("// operations are the operations that Microsoft's description knows, with what it says of permissions.\n")
	b.WriteString("var operations = []operation{\n")
	for _, path := range slices.Sorted(maps.Keys(api.Paths)) {
		for _, method := range methods {
			raw, ok := api.Paths[path][method]
			if !ok {
				continue
			}
			var o operation
			if err := json.Unmarshal(raw, &o); err != nil {
				return nil, fmt.Errorf("%s %s: %w", method, path, err)
			}
			b.WriteString(o.line(method, path))
		}
	}
	b.WriteString("}\n")
	return goFile("graph-openapi.json", b.String())
}

func (o operation) line(method, path string) string {
	version, below, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	application, delegated := o.Permissions["Application"], o.Permissions["DelegatedWork"]
	return fmt.Sprintf("{%q, %q, %q, %q, %q, %q, %q},\n", strings.ToUpper(method), version, "/"+below,
		words(application.Any), words(application.Least), words(delegated.Any), words(delegated.Least))
}

func words(names []string) string { return strings.Join(names, " ") }
