package graphapi

import (
	"slices"

	"msgraph-user/emulator/directory"
	"msgraph-user/emulator/odata"
)

// maxExpanded is how many objects of a relation come with an object
// (https://learn.microsoft.com/graph/query-parameters#expand).
const maxExpanded = 20

// expansion reads $expand for users, and checks that the token may read what it
// asks for.
func (c *call) expansion(text string) (*odata.Expansion, error) {
	e, err := odata.CompileExpand(userType(), text, "manager", "directReports")
	if err == nil {
		err = c.mayExpand(e)
	}
	return e, err
}

// appendExpanded writes the relation of a user that e asks for; seen are those who
// stand above, so that a circle of managers ends.
func (c *call) appendExpanded(out []byte, u *directory.Object, e *odata.Expansion, seen ...string) []byte {
	if e == nil {
		return out
	}
	v := c.newView(defaultsOf(userType()))
	v.typed, v.limits = true, c.relatedLimits()
	if e.Select.Given {
		v.properties = e.Select.Properties
	}
	if e.Relation == "directReports" {
		reports := c.store.Sources(directory.Manager, u.ID)
		out = append(comma(out), `"directReports":[`...)
		for _, report := range reports[:min(len(reports), maxExpanded)] {
			out = v.appendObject(comma(out), "", report)
			out = append(c.appendExpanded(out, report, e.Expand), '}')
		}
		return append(out, ']')
	}
	managers := c.store.Targets(directory.Manager, u.ID)
	if len(managers) == 0 || slices.Contains(seen, managers[0].ID) {
		return out
	}
	out = append(comma(out), `"manager":`...)
	out = v.appendObject(out, "", managers[0])
	if above := e.Above(); above != nil {
		out = c.appendExpanded(out, managers[0], above, append(seen, u.ID, managers[0].ID)...)
	} else {
		out = c.appendExpanded(out, managers[0], e.Expand)
	}
	return append(out, '}')
}
