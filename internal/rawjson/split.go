package rawjson

import (
	"bytes"
	"encoding/json"
	"errors"

	"github.com/go-json-experiment/json/jsontext"
)

// errNotValid says that a value was split that nobody had parsed before.
var errNotValid = errors.New("not JSON")

// Elements splits a JSON array into its elements as they came. Unlike ParseArray it
// takes the array's syntax for granted: value has to be a part of what ParseObject or
// ParseArray returned, or be checked in another way, so that a large list is scanned
// for its syntax once.
func Elements(value json.RawMessage) ([]json.RawMessage, error) {
	elements := []json.RawMessage{}
	err := split(value, '[', ']', func(at int) (int, error) {
		end := valueEnd(value, at)
		if end < 0 {
			return end, errNotValid
		}
		elements = append(elements, value[at:end:end])
		return end, nil
	})
	return elements, err
}

// Objects splits each of values, which must be valid JSON as for Elements, into its
// members. Objects of one list mostly have the same members: their names share memory.
// The first value that is no object is an error, with its index.
func Objects(values []json.RawMessage) (objects []Object, bad int, err error) {
	objects = make([]Object, len(values))
	var before Object
	for i, value := range values {
		if objects[i], err = members(value, before); err != nil {
			return nil, i, err
		}
		before = objects[i]
	}
	return objects, 0, nil
}

// members splits an object. Where it has the names of the object before, it takes them
// from there.
func members(value json.RawMessage, before Object) (Object, error) {
	object := make(Object, 0, len(before))
	err := split(value, '{', '}', func(at int) (int, error) {
		nameEnd := valueEnd(value, at)
		if value[at] != '"' || nameEnd < 0 {
			return 0, errNotValid
		}
		colon := skipSpace(value, nameEnd)
		if colon == len(value) || value[colon] != ':' {
			return 0, errNotValid
		}
		start := skipSpace(value, colon+1)
		end := valueEnd(value, start)
		if end < 0 {
			return 0, errNotValid
		}
		member := Member{Value: value[start:end:end]}
		quoted := value[at:nameEnd]
		if n := len(object); n < len(before) && before[n].Name == string(quoted[1:len(quoted)-1]) {
			member.Name = before[n].Name // a name with an escape is never equal to its spelling
		} else {
			name, err := jsontext.AppendUnquote(nil, []byte(quoted))
			if err != nil && !bytes.ContainsRune(name, '\uFFFD') {
				return 0, err
			}
			member.Name = string(name)
		}
		object = append(object, member)
		return end, nil
	})
	return object, err
}

// split walks over a composite value that stands between open and shut, and calls each
// at the beginning of every member or element. each returns where it ends.
func split(value []byte, open, shut byte, each func(at int) (end int, err error)) error {
	at := skipSpace(value, 0)
	if at == len(value) || value[at] != open {
		return errNotValid
	}
	at = skipSpace(value, at+1)
	for first := true; at < len(value) && value[at] != shut; first = false {
		if !first {
			if value[at] != ',' {
				return errNotValid
			}
			at = skipSpace(value, at+1)
		}
		if at == len(value) {
			return errNotValid
		}
		end, err := each(at)
		if err != nil {
			return err
		}
		at = skipSpace(value, end)
	}
	if at == len(value) || skipSpace(value, at+1) != len(value) {
		return errNotValid
	}
	return nil
}

func skipSpace(data []byte, at int) int {
	for at < len(data) && (data[at] == ' ' || data[at] == '\n' || data[at] == '\t' || data[at] == '\r') {
		at++
	}
	return at
}

// valueEnd returns where the value that begins at at ends; a negative number where it
// does not.
func valueEnd(data []byte, at int) int {
	depth := 0
	for at < len(data) {
		switch data[at] {
		case '"':
			if at = textEnd(data, at); at < 0 {
				return at
			}
		case '{', '[':
			depth++
			at++
		case '}', ']':
			depth--
			at++
		case ',', ':', ' ', '\n', '\t', '\r':
			at++
		default:
			at = wordEnd(data, at)
		}
		if depth <= 0 {
			return at
		}
	}
	return -1
}

// textEnd returns where the text that begins at at ends: at the first quotation mark
// after an even number of backslashes.
func textEnd(data []byte, at int) int {
	for from := at + 1; ; {
		next := bytes.IndexByte(data[from:], '"')
		if next < 0 {
			return -1
		}
		mark := from + next
		backslashes := 0
		for data[mark-1-backslashes] == '\\' {
			backslashes++
		}
		if backslashes%2 == 0 {
			return mark + 1
		}
		from = mark + 1
	}
}

// wordEnd returns where a number or a word such as null ends.
func wordEnd(data []byte, at int) int {
	for at < len(data) && bytes.IndexByte([]byte(",:}] \n\t\r"), data[at]) < 0 {
		at++
	}
	return at
}
