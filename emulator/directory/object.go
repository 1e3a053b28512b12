// Package directory is the practice tenant's store: users, groups, roles, devices
// and applications, how they relate, what belongs to each, and what changed when.
//
// Objects never change once stored: a change puts a new object in the old one's
// place, so that a reader keeps its objects without a lock.
package directory

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"msgraph-user/emulator/plainjson"
	"msgraph-user/emulator/schema"
)

// Object is an immutable entity of the tenant: its properties as JSON values,
// and what the tenant knows of it but never answers.
type Object struct {
	Type    *schema.Type
	ID      string
	Seq     uint64 // its place in lists: the order of creation
	Private *Private

	values []value // ascending by property index; nulls are left out
}

type value struct {
	index int
	raw   string
}

// Pair is a property with the JSON value it gets; "" and null take it away.
type Pair struct {
	Property *schema.Property
	Raw      string
}

// NewObject returns an object of type t with the identifier id and nothing else.
func NewObject(t *schema.Type, id string, pairs ...Pair) *Object {
	o := &Object{Type: t, ID: id}
	if p, ok := t.Property("id"); ok && id != "" {
		pairs = append(pairs, Pair{p, Quote(id)})
	}
	return o.With(pairs...)
}

// With returns a copy of o in which the pairs hold.
func (o *Object) With(pairs ...Pair) *Object {
	next := *o
	next.values = make([]value, len(o.values), len(o.values)+len(pairs))
	copy(next.values, o.values)
	for _, pair := range pairs {
		next.set(pair.Property.Index, pair.Raw)
	}
	return &next
}

// As returns a copy of o with another id, in which the pairs hold.
func (o *Object) As(id string, pairs ...Pair) *Object {
	next := o.With(append(pairs, Pair{o.Type.Must("id"), Quote(id)})...)
	next.ID, next.Seq = id, 0
	return next
}

// WithPrivate returns a copy of o whose private part is p.
func (o *Object) WithPrivate(p *Private) *Object {
	next := *o
	next.Private = p
	return &next
}

func (o *Object) set(index int, raw string) {
	at, found := o.find(index)
	switch {
	case schema.Null(raw) && found:
		o.values = slices.Delete(o.values, at, at+1)
	case schema.Null(raw):
	case found:
		o.values[at].raw = raw
	default:
		o.values = slices.Insert(o.values, at, value{index, raw})
	}
}

func (o *Object) find(index int) (int, bool) {
	return slices.BinarySearchFunc(o.values, index, func(v value, want int) int { return v.index - want })
}

// Raw returns the JSON value of p, "" where o has none.
func (o *Object) Raw(p *schema.Property) string {
	if at, found := o.find(p.Index); found {
		return o.values[at].raw
	}
	return ""
}

// Text returns the string property called name, "" where o has none.
func (o *Object) Text(name string) string { return Unquote(o.Raw(o.Type.Must(name))) }

// Is reports whether the boolean property called name is true.
func (o *Object) Is(name string) bool { return o.Raw(o.Type.Must(name)) == "true" }

// Time returns the time property called name, the zero time where o has none.
func (o *Object) Time(name string) time.Time {
	t, _ := time.Parse(time.RFC3339Nano, o.Text(name))
	return t
}

// PasswordIs reports whether password is the user's.
func (o *Object) PasswordIs(password string) bool {
	return o.Private != nil && o.Private.PasswordHash != "" && o.Private.PasswordHash == Hash(password)
}

// changed returns which properties differ between a and b; a may be nil.
func changed(a, b *Object) Fields {
	var fields Fields
	if a == nil {
		for _, v := range b.values {
			fields.Add(v.index)
		}
		return fields
	}
	for _, v := range a.values {
		if b.Raw(a.Type.Properties[v.index]) != v.raw {
			fields.Add(v.index)
		}
	}
	for _, v := range b.values {
		if _, found := a.find(v.index); !found {
			fields.Add(v.index)
		}
	}
	return fields
}

// objectJSON is an object in a state file.
type objectJSON struct {
	Type    string                     `json:"type"`
	ID      string                     `json:"id"`
	Seq     uint64                     `json:"seq"`
	Values  map[string]json.RawMessage `json:"values"`
	Private *Private                   `json:"private,omitempty"`
}

// MarshalJSON writes o for a state file.
func (o *Object) MarshalJSON() ([]byte, error) {
	values := make(map[string]json.RawMessage, len(o.values))
	for _, v := range o.values {
		values[o.Type.Properties[v.index].Name] = json.RawMessage(v.raw)
	}
	return json.Marshal(objectJSON{o.Type.Name, o.ID, o.Seq, values, o.Private})
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (o *Object) UnmarshalJSON(raw []byte) error {
	var stored objectJSON
	if err := json.Unmarshal(raw, &stored); err != nil {
		return err
	}
	t, ok := schema.Lookup(stored.Type)
	if !ok {
		return &UnknownNameError{Kind: "type", Name: stored.Type}
	}
	*o = Object{Type: t, ID: stored.ID, Seq: stored.Seq, Private: stored.Private}
	for name, value := range stored.Values {
		p, ok := t.Property(name)
		if !ok {
			return &UnknownNameError{Kind: "property of " + t.Name, Name: name}
		}
		o.set(p.Index, string(value))
	}
	return nil
}

// Quote returns text as a JSON string, without the escapes that only HTML needs.
func Quote(text string) string {
	if plain(text) {
		return `"` + text + `"`
	}
	quoted, _ := plainjson.Marshal(text) // a string cannot fail to encode
	return string(quoted)
}

func plain(text string) bool {
	for i := 0; i < len(text); i++ {
		if c := text[i]; c < 0x20 || c >= 0x80 || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}

// Unquote returns the text of a JSON string, "" for any other value.
func Unquote(raw string) string {
	if len(raw) < 2 || raw[0] != '"' {
		return ""
	}
	if !strings.Contains(raw, `\`) {
		return raw[1 : len(raw)-1]
	}
	var text string
	_ = json.Unmarshal([]byte(raw), &text) // values are checked before they are stored
	return text
}
