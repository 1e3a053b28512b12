package handlers

import (
	"strconv"
	"strings"

	"msgraph-user/graph"
	"msgraph-user/internal/definition"
	"msgraph-user/internal/engine"
	"msgraph-user/internal/failure"
	"msgraph-user/internal/rawjson"
	"msgraph-user/internal/xsoar"
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

// everything is the limit of a list that is read to its end.
const everything = "all"

// readsAll reports whether a list is read to its end.
func readsAll(args definition.Arguments) bool {
	return strings.EqualFold(args.Text("limit"), everything)
}

// size is how many items are asked for; 0 where the call does not say.
type size int

// top is the size as $top has it.
func (s size) top() string {
	if s == 0 {
		return ""
	}
	return strconv.Itoa(int(s))
}

// pageSize returns how many items a page is to have: the argument page_size, else
// limit where it is a number.
func pageSize(args definition.Arguments) (size, error) {
	if !readsAll(args) {
		if limit, err := boundedSize(args, "limit"); err != nil || limit > 0 {
			return limit, err
		}
	}
	return boundedSize(args, "page_size")
}

func boundedSize(args definition.Arguments, name string) (size, error) {
	if !args.Has(name) {
		return 0, nil
	}
	number, err := args.Number(name)
	if err != nil {
		return 0, err
	}
	if number < 1 || number > maxPageSize {
		return 0, failure.Argument(name, "%s is %d: a page has 1 to %d items.", name, number, maxPageSize)
	}
	return size(number), nil
}

// pageOrAll reads one page of a collection, or all where the call asks for that.
func pageOrAll(inv *engine.Invocation, request graph.Request, show func(*engine.Invocation, engine.Outcome) ([]xsoar.Entry, error)) ([]engine.Step, error) {
	if !readsAll(inv.Args) {
		return onePage(inv, request)
	}
	if inv.Args.Has("next_page") {
		return nil, failure.Argument("next_page", "limit=all reads the whole list from the start: remove next_page.")
	}
	return []engine.Step{{Request: request, Read: engine.Stream, ShowPage: show}}, nil
}

// handedOver is the answer to a caller that has all pages already.
func handedOver(outcome engine.Outcome, things string) []xsoar.Entry {
	return []xsoar.Entry{said("%d %s were returned, page by page.", outcome.Count, things)}
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
