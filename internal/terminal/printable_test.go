package terminal_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"

	"msgraph-user/internal/terminal"
)

// steering are texts that a terminal would obey.
var steering = map[string]string{
	"clear the screen":      "\x1b[2J",
	"set the title":         "\x1b]0;x\x07",
	"C1 control sequence":   "\u009b2J",
	"C1 as a bare byte":     "\x9b2J",
	"delete":                "\x7f",
	"carriage return":       "\rmsgraph-user: done",
	"next line":             "\u0085",
	"right to left":         "\u202e",
	"isolate":               "\u2066",
	"line separator":        "\u2028",
	"backspace":             "\b\b",
	"paragraph separator":   "\u2029",
	"null":                  "\x00",
	"application commands":  "\u009fx\u009c",
	"privileged, shift out": "\x0e",
}

func steers(text string) bool {
	return strings.ContainsFunc(text, func(r rune) bool {
		return r != '\n' && r != '\t' && (unicode.IsControl(r) || unicode.Is(unicode.Zl, r) || unicode.Is(unicode.Zp, r) || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069)
	}) || !utf8.ValidString(text)
}

func TestNothingThatIsShownSteersATerminal(t *testing.T) {
	for name, sequence := range steering {
		text := "Adele" + sequence + "Vance"
		if got := terminal.Printable(text); steers(got) || !strings.HasPrefix(got, "Adele") {
			t.Errorf("%s: Printable gives %q", name, got)
		}
		if got := terminal.Line(text + "\nx"); steers(got) || strings.Contains(got, "\n") {
			t.Errorf("%s: Line gives %q", name, got)
		}
		encoded, err := json.Marshal(text)
		if err != nil {
			t.Fatal(err)
		}
		got := terminal.JSON(encoded)
		var before, after string
		if json.Unmarshal(encoded, &before) != nil || json.Unmarshal(got, &after) != nil || steers(string(got)) || after != before {
			t.Errorf("%s: JSON gives %s", name, got)
		}
	}
	if got := terminal.Printable("a\r\nb\tc é 陈 👩🏽‍💻"); got != "a\nb\tc é 陈 👩🏽‍💻" {
		t.Errorf("what is no control character became %q", got)
	}
}

// Whatever a text holds, it is the same value in JSON that is safe to look at.
func TestJSONKeepsItsValue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String().Draw(t, "text")
		var b bytes.Buffer
		encoder := json.NewEncoder(terminal.JSONWriter{Writer: &b})
		encoder.SetIndent("", "  ")
		if err := encoder.Encode(map[string]string{"a": text}); err != nil {
			t.Fatal(err)
		}
		var got map[string]string
		if err := json.Unmarshal(b.Bytes(), &got); err != nil || got["a"] != strings.ToValidUTF8(text, "\ufffd") || steers(b.String()) {
			t.Fatalf("%q: %q (%v)", text, b.String(), err)
		}
	})
}
