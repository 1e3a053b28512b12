package containment

import (
	"bytes"
	"encoding/json"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"msgraph-user/internal/rawjson"
)

// State is what a read has to show.
type State struct {
	// Find are members that tell the item of a list; empty: any item of it.
	Find rawjson.Object `json:"find,omitempty"`
	// Absent is true where the object, or the item, must not be there.
	Absent bool `json:"absent,omitempty"`
	// Shows are members of the object, or of the item, with their values.
	Shows rawjson.Object `json:"shows,omitempty"`
	// NotBefore are members that hold a time, with the earliest that counts. Graph keeps
	// whole seconds.
	NotBefore map[string]time.Time `json:"notBefore,omitempty"`
}

// Seen is what a read showed.
type Seen struct {
	Missing bool             // Graph does not know the object
	Object  rawjson.Object   // of an object
	Items   []rawjson.Object // of a list
}

// Holds reports whether what was seen is the state. list says which of the two was
// read.
func (s State) Holds(list bool, seen Seen) bool {
	if seen.Missing {
		return s.Absent
	}
	items := seen.Items
	if !list {
		items = []rawjson.Object{seen.Object}
	}
	found := false
	for _, item := range items {
		if !has(item, s.Find) {
			continue
		}
		found = true
		if !s.Absent && has(item, s.Shows) && s.notBefore(item) {
			return true
		}
	}
	return s.Absent && !found
}

func (s State) notBefore(item rawjson.Object) bool {
	for name, earliest := range s.NotBefore {
		at, err := time.Parse(time.RFC3339, item.Text(name))
		if err != nil || at.Before(earliest.Truncate(time.Second)) {
			return false
		}
	}
	return true
}

// has reports whether object has the members with their values.
func has(object, members rawjson.Object) bool {
	for _, member := range members {
		if !same(object.Get(member.Name), member.Value) {
			return false
		}
	}
	return true
}

// same reports whether two values are one: the order of members, white space around
// texts and the difference between null and none do not count.
func same(a, b json.RawMessage) bool {
	if rawjson.IsNull(a) || rawjson.IsNull(b) {
		return rawjson.IsNull(a) && rawjson.IsNull(b)
	}
	if left, ok := rawjson.Text(a); ok {
		right, ok := rawjson.Text(b)
		return ok && strings.TrimSpace(left) == strings.TrimSpace(right)
	}
	return bytes.Equal(canonical(a), canonical(b))
}

func canonical(value json.RawMessage) []byte {
	form := jsontext.Value(bytes.Clone(value))
	if err := form.Canonicalize(); err != nil {
		return value
	}
	return form
}

// Presence is how the present state of a thing relates to a change of it.
type Presence int

// The ways in which it does.
const (
	Elsewhere Presence = iota // somebody has changed it since
	AsDone                    // it is as the change left it
	AsBefore                  // the change is taken back already
	Withheld                  // Graph does not show what tells
)

// Presence returns how what Read showed relates to the change.
func (c Change) Presence(seen Seen) Presence {
	switch {
	case c.Done.Holds(c.Read.List, seen):
		return AsDone
	case c.Back.Holds(c.Read.List, seen):
		return AsBefore
	case c.withheld(seen):
		return Withheld
	}
	return Elsewhere
}

// withheld reports whether Graph shows nothing where a state has a value: so it keeps
// from a caller what the caller may not read
// (https://learn.microsoft.com/graph/permissions-overview).
func (c Change) withheld(seen Seen) bool {
	items := seen.Items
	if !c.Read.List {
		items = []rawjson.Object{seen.Object}
	}
	for _, state := range []State{c.Done, c.Back} {
		for _, item := range items {
			if seen.Missing || !has(item, state.Find) {
				continue
			}
			for _, member := range state.Shows {
				if rawjson.IsNull(item.Get(member.Name)) && !rawjson.IsNull(member.Value) {
					return true
				}
			}
		}
	}
	return false
}
