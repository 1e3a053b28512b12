package records

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"io"
	"slices"
	"strings"
	"unicode"

	"gopkg.in/yaml.v3"

	"msgraph-user/internal/rawjson"
)

// Form is a way in which records are written.
type Form string

// The forms.
const (
	JSON  Form = "json"  // an object, or a list of them
	Lines Form = "jsonl" // an object a line
	CSV   Form = "csv"   // a header, and a record a line
	YAML  Form = "yaml"
)

// Writer writes records in a form. JSON lines are written as they come, and so is CSV
// whose columns are named; the other forms are written by Close.
type Writer struct {
	// Clean is applied to the texts of CSV and YAML, whose own escapes leave what
	// steers a terminal; nil: they stand as they are.
	Clean func(string) string

	out     *bufio.Writer
	csv     *csv.Writer // of CSV
	form    Form
	columns []string
	kept    []json.RawMessage
	begun   bool // the header is written
	found   map[string]bool
}

// NewWriter returns a writer of a form. columns are the members that are written, in
// their order; nil: all.
func NewWriter(w io.Writer, form Form, columns []string) *Writer {
	out := bufio.NewWriter(w)
	return &Writer{out: out, csv: csv.NewWriter(out), form: form, columns: columns, found: map[string]bool{}}
}

// Streams reports whether records are written as they come.
func (w *Writer) Streams() bool { return w.form == Lines || w.form == CSV && w.columns != nil }

// Value writes what a command answered, and nothing besides: a list record by record,
// anything else as the one record that it is.
func (w *Writer) Value(value json.RawMessage) error {
	if w.form == JSON || w.form == YAML {
		chosen, err := w.chosenOf(value)
		if err != nil {
			return err
		}
		return w.whole(chosen)
	}
	items, err := rawjson.ParseArray(value)
	if err != nil && !rawjson.IsNull(value) {
		items = []json.RawMessage{value}
	}
	if err := w.Write(items...); err != nil {
		return err
	}
	return w.Close()
}

// Write writes records, or keeps them for Close.
func (w *Writer) Write(list ...json.RawMessage) error {
	if !w.Streams() {
		w.kept = append(w.kept, list...)
		return nil
	}
	for _, record := range list {
		if err := w.line(record); err != nil {
			return err
		}
	}
	return w.flush()
}

// Close writes what was kept. It does not close what is written to.
func (w *Writer) Close() error {
	switch w.form {
	case Lines:
		return w.flush()
	case CSV:
		return w.table()
	}
	list, err := w.chosenOf(join(w.kept))
	if err != nil {
		return err
	}
	return w.whole(list)
}

// Missing returns the columns that no record had.
func (w *Writer) Missing() []string {
	return slices.DeleteFunc(slices.Clone(w.columns), func(column string) bool { return w.found[column] })
}

// table writes what was kept as CSV. Where no columns are named, they are all members
// in the order in which they come.
func (w *Writer) table() error {
	if w.columns == nil {
		for _, record := range w.kept {
			object, err := rawjson.ParseObject(record)
			if err != nil {
				object = rawjson.Object{{Name: bare}}
			}
			for _, member := range object {
				if !w.found[member.Name] {
					w.found[member.Name] = true
					w.columns = append(w.columns, member.Name)
				}
			}
		}
	}
	for _, record := range w.kept {
		if err := w.line(record); err != nil {
			return err
		}
	}
	if err := w.header(); err != nil {
		return err
	}
	return w.flush()
}

// bare is the column of records that are no objects.
const bare = "value"

// line writes a record of JSON lines or CSV.
func (w *Writer) line(record json.RawMessage) error {
	if w.form == CSV {
		if err := w.header(); err != nil {
			return err
		}
		return w.csv.Write(w.cells(record))
	}
	chosen, err := w.chosen(record)
	if err != nil {
		return err
	}
	var line bytes.Buffer
	if err := json.Compact(&line, chosen); err != nil {
		return err
	}
	line.WriteByte('\n')
	_, err = w.out.Write(line.Bytes())
	return err
}

func (w *Writer) header() error {
	if w.begun || len(w.columns) == 0 {
		return nil
	}
	w.begun = true
	names := make([]string, len(w.columns))
	for n, name := range w.columns {
		names[n] = guard(w.clean(name))
	}
	return w.csv.Write(names)
}

func (w *Writer) cells(record json.RawMessage) []string {
	cells := make([]string, len(w.columns))
	object, err := rawjson.ParseObject(record)
	if err != nil {
		object = rawjson.Object{{Name: bare, Value: record}}
	}
	for n, column := range w.columns {
		if value := w.member(object, column); value != nil {
			cells[n] = guard(w.clean(cell(value)))
		}
	}
	return cells
}

