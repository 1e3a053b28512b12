package odata

import (
	"slices"
	"strconv"
	"strings"

	"msgraph-user/emulator/schema"
)

// MaxLevels is how many levels $levels takes, and what max stands for
// (https://learn.microsoft.com/graph/api/user-list-manager).
const MaxLevels = 1000

// Expansion is a relation that $expand asks for.
type Expansion struct {
	Relation string
	Select   Selection
	Levels   int        // how often it is followed; 1 without $levels
	Expand   *Expansion // what is expanded of the related objects in turn; nil where nothing is
}

// Above returns the expansion for the next level, nil where e ends here.
func (e *Expansion) Above() *Expansion {
	if e.Levels <= 1 {
		return nil
	}
	next := *e
	next.Levels--
	return &next
}

// CompileExpand reads a $expand for objects of type t: one relation at most, as
// Graph has it for directory objects. supported are those that the tenant
// expands, all of them between users. The error is an *Error; nil means that
// nothing is to be expanded.
func CompileExpand(t *schema.Type, text string, supported ...string) (*Expansion, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return nil, nil
	}
	if len(splitOutside(text, ',')) > 1 {
		return nil, unsupported("Expanding more than one relation is not supported on directory objects.")
	}
	name, inner, nested := strings.Cut(text, "(")
	name = strings.TrimSpace(name)
	if _, ok := t.Navigation[name]; !ok {
		return nil, invalid("Parsing OData Select and Expand failed: Could not find a property named '%s' on type 'microsoft.graph.%s'.", name, t.Name)
	}
	if !slices.Contains(supported, name) {
		return nil, unknownHere("$expand=%s", name)
	}
	e := &Expansion{Relation: name, Levels: 1}
	if !nested {
		return e, nil
	}
	inner, closed := strings.CutSuffix(inner, ")")
	if !closed {
		return nil, invalid("Parsing OData Select and Expand failed: a parenthesis is missing in '%s'.", text)
	}
	return e, e.options(t, inner, supported)
}

// splitOutside splits a text at the separators that stand in no parentheses.
func splitOutside(text string, separator rune) []string {
	var parts []string
	depth, from := 0, 0
	for i, r := range text {
		switch r {
		case '(':
			depth++
		case ')':
			depth--
		case separator:
			if depth == 0 {
				parts = append(parts, text[from:i])
				from = i + 1
			}
		}
	}
	return append(parts, text[from:])
}

func (e *Expansion) options(t *schema.Type, text string, supported []string) (err error) {
	for _, option := range splitOutside(text, ';') {
		name, value, _ := strings.Cut(option, "=")
		switch strings.ToLower(strings.TrimPrefix(strings.TrimSpace(name), "$")) {
		case "select":
			e.Select, err = CompileSelect(t, value)
		case "levels":
			err = e.levels(strings.TrimSpace(value))
		case "expand":
			e.Expand, err = CompileExpand(t, value, supported...)
		default:
			err = unknownHere("the option '%s' inside $expand", name)
		}
		if err != nil {
			return err
		}
	}
	if e.Levels > 1 && e.Expand != nil {
		return unknownHere("$levels and $expand together inside $expand")
	}
	return nil
}

// levels reads $levels, which Graph has for a user's manager.
func (e *Expansion) levels(value string) error {
	if e.Relation != "manager" {
		return unknownHere("$levels of '%s'", e.Relation)
	}
	if strings.EqualFold(value, "max") {
		e.Levels = MaxLevels
		return nil
	}
	n, err := strconv.Atoi(value)
	if err != nil || n < 1 || n > MaxLevels {
		return invalid("Invalid value '%s' for $levels query option found: max, or a number from 1 to %d, belongs there.", value, MaxLevels)
	}
	e.Levels = n
	return nil
}
