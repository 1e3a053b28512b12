// Package records reads and writes records as other tools do: rows of CSV, JSON
// lines, JSON and YAML. A record is a JSON object; what Graph said stays as it came.
package records

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// Row is one row of a file.
type Row struct {
	// Err says why the row cannot be used; nil for most.
	Err     error
	columns []string
	values  map[string]string
}

// Value returns the row's value in a column. The error names the columns that there
// are, or why the value is no text.
func (r Row) Value(column string) (string, error) {
	value, ok := r.values[column]
	if ok {
		return value, nil
	}
	if slices.Contains(r.columns, column) {
		return "", fmt.Errorf("the column %q holds a list or an object, not one value", column)
	}
	return "", NoColumn(column, r.columns)
}

// NoColumn is the error of a column that is not there.
func NoColumn(column string, there []string) error {
	return fmt.Errorf("there is no column %q; there are %s", column, strings.Join(there, ", "))
}

// File is what was read of a file of rows.
type File struct {
	// Columns are those of the header; nil where each row names its own.
	Columns []string
	Rows    []Row
}

// Read reads CSV with a header as spreadsheets write it, JSON lines, or a JSON list
// of objects. Rows without any value are left out. The error says that nothing of
// the file can be trusted.
func Read(data []byte) (File, error) {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if bytes.HasPrefix(data, []byte("\xff\xfe")) || bytes.HasPrefix(data, []byte("\xfe\xff")) {
		return File{}, errors.New("it is UTF-16; save it as UTF-8, such as \"CSV UTF-8\"")
	}
	if start := bytes.TrimSpace(data); len(start) > 0 && (start[0] == '{' || start[0] == '[') {
		return readJSON(start)
	}
	return readCSV(data)
}

// readCSV reads comma-separated values (RFC 4180). What stands between values may
// also be a semicolon or a tab, which spreadsheets write in some languages.
func readCSV(data []byte) (File, error) {
	reader := csv.NewReader(bytes.NewReader(data))
	reader.FieldsPerRecord = -1
	reader.Comma = delimiter(data)
	header, err := reader.Read()
	if errors.Is(err, io.EOF) {
		return File{}, errors.New("it is empty; its first line has to name the columns")
	}
	if err != nil {
		return File{}, fmt.Errorf("the header cannot be read: %w", err)
	}
	if header, err = checkHeader(header); err != nil {
		return File{}, err
	}
	file := File{Columns: header}
	for {
		cells, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return file, nil
		}
		if err != nil {
			return File{}, fmt.Errorf("row %d cannot be read: %w", len(file.Rows)+1, err)
		}
		if !isBlank(cells) {
			file.Rows = append(file.Rows, rowOf(header, cells))
		}
	}
}

func checkHeader(header []string) ([]string, error) {
	seen := map[string]bool{}
	for n, name := range header {
		name = unguard(strings.TrimSpace(name))
		if !utf8.ValidString(name) {
			return nil, errors.New("the header is not UTF-8; save the file as UTF-8")
		}
		if name != "" && seen[name] {
			return nil, fmt.Errorf("two columns are called %q", name)
		}
		header[n], seen[name] = name, true
	}
	return header, nil
}

// delimiter is the character that stands most often between the names of the header.
func delimiter(data []byte) rune {
	header, _, _ := bytes.Cut(bytes.TrimLeft(data, "\r\n"), []byte("\n"))
	counts, quoted := map[byte]int{}, false
	for _, c := range header {
		if c == '"' {
			quoted = !quoted
		}
		if !quoted {
			counts[c]++
		}
	}
	best := byte(',')
	for _, c := range []byte{';', '\t'} {
		if counts[c] > counts[best] {
			best = c
		}
	}
	return rune(best)
}

func isBlank(cells []string) bool {
	return !slices.ContainsFunc(cells, func(cell string) bool { return strings.TrimSpace(cell) != "" })
}

func rowOf(header, cells []string) Row {
	row := Row{columns: header, values: make(map[string]string, len(header))}
	if len(cells) != len(header) {
		row.Err = fmt.Errorf("the header names %d columns, and the row has %d", len(header), len(cells))
		return row
	}
	for n, cell := range cells {
		if !utf8.ValidString(cell) {
			row.Err = fmt.Errorf("the column %q is not UTF-8; save the file as UTF-8", header[n])
			return row
		}
		row.values[header[n]] = unguard(cell)
	}
	return row
}

// readJSON reads objects one after the other, or a list of them.
func readJSON(data []byte) (file File, err error) {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	list := data[0] == '['
	if list {
		if _, err := decoder.Token(); err != nil {
			return File{}, err
		}
	}
	for decoder.More() {
		var object any
		if err := decoder.Decode(&object); err != nil {
			return File{}, fmt.Errorf("row %d cannot be read: %w", len(file.Rows)+1, err)
		}
		file.Rows = append(file.Rows, rowOfObject(object))
	}
	if list {
		if _, err := decoder.Token(); err != nil {
			return File{}, fmt.Errorf("the list has no end after row %d: %w", len(file.Rows), err)
		}
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return File{}, fmt.Errorf("something that is no row follows row %d", len(file.Rows))
	}
	return file, nil
}

func rowOfObject(value any) Row {
	object, ok := value.(map[string]any)
	if !ok {
		return Row{Err: errors.New("it is no JSON object")}
	}
	row := Row{values: make(map[string]string, len(object))}
	for name, value := range object {
		row.columns = append(row.columns, name)
		switch value := value.(type) {
		case string:
			row.values[name] = value
		case nil:
			row.values[name] = ""
		case bool, json.Number:
			row.values[name] = fmt.Sprint(value)
		}
	}
	slices.Sort(row.columns)
	return row
}
