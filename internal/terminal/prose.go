package terminal

import (
	"regexp"
	"strings"
	"sync"
)

// The marks of Markdown that a text for people uses.
var (
	headingMark = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^#{1,6} +`) })
	itemMark    = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^( *)([-*]|\d+\.) +`) })
	link        = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\[([^\]]*)\]\(([^)]*)\)`) })
	autoLink    = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`<(https?://[^>]*)>`) })
	emphasis    = strings.NewReplacer("**", "", "`", "")
)

// DrawProse returns Markdown that we wrote for people, such as the help text in
// integration.yml, drawn for the screen: headings, lists, paragraphs, tables and
// code. Entries are for Draw, which takes no part of a value for a mark.
func (s Screen) DrawProse(markdown string) string {
	var b strings.Builder
	p := prose{screen: s, out: &b}
	lines := strings.Split(strings.TrimSpace(markdown), "\n")
	for len(lines) > 0 {
		if table, length := parseTable(lines); length > 0 {
			p.flush()
			b.WriteString(table.withoutMarks().draw(s, s.Width()))
			lines = lines[length:]
			continue
		}
		p.line(lines[0])
		lines = lines[1:]
	}
	p.flush()
	return b.String()
}

// prose gathers the lines of a paragraph or list item until it is whole.
type prose struct {
	screen Screen
	out    *strings.Builder
	text   []string // of the paragraph or item
	mark   string   // what stands before its first line
	code   bool     // between fences
}

func (p *prose) line(line string) {
	if strings.HasPrefix(strings.TrimSpace(line), "```") {
		p.flush()
		p.code = !p.code
		return
	}
	trimmed := strings.TrimSpace(line)
	item := itemMark().FindStringSubmatch(line)
	switch {
	case p.code:
		p.out.WriteString("    " + line + "\n")
	case trimmed == "":
		p.flush()
		p.out.WriteByte('\n')
	case headingMark().MatchString(line):
		p.flush()
		p.out.WriteString(p.screen.wrapped(p.screen.Bold, inline(headingMark().ReplaceAllString(line, ""))) + "\n")
	case item != nil:
		p.flush()
		p.mark = item[1] + strings.NewReplacer("-", "•", "*", "•").Replace(item[2]) + " "
		p.text = []string{line[len(item[0]):]}
	default:
		p.text = append(p.text, trimmed)
	}
}

// flush writes what was gathered, its further lines under the first.
func (p *prose) flush() {
	if len(p.text) == 0 {
		return
	}
	text := inline(strings.Join(p.text, " "))
	lines := []string{text}
	if width := p.screen.Width(); width > 0 {
		lines = wrap(text, width-columns(p.mark))
	}
	for i, line := range lines {
		before := p.mark
		if i > 0 {
			before = strings.Repeat(" ", columns(p.mark))
		}
		p.out.WriteString(before + line + "\n")
	}
	p.text, p.mark = nil, ""
}

// inline returns a text without marks; links show where they lead.
func inline(text string) string {
	text = link().ReplaceAllString(text, "$1 <$2>")
	text = autoLink().ReplaceAllString(text, "$1")
	return emphasis.Replace(text)
}

// withoutMarks returns the table with the marks in its cells taken off.
func (t Table) withoutMarks() Table {
	for _, row := range append([][]string{t.Headings}, t.Rows...) {
		for i := range row {
			row[i] = inline(row[i])
		}
	}
	return t
}
