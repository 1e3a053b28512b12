package terminal

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"msgraph-user/internal/xsoar"
)

// Readable returns what a person reads of an entry, as Markdown: the text made
// for people, else the contents.
func Readable(entry xsoar.Entry) string {
	if entry.HumanReadable != "" {
		return entry.HumanReadable
	}
	if text, ok := entry.Contents.(string); ok {
		return text
	}
	data, err := json.MarshalIndent(entry.Contents, "", "  ")
	if err != nil {
		return fmt.Sprint(entry.Contents)
	}
	return string(data)
}

// Draw returns what a person reads of an entry, drawn for the screen: tables to its
// width, a single object as a record, headings bold. The rest stands as it came,
// whatever Markdown would make of it: people's names hold stars and angle brackets, and
// nothing of a value may be lost on its way to the eye.
func (s Screen) Draw(entry xsoar.Entry) string {
	var b strings.Builder
	lines := strings.Split(strings.TrimRight(Readable(entry), "\n"), "\n")
	for len(lines) > 0 {
		if table, length := parseTable(lines); length > 0 {
			b.WriteString(s.drawTable(table, entry))
			lines = lines[length:]
			continue
		}
		b.WriteString(s.drawLine(Printable(lines[0])) + "\n")
		lines = lines[1:]
	}
	return b.String()
}

// drawTable draws a table of an entry. On a window, types are said as people say them.
func (s Screen) drawTable(table Table, entry xsoar.Entry) string {
	if s.IsWindow() {
		table.nameTypes()
	}
	if len(table.Rows) == 1 && !isList(entry.Contents) {
		return table.drawAsRecords(s, s.Width())
	}
	return table.draw(s, s.Width())
}

// isList reports whether the contents of an entry are a list.
func isList(contents any) bool {
	encoded, err := json.Marshal(contents)
	return err == nil && len(encoded) > 0 && encoded[0] == '['
}

// titleReader undoes what xsoar.Plain escapes.
var titleReader = strings.NewReplacer(`\\`, `\`, `\[`, "[", `\]`, "]", `\<`, "<", `\>`, ">", "&#96;", "`", `:\//`, "://", `www\.`, "www.")

// drawLine draws a line that belongs to no table.
func (s Screen) drawLine(line string) string {
	if title := strings.TrimLeft(line, "#"); title != line && strings.HasPrefix(title, " ") {
		return s.wrapped(s.Bold, titleReader.Replace(strings.TrimSpace(title)))
	}
	if text, ok := strings.CutPrefix(line, "**"); ok && strings.HasSuffix(text, "**") {
		return s.wrapped(s.Dim, strings.TrimSuffix(text, "**"))
	}
	return s.wrapped(nil, line)
}

// Wrapped returns text broken to the screen's width.
func (s Screen) Wrapped(text string) string { return s.wrapped(nil, text) }

// wrapped breaks text to the screen's width and styles each line.
func (s Screen) wrapped(style func(string) string, text string) string {
	lines := []string{text}
	if width := s.Width(); width > 0 {
		lines = wrap(text, width)
	}
	if style != nil {
		for i, line := range lines {
			lines[i] = style(line)
		}
	}
	return strings.Join(lines, "\n")
}

// FollowUp says how a person goes on with a command that the platform would run
// again by itself: start stands before its name, quote writes an argument's value
// as it has to stand there. It is empty for an entry that asks for no other run.
func FollowUp(entry xsoar.Entry, start string, quote func(string) string) string {
	if entry.PollingCommand == "" {
		return ""
	}
	line := start + entry.PollingCommand
	for _, name := range slices.Sorted(maps.Keys(entry.PollingArgs)) {
		line += " " + name + "=" + quote(fmt.Sprint(entry.PollingArgs[name]))
	}
	return fmt.Sprintf("Not over yet. Again in %s s: %s", entry.NextRun, Printable(line))
}
