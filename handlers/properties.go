package handlers

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"msgraph-user/graph"
	"msgraph-user/internal/cleanname"
	"msgraph-user/internal/definition"
	"msgraph-user/internal/failure"
	"msgraph-user/internal/rawjson"
)

// unknownNames says which of the properties that a person asks for Graph does not
// know and leaves out of its answer; empty where it knows all.
func unknownNames(properties string) string {
	unknown := graph.UnknownProperties(properties)
	if len(unknown) == 0 {
		return ""
	}
	return fmt.Sprintf("Microsoft's description of a user has no %s: Graph leaves unknown properties out. Check the spelling.", strings.Join(unknown, ", "))
}

// parseProperties reads the properties of a user from the argument called name:
// JSON as it is, or name=value pairs between delimiters, each value in the type
// that Graph wants for the property. The value may hold "=" and is kept as it
// was typed, but for what nobody sees around a name; nothing behind the "=" clears
// the property. A property that is written in two ways is refused; of equal ones the
// last counts.
func parseProperties(args definition.Arguments, name, delimiter string) (rawjson.Object, error) {
	properties, err := readProperties(args, name, delimiter)
	if err != nil {
		return nil, err
	}
	return cleanNames(name, properties)
}

func readProperties(args definition.Arguments, name, delimiter string) (rawjson.Object, error) {
	if object, ok := args.JSON(name); ok {
		return parseJSONProperties(name, object)
	}
	text := args.Text(name)
	if strings.HasPrefix(strings.TrimSpace(text), "{") {
		return parseJSONProperties(name, json.RawMessage(strings.TrimSpace(text)))
	}
	if delimiter == "" {
		delimiter = ","
	}
	properties, written := rawjson.Object{}, map[string]string{}
	for pair := range strings.SplitSeq(text, delimiter) {
		if strings.TrimSpace(pair) == "" {
			continue
		}
		if !strings.Contains(pair, "=") && args.HoldsPassword(name, delimiter) {
			return nil, notProperty(name, "A part") // which may be one of a password
		}
		member, err := parseProperty(name, pair)
		if err != nil {
			return nil, err
		}
		typed, _, _ := strings.Cut(pair, "=")
		typed = strings.TrimSpace(typed)
		if before, again := written[member.Name]; again && before != typed {
			return nil, failure.Argument(name, "%s: %s is given twice, as %s and as %s.", name, member.Name, before, typed)
		}
		written[member.Name] = typed
		properties = append(properties.Without(member.Name), member)
	}
	if len(properties) == 0 {
		return nil, failure.Argument(name, "%s names no property. Write it as jobTitle=Analyst,officeLocation=9/1.", name)
	}
	return properties, nil
}

func parseJSONProperties(name string, data json.RawMessage) (rawjson.Object, error) {
	properties, err := rawjson.ParseObject(data)
	if err != nil {
		return nil, failure.Argument(name, `%s looks like JSON but is none. Write it as {"jobTitle":"Analyst"}.`, name)
	}
	if len(properties) == 0 {
		return nil, failure.Argument(name, "%s names no property.", name)
	}
	named, err := graph.NameProperties(properties)
	return named, inArgument(name, err)
}

func parseProperty(name, pair string) (rawjson.Member, error) {
	property, text, found := strings.Cut(pair, "=")
	property = strings.TrimSpace(property)
	if !found || property == "" {
		return rawjson.Member{}, notProperty(name, strconv.Quote(strings.TrimSpace(pair)))
	}
	member, err := graph.ParseProperty(property, text)
	return member, inArgument(name, err)
}

// nameProperties hold names and addresses, in which no hidden character counts.
var nameProperties = []string{"userPrincipalName", "mail", "mailNickname", "otherMails"}

// cleanNames returns the properties with names and addresses as they count: without
// what stands around them and nobody sees. Inside one, that is an error.
func cleanNames(argument string, properties rawjson.Object) (rawjson.Object, error) {
	for i, member := range properties {
		if !slices.Contains(nameProperties, member.Name) {
			continue
		}
		value, err := cleanValue(member.Value)
		if err != nil {
			e := failure.Argument(argument, "%s: %s is not a name or an address: %v.", argument, member.Name, err)
			e.Advice = "Remove the character, or type the name."
			return nil, e
		}
		properties[i].Value = value
	}
	return properties, nil
}

// cleanValue cleans a text, and each of a list of texts. Other values stay.
func cleanValue(value json.RawMessage) (json.RawMessage, error) {
	if text, isText := rawjson.Text(value); isText {
		name, err := cleanname.Clean(text)
		if err == nil && name == "" && text != "" {
			err = errors.New("it holds nothing that can be seen")
		}
		return rawjson.Quote(name), err
	}
	items, err := rawjson.ParseArray(value)
	if err != nil {
		return value, nil
	}
	for i := range items {
		if items[i], err = cleanValue(items[i]); err != nil {
			return nil, err
		}
	}
	return rawjson.Marshal(items)
}

// inArgument says of an error about a property in which argument it stands.
func inArgument(name string, err error) error {
	e, ok := errors.AsType[*failure.Error](err)
	if !ok {
		if err != nil {
			return failure.Argument(name, "%s: %v", name, err)
		}
		return nil
	}
	told := *e
	told.Argument, told.Message = name, name+": "+e.Message
	return &told
}

func notProperty(name, part string) error {
	return failure.Argument(name,
		"%s in %s is not property=value. If a value contains the delimiter, choose another delimiter or write JSON.", part, name)
}
