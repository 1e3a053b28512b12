package terminal

import (
	"strings"
)

// Table is a Markdown table, its cells as they read.
type Table struct {
	Headings []string
	Rows     [][]string
}

// Limits of how a table is drawn.
const (
	gap         = 2  // columns between cells
	narrowest   = 12 // columns that a cell wants, if its text has as many
	widestLabel = 28 // columns of the headings where rows are drawn one under the other

	longestUnbroken = 24      // columns of a word that is broken only where it is longer
	unbounded       = 1 << 30 // columns of what is no window
)

// cellReader undoes what xsoar.Table escapes.
var cellReader = strings.NewReplacer(`\|`, "|", "\\`", "`", "<br>", "\n")

// parseRow splits a line of a Markdown table at the bars that no backslash escapes.
// A backslash before any other character is one of the value.
func parseRow(line string) []string {
	line = strings.TrimPrefix(strings.TrimSpace(line), "|")
	var cells []string
	start := 0
	for i := range len(line) {
		if line[i] == '|' && (i == 0 || line[i-1] != '\\') {
			cells = append(cells, readCell(line[start:i]))
			start = i + 1
		}
	}
	if start < len(line) {
		cells = append(cells, readCell(line[start:]))
	}
	return cells
}

func readCell(cell string) string {
	return Printable(cellReader.Replace(strings.TrimSpace(cell)))
}

// isRow reports whether a line belongs to a table.
func isRow(line string) bool { return strings.HasPrefix(line, "|") }

// isRule reports whether a line stands between the headings and the rows.
func isRule(line string) bool {
	return isRow(line) && strings.Trim(line, "|-: ") == ""
}

// parseTable reads the table that lines begin with, and says how many lines it
// has; 0 where they begin with none.
func parseTable(lines []string) (table Table, length int) {
	if len(lines) < 2 || !isRow(lines[0]) || !isRule(lines[1]) {
		return Table{}, 0
	}
	table.Headings = parseRow(lines[0])
	length = 2
	for length < len(lines) && isRow(lines[length]) {
		row := parseRow(lines[length])
		for len(row) < len(table.Headings) {
			row = append(row, "")
		}
		table.Rows = append(table.Rows, row[:len(table.Headings)])
		length++
	}
	return table, length
}

// DrawTable returns a table drawn for the screen; "" where it has no rows. One whose
// headings are empty has no line for them.
func (s Screen) DrawTable(t Table) string {
	if len(t.Rows) == 0 {
		return ""
	}
	if t.Headings == nil {
		t.Headings = make([]string, len(t.Rows[0]))
	}
	return t.draw(s, s.Width())
}

// DrawRecord returns the rows of a table drawn one under the other.
func (s Screen) DrawRecord(t Table) string { return t.drawAsRecords(s, s.Width()) }

// draw returns the table in lines of at most width columns: side by side where every
// id and address keeps its line, else each row as a record. A width of 0 sets no bound.
func (t Table) draw(s Screen, width int) string {
	widths := t.naturalWidths()
	if width > 0 && !t.shrink(widths, width) {
		return t.drawAsRecords(s, width)
	}
	var b strings.Builder
	if strings.Join(t.Headings, "") != "" {
		writeCells(&b, t.Headings, widths, s.Bold)
		rule := make([]string, len(widths))
		for i, w := range widths {
			rule[i] = strings.Repeat("─", w)
		}
		writeCells(&b, rule, widths, s.Dim)
	}
	for _, row := range t.Rows {
		writeCells(&b, row, widths, nil)
	}
	return b.String()
}

// naturalWidths returns how wide each column would be without a bound.
func (t Table) naturalWidths() []int {
	widths := make([]int, len(t.Headings))
	for i, heading := range t.Headings {
		widths[i] = widestLine(heading)
		for _, row := range t.Rows {
			widths[i] = max(widths[i], widestLine(row[i]))
		}
	}
	return widths
}

// important are the headings of what tells rows apart: these columns are narrowed last.
var important = map[string]bool{
	"ID": true, "User": true, "Name": true, "Display Name": true, "User Principal Name": true, "Mail": true,
	"Status": true, "Command": true, "Argument": true, "Context": true,
}

