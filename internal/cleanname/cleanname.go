// Package cleanname cleans names and ids that people paste: users, tenants,
// applications, thumbprints, URLs. A copy from a web page, a spreadsheet or a
// chat brings white space and characters that nobody sees.
package cleanname

import (
	"fmt"
	"strings"
	"unicode"
)

// Error is a character inside a name that no name holds.
type Error struct {
	Character rune
	// Position is the place of Character in the name, counted in characters from
	// 1, without the characters around the name that Clean removes.
	Position int
}

// Error names the character and its place, as in "character 4 is U+200B ZERO
// WIDTH SPACE". It repeats nothing else of the name.
func (e *Error) Error() string {
	return fmt.Sprintf("character %d is U+%04X %s", e.Position, e.Character, describe(e.Character))
}

// Clean returns text without the characters around it that are no part of a name:
// white space, line ends, control characters, and what has no shape of its own
// (zero-width characters, direction marks, a byte order mark). Where one of them
// stands inside the name, the error is an *Error.
func Clean(text string) (string, error) {
	text = Trim(text)
	position := 0
	for _, r := range text {
		position++
		if IsHidden(r) {
			return "", &Error{Character: r, Position: position}
		}
	}
	return text, nil
}

// Trim returns text without the characters around it that Clean removes. It is
// for text that may hold such characters inside.
func Trim(text string) string { return strings.TrimFunc(text, IsHidden) }

// IsHidden reports whether a person does not see r: white space, a control
// character, or one of those that Unicode shows as nothing
// (https://www.unicode.org/reports/tr44/#Default_Ignorable_Code_Point).
func IsHidden(r rune) bool {
	if r <= unicode.MaxASCII {
		return r <= ' ' || r == '\x7f'
	}
	return unicode.In(r, unicode.White_Space, unicode.Cc, unicode.Cf,
		unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector) || r == brailleBlank
}

// brailleBlank is a symbol by its category, and looks like a space.
const brailleBlank = '\u2800'

// describe returns Unicode's name of a hidden character, or its kind where it is
// not one that people come upon.
func describe(r rune) string {
	if name, ok := names[r]; ok {
		return name
	}
	switch {
	case unicode.IsControl(r):
		return "(a control character)"
	case unicode.IsSpace(r):
		return "(white space)"
	}
	return "(an invisible character)"
}

// names are the hidden characters that copying brings along, as Unicode names
// them. Control characters have no name there, so theirs are the usual ones.
var names = map[rune]string{
	'\x00':   "NULL",
	'\t':     "TAB",
	'\n':     "LINE FEED",
	'\v':     "VERTICAL TAB",
	'\f':     "FORM FEED",
	'\r':     "CARRIAGE RETURN",
	'\x1b':   "ESCAPE",
	' ':      "SPACE",
	'\x7f':   "DELETE",
	'\u0085': "NEXT LINE",
	'\u00a0': "NO-BREAK SPACE",
	'\u00ad': "SOFT HYPHEN",
	'\u034f': "COMBINING GRAPHEME JOINER",
	'\u061c': "ARABIC LETTER MARK",
	'\u115f': "HANGUL CHOSEONG FILLER",
	'\u1160': "HANGUL JUNGSEONG FILLER",
	'\u1680': "OGHAM SPACE MARK",
	'\u180e': "MONGOLIAN VOWEL SEPARATOR",
	'\u2000': "EN QUAD",
	'\u2001': "EM QUAD",
	'\u2002': "EN SPACE",
	'\u2003': "EM SPACE",
	'\u2004': "THREE-PER-EM SPACE",
	'\u2005': "FOUR-PER-EM SPACE",
	'\u2006': "SIX-PER-EM SPACE",
	'\u2007': "FIGURE SPACE",
	'\u2008': "PUNCTUATION SPACE",
	'\u2009': "THIN SPACE",
	'\u200a': "HAIR SPACE",
	'\u200b': "ZERO WIDTH SPACE",
	'\u200c': "ZERO WIDTH NON-JOINER",
	'\u200d': "ZERO WIDTH JOINER",
	'\u200e': "LEFT-TO-RIGHT MARK",
	'\u200f': "RIGHT-TO-LEFT MARK",
	'\u2028': "LINE SEPARATOR",
	'\u2029': "PARAGRAPH SEPARATOR",
	'\u202a': "LEFT-TO-RIGHT EMBEDDING",
	'\u202b': "RIGHT-TO-LEFT EMBEDDING",
	'\u202c': "POP DIRECTIONAL FORMATTING",
	'\u202d': "LEFT-TO-RIGHT OVERRIDE",
	'\u202e': "RIGHT-TO-LEFT OVERRIDE",
	'\u202f': "NARROW NO-BREAK SPACE",
	'\u205f': "MEDIUM MATHEMATICAL SPACE",
	'\u2060': "WORD JOINER",
	'\u2066': "LEFT-TO-RIGHT ISOLATE",
	'\u2067': "RIGHT-TO-LEFT ISOLATE",
	'\u2068': "FIRST STRONG ISOLATE",
	'\u2069': "POP DIRECTIONAL ISOLATE",
	'\u2800': "BRAILLE PATTERN BLANK",
	'\u3000': "IDEOGRAPHIC SPACE",
	'\u3164': "HANGUL FILLER",
	'\ufe0e': "VARIATION SELECTOR-15",
	'\ufe0f': "VARIATION SELECTOR-16",
	'\ufeff': "ZERO WIDTH NO-BREAK SPACE (a byte order mark)",
	'\uffa0': "HALFWIDTH HANGUL FILLER",
}
