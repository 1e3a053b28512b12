package cleanname_test

import (
	"errors"
	"strings"
	"testing"

	"msgraph-user/internal/cleanname"
)

const name = "ivy.chen@larkspur.example"

func TestWhatStandsAroundANameIsNoPartOfIt(t *testing.T) {
	for what, text := range map[string]string{
		"nothing":            name,
		"spaces":             "  " + name + " ",
		"a tab":              "\t" + name,
		"line ends":          "\r\n" + name + "\r\n",
		"no-break spaces":    "\u00a0" + name + "\u202f",
		"a zero-width space": name + "\u200b",
		"joiners":            "\u2060" + name + "\u200d",
		"direction marks":    "\u200e" + name + "\u200f",
		"an isolate":         "\u2068" + name + "\u2069",
		"an embedding":       "\u202a" + name + "\u202c",
		"a byte order mark":  "\ufeff" + name,
		"control characters": "\x00" + name + "\x1b\x7f",
		"all sorts":          "\ufeff \u200b\u00a0" + name + "\u2029\n",
	} {
		t.Run(what, func(t *testing.T) {
			if got, err := cleanname.Clean(text); err != nil || got != name {
				t.Errorf("Clean(%q) = %q, %v; want %q", text, got, err, name)
			}
		})
	}
}

func TestACharacterInsideIsNamedWithItsPlace(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"ivy\u200bchen", "character 4 is U+200B ZERO WIDTH SPACE"},
		{" ivy chen", "character 4 is U+0020 SPACE"},
		{"\ufeff\u200eivy\u00a0chen", "character 4 is U+00A0 NO-BREAK SPACE"},
		{"ivy\nchen", "character 4 is U+000A LINE FEED"},
		{"中文\u202ename", "character 3 is U+202E RIGHT-TO-LEFT OVERRIDE"},
		{"ivy\ufeffchen", "character 4 is U+FEFF ZERO WIDTH NO-BREAK SPACE (a byte order mark)"},
		{"ivy\x07chen", "character 4 is U+0007 (a control character)"},
		{"ivy\U000e0041chen", "character 4 is U+E0041 (an invisible character)"},
		{"a\u200bb\u200cc", "character 2 is U+200B ZERO WIDTH SPACE"},
	} {
		t.Run(test.want, func(t *testing.T) {
			got, err := cleanname.Clean(test.text)
			if err == nil || err.Error() != test.want || got != "" {
				t.Errorf("Clean(%q) = %q, %v; want %q", test.text, got, err, test.want)
			}
		})
	}
}

func TestLettersOfAnyScriptStay(t *testing.T) {
	for _, text := range []string{"", "zoë@larkspur.example", "山田@larkspur.example", "o'neil+x$", "שלום", "🦊", "50ad-…"} {
		if got, err := cleanname.Clean(text); err != nil || got != text {
			t.Errorf("Clean(%q) = %q, %v", text, got, err)
		}
	}
}

func FuzzClean(f *testing.F) {
	for _, seed := range []string{"", " ", name, "\u200b" + name + "\n", "ivy\u200bchen", "\xff\xfe", "a\xff b"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		clean, err := cleanname.Clean(text)
		if err != nil {
			e, ok := errors.AsType[*cleanname.Error](err)
			if !ok {
				t.Fatalf("Clean(%q): %T", text, err)
			}
			inner := []rune(cleanname.Trim(text))
			if !cleanname.IsHidden(e.Character) || inner[e.Position-1] != e.Character {
				t.Fatalf("Clean(%q): %v is not there", text, err)
			}
			return
		}
		if !strings.Contains(text, clean) || strings.ContainsFunc(clean, cleanname.IsHidden) {
			t.Fatalf("Clean(%q) = %q", text, clean)
		}
		if again, err := cleanname.Clean(clean); err != nil || again != clean {
			t.Fatalf("Clean(%q) = %q, %v: it is clean already", clean, again, err)
		}
	})
}