// shrink narrows columns until all fit into width, the least important and of these the
// widest first, and reports whether they did so without becoming unreadable.
func (t Table) shrink(widths []int, width int) bool {
	excess := gap*(len(widths)-1) - width
	for _, w := range widths {
		excess += w
	}
	floors := t.floors()
	for _, last := range []bool{false, true} {
		for excess > 0 {
			widest := -1
			for i, heading := range t.Headings {
				if important[heading] == last && widths[i] > floors[i] && (widest < 0 || widths[i] > widths[widest]) {
					widest = i
				}
			}
			if widest < 0 {
				break
			}
			widths[widest]--
			excess--
		}
	}
	return excess <= 0
}

// floors returns how narrow each column may become: no word of it is broken, unless it
// is very long and no id.
func (t Table) floors() []int {
	floors := t.naturalWidths()
	for i, natural := range floors {
		floor := min(natural, narrowest)
		for _, row := range append([][]string{t.Headings}, t.Rows...) {
			floor = max(floor, longestWord(row[i]))
		}
		floors[i] = floor
	}
	return floors
}

// longestWord returns the columns of the longest word of text that keeps its line.
func longestWord(text string) int {
	longest := 0
	for word := range strings.FieldsSeq(text) {
		if width := columns(word); width <= longestUnbroken || isWhole(word) {
			longest = max(longest, width)
		}
	}
	return longest
}

// writeCells writes one row, in as many lines as its longest cell needs.
func writeCells(b *strings.Builder, cells []string, widths []int, style func(string) string) {
	wrapped := make([][]string, len(cells))
	height := 1
	for i, cell := range cells {
		wrapped[i] = wrap(cell, widths[i])
		height = max(height, len(wrapped[i]))
	}
	for line := range height {
		var drawn strings.Builder
		spaces := 0
		for i := range cells {
			text := ""
			if line < len(wrapped[i]) {
				text = wrapped[i][line]
			}
			if text != "" {
				drawn.WriteString(strings.Repeat(" ", spaces))
				spaces = 0
				if style != nil {
					drawn.WriteString(style(text))
				} else {
					drawn.WriteString(text)
				}
			}
			spaces += widths[i] - columns(text) + gap
		}
		b.WriteString(drawn.String() + "\n")
	}
}

// drawAsRecords draws each row as a list of headings and values: a single object, and
// rows that have no room side by side.
func (t Table) drawAsRecords(s Screen, width int) string {
	label := 0
	for _, heading := range t.Headings {
		label = max(label, columns(heading))
	}
	value := unbounded
	if width > 0 {
		label = min(label, widestLabel, max(width/3, 1))
		value = max(width-label-gap, 1)
	}
	var b strings.Builder
	for n, row := range t.Rows {
		if n > 0 {
			b.WriteByte('\n')
		}
		for i, cell := range row {
			switch {
			case cell == "":
			case longestWhole(cell) > value:
				writeBelow(&b, s, t.Headings[i], cell, width)
			default:
				writeLabelled(&b, s, t.Headings[i], cell, label, value)
			}
		}
	}
	return b.String()
}

// longestWhole returns the columns of the longest id or address in text.
func longestWhole(text string) int {
	longest := 0
	for word := range strings.FieldsSeq(text) {
		if isWhole(word) {
			longest = max(longest, columns(word))
		}
	}
	return longest
}

// writeBelow writes a value under its heading, for an id that has no room beside it.
func writeBelow(b *strings.Builder, s Screen, heading, value string, width int) {
	indent := min(gap, max(width-longestWhole(value), 0))
	for _, line := range wrap(heading, width) {
		b.WriteString(s.Bold(line) + "\n")
	}
	for _, line := range wrap(value, width-indent) {
		b.WriteString(strings.Repeat(" ", indent) + line + "\n")
	}
}

// writeLabelled writes a heading and the value beside it.
func writeLabelled(b *strings.Builder, s Screen, heading, value string, headingWidth, valueWidth int) {
	headings, values := wrap(heading, headingWidth), wrap(value, valueWidth)
	for line := range max(len(headings), len(values)) {
		var left, right string
		if line < len(headings) {
			left = headings[line]
		}
		if line < len(values) {
			right = values[line]
		}
		text := s.Bold(left)
		if right != "" {
			text += strings.Repeat(" ", headingWidth-columns(left)+gap) + right
		}
		b.WriteString(text + "\n")
	}
}
