package odata

import (
	"strings"

	"msgraph-user/emulator/schema"
)

// Row is what a filter looks at: the JSON value of each property, "" for null.
type Row interface {
	Raw(*schema.Property) string
}

// Filter is a $filter that was found good for a type.
type Filter struct {
	match    func(Row) bool
	advanced *Error // the refusal without the advanced query parameters; nil where it needs none
	used     []*schema.Property
}

// Match reports whether row passes. A nil Filter lets everything pass.
//
// Graph's directory compares strings without regard to case. A null passes only
// eq null, and ne of anything else; not turns every answer round.
func (f *Filter) Match(row Row) bool { return f == nil || f.match(row) }

// maxAlternatives is how many alternatives Graph takes in one filter, whether
// written with or, or as the values of in.
const maxAlternatives = 15

// CompileFilter reads a $filter for objects of type t. The error is an *Error.
// An empty text is no filter: nil.
func CompileFilter(t *schema.Type, text string) (*Filter, error) {
	if strings.TrimSpace(text) == "" {
		return nil, nil
	}
	tree, err := parseFilter(text)
	if err != nil {
		return nil, err
	}
	c := &compiler{root: t}
	match, err := c.or(tree)
	if err != nil {
		return nil, err
	}
	if c.alternatives > maxAlternatives {
		return nil, unsupported("Too many child clauses specified in search filter expression containing 'OR' operators: %d. Max allowed: %d.", c.alternatives, maxAlternatives)
	}
	return &Filter{match: match, advanced: c.advanced, used: c.used}, nil
}

// compiler turns the syntax tree into functions, and notes what it needs.
type compiler struct {
	root         *schema.Type     // of the objects that are filtered
	variable     string           // inside any(), the name of the item; "" outside
	item         *schema.Property // inside any(), the collection
	advanced     *Error           // see Filter
	alternatives int
	used         []*schema.Property // properties of the objects that the filter names
}

// operator notes an operator that advanced queries alone have.
func (c *compiler) operator(name string) {
	c.refuse(unsupported("Operator '%s' is not supported because the required parameters might be missing. Try adding $count=true query parameter and ConsistencyLevel:eventual header. Refer to https://aka.ms/graph-docs/advanced-queries for more information", name))
}

// property notes a property that advanced queries alone can be filtered by, or
// not with this operator.
func (c *compiler) property(p *schema.Property) {
	c.refuse(unsupported("Unsupported or invalid query filter clause specified for property '%s' of resource '%s'.", p.Name, resource(c.root)))
}

// refuse notes what is to be said without the advanced query parameters; the
// first counts.
func (c *compiler) refuse(e *Error) {
	if c.advanced == nil {
		c.advanced = e
	}
}

type predicate = func(Row) bool

func (c *compiler) or(n *orNode) (predicate, error) {
	tests := make([]predicate, len(n.Terms))
	for i, term := range n.Terms {
		test, err := c.and(term)
		if err != nil {
			return nil, err
		}
		tests[i] = test
	}
	if len(tests) == 1 {
		return tests[0], nil
	}
	c.alternatives += len(tests)
	return func(row Row) bool {
		for _, test := range tests {
			if test(row) {
				return true
			}
		}
		return false
	}, nil
}

func (c *compiler) and(n *andNode) (predicate, error) {
	tests := make([]predicate, len(n.Terms))
	for i, term := range n.Terms {
		test, err := c.term(term)
		if err != nil {
			return nil, err
		}
		tests[i] = test
	}
	if len(tests) == 1 {
		return tests[0], nil
	}
	return func(row Row) bool {
		for _, test := range tests {
			if !test(row) {
				return false
			}
		}
		return true
	}, nil
}

func (c *compiler) term(n *termNode) (predicate, error) {
	switch {
	case n.Group != nil:
		return c.or(n.Group)
	case n.Test != nil:
		return c.test(n.Test)
	}
	c.operator("not")
	test, err := c.term(n.Not)
	if err != nil {
		return nil, err
	}
	return func(row Row) bool { return !test(row) }, nil
}

func (c *compiler) test(n *testNode) (predicate, error) {
	if a := n.Arguments; a != nil {
		if owner, ok := strings.CutSuffix(n.Path, "/any"); ok && a.Property == "" {
			return c.any(owner, a.Lambda)
		}
		if strings.HasSuffix(n.Path, "/all") {
			return nil, unsupported("The operator 'all' is not supported on directory objects.")
		}
		if a.Lambda != nil || a.Property == "" {
			return nil, invalid("Invalid filter clause: '%s' does not take such arguments.", n.Path)
		}
		return c.function(n.Path, a)
	}
	if owner, ok := strings.CutSuffix(n.Path, "/$count"); ok {
		return c.count(owner, n)
	}
	o, err := c.operand(n.Path)
	if err != nil {
		return nil, err
	}
	if len(n.In) > 0 {
		return c.in(o, n.In)
	}
	return c.compare(o, n.Operator, n.Value)
}

// in holds when one of its values is equal.
func (c *compiler) in(o operand, values []*literalNode) (predicate, error) {
	c.alternatives += len(values)
	if o.property.Kind == schema.DateTime {
		c.property(o.property)
	}
	tests := make([]predicate, len(values))
	for i, value := range values {
		test, err := c.compare(o, "eq", value)
		if err != nil {
			return nil, err
		}
		tests[i] = test
	}
	return func(row Row) bool {
		for _, test := range tests {
			if test(row) {
				return true
			}
		}
		return false
	}, nil
}

// function is startswith or endswith; contains is not for directory objects.
func (c *compiler) function(name string, a *argumentsNode) (predicate, error) {
	o, err := c.operand(a.Property)
	if err != nil {
		return nil, err
	}
	text, edm := a.Value.value()
	if edm != "Edm.String" || o.property.Kind != schema.String || o.property.Collection {
		return nil, invalid("Invalid filter clause: No function signature for the function with name '%s' matches the specified arguments.", strings.ToLower(name))
	}
	part := strings.ToLower(text)
	var holds func(text, part string) bool
	switch strings.ToLower(name) {
	case "startswith":
		holds = strings.HasPrefix
	case "endswith":
		c.operator("endsWith")
		holds = strings.HasSuffix
	case "contains":
		return nil, unsupported("The function 'contains' is not supported in $filter for directory objects: use $search.")
	default:
		return nil, invalid("Invalid filter clause: An unknown function with name '%s' was found.", name)
	}
	return func(row Row) bool {
		raw := o.raw(row)
		return raw != "" && holds(strings.ToLower(textOf(raw)), part)
	}, nil
}
