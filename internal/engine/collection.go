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

// collect reads a collection to its end, at most the number of items that the
// options allow, or up to limit where that is one. The page that it returns is the
// first, with the items of all.
func (inv *Invocation) collect(ctx context.Context, r graph.Request, limit int) (whole graph.Page, truncated bool, err error) {
	limit, pages := inv.itemLimit(limit), 0
	whole.Value = []json.RawMessage{}
	for page, err := range inv.instance.graph.Pages(ctx, r, 0) {
		if err != nil {
			return graph.Page{}, false, err
		}
		if pages++; pages == 1 {
			whole.Rest = page.Rest.Without("@odata.nextLink", "@odata.deltaLink")
		}
		whole.DeltaLink = page.DeltaLink
		whole.Value = append(whole.Value, page.Value...)
		if len(whole.Value) > limit || len(whole.Value) == limit && page.NextLink != "" {
			whole.Value, truncated = whole.Value[:limit], true
			inv.options.Log.WarnContext(ctx, "a list is longer than is read", "command", inv.Command, "max_items", limit)
			break
		}
		if page.NextLink != "" {
			if err := inv.await(ctx, r); err != nil {
				return graph.Page{}, false, err
			}
		}
	}
	return whole, truncated, nil
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
	read := make([]rawjson.Object, len(values))
	for i, value := range values {
		object, err := rawjson.ParseObject(value)
		if err != nil {
			return nil, &failure.Error{
				Kind:    failure.Refused,
				Message: fmt.Sprintf("Graph returned a list whose item %d is not an object.", i+1),
				Advice:  "Check that the instance's Host URL is a Microsoft Graph, and that no proxy answers instead.",
				Cause:   err,
			}
		}
		read[i] = object
	}
	return read, nil
}

// countWithheld advises where members came without their properties, because the
// application may not read them: Graph gives their type and id, and null for the
// rest (https://learn.microsoft.com/graph/permissions-overview#limited-information-returned-for-inaccessible-member-objects).
func (inv *Invocation) countWithheld(objects []rawjson.Object) {
	withheld := 0
	for _, object := range objects {
		if isWithheld(object) {
			withheld++
		}
	}
	if withheld > 0 {
		inv.advise(fmt.Sprintf("%d of %d members show only their id: the application may not read them. Directory.Read.All shows them.", withheld, len(objects)))
	}
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
