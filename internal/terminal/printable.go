package terminal

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

// What a directory, a sign-in service, a browser or a proxy says is other people's.
// Everything of it that a person sees goes through one of these functions, all of
// which leave out what isSteering names.

// isSteering matches the characters that could steer a terminal or turn its writing
// around: control characters, C1 included, line and paragraph separators, and the
// embeddings, overrides and isolates of Unicode's bidirectional algorithm
// (https://www.unicode.org/reports/tr9/).
func isSteering(r rune) bool {
	return unicode.IsControl(r) || r == 0x2028 || r == 0x2029 || r >= 0x202A && r <= 0x202E || r >= 0x2066 && r <= 0x2069
}

// Printable returns text with U+FFFD in the place of what could steer a terminal.
// Line breaks and tabs stay.
func Printable(text string) string {
	return strings.Map(func(r rune) rune {
		if r != '\n' && r != '\t' && isSteering(r) {
			return unicode.ReplacementChar
		}
		return r
	}, strings.ReplaceAll(text, "\r\n", "\n"))
}

// Line returns what Printable returns, on one line: each run of white space and line
// breaks is one space.
func Line(text string) string { return Printable(strings.Join(strings.Fields(text), " ")) }

// JSON returns encoded JSON with an escape in the place of what could steer a
// terminal: the same value, and safe to look at.
func JSON(encoded []byte) []byte {
	if bytes.IndexFunc(encoded, isEscaped) < 0 {
		return encoded
	}
	var b bytes.Buffer
	for len(encoded) > 0 {
		r, size := utf8.DecodeRune(encoded)
		if isEscaped(r) {
			fmt.Fprintf(&b, `\u%04x`, r)
		} else {
			b.Write(encoded[:size])
		}
		encoded = encoded[size:]
	}
	return b.Bytes()
}

// isEscaped leaves out the white space between the values of JSON; within a text
// there is none that is not escaped already.
func isEscaped(r rune) bool { return r != '\n' && r != '\r' && r != '\t' && isSteering(r) }

// JSONWriter writes lines of JSON as JSON returns them. Each Write has to be a whole
// one.
type JSONWriter struct{ io.Writer }

// Write writes encoded.
func (w JSONWriter) Write(encoded []byte) (int, error) {
	if _, err := w.Writer.Write(JSON(encoded)); err != nil {
		return 0, err
	}
	return len(encoded), nil
}
