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
	// After names a member that holds a time, which must not lie before the change was
	// sent. Graph keeps whole seconds.
	After string `json:"after,omitempty"`
}

// Seen is what a read showed.
type Seen struct {
	Missing bool             // Graph does not know the object
	Object  rawjson.Object   // of an object
	Items   []rawjson.Object // of a list
}

// Holds reports whether what was seen is the state. list says which of the two was
// read, sent when the change was sent.
func (s State) Holds(list bool, seen Seen, sent time.Time) bool {
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
		if !s.Absent && has(item, s.Shows) && s.isAfter(item, sent) {
			return true
		}
	}
	return s.Absent && !found
}

func (s State) isAfter(item rawjson.Object, sent time.Time) bool {
	if s.After == "" {
		return true
	}
	at, err := time.Parse(time.RFC3339, item.Text(s.After))
	return err == nil && !at.Before(sent.Truncate(time.Second))
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
)

// Presence returns how what Read showed relates to the change, which was sent at sent.
func (c Change) Presence(seen Seen, sent time.Time) Presence {
	switch {
	case c.Done.Holds(c.Read.List, seen, sent):
		return AsDone
	case c.Back.Holds(c.Read.List, seen, sent):
		return AsBefore
	}
	return Elsewhere
}
