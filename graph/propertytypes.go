package graph

import (
	"encoding/json"
	"strconv"
	"strings"

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

// ConvertProperty turns the text of a property's value, as a person types it,
// into what Graph wants there, ready to be written as JSON:
//
//   - nothing clears the property: null, or an empty list where null is no value;
//   - true and false (also yes and no) for a boolean, a number for a number;
//   - a list as JSON, or its values separated by commas;
//   - JSON for anything with members of its own;
//   - the text itself for all else, properties that are not known included.
//
// The error is a bad argument that the caller names anew: its Argument is the
// property.
func ConvertProperty(name, text string) (any, error) {
	t, known := PropertyType(name)
	trimmed := strings.TrimSpace(text)
	switch {
	case trimmed == "":
		return cleared(t), nil
	case !known:
		return text, nil
	case trimmed == "null":
		return cleared(t), nil
	case t.Collection:
		return convertList(name, t, trimmed)
	}
	return convertValue(name, t.Kind, text)
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

func convertValue(name string, kind Kind, text string) (any, error) {
	trimmed := strings.TrimSpace(text)
	switch kind {
	case KindBoolean:
		return convertBoolean(name, trimmed)
	case KindNumber:
		number, err := strconv.ParseInt(trimmed, 10, 64)
		if err != nil {
			return nil, failure.Argument(name, "%s must be a whole number, not %q.", name, trimmed)
		}
		return number, nil
	case KindComplex:
		if !strings.HasPrefix(trimmed, "{") || !json.Valid([]byte(trimmed)) {
			return nil, failure.Argument(name, "%s must be a JSON object, as in {\"name\": \"value\"}.", name)
		}
		return json.RawMessage(trimmed), nil
	case KindDate:
		return trimmed, nil
	}
	return text, nil
}

func convertBoolean(name, text string) (any, error) {
	switch strings.ToLower(text) {
	case "true", "yes":
		return true, nil
	case "false", "no":
		return false, nil
	}
	return nil, failure.Argument(name, "%s must be true or false, not %q.", name, text)
}

func convertList(name string, t Type, text string) (any, error) {
	if strings.HasPrefix(text, "[") {
		if !json.Valid([]byte(text)) {
			return nil, failure.Argument(name, "%s begins like a JSON list, but is none.", name)
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
