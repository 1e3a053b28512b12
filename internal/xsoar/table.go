package xsoar

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"msgraph-user/internal/rawjson"
)

// Column is one column of a War Room table: its heading, and the member of each
// row's object that it shows.
type Column struct {
	Heading string
	Member  string
}

// ColumnsOf returns the columns that the platform's own table gives to rows
// without chosen columns: the members of the first row, ordered by heading.
func ColumnsOf(rows []rawjson.Object) []Column {
	if len(rows) == 0 {
		return nil
	}
	columns := make([]Column, 0, len(rows[0]))
	seen := map[string]bool{}
	for _, member := range rows[0] {
		if seen[member.Name] {
			continue
		}
		seen[member.Name] = true
		columns = append(columns, Column{ReadableName(member.Name), member.Name})
	}
	slices.SortStableFunc(columns, func(a, b Column) int { return strings.Compare(a.Heading, b.Heading) })
	return columns
}

// Table renders rows as a Markdown table under a heading. Columns that hold
// nothing in any row are left out; a table without rows says so in words. The title
// may hold names: see Plain.
func Table(title string, rows []rawjson.Object, columns []Column) string {
	return FullTable(title, rows, filled(columns, rows))
}

// FullTable is Table with every column, whether or not it holds anything.
func FullTable(title string, rows []rawjson.Object, columns []Column) string {
	var b strings.Builder
	b.WriteString("### " + Plain(title) + "\n")
	if len(rows) == 0 || len(columns) == 0 {
		b.WriteString("**No entries.**\n")
		return b.String()
	}
	headings, rule := make([]string, len(columns)), make([]string, len(columns))
	for i, column := range columns {
		headings[i], rule[i] = escapeCell(column.Heading), "---"
	}
	writeRow(&b, headings)
	writeRow(&b, rule)
	const usualCell = 16
	b.Grow(len(rows) * len(columns) * usualCell)
	for _, row := range rows {
		for _, column := range columns {
			b.WriteString("| ")
			writeCell(&b, row.Get(column.Member))
			b.WriteByte(' ')
		}
		b.WriteString("|\n")
	}
	return b.String()
}

// writeCell writes a value as cellText has it, escaped. Most cells are texts without
// anything to escape, and are copied.
func writeCell(b *strings.Builder, value json.RawMessage) {
	if len(value) > 1 && value[0] == '"' && !bytes.ContainsAny(value, "\\|`") {
		b.Write(value[1 : len(value)-1]) // a text of JSON holds no line break as it is
		return
	}
	b.WriteString(escapeCell(cellText(value)))
}

func writeRow(b *strings.Builder, cells []string) {
	b.WriteString("| ")
	b.WriteString(strings.Join(cells, " | "))
	b.WriteString(" |\n")
}

// filled returns the columns that hold something in at least one row.
func filled(columns []Column, rows []rawjson.Object) []Column {
	kept := make([]Column, 0, len(columns))
	for _, column := range columns {
		for _, row := range rows {
			if !isEmpty(row.Get(column.Member)) {
				kept = append(kept, column)
				break
			}
		}
	}
	return kept
}

// isEmpty reports whether a value counts as nothing in a table: absent, null, an
// empty text, list or object. False and 0 are values.
func isEmpty(value json.RawMessage) bool {
	if rawjson.IsNull(value) || string(value) == `""` {
		return true
	}
	return (value[0] == '[' || value[0] == '{') && len(bytes.TrimSpace(value[1:len(value)-1])) == 0
}

// cellEscaper keeps a cell within its column and its line.
var cellEscaper = strings.NewReplacer("|", `\|`, "`", "\\`", "\r\n", "<br>", "\r", "<br>", "\n", "<br>")

func escapeCell(text string) string {
	if !strings.ContainsAny(text, "|`\r\n") {
		return text // as most cells are
	}
	return cellEscaper.Replace(text)
}

// cellText renders a value as the platform does in a cell: an object as a line
// for each member, anything else as flatText does.
func cellText(value json.RawMessage) string {
	if rawjson.IsNull(value) {
		return ""
	}
	if value[0] != '{' {
		return flatText(value)
	}
	object, err := rawjson.ParseObject(value)
	if err != nil {
		return string(value)
	}
	lines := make([]string, len(object))
	for i, member := range object {
		lines[i] = member.Name + ": " + flatText(member.Value)
	}
	return strings.Join(lines, "\n")
}

// flatText renders a text as it is, a list as its elements one a line, and the
// rest as JSON.
func flatText(value json.RawMessage) string {
	if text, ok := rawjson.Text(value); ok {
		return text
	}
	if len(value) == 0 || value[0] != '[' {
		return indented(value)
	}
	elements, err := rawjson.ParseArray(value)
	if err != nil {
		return string(value)
	}
	texts := make([]string, len(elements))
	for i, element := range elements {
		if text, ok := rawjson.Text(element); ok {
			texts[i] = text
			continue
		}
		texts[i] = string(element)
	}
	return strings.Join(texts, ",\n")
}

func indented(value json.RawMessage) string {
	var b bytes.Buffer
	if err := json.Indent(&b, value, "", "    "); err != nil {
		return string(value)
	}
	return b.String()
}
