package transcript

import (
	"regexp"
	"slices"
	"strings"
	"sync"
)

// volatiles are the pieces of texts that differ from run to run though nothing is
// wrong: ids that a server makes, request ids among them; times and durations; and the tokens in
// the links of pages and deltas.
// They are compiled when a replay needs them: most runs are none.
var volatiles = sync.OnceValue(func() []*regexp.Regexp {
	return []*regexp.Regexp{
		regexp.MustCompile(`(?i)[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`),
		regexp.MustCompile(`\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2})?`),
		regexp.MustCompile(`[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT`),
		regexp.MustCompile(`(?i)\$(?:skip|delta)token=[^&\s"'<>)]+`),
		regexp.MustCompile(`\b\d+(?:\.\d+)? ?(?:ms|µs|s)\b`),
	}
})

// volatilePaths are members that say something of the run itself.
var volatilePaths = []string{
	"result.serverInfo.version", "result.info.version",
}

// kept is what stands in a text for a volatile piece.
const kept = "\x00"

// normalised returns a text with its volatile pieces taken out, and the pieces in
// the order of the text.
func normalised(text string) (rest string, pieces []string) {
	type place struct{ start, end int }
	var places []place
	for _, pattern := range volatiles() {
		for _, at := range pattern.FindAllStringIndex(text, -1) {
			overlaps := slices.ContainsFunc(places, func(p place) bool { return at[0] < p.end && p.start < at[1] })
			if !overlaps {
				places = append(places, place{at[0], at[1]})
			}
		}
	}
	slices.SortFunc(places, func(a, b place) int { return a.start - b.start })
	var b strings.Builder
	from := 0
	for _, p := range places {
		b.WriteString(text[from:p.start] + kept)
		pieces = append(pieces, text[p.start:p.end])
		from = p.end
	}
	return b.String() + text[from:], pieces
}

// counterparts are the volatile pieces of a recording and what stood in their
// places when it was played again. A later request that names one of them, such as
// the id of a user who was created, is played with the other.
type counterparts map[string]string

// sameText compares a recorded text with the one that was played.
func (c counterparts) sameText(recorded, played string) bool {
	if recorded == played {
		return true
	}
	a, before := normalised(recorded)
	b, after := normalised(played)
	if a != b {
		return false
	}
	for i := range before {
		c[before[i]] = after[i]
	}
	return true
}

// apply returns text with every recorded piece replaced by its counterpart.
func (c counterparts) apply(text string) string {
	_, pieces := normalised(text)
	for _, piece := range pieces {
		if counterpart, ok := c[piece]; ok {
			text = strings.ReplaceAll(text, piece, counterpart)
		}
	}
	return text
}
