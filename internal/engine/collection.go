package engine

import (
	"context"
	"encoding/json"
	"fmt"

	"msgraph-user/graph"
	"msgraph-user/internal/failure"
	"msgraph-user/internal/rawjson"
)

// DefaultMaxItems is how many items of a collection are read where the options
// name no other number.
const DefaultMaxItems = 10_000

// collect reads a collection as reading says: one page of it, or all pages to the
// end or to the limit.
func (inv *Invocation) collect(ctx context.Context, r graph.Request, reading Reading, limit int) (outcome Outcome, err error) {
	for page, err := range inv.instance.graph.Pages(ctx, r, 0) {
		if err != nil {
			return Outcome{}, err
		}
		more, err := inv.addPage(ctx, &outcome, page, reading, limit)
		if err != nil || !more {
			return outcome, err
		}
		if err := inv.await(ctx, r); err != nil {
			return Outcome{}, err
		}
	}
	return outcome, nil
}

// addPage adds a page to the outcome that holds what was read of a collection so far,
// and reports whether a further page is to be read. What becomes of a collection is
// decided here, for one user and for many: a Collection ends at limit items (0: the
// options' MaxItems) and is then Truncated, a Page after the first page.
func (inv *Invocation) addPage(ctx context.Context, o *Outcome, page graph.Page, reading Reading, limit int) (more bool, err error) {
	read, err := items(page.Value)
	if err != nil {
		return false, err
	}
	if o.Page.Value == nil {
		o.Page = graph.Page{Value: []json.RawMessage{}, Rest: page.Rest.Without("@odata.nextLink", "@odata.deltaLink")}
	}
	limit = inv.itemLimit(limit)
	if room := limit - o.Count; reading == Collection && (len(read) > room || len(read) == room && page.NextLink != "") {
		read, page.Value, o.Truncated = read[:room], page.Value[:room], true
		inv.options.Log.WarnContext(ctx, "a list is longer than is read", "command", inv.Command, "max_items", limit)
	}
	o.Items, o.Page.Value = append(o.Items, read...), append(o.Page.Value, page.Value...)
	o.Page.DeltaLink = page.DeltaLink
	o.Count += len(read)
	o.withheld += countWithheld(read)
	switch {
	case reading == Page:
		o.Page.NextLink = page.NextLink
	case page.NextLink != "" && !o.Truncated:
		return true, nil
	}
	if o.withheld > 0 {
		inv.advise(fmt.Sprintf("%d of %d members show only their id: the application may not read them. Directory.Read.All shows them.", o.withheld, o.Count))
	}
	return false, nil
}

// itemLimit is how many items of a collection are read: as many as a step allows,
// else as the options do.
func (inv *Invocation) itemLimit(ofStep int) int {
	if ofStep > 0 {
		return ofStep
	}
	return inv.options.MaxItems
}

// items reads the items of a collection. One that is no object is an error of the
// service: collections of users and their things hold objects only.
func items(values []json.RawMessage) ([]rawjson.Object, error) {
	read, bad, err := rawjson.Objects(values)
	if err != nil {
		return nil, &failure.Error{
			Kind:    failure.Refused,
			Message: fmt.Sprintf("Graph returned a list whose item %d is not an object.", bad+1),
			Advice:  "Check that the instance's Host URL is a Microsoft Graph, and that no proxy answers instead.",
			Cause:   err,
		}
	}
	return read, nil
}

// countWithheld returns how many members came without their properties, because the
// application may not read them: Graph gives their type and id, and null for the
// rest (https://learn.microsoft.com/graph/permissions-overview#limited-information-returned-for-inaccessible-member-objects).
func countWithheld(objects []rawjson.Object) (withheld int) {
	for _, object := range objects {
		if isWithheld(object) {
			withheld++
		}
	}
	return withheld
}

// isWithheld reports whether object shows nothing but its type and id, with null
// for its names.
func isWithheld(object rawjson.Object) bool {
	nulls := 0
	for _, member := range object {
		switch {
		case member.Name == "id" || member.Name == "@odata.type":
		case rawjson.IsNull(member.Value), string(member.Value) == "[]":
			nulls++
		default:
			return false
		}
	}
	return nulls > 0
}