// member returns a member in any letter case of its name, and notes that it was there.
func (w *Writer) member(object rawjson.Object, column string) json.RawMessage {
	for _, member := range object {
		if strings.EqualFold(member.Name, column) {
			w.found[column] = true
			return member.Value
		}
	}
	return nil
}

// cell is a value as CSV has it: text as it is, nothing for null, JSON for lists and
// objects.
func cell(value json.RawMessage) string {
	if text, ok := rawjson.Text(value); ok {
		return text
	}
	if rawjson.IsNull(value) {
		return ""
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, value); err != nil {
		return string(value)
	}
	return compact.String()
}

func (w *Writer) clean(text string) string {
	if w.Clean == nil {
		return text
	}
	return w.Clean(text)
}

// formula matches what a spreadsheet takes for a formula when it begins a cell
// (https://owasp.org/www-community/attacks/CSV_Injection).
const formula = "=+-@\t\r"

// guard puts an apostrophe before a cell that a spreadsheet would take for a formula.
// One that has apostrophes there already gets one more, so that unguard gives it back.
func guard(text string) string {
	if bare := strings.TrimLeft(text, "'"); bare != "" && strings.IndexByte(formula, bare[0]) >= 0 {
		return "'" + text
	}
	return text
}

// unguard takes the apostrophe of guard off.
func unguard(text string) string {
	if guarded, ok := strings.CutPrefix(text, "'"); ok && guard(guarded) == text {
		return guarded
	}
	return text
}

// chosenOf is chosen for a value, or for each element of a list.
func (w *Writer) chosenOf(value json.RawMessage) (json.RawMessage, error) {
	items, err := rawjson.ParseArray(value)
	if err != nil {
		return w.chosen(value)
	}
	for n, item := range items {
		if items[n], err = w.chosen(item); err != nil {
			return nil, err
		}
	}
	return join(items), nil
}

// chosen returns the named columns of an object, null for one that it has not.
func (w *Writer) chosen(record json.RawMessage) (json.RawMessage, error) {
	object, err := rawjson.ParseObject(record)
	if err != nil || w.columns == nil {
		return record, nil
	}
	chosen := make(rawjson.Object, len(w.columns))
	for n, column := range w.columns {
		chosen[n] = rawjson.Member{Name: column, Value: w.member(object, column)}
		if chosen[n].Value == nil {
			chosen[n].Value = json.RawMessage("null")
		}
	}
	return chosen.MarshalJSON()
}

// whole writes a value as JSON with indentation, or as YAML.
func (w *Writer) whole(value json.RawMessage) error {
	if w.form == YAML {
		node, err := w.yamlNode(value)
		if err != nil {
			return err
		}
		encoder := yaml.NewEncoder(w.out)
		encoder.SetIndent(2)
		if err := encoder.Encode(node); err != nil {
			return err
		}
		return w.flush()
	}
	var text bytes.Buffer
	if err := json.Indent(&text, value, "", "  "); err != nil {
		return err
	}
	text.WriteByte('\n')
	if _, err := w.out.Write(text.Bytes()); err != nil {
		return err
	}
	return w.flush()
}

func (w *Writer) flush() error {
	w.csv.Flush()
	if err := w.csv.Error(); err != nil {
		return err
	}
	return w.out.Flush()
}

func join(items []json.RawMessage) json.RawMessage {
	parts := make([][]byte, len(items))
	for n, item := range items {
		parts[n] = item
	}
	return append(append([]byte("["), bytes.Join(parts, []byte(","))...), ']')
}

// yamlNode writes a JSON value as YAML, its members in their order.
func (w *Writer) yamlNode(value json.RawMessage) (*yaml.Node, error) {
	if text, ok := rawjson.Text(value); ok {
		return scalar(w.clean(text)), nil
	}
	if items, err := rawjson.ParseArray(value); err == nil {
		node := &yaml.Node{Kind: yaml.SequenceNode}
		for _, item := range items {
			child, err := w.yamlNode(item)
			if err != nil {
				return nil, err
			}
			node.Content = append(node.Content, child)
		}
		return node, nil
	}
	if object, err := rawjson.ParseObject(value); err == nil {
		node := &yaml.Node{Kind: yaml.MappingNode}
		for _, member := range object {
			child, err := w.yamlNode(member.Value)
			if err != nil {
				return nil, err
			}
			node.Content = append(node.Content, scalar(w.clean(member.Name)), child)
		}
		return node, nil
	}
	var node yaml.Node
	err := yaml.Unmarshal(value, &node) // a number, true, false or null
	if err != nil || len(node.Content) != 1 {
		return nil, err
	}
	return node.Content[0], nil
}

func scalar(text string) *yaml.Node {
	node := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: text}
	if strings.ContainsFunc(text, unicode.IsControl) {
		node.Style = yaml.DoubleQuotedStyle // a block would lose line ends at its end
	}
	return node
}
