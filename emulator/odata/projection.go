package odata

import (
	"strings"

	"msgraph-user/emulator/schema"
)

// Selection is what a $select asks for.
type Selection struct {
	Properties []*schema.Property // in the order they were asked for
	All        bool               // $select=*
	Given      bool
}

// CompileSelect reads a $select for objects of type t. Empty items are passed
// over, and so are unknown names where the type is open: as Graph does, which
// takes them for dynamic properties that the object does not have. The error is
// an *Error.
func CompileSelect(t *schema.Type, text string) (Selection, error) {
	s := Selection{}
	seen := map[*schema.Property]bool{}
	for name := range strings.SplitSeq(text, ",") {
		name = strings.TrimSpace(name)
		if name == "" {
			continue
		}
		s.Given = true
		if name == "*" {
			s.All = true
			continue
		}
		p, ok := t.Fold(name)
		if _, navigation := t.Navigation[name]; !ok && navigation {
			return s, unknownHere("the relation '%s' in $select: ask for it at its own address", name)
		}
		if !ok && t.Open {
			continue
		}
		if !ok {
			return s, invalid("Parsing OData Select and Expand failed: Could not find a property named '%s' on type 'microsoft.graph.%s'.", name, t.Name)
		}
		if !seen[p] {
			seen[p] = true
			s.Properties = append(s.Properties, p)
		}
	}
	return s, nil
}
