package secret

import (
	"cmp"
	"encoding/binary"
	"slices"
	"strings"
)

// longestPrefix is how many bytes of a known secret have to stand in a text for
// the text to hold it. What follows is removed as far as it agrees with the
// secret, so that a secret which somebody cut short is removed too. It bounds the
// work at each byte of the text, whatever the text and the secrets hold.
const longestPrefix = 64

// index finds known secrets in a text in one pass. Secrets are grouped by their
// first eight bytes, the longest of a group first.
type index map[uint64][]string

// newIndex returns an index of the forms that known secrets may have. Forms of
// less than minScrubbed bytes are not looked for.
func newIndex(forms []string) index {
	x := index{}
	for _, form := range forms {
		if len(form) >= minScrubbed {
			x[window(form)] = append(x[window(form)], form)
		}
	}
	for _, group := range x {
		slices.SortFunc(group, func(a, b string) int { return cmp.Compare(len(b), len(a)) })
	}
	return x
}

// window is the first eight bytes of a text as a number.
func window(text string) uint64 { return binary.LittleEndian.Uint64([]byte(text[:minScrubbed])) }

// masked returns text with the mask in the place of every known secret. compared
// is how many bytes it looked at: at most those of text, times a bound that
// depends on the secrets alone.
func (x index) masked(text string) (out string, compared int) {
	if len(x) == 0 {
		return text, 0
	}
	var b strings.Builder
	kept := 0
	for i := 0; i+minScrubbed <= len(text); {
		length := 0
		compared++
		for _, form := range x[window(text[i:])] {
			n := agreement(form, text[i:])
			compared += n
			if n >= min(len(form), longestPrefix) {
				length = max(length, n)
			}
		}
		if length == 0 {
			i++
			continue
		}
		b.WriteString(text[kept:i] + mask)
		i += length
		kept = i
	}
	if kept == 0 {
		return text, compared
	}
	return b.String() + text[kept:], compared
}

// agreement returns how many bytes two texts have in common at their beginning.
func agreement(a, b string) int {
	n := min(len(a), len(b))
	for i := range n {
		if a[i] != b[i] {
			return i
		}
	}
	return n
}
