package graph

import (
	"encoding/json"
	"slices"
	"strings"

	"msgraph-user/internal/failure"
	"msgraph-user/internal/rawjson"
)

// propertyNames are the names of the user's properties by their lower case.
var propertyNames = func() map[string]string {
	names := make(map[string]string, len(userProperties))
	for name := range userProperties {
		names[strings.ToLower(name)] = name
	}
	return names
}()

// PropertyName returns a property's name in the letters that Graph knows it by,
// whatever the letter case that a person types. A name that the metadata does not
// know comes back as it is.
func PropertyName(typed string) string {
	if name, ok := propertyNames[strings.ToLower(typed)]; ok {
		return name
	}
	return typed
}

// ParseProperty turns the name and the text of a property, as a person types them,
// into the member of a body: its name as Graph writes it, its value as
// ConvertProperty does. The error is a bad argument that the caller names again: its
// Argument is the property.
func ParseProperty(typed, text string) (rawjson.Member, error) {
	name := PropertyName(typed)
	if err := checkProperty(name); err != nil {
		return rawjson.Member{}, err
	}
	converted, err := ConvertProperty(name, text)
	if err != nil {
		return rawjson.Member{}, err
	}
	value, err := json.Marshal(converted)
	if err != nil {
		return rawjson.Member{}, failure.Argument(name, "the value of %s cannot be sent: %v.", name, err)
	}
	return rawjson.Member{Name: name, Value: value}, nil
}

// DataProperty is ParseProperty for a text that nobody typed as the value of a
// property, such as a cell of a file. Where the property holds text, that is the value
// as it stands, with its quotes, its white space and the word null; nothing but white
// space clears the property.
func DataProperty(typed, text string) (rawjson.Member, error) {
	name := PropertyName(typed)
	t, known := userProperties[name]
	if strings.TrimSpace(text) == "" || known && (t.Kind != KindString || t.Collection) {
		return ParseProperty(typed, text)
	}
	return rawjson.Member{Name: name, Value: rawjson.Quote(text)}, checkProperty(name)
}

// NameProperties returns the properties of an object that a person wrote, with the
// names as Graph writes them, and dates in the form that ConvertProperty gives them.
// The error is as that of ParseProperty.
func NameProperties(typed rawjson.Object) (rawjson.Object, error) {
	named := make(rawjson.Object, 0, len(typed))
	for _, member := range typed {
		name := PropertyName(member.Name)
		if err := checkProperty(name); err != nil {
			return nil, err
		}
		if named.Get(name) != nil {
			return nil, failure.Argument(name, "%s is given twice.", name)
		}
		if text, isText := rawjson.Text(member.Value); isText && userProperties[name].Kind == KindDate {
			member.Value = rawjson.Quote(convertDate(text))
		}
		named = append(named, rawjson.Member{Name: name, Value: member.Value})
	}
	return named, nil
}

// checkProperty refuses what looks like a property of a user and is none.
func checkProperty(name string) error {
	if !strings.EqualFold(name, "manager") {
		return nil
	}
	e := failure.Argument("manager", "manager is not a property. It is a relation to another user.")
	e.Advice = "Set it with msgraph-user-assign-manager."
	return e
}

// serviceProperties are the properties of a user that live in another service. A
// PATCH that holds them beside properties of the directory is refused
// (https://learn.microsoft.com/graph/api/user-update).
var serviceProperties = []string{"aboutMe", "birthday", "hireDate", "interests", "mySite", "pastProjects", "responsibilities", "schools", "skills"}

// SplitProperties splits the properties of an update into those of the directory and
// those of other services, each of which goes in a request of its own. Either part
// may be empty; the order stays.
func SplitProperties(properties rawjson.Object) (directory, services rawjson.Object) {
	for _, member := range properties {
		if slices.Contains(serviceProperties, PropertyName(member.Name)) {
			services = append(services, member)
		} else {
			directory = append(directory, member)
		}
	}
	return directory, services
}

// NeedsObjectID reports whether a read of these properties (names separated by
// commas) of user works by object id only: Graph gives signInActivity for an id and
// refuses it for a name (https://learn.microsoft.com/graph/api/resources/signinactivity).
// The id is read first then, with GetUser(user, "id").
func NeedsObjectID(user, properties string) bool {
	return !IsObjectID(user) && slices.ContainsFunc(strings.Split(properties, ","), func(name string) bool {
		name, _, _ = strings.Cut(strings.TrimSpace(name), "/")
		return strings.EqualFold(name, "signInActivity")
	})
}
