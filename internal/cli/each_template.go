package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"

	"msgraph-user/graph"
	"msgraph-user/internal/definition"
	"msgraph-user/internal/records"
)

// rowTemplate is a text in which {{.Column}} stands for the value of a column. There
// is nothing else to it: no functions, no conditions. A column's name may hold
// spaces.
type rowTemplate []part

// part is text as it is, or a column.
type part struct{ text, column string }

// parseTemplate reads a template.
func parseTemplate(text string) (rowTemplate, error) {
	var t rowTemplate
	for {
		before, rest, found := strings.Cut(text, "{{")
		if before != "" {
			t = append(t, part{text: before})
		}
		if !found {
			return t, nil
		}
		name, after, closed := strings.Cut(rest, "}}")
		column, dotted := strings.CutPrefix(strings.TrimSpace(name), ".")
		if !closed || !dotted || column == "" {
			return nil, fmt.Errorf("{{%s is no column; write {{.Column}}, and nothing else between the braces", shortened(name))
		}
		t, text = append(t, part{column: column}), after
	}
}

// shortened cuts text for a message.
func shortened(text string) string {
	if runes := []rune(text); len(runes) > 30 {
		return string(runes[:30]) + "…"
	}
	return text
}

func (t rowTemplate) columns() (names []string) {
	for _, p := range t {
		if p.column != "" {
			names = append(names, p.column)
		}
	}
	return names
}

// fill puts the values of a row in the place of the columns. escape is given each, and
// the text before it; nil: values stand as they are.
func (t rowTemplate) fill(row records.Row, escape func(before, value string) (string, error)) (string, error) {
	var b strings.Builder
	before := ""
	for _, p := range t {
		if p.column == "" {
			before += p.text
			b.WriteString(p.text)
			continue
		}
		value, err := row.Value(p.column)
		if err == nil && escape != nil {
			value, err = escape(before, value)
		}
		if err != nil {
			return "", err
		}
		b.WriteString(value)
	}
	return b.String(), nil
}

// source writes the template as it was given.
func (t rowTemplate) source() string {
	var b strings.Builder
	for _, p := range t {
		if p.column != "" {
			b.WriteString("{{." + p.column + "}}")
		}
		b.WriteString(p.text)
	}
	return b.String()
}

// split cuts the template at each separator in its own text; values are not looked at.
func (t rowTemplate) split(separator string) []rowTemplate {
	pieces := []rowTemplate{nil}
	add := func(p part) { pieces[len(pieces)-1] = append(pieces[len(pieces)-1], p) }
	for _, p := range t {
		if p.column != "" {
			add(p)
			continue
		}
		for n, text := range strings.Split(p.text, separator) {
			if n > 0 {
				pieces = append(pieces, nil)
			}
			if text != "" {
				add(part{text: text})
			}
		}
	}
	return pieces
}

// unwrapped returns the template without the white space around it, and without the
// quotes that keep white space in what a person types: values are kept as they are.
func (t rowTemplate) unwrapped() rowTemplate {
	bare := slices.Clone(t)
	first, last := &bare[0], &bare[len(bare)-1]
	first.text = strings.TrimLeft(first.text, " \t\r\n")
	last.text = strings.TrimRight(last.text, " \t\r\n")
	if strings.HasPrefix(first.text, `"`) && strings.HasSuffix(last.text, `"`) && len(t) > 1 {
		first.text, last.text = first.text[1:], strings.TrimSuffix(last.text, `"`)
	}
	return bare
}

// rowValue makes the value of one argument for a row. The value of a column is data:
// it begins no other field, and names no second user.
type rowValue interface {
	of(records.Row) (any, error)
	columns() []string
}

// rowValueOf returns what makes the values of an argument from its template. argument
// is nil where the command has none of that name, which the command says itself.
func rowValueOf(argument *definition.Argument, name string, t rowTemplate, delimiter string) (rowValue, error) {
	switch {
	case len(t.columns()) == 0:
		return constant(t.source()), nil
	case argument == nil:
		return plain{t}, nil
	case argument.AcceptsObject():
		return parseFields(t, delimiter)
	case argument.IsUser():
		return single{t}, nil
	case name == "filter":
		return filter{t}, nil
	}
	return plain{t}, nil
}

// constant is the same for all rows.
type constant string

func (c constant) of(records.Row) (any, error) { return string(c), nil }
func (constant) columns() []string             { return nil }

// plain is text.
type plain struct{ rowTemplate }

func (p plain) of(row records.Row) (any, error) { return p.fill(row, nil) }

// single is a name, whatever stands in it: a list of one.
type single struct{ rowTemplate }

func (s single) of(row records.Row) (any, error) {
	name, err := s.fill(row, nil)
	return []any{name}, err
}

// filter is an OData filter. A value between quotes stays there (its quotes are
// doubled, as OData has it); one outside is a single word.
type filter struct{ rowTemplate }

