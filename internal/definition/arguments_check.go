package definition

import (
	"encoding/json"
	"errors"
	"io"
	"slices"
	"sort"
	"strconv"
	"strings"

	"msgraph-user/internal/boolean"
	"msgraph-user/internal/failure"
)

// Arguments checks what a caller gave against the command's arguments: none that is
// unknown, every required one with a value (white space is none), values that are
// allowed. What the platform adds to any command is passed over. Defaults take the
// place of absent, null and empty values. Values may be text, as the platform sends
// them, or JSON values where the argument's meaning allows. The error is a
// *failure.Error of kind BadArgument that names the argument and never holds a secret
// value.
func (c *Command) Arguments(given map[string]any) (Arguments, error) {
	if err := c.checkNames(given); err != nil {
		return Arguments{}, err
	}
	values := make(map[string]argumentValue, len(given))
	for n := range c.Args {
		argument := &c.Args[n]
		value, present, err := argument.value(given[argument.Name])
		if err != nil {
			return Arguments{}, err
		}
		switch {
		case present:
			values[argument.Name] = value
		case argument.Required:
			return Arguments{}, c.missing(argument)
		}
	}
	return Arguments{values}, nil
}

// checkNames reports the first unknown argument, in the order of the alphabet so
// that the same call gets the same answer.
func (c *Command) checkNames(given map[string]any) error {
	var unknown []string
	for name := range given {
		if _, known := c.Argument(name); !known && !IsPlatformArgument(name) {
			unknown = append(unknown, name)
		}
	}
	if len(unknown) == 0 {
		return nil
	}
	sort.Strings(unknown)
	return c.unknown(unknown[0])
}

func (c *Command) unknown(name string) error {
	var shown []string
	for _, argument := range c.Args {
		if !argument.Hidden {
			shown = append(shown, argument.Name)
		}
	}
	err := failure.Argument(name, "%s has no argument %q.", c.Name, shorten(name))
	err.Suggestions = nearest(name, shown, nameWords)
	switch {
	case len(err.Suggestions) > 0:
		err.Advice = "Did you mean " + strings.Join(err.Suggestions, " or ") + "?"
	case len(shown) == 0:
		err.Advice = "It takes none."
	default:
		err.Advice = "It takes " + strings.Join(shown, ", ") + "."
	}
	return err
}

func (c *Command) missing(argument *Argument) error {
	err := failure.Argument(argument.Name, "%s needs the argument %s.", c.Name, argument.Name)
	err.Advice = argument.Description
	return err
}

// value turns what was given for the argument into its checked value. present is
// false where there is none, not even a default.
func (a *Argument) value(given any) (value argumentValue, present bool, err error) {
	if value, err = a.read(given); err != nil {
		return value, false, err
	}
	if value, err = a.cleanValue(value); err != nil {
		return value, false, err
	}
	if a.isEmpty(value) {
		if a.Default == "" {
			return value, false, nil
		}
		value = argumentValue{text: a.Default}
	}
	value.sensitive = a.IsSensitive()
	if a.IsArray && len(a.Predefined) > 0 {
		value, err = a.checkEach(value)
		return value, true, err
	}
	value.text, err = a.checkText(value.text)
	return value, true, err
}

// checkEach holds each of a list to the allowed values.
func (a *Argument) checkEach(value argumentValue) (argumentValue, error) {
	items := value.items
	if items == nil {
		items = strings.Split(value.text, ",")
	}
	value.items = nil
	for _, item := range items {
		if strings.TrimSpace(item) == "" {
			continue
		}
		item, err := a.checkText(item)
		if err != nil {
			return argumentValue{}, err
		}
		value.items = append(value.items, item)
	}
	value.text = strings.Join(value.items, ",")
	return value, nil
}

// cleanValue cleans a value, each of a list by itself. Users who are given as a
// text stand between commas: a user principal name holds none.
func (a *Argument) cleanValue(value argumentValue) (argumentValue, error) {
	if a.IsArray && a.IsUser() && value.items == nil && strings.Contains(value.text, ",") {
		value.items = strings.Split(value.text, ",")
	}
	if len(value.items) == 0 {
		text, err := a.clean(value.text)
		value.text = text
		return value, err
	}
	items := value.items
	value.items = nil
	for _, item := range items {
		item, err := a.clean(item)
		if err != nil {
			return argumentValue{}, err
		}
		if item != "" {
			value.items = append(value.items, item)
		}
	}
	value.text = strings.Join(value.items, ",")
	return value, nil
}

func (a *Argument) isEmpty(value argumentValue) bool {
	return value.text == "" || a.blankIsEmpty() && strings.TrimSpace(value.text) == ""
}

// read takes a value in any of the forms that JSON has.
func (a *Argument) read(given any) (argumentValue, error) {
	switch given := given.(type) {
	case nil:
		return argumentValue{}, nil
	case string:
		return a.readText(given)
	case []any:
		return a.readList(given)
	case []string:
		list := make([]any, len(given))
		for n, item := range given {
			list[n] = item
		}
		return a.readList(list)
	case map[string]any:
		return a.readObject(given)
	}
	text, ok := scalarText(given)
	if !ok {
		return argumentValue{}, failure.Argument(a.Name, "%s has a value of an unsupported type (%T).", a.Name, given)
	}
	return argumentValue{text: text}, nil
}

