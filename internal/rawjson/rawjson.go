// Package rawjson holds JSON that stays as it came: the order of members, the
// spelling of numbers and members nobody knows survive being read, renamed and
// written again. Answers from Graph pass through the program in this form.
package rawjson

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// lenient accepts what Graph may send and a strict reader would refuse: names
// that occur twice, and half of a surrogate pair, which is what is left of an
// emoji where a system cut a display name to a length.
var lenient = []jsontext.Options{jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)}

// Member is one name and value of an object.
type Member struct {
	Name  string
	Value json.RawMessage
}

// Object is a JSON object whose members keep their order. Where a name occurs
// twice, both are kept; Get answers with the last, as encoding/json does.
type Object []Member

// ParseObject reads data, which must be one JSON object. The members share
// data's memory, unless data is no UTF-8: then the bad bytes become U+FFFD.
func ParseObject(data []byte) (Object, error) {
	data = validUTF8(data)
	object := Object{}
	err := parse(data, '{', func(d *jsontext.Decoder) error {
		name, err := d.ReadToken()
		if err != nil {
			return err
		}
		member := Member{Name: name.String()}
		value, err := readValue(d, data)
		member.Value = value
		object = append(object, member)
		return err
	})
	if err != nil {
		return nil, err
	}
	return object, nil
}

// ParseArray reads data, which must be one JSON array, into its elements as
// they came. The elements share data's memory.
func ParseArray(data []byte) ([]json.RawMessage, error) {
	data = validUTF8(data)
	elements := []json.RawMessage{}
	err := parse(data, '[', func(d *jsontext.Decoder) error {
		value, err := readValue(d, data)
		elements = append(elements, value)
		return err
	})
	if err != nil {
		return nil, err
	}
	return elements, nil
}

func validUTF8(data []byte) []byte {
	if utf8.Valid(data) {
		return data
	}
	return bytes.ToValidUTF8(data, []byte("\uFFFD"))
}

// parse reads one composite value that begins with open and calls each at every
// member or element of it.
func parse(data []byte, open jsontext.Kind, each func(*jsontext.Decoder) error) error {
	d := jsontext.NewDecoder(bytes.NewBuffer(data), lenient...)
	first, err := d.ReadToken()
	if err != nil {
		return fmt.Errorf("not JSON: %w", err)
	}
	if first.Kind() != open {
		return fmt.Errorf("JSON of another kind: %q expected, found %q", open, first.Kind())
	}
	for d.PeekKind() != '}' && d.PeekKind() != ']' {
		if err := each(d); err != nil {
			return fmt.Errorf("not JSON: %w", err)
		}
	}
	if _, err := d.ReadToken(); err != nil {
		return fmt.Errorf("not JSON: %w", err)
	}
	if _, err := d.ReadToken(); !errors.Is(err, io.EOF) {
		return errors.New("not JSON: something follows the value")
	}
	return nil
}

// readValue returns the next value as a part of data: the decoder's own copy
// is only good until its next call.
func readValue(d *jsontext.Decoder, data []byte) (json.RawMessage, error) {
	value, err := d.ReadValue()
	if err != nil {
		return nil, err
	}
	end := d.InputOffset()
	return data[end-int64(len(value)) : end : end], nil
}

// Get returns the value of the last member called name, or nil.
func (o Object) Get(name string) json.RawMessage {
	for i := len(o) - 1; i >= 0; i-- {
		if o[i].Name == name {
			return o[i].Value
		}
	}
	return nil
}

// Text returns the value of the member called name where that is a JSON string,
// else "".
func (o Object) Text(name string) string {
	text, _ := Text(o.Get(name))
	return text
}

// Without returns the object with the members called names left out.
func (o Object) Without(names ...string) Object {
	kept := make(Object, 0, len(o))
	for _, m := range o {
		if !slices.Contains(names, m.Name) {
			kept = append(kept, m)
		}
	}
	return kept
}

// Only returns the members of the object that are called one of names.
func (o Object) Only(names ...string) Object {
	kept := make(Object, 0, len(names))
	for _, m := range o {
		if slices.Contains(names, m.Name) {
			kept = append(kept, m)
		}
	}
	return kept
}

// Rename returns the object with every member's name passed through rename.
func (o Object) Rename(rename func(string) string) Object {
	renamed := make(Object, len(o))
	for i, m := range o {
		renamed[i] = Member{rename(m.Name), m.Value}
	}
	return renamed
}

// MarshalJSON writes the members in their order, the values as they are.
func (o Object) MarshalJSON() ([]byte, error) {
	w := Writer{asIs: true}
	err := w.object(o)
	return w.Bytes(), err
}

// MarshalJSONTo writes what MarshalJSON does, without a copy in between, for the
// encoder of answers.
func (o Object) MarshalJSONTo(e *jsontext.Encoder) error {
	if err := e.WriteToken(jsontext.BeginObject); err != nil {
		return err
	}
	for _, m := range o {
		value := jsontext.Value(m.Value)
		if len(value) == 0 {
			value = jsontext.Value("null")
		}
		if err := e.WriteToken(jsontext.String(strings.ToValidUTF8(m.Name, "\uFFFD"))); err != nil {
			return err
		}
		if err := e.WriteValue(value); err != nil {
			return err
		}
	}
	return e.WriteToken(jsontext.EndObject)
}

// UnmarshalJSON reads an object as ParseObject does, from a copy of data.
func (o *Object) UnmarshalJSON(data []byte) error {
	parsed, err := ParseObject(bytes.Clone(data))
	if err != nil {
		return err
	}
	*o = parsed
	return nil
}

// Text returns the Go string of a JSON string; ok is false for any other value.
func Text(value json.RawMessage) (text string, ok bool) {
	if len(value) == 0 || value[0] != '"' {
		return "", false
	}
	if end := len(value) - 1; end > 0 && value[end] == '"' && bytes.IndexByte(value, '\\') < 0 && utf8.Valid(value) {
		return string(value[1:end]), true
	}
	unquoted, err := jsontext.AppendUnquote(nil, []byte(value))
	return string(unquoted), err == nil
}

// Quote returns text as a JSON string; bytes that are no UTF-8 become U+FFFD.
func Quote(text string) json.RawMessage {
	quoted, err := jsontext.AppendQuote(nil, strings.ToValidUTF8(text, "\uFFFD"))
	if err != nil {
		// AppendQuote fails on invalid UTF-8 only, which was just removed.
		return json.RawMessage(`""`)
	}
	return quoted
}

// IsNull reports whether value is absent or JSON's null.
func IsNull(value json.RawMessage) bool {
	return len(value) == 0 || string(value) == "null"
}

// Marshal returns v as JSON on one line, without a line end. Characters that only
// HTML gives a meaning stay as they are: people read the lines, and a password is
// sent the way it was typed.
func Marshal(v any) ([]byte, error) { return encode(v, "") }

// MarshalIndent returns v as JSON for people: a member a line, two spaces a level.
func MarshalIndent(v any) ([]byte, error) { return encode(v, "  ") }

func encode(v any, indent string) ([]byte, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", indent)
	err := encoder.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

// Texts returns the elements of a JSON array that are strings; none where value is no
// array.
func Texts(value json.RawMessage) []string {
	elements, err := ParseArray(value)
	if err != nil {
		return nil
	}
	var texts []string
	for _, element := range elements {
		if text, ok := Text(element); ok {
			texts = append(texts, text)
		}
	}
	return texts
}
