package terminal

import (
	"strings"

	"github.com/mattn/go-runewidth"
)

// columns returns how many columns of a terminal text takes; letters that combine
// take none, wide ones two.
func columns(text string) int { return runewidth.StringWidth(text) }

// widestLine returns the columns of the longest line of text.
func widestLine(text string) int {
	widest := 0
	for line := range strings.SplitSeq(text, "\n") {
		widest = max(widest, columns(line))
	}
	return widest
}

// idMarks are what ids, addresses, paths and numbers hold, and plain words do not.
const idMarks = "0123456789@._-/\\:=+"

// isWhole reports whether a word is copied rather than read: an id, an address, a path.
// It stays on one line, however long it is. Text in wide letters, which has no spaces,
// is none.
func isWhole(word string) bool {
	if strings.Contains(word, "@") {
		return true
	}
	for _, r := range word {
		if runewidth.RuneWidth(r) > 1 {
			return false
		}
	}
	return strings.ContainsAny(strings.TrimRight(word, ".:-"), idMarks)
}

// wrap breaks text into lines of at most width columns: between words, and within
// those that are longer than a line, unless they are whole. A letter wider than width
// stands alone.
func wrap(text string, width int) []string {
	width = max(width, 1)
	var lines []string
	for line := range strings.SplitSeq(text, "\n") {
		lines = append(lines, wrapLine(strings.TrimRight(line, " "), width)...)
	}
	return lines
}

func wrapLine(line string, width int) []string {
	var lines []string
	inWord := false // the line begins with the rest of a word that was broken
	for columns(line) > width {
		cut := cutAt(line, width, inWord)
		if cut == len(line) {
			break
		}
		inWord = line[cut] != ' ' && line[cut-1] != ' '
		lines = append(lines, strings.TrimRight(line[:cut], " "))
		line = strings.TrimLeft(line[cut:], " ")
	}
	if line != "" || len(lines) == 0 {
		lines = append(lines, line)
	}
	return lines
}

// cutAt returns where a line ends that is longer than width. inWord says that its first
// word is the rest of one that was broken already.
func cutAt(line string, width int, inWord bool) int {
	head := runewidth.Truncate(line, width, "")
	if head == "" { // the first letter is wider than the line
		head = firstLetter(line)
	}
	cut := len(head)
	if cut == len(line) || line[cut] == ' ' {
		return cut
	}
	blank := strings.LastIndexByte(head, ' ')
	if strings.TrimSpace(head[:blank+1]) != "" {
		return blank + 1
	}
	start := blank + 1 // of the word, after what it is indented by
	end := len(line)
	if after := strings.IndexByte(line[start:], ' '); after >= 0 {
		end = start + after
	}
	if !inWord && isWhole(line[start:end]) {
		return end
	}
	return cut
}

// firstLetter returns the first letter of text with what combines with it.
func firstLetter(text string) string {
	for width := 1; width <= 2; width++ {
		if head := runewidth.Truncate(text, width, ""); head != "" {
			return head
		}
	}
	for i := range text {
		if i > 0 {
			return text[:i]
		}
	}
	return text
}