// readText takes text. Playbooks hand lists and objects over as JSON in a text:
// these are read where the argument can be one.
func (a *Argument) readText(text string) (argumentValue, error) {
	trimmed := strings.TrimSpace(text)
	switch {
	case (a.AcceptsList() || a.IsUser()) && strings.HasPrefix(trimmed, "["):
		var list []any
		if decode(trimmed, &list) == nil {
			return a.readList(list)
		}
	case a.AcceptsObject() && strings.HasPrefix(trimmed, "{"):
		var object map[string]json.RawMessage
		if err := decode(trimmed, &object); err != nil {
			return argumentValue{}, failure.Argument(a.Name, "%s starts like a JSON object, but it is not a valid one: %v.", a.Name, err)
		}
		if len(object) == 0 {
			return argumentValue{}, nil
		}
		return argumentValue{text: trimmed, object: json.RawMessage(trimmed)}, nil
	}
	return argumentValue{text: text}, nil
}

// readList takes a list: its values where the argument means several, its only
// one where it means one.
func (a *Argument) readList(list []any) (argumentValue, error) {
	items := make([]string, 0, len(list))
	for _, item := range list {
		text, ok := scalarText(item)
		if !ok {
			return argumentValue{}, failure.Argument(a.Name, "%s must hold texts, not lists or objects.", a.Name)
		}
		if strings.TrimSpace(text) != "" {
			items = append(items, text)
		}
	}
	switch {
	case len(items) == 0:
		return argumentValue{}, nil
	case a.AcceptsList():
		return argumentValue{text: strings.Join(items, ","), items: items}, nil
	case len(items) == 1:
		return argumentValue{text: items[0]}, nil
	case a.IsUser():
		err := failure.Argument(a.Name, "%s names one user; %d were given.", a.Name, len(items))
		err.Advice = "Run the command once for each of them."
		return argumentValue{}, err
	}
	return argumentValue{}, failure.Argument(a.Name, "%s takes one value; %d were given.", a.Name, len(items))
}

func (a *Argument) readObject(object map[string]any) (argumentValue, error) {
	if !a.AcceptsObject() {
		return argumentValue{}, failure.Argument(a.Name, "%s takes a text, not an object.", a.Name)
	}
	if len(object) == 0 {
		return argumentValue{}, nil
	}
	data, err := json.Marshal(object)
	if err != nil {
		return argumentValue{}, failure.Argument(a.Name, "%s cannot be written as JSON: %v.", a.Name, err)
	}
	return argumentValue{text: string(data), object: data}, nil
}

// checkText holds the text to the allowed values and to whole numbers, and
// returns it in integration.yml's spelling.
func (a *Argument) checkText(text string) (string, error) {
	trimmed := strings.TrimSpace(text)
	switch {
	case a.IsBoolean():
		if on, ok := boolean.Parse(trimmed); ok {
			return strconv.FormatBool(on), nil
		}
	case len(a.Predefined) > 0:
		if n := slices.IndexFunc(a.Predefined, func(p string) bool { return strings.EqualFold(p, trimmed) }); n >= 0 {
			return a.Predefined[n], nil
		}
	case a.Meaning == Limit && strings.EqualFold(trimmed, "all"):
		return "all", nil
	case a.IsNumber():
		if number, ok := parseWholeNumber(trimmed); ok {
			return strconv.Itoa(number), nil
		}
		return "", failure.Argument(a.Name, "%s must be a whole number%s, not %q.", a.Name, a.otherwise(), shorten(text))
	default:
		return text, nil
	}
	return "", failure.Argument(a.Name, "%s must be %s, not %q.", a.Name, strings.Join(a.Predefined, " or "), shorten(text))
}

// scalarText writes a JSON scalar as the text that the platform would send.
// null is the empty text.
func scalarText(value any) (text string, ok bool) {
	switch value := value.(type) {
	case nil:
		return "", true
	case string:
		return value, true
	case bool:
		return strconv.FormatBool(value), true
	case json.Number:
		return value.String(), true
	case float64:
		return strconv.FormatFloat(value, 'f', -1, 64), true
	case int:
		return strconv.Itoa(value), true
	case int64:
		return strconv.FormatInt(value, 10), true
	}
	return "", false
}

// decode reads the one JSON value that text is, its numbers as they stand.
func decode(text string, into any) error {
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	if err := decoder.Decode(into); err != nil {
		return err
	}
	if _, err := decoder.Token(); err != io.EOF {
		return errors.New("more follows after it")
	}
	return nil
}

// shorten cuts text for a message, which is to be read in one glance.
func shorten(text string) string {
	const longest = 60
	runes := []rune(text[:min(len(text), 4*longest)])
	if len(runes) <= longest && len(text) <= 4*longest {
		return text
	}
	return string(runes[:min(len(runes), longest)]) + "…"
}

// otherwise names what else than a number a limit may be.
func (a *Argument) otherwise() string {
	if a.Meaning == Limit {
		return ", or all"
	}
	return ""
}
