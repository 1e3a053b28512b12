package secret

import (
	"io"
	"regexp"
	"strings"
	"testing"
)

// hostile texts, each repeated to its length: what begins like a secret, a token or
// a password again and again, and goes on otherwise.
var hostile = []string{
	"a", "eyJ", "eyJabcde.", "eyJabcde.f.g.h.", "bearer ", "Bearer aaaaaaa ", "code=", "code=a&", "password=", "password = ", `"password":"\`, `"password":"`,
	"password:[", "password={'", "passwordProfile={", `\`, `password=\\\`, "password=,", "password=a ,b", "password= \"", "-----BEGIN PRIVATE KEY", "-----BEGIN PRIVATE KEY-----", " ", "'", "{",
}

// The work of scrubbing is counted, for a text and for one of twice the length: it
// may double, and no more.
func TestScrubbingIsLinear(t *testing.T) {
	const length = 50_000
	for name, work := range map[string]func(text string) int{
		"secrets that the text holds": func(text string) int {
			// Known are a part of the text, and two that differ from it at their ends.
			x := newIndex([]string{text[:len(text)/2], text[:len(text)/2] + "!", text[:longestPrefix-1] + "!"})
			_, compared := x.masked(text)
			return compared
		},
		"passwords": func(text string) int {
			s := &scan{text: text}
			s.passwordValues()
			return s.looked
		},
		"tokens": func(text string) int {
			read := 0
			for _, pattern := range tokenLike() {
				read += runesRead(pattern, text)
			}
			return read
		},
	} {
		for _, piece := range hostile {
			once, twice := strings.Repeat(piece, length/len(piece)), strings.Repeat(piece, 2*length/len(piece))
			if n, m := work(once), work(twice); float64(m) > 2.2*float64(n)+100 {
				t.Errorf("%s in %q…: %d steps, and %d for twice the text", name, piece, n, m)
			}
		}
	}
}

// runesRead returns how many letters a pattern reads where all its matches in text
// are looked for. Go's regexp does a bounded work at each
// (https://swtch.com/~rsc/regexp/regexp1.html).
func runesRead(pattern *regexp.Regexp, text string) int {
	total := 0
	for {
		in := &countingReader{RuneReader: strings.NewReader(text)}
		at := pattern.FindReaderIndex(in)
		total += in.read
		if at == nil {
			return total
		}
		text = text[at[1]:]
	}
}

type countingReader struct {
	io.RuneReader
	read int
}

func (r *countingReader) ReadRune() (rune, int, error) {
	r.read++
	return r.RuneReader.ReadRune()
}

// A secret that somebody cut short, or went on with, is removed as far as it is one.
func TestLongSecretsAreRemovedInPart(t *testing.T) {
	secret := strings.Repeat("0123456789", 20)
	x := newIndex([]string{secret})
	for text, want := range map[string]string{
		"it was " + secret + ".":                       "it was ***.",
		"it was " + secret[:100] + "…":                 "it was ***…",
		"it was " + secret[:longestPrefix] + " and":    "it was *** and",
		"it was " + secret[:longestPrefix-1] + " only": "it was " + secret[:longestPrefix-1] + " only",
	} {
		if got, _ := x.masked(text); got != want {
			t.Errorf("%q became %q", text, got)
		}
	}
}
