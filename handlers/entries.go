package handlers

import (
	"encoding/json"
	"fmt"

	"msgraph-user/internal/rawjson"
	"msgraph-user/internal/xsoar"
)

// done is the answer of a command that changed something and has nothing to show.
func done(format string, a ...any) []xsoar.Entry {
	return []xsoar.Entry{{Type: xsoar.Note, ContentsFormat: xsoar.FormatJSON, HumanReadable: fmt.Sprintf(format, a...)}}
}

// said is an answer that is only a text.
func said(format string, a ...any) xsoar.Entry {
	return xsoar.Entry{Type: xsoar.Note, ContentsFormat: xsoar.FormatText, Contents: fmt.Sprintf(format, a...)}
}

// shown is an answer with its raw contents, what a person reads and what goes
// into the context.
func shown(contents any, readable string, context map[string]any) []xsoar.Entry {
	return []xsoar.Entry{{
		Type:           xsoar.Note,
		ContentsFormat: xsoar.FormatJSON,
		Contents:       contents,
		HumanReadable:  readable,
		EntryContext:   context,
	}}
}

// parseObjects reads the items of a collection. One that is no object is an
// error: Graph's collections of users and their things hold objects only.
func parseObjects(items []json.RawMessage) ([]rawjson.Object, error) {
	read := make([]rawjson.Object, len(items))
	for i, item := range items {
		object, err := rawjson.ParseObject(item)
		if err != nil {
			return nil, fmt.Errorf("item %d of the list from Graph: %w", i+1, err)
		}
		read[i] = object
	}
	return read, nil
}

// contentsOf returns the raw contents for a list: null where it is empty, as the
// platform's own answer has it.
func contentsOf(items []json.RawMessage) any {
	if len(items) == 0 {
		return nil
	}
	return items
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

// valueOrNull returns a member's value as it came, or null where it is absent.
func valueOrNull(object rawjson.Object, name string) json.RawMessage {
	if value := object.Get(name); value != nil {
		return value
	}
	return json.RawMessage("null")
}
