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
	options.Count = options.Count || c.counting
	query, err := options.Compile(schema.MustLookup(elements[0]))
	if err != nil {
		return reply{}, err
	}
	l := &collection{call: c, source: listed(objects), query: query, context: "directoryObjects"}
	if l.view, err = c.relatedView(options.Select, elements); err != nil {
		return reply{}, err
	}
	if options.SkipToken != "" && !odata.DecodeToken(l.identity(), options.SkipToken, &l.token) {
		return reply{}, odata.BadToken()
	}
	return l.answer()
}
