package handlers

import (
	"context"
	"fmt"
	"strconv"

	"msgraph-user/graph"
	"msgraph-user/internal/definition"
	"msgraph-user/internal/failure"
	"msgraph-user/internal/rawjson"
)

// list reads one page of a collection: the one that the argument next_page names,
// else the first, which is the one that request asks for.
func (c *call) list(ctx context.Context, request graph.Request) (graph.Page, []rawjson.Object, error) {
	if link := c.args.Text("next_page"); link != "" {
		var err error
		if request, err = c.instance.graph.Continue(request, link, "next_page"); err != nil {
			return graph.Page{}, nil, err
		}
	}
	page, err := c.page(ctx, request)
	if err != nil {
		return graph.Page{}, nil, err
	}
	items, err := parseObjects(page.Value)
	return page, items, err
}

// maxPageSize is the most that Graph puts on a page
// (https://learn.microsoft.com/graph/paging).
const maxPageSize = 999

// size is how many items are asked for; 0 where the call does not say.
type size int

// top is the size as $top has it.
func (s size) top() string {
	if s == 0 {
		return ""
	}
	return strconv.Itoa(int(s))
}

// pageSize returns the argument limit.
func pageSize(args definition.Arguments) (size, error) {
	if !args.Has("limit") {
		return 0, nil
	}
	limit, err := args.Number("limit")
	if err != nil {
		return 0, err
	}
	if limit < 1 || limit > maxPageSize {
		return 0, failure.Argument("limit", "limit is %d: a page holds 1 to %d.", limit, maxPageSize)
	}
	return size(limit), nil
}

// objectsOf reads the collection in an answer that is shown whole.
func objectsOf(answer rawjson.Object) ([]rawjson.Object, error) {
	items, err := rawjson.ParseArray(answer.Get("value"))
	if err != nil {
		return nil, fmt.Errorf("the list from Graph: %w", err)
	}
	return parseObjects(items)
}
