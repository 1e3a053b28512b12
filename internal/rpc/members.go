package rpc

import (
	"bytes"
	"encoding/json"
	"fmt"
	"iter"
)

// The functions here take a value apart without decoding it, so that ids,
// numbers and arguments stay as they came and a large message is not held twice.
// They expect valid JSON: parseMessage has checked it.

// members walks over the members of a JSON object: names decoded, values raw.
func members(object []byte) iter.Seq2[string, json.RawMessage] {
	return func(yield func(string, json.RawMessage) bool) {
		rest := trimBlank(object)
		rest = trimBlank(rest[1 : len(rest)-1])
		for len(rest) > 0 {
			n := valueLength(rest)
			name := rest[:n]
			rest = trimBlank(trimBlank(rest[n:])[1:]) // the colon
			n = valueLength(rest)
			if !yield(decodeName(name), json.RawMessage(rest[:n:n])) {
				return
			}
			rest = pastComma(rest[n:])
		}
	}
}

// elements walks over the elements of a JSON array, raw.
func elements(array []byte) iter.Seq[json.RawMessage] {
	return func(yield func(json.RawMessage) bool) {
		rest := trimBlank(array)
		rest = trimBlank(rest[1 : len(rest)-1])
		for len(rest) > 0 {
			n := valueLength(rest)
			if !yield(json.RawMessage(rest[:n:n])) {
				return
			}
			rest = pastComma(rest[n:])
		}
	}
}

func pastComma(rest []byte) []byte {
	rest = bytes.TrimLeft(rest, " \t\r\n")
	if len(rest) == 0 {
		return nil
	}
	return bytes.TrimLeft(rest[1:], " \t\r\n")
}

// valueLength returns the length of the JSON value that b begins with.
func valueLength(b []byte) int {
	depth := 0
	for i := 0; i < len(b); i++ {
		switch b[i] {
		case '"':
			i += stringLength(b[i:]) - 1
		case '{', '[':
			depth++
			continue
		case '}', ']':
			depth--
		default:
			if depth > 0 || !endsScalar(b, i+1) {
				continue
			}
		}
		if depth == 0 {
			return i + 1
		}
	}
	return len(b)
}

// endsScalar reports whether a number or word that has come as far as i is over.
func endsScalar(b []byte, i int) bool {
	return i == len(b) || isBlank(b[i]) || b[i] == ',' || b[i] == '}' || b[i] == ']'
}

// stringLength returns the length of the JSON string that b begins with.
func stringLength(b []byte) int {
	for i := 1; i < len(b); i++ {
		switch b[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(b)
}

func decodeName(quoted []byte) string {
	if bytes.IndexByte(quoted, '\\') < 0 {
		return string(quoted[1 : len(quoted)-1])
	}
	name, _ := decodeString(quoted)
	return name
}

// decodeString returns the text of a JSON string, and false for another value.
func decodeString(raw []byte) (string, bool) {
	if kindOf(raw) != kindString {
		return "", false
	}
	var text string
	err := json.Unmarshal(raw, &text)
	return text, err == nil
}

// kind is the type of a JSON value.
type kind string

const (
	kindAbsent kind = "nothing"
	kindNull   kind = "null"
	kindBool   kind = "a boolean"
	kindNumber kind = "a number"
	kindString kind = "text"
	kindArray  kind = "an array"
	kindObject kind = "an object"
)

func kindOf(raw []byte) kind {
	if len(raw) == 0 {
		return kindAbsent
	}
	switch raw[0] {
	case 'n':
		return kindNull
	case 't', 'f':
		return kindBool
	case '"':
		return kindString
	case '[':
		return kindArray
	case '{':
		return kindObject
	}
	return kindNumber
}

// decodeObject decodes a JSON object, its numbers as json.Number. A name that
// occurs twice is an error: callers and servers differ in which of the two they
// would take.
func decodeObject(raw []byte) (map[string]any, error) {
	var object map[string]any
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	if err := decoder.Decode(&object); err != nil {
		return nil, err
	}
	seen := make(map[string]bool, len(object))
	for name := range members(raw) {
		if seen[name] {
			return nil, &repeatedName{name}
		}
		seen[name] = true
	}
	return object, nil
}

// repeatedName reports a member that an object holds twice.
type repeatedName struct{ name string }

func (e *repeatedName) Error() string { return fmt.Sprintf("%q occurs twice.", e.name) }
