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

// contentsOf returns the raw contents for a list: null where it is empty, as the
// platform's own answer has it.
func contentsOf(items []json.RawMessage) any {
	if len(items) == 0 {
		return nil
	}
	return items
}

var null = json.RawMessage("null")

// valueOrNull returns a member's value as it came, or null where it is absent.
func valueOrNull(object rawjson.Object, name string) json.RawMessage {
	if value := object.Get(name); value != nil {
		return value
	}
	return null
}
