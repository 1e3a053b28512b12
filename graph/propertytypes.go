package graph

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"msgraph-user/internal/boolean"
	"msgraph-user/internal/failure"
)

// Kind is what sort of value a property holds.
type Kind int

// The kinds of values.
const (
	KindString Kind = iota
	KindBoolean
	KindNumber
	KindDate    // a time as RFC 3339 has it
	KindComplex // an object with members of its own
)

// Type is the type of a property of the resource type user.
type Type struct {
	Kind       Kind
	Collection bool // a list of values of that kind
	Nullable   bool // null is a value
}

// PropertyType returns the type of a user's property. ok is false for a name
// that the metadata does not know, such as that of an extension.
func PropertyType(name string) (t Type, ok bool) {
	t, ok = userProperties[name]
	return t, ok
}

// UnknownProperties returns the names of a comma-separated list that a user has
// no property of, in any letter case: Graph answers as if they had not been
// asked for. Names of extensions and of members (an underscore or a slash in
// them) are not judged.
func UnknownProperties(list string) []string {
	var unknown []string
	for name := range strings.SplitSeq(list, ",") {
		name = strings.TrimSpace(name)
		if name != "" && name != "*" && !strings.ContainsAny(name, "_/") && !isProperty(name) {
			unknown = append(unknown, name)
		}
	}
	return unknown
}

func isProperty(name string) bool {
	for known := range userProperties {
		if strings.EqualFold(known, name) {
			return true
		}
	}
	return false
}

// ConvertProperty turns the text of a property's value, as a person types it,
// into what Graph wants there, ready to be written as JSON. White space around it
// is no part of it, unless it stands in double quotes, which are left out:
//
//   - nothing clears the property: null, or an empty list where null is no value;
//   - true and false (also yes and no) for a boolean, a number for a number;
//   - a date also without a time, which is then midnight, and without a zone, which
//     is then UTC;
//   - a list as JSON, or its values separated by commas;
//   - JSON for anything with members of its own;
//   - the text itself for all else, properties that are not known included.
//
// The error is a bad argument that the caller names again: its Argument is the
// property.
func ConvertProperty(name, text string) (any, error) {
	t, known := PropertyType(name)
	trimmed := strings.TrimSpace(text)
	quoted, isQuoted := unquote(trimmed)
	switch {
	case trimmed == "":
		return cleared(t), nil
	case isQuoted && (!known || t.Kind == KindString && !t.Collection):
		return quoted, nil
	case isQuoted && quoted == "":
		return cleared(t), nil
	case !known:
		return trimmed, nil
	case trimmed == "null":
		return cleared(t), nil
	case t.Collection:
		return convertList(name, t, trimmed)
	case isQuoted:
		trimmed = strings.TrimSpace(quoted)
	}
	return convertValue(name, t.Kind, trimmed)
}

// unquote returns what stands between the double quotes around text, and whether
// they are there.
func unquote(text string) (inner string, quoted bool) {
	if len(text) < 2 || text[0] != '"' || text[len(text)-1] != '"' {
		return "", false
	}
	inner = text[1 : len(text)-1]
	return inner, !strings.Contains(inner, `"`)
}

// cleared is the value that empties a property. A list that cannot be null is
// emptied with an empty list (https://learn.microsoft.com/graph/api/user-update);
// for other properties Graph says itself that they cannot be empty.
func cleared(t Type) any {
	if t.Collection && !t.Nullable {
		return []any{}
	}
	return nil
}

// convertValue converts text without white space around it.
func convertValue(name string, kind Kind, text string) (any, error) {
	switch kind {
	case KindBoolean:
		return convertBoolean(name, text)
	case KindNumber:
		number, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return nil, failure.Argument(name, "%s must be a whole number, not %q.", name, text)
		}
		return number, nil
	case KindComplex:
		if !strings.HasPrefix(text, "{") || !json.Valid([]byte(text)) {
			return nil, failure.Argument(name, "%s must be a JSON object, as in {\"name\": \"value\"}.", name)
		}
		return json.RawMessage(text), nil
	case KindDate:
		return convertDate(text), nil
	}
	return text, nil
}

// convertDate completes a time that lacks its zone, or all but its date. Graph says
// itself what is wrong with any other text.
func convertDate(text string) string {
	for _, layout := range []string{"2006-01-02", "2006-01-02T15:04", "2006-01-02 15:04", "2006-01-02T15:04:05", "2006-01-02 15:04:05"} {
		if at, err := time.Parse(layout, text); err == nil {
			return at.Format(time.RFC3339)
		}
	}
	return text
}

func convertBoolean(name, text string) (any, error) {
	if on, ok := boolean.Parse(text); ok {
		return on, nil
	}
	return nil, failure.Argument(name, "%s must be true or false, not %q.", name, text)
}

func convertList(name string, t Type, text string) (any, error) {
	if strings.HasPrefix(text, "[") {
		if !json.Valid([]byte(text)) {
			return nil, failure.Argument(name, "%s starts like a JSON list, but it is not a valid one.", name)
		}
		return json.RawMessage(text), nil
	}
	if t.Kind == KindComplex {
		return nil, failure.Argument(name, "%s must be a JSON list of objects, as in [{\"name\": \"value\"}].", name)
	}
	list := []any{}
	for item := range strings.SplitSeq(text, ",") {
		if item = strings.TrimSpace(item); item == "" {
			continue
		}
		value, err := convertValue(name, t.Kind, item)
		if err != nil {
			return nil, err
		}
		list = append(list, value)
	}
	return list, nil
}
