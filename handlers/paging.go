package handlers

import (
	"fmt"
	"strconv"

	"msgraph-user/failure"
	"msgraph-user/rawjson"
	"msgraph-user/xsoar"
)

// maxPageSize is the most that Graph puts on a page
// (https://learn.microsoft.com/graph/paging).
const maxPageSize = 999

// pageSize returns the argument limit as $top; empty where it is not given.
func pageSize(args xsoar.Arguments) (string, error) {
	if !args.Has("limit") {
		return "", nil
	}
	limit, err := args.Number("limit")
	if err != nil {
		return "", err
	}
	if limit < 1 || limit > maxPageSize {
		return "", failure.Argument("limit", "limit is %d: a page holds 1 to %d.", limit, maxPageSize)
	}
	return strconv.Itoa(limit), nil
}

// objectsOf reads the collection in an answer that is shown whole.
func objectsOf(answer rawjson.Object) ([]rawjson.Object, error) {
	items, err := rawjson.ParseArray(answer.Get("value"))
	if err != nil {
		return nil, fmt.Errorf("Graph's list: %w", err)
	}
	return parseObjects(items)
}
