// Package parameter reads an instance's parameters by their names in
// integration.yml, whatever JSON type a caller gives them.
package parameter

import (
	"encoding/json"
	"strconv"

	"msgraph-user/internal/boolean"
	"msgraph-user/internal/cleanname"
	"msgraph-user/internal/failure"
	"msgraph-user/internal/secret"
)

// Reader reads parameters, and remembers the first that has a value of the wrong
// shape. Its methods return the empty value for that one.
type Reader struct {
	values map[string]any
	err    error
}

// NewReader returns a reader of values.
func NewReader(values map[string]any) *Reader { return &Reader{values: values} }

// Err returns the failure of the first parameter that could not be read, of kind
// failure.BadConfiguration, or nil.
func (r *Reader) Err() error { return r.err }

func (r *Reader) fail(name, format string, a ...any) {
	if r.err == nil {
		r.err = failure.Parameter(name, format, a...)
	}
}

// Text returns the parameter name without what nobody sees around it.
func (r *Reader) Text(name string) string {
	switch v := r.values[name].(type) {
	case nil:
		return ""
	case string:
		return cleanname.Trim(v)
	case json.Number:
		return v.String()
	case bool:
		return strconv.FormatBool(v)
	}
	r.fail(name, "%s must be text.", name)
	return ""
}

// Name returns the parameter name, which holds a name, an id or a URL: see Clean.
func (r *Reader) Name(name string) string { return r.Clean(name, r.Text(name)) }

// Clean returns value, which the parameter name holds, without what nobody sees
// around it. A character inside that no name holds is a failure that says which it
// is and where it stands.
func (r *Reader) Clean(name, value string) string {
	clean, err := cleanname.Clean(value)
	if err != nil {
		r.fail(name, "The value of %s cannot be used: %s. Type the value again where it was pasted.", name, err)
	}
	return clean
}

// Flag returns a yes-or-no parameter; otherwise is what an empty one means.
func (r *Reader) Flag(name string, otherwise bool) bool {
	text := r.Text(name)
	if text == "" {
		return otherwise
	}
	on, ok := boolean.Parse(text)
	if !ok {
		r.fail(name, "%s must be true or false.", name)
		return otherwise
	}
	return on
}

// Credential returns the password member of a credentials parameter, or, where
// that is empty, the older parameter that it replaced.
func (r *Reader) Credential(name, older string) secret.Text {
	_, password := r.Pair(name)
	if password == "" && older != "" {
		_, password = r.Pair(older)
	}
	return secret.New(password)
}

// ID returns an id that a credentials parameter holds: see Credential and Clean.
func (r *Reader) ID(name, older string) string {
	return r.Clean(name, r.Credential(name, older).Reveal())
}

// Pair returns both members of a credentials parameter. One given as plain text
// is its password.
func (r *Reader) Pair(name string) (identifier, password string) {
	members, ok := r.values[name].(map[string]any)
	if !ok {
		return "", r.Text(name)
	}
	inner := NewReader(members)
	identifier, password = inner.Text("identifier"), inner.Text("password")
	if inner.err != nil {
		r.fail(name, "%s must hold text for identifier and password.", name)
	}
	return identifier, password
}
