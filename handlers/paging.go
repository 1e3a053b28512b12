package handlers

import (
	"strconv"

	"msgraph-user/graph"
	"msgraph-user/internal/definition"
	"msgraph-user/internal/engine"
	"msgraph-user/internal/failure"
	"msgraph-user/internal/rawjson"
)

// onePage reads one page of a collection: the one that the argument next_page
// names, else the first, which is the one that request asks for.
func onePage(inv *engine.Invocation, request graph.Request) ([]engine.Step, error) {
	request, err := inv.NextPage(request)
	return []engine.Step{{Request: request, Read: engine.Page}}, err
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

// nextPage is the context object that tells a playbook where the list goes on.
func nextPage(link string) rawjson.Object {
	return rawjson.Object{{Name: "NextPage", Value: rawjson.Quote(link)}}
}

// withNextPage puts the link to the next page before the objects of this one,
// where there is one.
func withNextPage(objects []rawjson.Object, link string) []rawjson.Object {
	if link == "" {
		return objects
	}
	return append([]rawjson.Object{nextPage(link)}, objects...)
}

// goesOn is the sentence that tells a person where a list goes on; empty on the
// last page.
func goesOn(link string) string {
	if link == "" {
		return ""
	}
	return "\nThere is more. The next page: " + link + "\n"
}

// cutShort is the sentence that tells a person that a list is longer than what is
// shown; empty where all of it was read.
func cutShort(outcome engine.Outcome) string {
	if !outcome.Truncated {
		return ""
	}
	return "\nThere is more: the list was read up to the limit of --max-items.\n"
}

// marked returns the context of a list with Truncated beside it where there is
// more than was read.
func marked(outcome engine.Outcome, context map[string]any) map[string]any {
	if outcome.Truncated {
		context["Truncated"] = true
	}
	return context
}

// truncatedPath is where a playbook sees that a list which is a context path of its
// own was not read to its end.
const truncatedPath = userPath + ".Truncated"

// listed returns the context of a list that is a path of its own.
func listed(outcome engine.Outcome, path string, objects []rawjson.Object) map[string]any {
	context := map[string]any{path: objects}
	if outcome.Truncated {
		context[truncatedPath] = true
	}
	return context
}

// firstItems keeps the first of an outcome's items; 0 keeps all.
func firstItems(outcome engine.Outcome, limit size) engine.Outcome {
	if n := int(limit); n > 0 && n < len(outcome.Items) {
		outcome.Items, outcome.Page.Value = outcome.Items[:n], outcome.Page.Value[:n]
	}
	return outcome
}
