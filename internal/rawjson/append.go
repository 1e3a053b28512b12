package rawjson

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// pieceSize is how large a piece of a Writer grows before the next one begins.
const pieceSize = 64 << 10

// Writer collects JSON on one line, as Marshal writes it. It is faster, because what
// came from Graph is copied and not checked a second time: Objects, and the elements of a
// list, have to hold valid JSON. It never grows one piece of memory over and over: an
// answer can have 64 MiB. The zero Writer is empty.
type Writer struct {
	full  [][]byte
	piece []byte
	asIs  bool // values keep the white space between their tokens
}

// Bytes returns what was written, in one piece.
func (w *Writer) Bytes() []byte {
	if len(w.full) == 0 {
		return w.piece
	}
	return bytes.Join(append(w.full, w.piece), nil)
}

// Raw writes JSON that is valid already, such as `{"a":`.
func (w *Writer) Raw(text string) { w.piece = append(w.room(), text...) }

// room returns the piece, or a new one where the last is full.
func (w *Writer) room() []byte {
	if len(w.piece) >= pieceSize {
		w.full = append(w.full, w.piece)
		w.piece = make([]byte, 0, pieceSize+pieceSize/4)
	}
	return w.piece
}

// Value writes v. The kinds of values that hold answers from Graph are written here,
// all others by encoding/json.
func (w *Writer) Value(v any) error {
	switch v := v.(type) {
	case nil:
		w.Raw("null")
	case string:
		return w.Text(v)
	case json.RawMessage:
		if len(v) > 0 && !json.Valid(v) { // may come from anywhere
			return errNotValid
		}
		w.value(v)
	case []json.RawMessage:
		return list(w, v, func(raw json.RawMessage) error { w.value(raw); return nil })
	case Object:
		return w.object(v)
	case []Object:
		return list(w, v, w.object)
	case []any:
		return list(w, v, w.Value)
	case map[string]any:
		return w.members(v)
	default:
		encoded, err := Marshal(v)
		w.piece = append(w.room(), encoded...)
		return err
	}
	return nil
}

// Text writes a string.
func (w *Writer) Text(text string) error {
	if !utf8.ValidString(text) || strings.Contains(text, "\u2028") || strings.Contains(text, "\u2029") {
		encoded, err := Marshal(text) // encoding/json has its own spelling for these
		w.piece = append(w.room(), encoded...)
		return err
	}
	quoted, err := jsontext.AppendQuote(w.room(), text)
	w.piece = quoted
	return err
}

// value writes a value as it came, on one line.
func (w *Writer) value(raw json.RawMessage) {
	if len(raw) == 0 {
		w.Raw("null")
		return
	}
	w.piece = appendCompact(w.room(), raw)
}

func (w *Writer) object(o Object) (err error) {
	b := append(w.room(), '{')
	for i, m := range o {
		if i > 0 {
			b = append(b, ',')
		}
		if b, err = jsontext.AppendQuote(b, validName(m.Name)); err != nil {
			return err
		}
		b = append(b, ':')
		if len(m.Value) == 0 {
			b = append(b, "null"...)
		} else if w.asIs {
			b = append(b, m.Value...)
		} else {
			b = appendCompact(b, m.Value)
		}
	}
	w.piece = append(b, '}')
	return nil
}

func validName(name string) string {
	if utf8.ValidString(name) {
		return name
	}
	return strings.ToValidUTF8(name, "\uFFFD")
}

func (w *Writer) members(m map[string]any) error {
	if m == nil {
		w.Raw("null")
		return nil
	}
	w.Raw("{")
	for i, name := range slices.Sorted(maps.Keys(m)) {
		if i > 0 {
			w.Raw(",")
		}
		if err := w.Text(name); err != nil {
			return err
		}
		w.Raw(":")
		if err := w.Value(m[name]); err != nil {
			return err
		}
	}
	w.Raw("}")
	return nil
}

func list[T any](w *Writer, elements []T, write func(T) error) error {
	if elements == nil {
		w.Raw("null")
		return nil
	}
	w.Raw("[")
	for i, element := range elements {
		if i > 0 {
			w.Raw(",")
		}
		if err := write(element); err != nil {
			return err
		}
	}
	w.Raw("]")
	return nil
}

// appendCompact appends valid JSON without the white space between its tokens.
func appendCompact(b, valid []byte) []byte {
	start := 0
	for at := 0; at < len(valid); {
		switch valid[at] {
		case '"':
			if at = textEnd(valid, at); at < 0 {
				at = len(valid)
			}
		case ' ', '\n', '\t', '\r':
			b = append(b, valid[start:at]...)
			at = skipSpace(valid, at)
			start = at
		default:
			at++
		}
	}
	return append(b, valid[start:]...)
}
