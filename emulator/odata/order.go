package odata

import (
	"slices"
	"strings"

	"msgraph-user/emulator/schema"
)

// Order is one term of $orderby.
type Order struct {
	Property   *schema.Property
	Descending bool
}

// CompileOrder reads a $orderby for objects of type t. The error is an *Error.
func CompileOrder(t *schema.Type, text string) ([]Order, error) {
	if strings.TrimSpace(text) == "" {
		return nil, nil
	}
	var order []Order
	for term := range strings.SplitSeq(text, ",") {
		words := strings.Fields(term)
		if len(words) == 0 || len(words) > 2 {
			return nil, invalid("Syntax error in $orderby at '%s'.", term)
		}
		p, ok := t.Fold(words[0])
		if !ok {
			return nil, invalid("Could not find a property named '%s' on type 'microsoft.graph.%s'.", words[0], t.Name)
		}
		if p.Collection || p.Kind == schema.Complex {
			return nil, unsupported("Sorting not supported for property '%s'.", p.Name)
		}
		o := Order{Property: p}
		if len(words) == 2 {
			switch strings.ToLower(words[1]) {
			case "asc":
			case "desc":
				o.Descending = true
			default:
				return nil, invalid("Syntax error in $orderby at '%s'.", words[1])
			}
		}
		order = append(order, o)
	}
	return order, nil
}

// plainOrders are the properties by which objects of a type are sorted without
// advanced query parameters
// (https://learn.microsoft.com/graph/aad-advanced-queries#support-for-sorting-by-properties-of-microsoft-entra-id-directory-objects).
var plainOrders = map[string][]string{"user": {"displayName", "userPrincipalName"}, "group": {"displayName"}}

// plainOrder reports whether objects of t are sorted so without advanced query
// parameters.
func plainOrder(t *schema.Type, order []Order) bool {
	return !slices.ContainsFunc(order, func(o Order) bool { return !slices.Contains(plainOrders[t.Name], o.Property.Name) })
}

// Compare says how a stands to b in order: nulls first, strings without regard
// to case.
func Compare(order []Order, a, b Row) int {
	for _, o := range order {
		n := compareRaw(o.Property, a.Raw(o.Property), b.Raw(o.Property))
		if o.Descending {
			n = -n
		}
		if n != 0 {
			return n
		}
	}
	return 0
}

func compareRaw(p *schema.Property, a, b string) int {
	if a == "" || b == "" {
		return strings.Compare(a, b)
	}
	switch p.Kind {
	case schema.DateTime, schema.Date:
		x, _ := parseTime(textOf(a))
		y, _ := parseTime(textOf(b))
		return x.Compare(y)
	case schema.String, schema.Enum, schema.Guid:
		return strings.Compare(strings.ToLower(textOf(a)), strings.ToLower(textOf(b)))
	}
	return strings.Compare(a, b)
}
