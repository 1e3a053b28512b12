package schema

import (
	"strings"
	"sync"
)

// Operation is an action or function of Graph, with what it is bound to.
type Operation struct {
	Name       string
	Action     bool   // it changes something, and is a POST
	Type       string // the type that it is bound to
	Collection bool   // it is bound to a collection of the type
}

var operations = sync.OnceValue(func() map[string][]Operation {
	table := map[string][]Operation{}
	for line := range strings.Lines(modelText) {
		words := strings.Fields(line)
		if len(words) != 3 || words[0] != "action" && words[0] != "function" || strings.HasPrefix(line, " ") {
			continue
		}
		o := Operation{Name: words[1], Action: words[0] == "action", Type: words[2]}
		if inner, ok := strings.CutPrefix(o.Type, "Collection("); ok {
			o.Type, o.Collection = strings.TrimSuffix(inner, ")"), true
		}
		key := strings.ToLower(o.Name)
		table[key] = append(table[key], o)
	}
	return table
})

// Operations returns the actions and functions called name, in whatever letter
// case, one for each type that they are bound to.
func Operations(name string) []Operation { return operations()[strings.ToLower(name)] }

// Bound returns the action or function called name that is bound to t or to a
// type that t inherits from, or to a collection of it.
func (t *Type) Bound(name string, collection bool) (Operation, bool) {
	for _, o := range Operations(name) {
		if o.Collection == collection && t.Derives(o.Type) {
			return o, true
		}
	}
	return Operation{}, false
}
