package warroom

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"msgraph-user/internal/definition"
	"msgraph-user/internal/rawjson"
)

// The marks around a path of the context in a value, as the platform has them.
const (
	referenceStart = "${"
	referenceEnd   = "}"
)

var reference = regexp.MustCompile(`\$\{([^}]*)\}`)

// fillIn replaces each ${Path.To.Value} in the arguments of a line by what the context
// holds there. A list is one where the argument takes several values.
func (s *Session) fillIn(line Line, command *definition.Command) (Line, error) {
	line.Args = slices.Clone(line.Args)
	for n, a := range line.Args {
		if !strings.Contains(a.Value, referenceStart) {
			continue
		}
		argument, ok := command.Argument(a.Name)
		takesList := ok && argument.AcceptsList()
		value, err := s.filledIn(a.Value, takesList)
		if err != nil {
			return Line{}, fmt.Errorf("%s: %w", a.Name, err)
		}
		line.Args[n].Value = value
	}
	return line, nil
}

func (s *Session) filledIn(value string, takesList bool) (string, error) {
	var failed error
	filled := reference.ReplaceAllStringFunc(value, func(mark string) string {
		text, err := s.valueAt(mark, takesList, mark == value)
		if err != nil && failed == nil {
			failed = err
		}
		return text
	})
	return filled, failed
}

// valueAt returns what stands in the context under the path of a mark, as an argument
// has it. The mark is the whole value, or a part of a longer one.
func (s *Session) valueAt(mark string, takesList, whole bool) (string, error) {
	value, found, err := s.context.Get(mark)
	if err != nil {
		return "", err
	}
	list, isList := value.([]any)
	if isList {
		list = slices.DeleteFunc(slices.Clone(list), isNothing)
		if len(list) == 1 {
			value, isList = list[0], false
		}
	}
	switch {
	case !found || isNothing(value) || isList && len(list) == 0:
		return "", fmt.Errorf("%s holds nothing, so that nothing was sent; context shows what is stored", mark)
	case isList && !takesList:
		return "", fmt.Errorf("%s holds %d values, and this argument takes one: name it, such as ${Path.[0].Name}", mark, len(list))
	case isList && whole:
		encoded, err := rawjson.Marshal(list)
		return string(encoded), err
	case isList:
		texts := make([]string, len(list))
		for n, element := range list {
			texts[n] = textOf(element)
		}
		return strings.Join(texts, ","), nil
	}
	return textOf(value), nil
}

// isNothing reports whether a value of the context is none.
func isNothing(value any) bool {
	switch v := value.(type) {
	case nil:
		return true
	case string:
		return strings.TrimSpace(v) == ""
	case map[string]any:
		return len(v) == 0
	}
	return false
}

// textOf is a value of the context as text: an object as JSON.
func textOf(value any) string {
	switch v := value.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	case map[string]any, []any:
		if encoded, err := rawjson.Marshal(v); err == nil {
			return string(encoded)
		}
	}
	return fmt.Sprint(value)
}