var oneWord = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[\pL\pN_.:+-]+$`) })

func (f filter) of(row records.Row) (any, error) {
	return f.fill(row, func(before, value string) (string, error) {
		if strings.Count(before, "'")%2 == 1 {
			return strings.ReplaceAll(value, "'", "''"), nil
		}
		if !oneWord().MatchString(value) {
			return "", fmt.Errorf("%q is no single word; write the column between quotes, as in department eq '{{.Department}}'", shortened(value))
		}
		return value, nil
	})
}

// fields are properties and their values, handed over as a JSON object.
type fields []field

// field is a property, and what its value is made of: a template, or JSON in whose
// texts there are templates.
type field struct {
	property string
	text     rowTemplate
	json     any // nil where text is the value
}

// parseFields reads property=value pairs between delimiters, or a JSON object.
func parseFields(t rowTemplate, delimiter string) (rowValue, error) {
	source := strings.TrimSpace(t.source())
	if looksLikeJSON(source) {
		value, err := decodeJSON(source)
		object, ok := value.(map[string]any)
		if err != nil || !ok {
			return nil, errors.New("it looks like JSON but is none; a column stands inside a text, as in \"{{.Column}}\"")
		}
		var all fields
		for property, value := range object {
			all = append(all, field{property: property, json: value})
		}
		return all, all.check()
	}
	if delimiter == "" {
		delimiter = ","
	}
	var all fields
	for _, pair := range t.split(delimiter) {
		if strings.TrimSpace(pair.source()) == "" {
			continue
		}
		one, err := parseField(pair)
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, all.check()
}

func parseField(pair rowTemplate) (field, error) {
	property, first, found := strings.Cut(pair[0].text, "=")
	if !found {
		return field{}, fmt.Errorf("%q is no property=value; a column can be the value, not the property", strings.TrimSpace(pair.source()))
	}
	f := field{property: strings.TrimSpace(property), text: append(rowTemplate{}, pair[1:]...)}
	f.text = append(rowTemplate{{text: first}}, f.text...)
	if len(f.text.columns()) > 0 {
		f.text = f.text.unwrapped()
	}
	if source := strings.TrimSpace(f.text.source()); looksLikeJSON(source) {
		var err error
		if f.json, err = decodeJSON(source); err != nil {
			return field{}, fmt.Errorf("the value of %s looks like JSON but is none; a column stands inside a text, as in \"{{.Column}}\"", f.property)
		}
	}
	return f, nil
}

// looksLikeJSON reports whether a template is an object or a list, and not a column.
func looksLikeJSON(source string) bool {
	return strings.HasPrefix(source, "[") || strings.HasPrefix(source, "{") && !strings.HasPrefix(source, "{{")
}

func decodeJSON(text string) (value any, err error) {
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	if err = decoder.Decode(&value); err == nil && decoder.More() {
		err = errors.New("more follows")
	}
	return value, err
}

// check refuses columns in the names of properties.
func (f fields) check() error {
	for _, one := range f {
		if strings.Contains(one.property, "{{") || one.property == "" {
			return fmt.Errorf("%q is no property; a column can be the value, not the property", one.property)
		}
		if err := walk(one.json, func(text string) (string, error) { _, err := parseTemplate(text); return text, err }); err != nil {
			return err
		}
	}
	return nil
}

func (f fields) columns() (names []string) {
	for _, one := range f {
		names = append(names, one.text.columns()...)
		_ = walk(one.json, func(text string) (string, error) { // nothing fails here
			t, err := parseTemplate(text)
			names = append(names, t.columns()...)
			return text, err
		})
	}
	return names
}

func (f fields) of(row records.Row) (any, error) {
	object := make(map[string]any, len(f))
	for _, one := range f {
		name, value, err := one.of(row)
		if err != nil {
			return nil, err
		}
		object[name] = value
	}
	return object, nil
}

func (f field) of(row records.Row) (name string, value any, err error) {
	if f.json != nil {
		value, err := filledJSON(f.json, row)
		return f.property, value, err
	}
	text, err := f.text.fill(row, nil)
	if err != nil {
		return "", nil, err
	}
	parse := graph.DataProperty
	if len(f.text.columns()) == 0 {
		parse = graph.ParseProperty
	}
	member, err := parse(f.property, text)
	return member.Name, member.Value, err
}

// filledJSON returns a copy of a JSON value with columns filled in in its texts.
func filledJSON(value any, row records.Row) (any, error) {
	encoded, err := json.Marshal(value)
	if err != nil {
		return nil, err
	}
	filled, err := decodeJSON(string(encoded))
	if err != nil {
		return nil, err
	}
	return replaceTexts(filled, func(text string) (string, error) {
		t, err := parseTemplate(text)
		if err != nil {
			return "", err
		}
		return t.fill(row, nil)
	})
}

// walk calls visit with every text in a JSON value, names of members not among them.
func walk(value any, visit func(string) (string, error)) error {
	_, err := replaceTexts(value, visit)
	return err
}

// replaceTexts replaces every text in a JSON value, in place where it is in an object
// or a list. A member's name is not replaced, and holds no column.
func replaceTexts(value any, replace func(string) (string, error)) (any, error) {
	var err error
	switch value := value.(type) {
	case string:
		return replace(value)
	case []any:
		for n := range value {
			if value[n], err = replaceTexts(value[n], replace); err != nil {
				return nil, err
			}
		}
	case map[string]any:
		for name := range value {
			if strings.Contains(name, "{{") {
				return nil, fmt.Errorf("%q is no name of a member; a column can be a value only", name)
			}
			if value[name], err = replaceTexts(value[name], replace); err != nil {
				return nil, err
			}
		}
	}
	return value, nil
}
