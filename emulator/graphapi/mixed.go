package graphapi

import (
	"msgraph-user/emulator/directory"
	"msgraph-user/emulator/odata"
	"msgraph-user/emulator/schema"
)

// collectMixed answers objects of several types together. A filter, order or
// search is refused loudly: Graph takes few there, and which is not documented.
func (c *call) collectMixed(objects []*directory.Object, elements []string) (reply, error) {
	options, err := c.options()
	if err != nil {
		return reply{}, err
	}
	if options.Filter != "" || options.OrderBy != "" || options.Given("search") || options.Expand != "" {
		return reply{}, notHere("$filter, $orderby, $search or $expand on a collection of several types")
	}
	query, err := options.Compile(schema.MustLookup(elements[0]))
	if err != nil {
		return reply{}, err
	}
	l := &collection{call: c, source: listed(objects), query: query, context: "directoryObjects"}
	l.view.typed = true
	var refusal error
	known := false
	for _, element := range elements {
		v, err := c.view(schema.MustLookup(element), options.Select, false)
		if err != nil {
			refusal = err
			continue
		}
		known = true
		l.view.properties = append(l.view.properties, v.properties...)
	}
	if !known {
		return reply{}, refusal
	}
	if options.SkipToken != "" && !odata.DecodeToken(l.identity(), options.SkipToken, &l.token) {
		return reply{}, odata.BadToken()
	}
	return l.answer()
}
