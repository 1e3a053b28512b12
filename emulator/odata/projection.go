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
// over, as Graph does. The error is an *Error.
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

// Expansion is a relation that $expand asks for.
type Expansion struct {
	Relation string
	Select   Selection
}

// CompileExpand reads a $expand for objects of type t: one relation at most, as
// Graph has it for directory objects. supported are those that the tenant
// expands. The error is an *Error; nil means that nothing is to be expanded.
func CompileExpand(t *schema.Type, text string, supported ...string) (*Expansion, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return nil, nil
	}
	name, inner, nested := strings.Cut(text, "(")
	name = strings.TrimSpace(name)
	if _, ok := t.Navigation[name]; !ok {
		if strings.Contains(name, ",") {
			return nil, unsupported("Expanding more than one relation is not supported on directory objects.")
		}
		return nil, invalid("Parsing OData Select and Expand failed: Could not find a property named '%s' on type 'microsoft.graph.%s'.", name, t.Name)
	}
	known := false
	for _, relation := range supported {
		known = known || relation == name
	}
	if !known {
		return nil, unknownHere("$expand=%s", name)
	}
	e := &Expansion{Relation: name}
	if !nested {
		return e, nil
	}
	inner, closed := strings.CutSuffix(inner, ")")
	if !closed {
		return nil, invalid("Parsing OData Select and Expand failed: a parenthesis is missing in '%s'.", text)
	}
	return e, e.options(inner)
}

func (e *Expansion) options(text string) error {
	for option := range strings.SplitSeq(text, ";") {
		name, value, _ := strings.Cut(option, "=")
		if strings.ToLower(strings.TrimPrefix(strings.TrimSpace(name), "$")) != "select" {
			return unknownHere("the option '%s' inside $expand", name)
		}
		selection, err := CompileSelect(schema.MustLookup("user"), value)
		if err != nil {
			return err
		}
		e.Select = selection
	}
	return nil
}
