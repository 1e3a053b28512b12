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

// wrap breaks text into lines of at most width columns: between words, and within
// those that are longer than a line. A letter wider than width stands alone.
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
	for columns(line) > width {
		head := runewidth.Truncate(line, width, "")
		if head == "" { // the first letter is wider than the line
			head = firstLetter(line)
		}
		cut := len(head)
		if blank := strings.LastIndexByte(head, ' '); blank > 0 && line[cut:] != "" && line[cut] != ' ' {
			cut = blank
		}
		lines = append(lines, strings.TrimRight(line[:cut], " "))
		line = strings.TrimLeft(line[cut:], " ")
	}
	if line != "" || len(lines) == 0 {
		lines = append(lines, line)
	}
	return lines
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
