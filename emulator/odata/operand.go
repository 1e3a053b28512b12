package odata

import (
	"encoding/json"
	"strings"

	"msgraph-user/emulator/schema"
)

// operand is the left side of a comparison: where the value is found.
type operand struct {
	property *schema.Property // what the value is
	raw      func(Row) string // its JSON; "" for null
}

// operand resolves a path such as displayName, onPremisesExtensionAttributes/
// extensionAttribute1, or inside any() the item or a member of it.
func (c *compiler) operand(path string) (operand, error) {
	first, rest, nested := strings.Cut(path, "/")
	if c.variable != "" {
		return c.itemOperand(path, first, rest, nested)
	}
	p, err := c.filterable(first)
	if err != nil {
		return operand{}, err
	}
	if p.Collection {
		return operand{}, invalid("Invalid filter clause: the property '%s' is a collection: use any().", p.Name)
	}
	if !nested {
		if p.Kind == schema.Complex {
			return operand{}, unsupported("Unsupported or invalid query filter clause specified for property '%s' of resource '%s'.", p.Name, resource(c.root))
		}
		return operand{p, func(row Row) string { return row.Raw(p) }}, nil
	}
	return inside(p, rest, func(row Row) string { return row.Raw(p) })
}

// inside resolves the path from a complex property on to one of its members.
func inside(p *schema.Property, path string, raw func(Row) string) (operand, error) {
	name, rest, nested := strings.Cut(path, "/")
	member, err := memberOf(p, name)
	if err != nil {
		return operand{}, err
	}
	value := func(row Row) string { return memberRaw(raw(row), member.Name) }
	if nested {
		return inside(member, rest, value)
	}
	return operand{member, value}, nil
}

func (c *compiler) itemOperand(path, first, rest string, nested bool) (operand, error) {
	if first != c.variable {
		return operand{}, invalid("Invalid filter clause: '%s' is not the variable of the any() it stands in.", path)
	}
	if !nested {
		item := *c.item
		item.Collection = false
		return operand{&item, func(row Row) string { return row.(jsonItem).text }}, nil
	}
	return inside(c.item, rest, func(row Row) string { return row.(jsonItem).text })
}

// jsonItem is one item of a collection, as a row of its own.
type jsonItem struct{ text string }

// Raw returns nothing: an item's members are reached through its variable.
func (jsonItem) Raw(*schema.Property) string { return "" }

func memberOf(p *schema.Property, name string) (*schema.Property, error) {
	if p.Kind != schema.Complex || p.Type == nil {
		return nil, invalid("Could not find a property named '%s' on type 'Edm.%s'.", name, "String")
	}
	member, ok := p.Type.Fold(name)
	if !ok {
		return nil, invalid("Could not find a property named '%s' on type 'microsoft.graph.%s'.", name, p.Type.Name)
	}
	return member, nil
}

func memberRaw(object, name string) string {
	if object == "" {
		return ""
	}
	var members map[string]json.RawMessage
	if json.Unmarshal([]byte(object), &members) != nil || string(members[name]) == "null" {
		return ""
	}
	return string(members[name])
}

// any holds when an item of the collection passes.
func (c *compiler) any(owner string, lambda *lambdaNode) (predicate, error) {
	if c.variable != "" {
		return nil, unsupported("An any() inside another is not supported.")
	}
	p, err := c.filterable(owner)
	if err != nil {
		return nil, err
	}
	if !p.Collection {
		return nil, invalid("Invalid filter clause: the property '%s' is no collection.", p.Name)
	}
	if lambda == nil {
		return func(row Row) bool { return len(items(row.Raw(p))) > 0 }, nil
	}
	inner := &compiler{root: c.root, variable: lambda.Variable, item: p}
	test, err := inner.or(lambda.Body)
	if err != nil {
		return nil, err
	}
	if inner.advanced != nil {
		c.refuse(inner.advanced)
	}
	c.alternatives += inner.alternatives
	return func(row Row) bool {
		for _, item := range items(row.Raw(p)) {
			if test(jsonItem{string(item)}) {
				return true
			}
		}
		return false
	}, nil
}

// count compares how many items a collection has.
func (c *compiler) count(owner string, n *testNode) (predicate, error) {
	p, err := c.filterable(owner)
	if err != nil {
		return nil, err
	}
	c.operator("$count")
	if !p.Collection || n.Value == nil {
		return nil, invalid("Invalid filter clause: '%s/$count' is compared with a number.", owner)
	}
	number := &schema.Property{Name: "$count", Kind: schema.Int32}
	return c.compare(operand{number, func(row Row) string { return itoa(len(items(row.Raw(p)))) }}, n.Operator, n.Value)
}

func items(array string) []json.RawMessage {
	if array == "" {
		return nil
	}
	var list []json.RawMessage
	_ = json.Unmarshal([]byte(array), &list) // stored values are checked before
	return list
}
