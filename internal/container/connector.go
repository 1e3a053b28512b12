package container

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"msgraph-user/internal/failure"
)

// connector is what manages an instance in place of its own form (Unified
// Connector): the platform keeps the credentials and says which parameter each
// belongs to.
type connector struct {
	name     string // for people: its name, else its id
	profiles []profile
}

// profile is one way in which a connector signs in.
type profile struct {
	method string // names the credentials
	fields []field
}

// field says which parameter a value of the credentials belongs to.
type field struct {
	name string
	path []string // of the parameter: its name, then members
}

const (
	// commandCapability is the capability of the profiles that commands use; others
	// serve the platform's collection of events.
	commandCapability = "automation-and-remediation"
	// credentialsParameter holds the credentials that the platform sent along, by method.
	credentialsParameter = "ucp_credentials"
)

// readConnector reads the platform's UnifiedConnectorMetadata. ok is false where no
// profile says how its credentials become parameters: the instance's own count then.
func readConnector(metadata any) (c connector, ok bool) {
	read, _ := metadata.(map[string]any)
	c.name = "without a name"
	for _, member := range []string{"connectorId", "connectorName"} {
		if value := read[member]; value != nil && value != "" {
			c.name = fmt.Sprint(value)
		}
	}
	profiles, _ := read["connectionProfiles"].([]any)
	for _, value := range profiles {
		value, _ := value.(map[string]any)
		mapping, _ := member(value, "metadata", "xsoar", "interpolation_mapping").(string)
		if fields := readMapping(mapping); value["capability"] == commandCapability && len(fields) > 0 {
			method, _ := value["method_unique_id"].(string)
			c.profiles = append(c.profiles, profile{method, fields})
		}
	}
	return c, len(c.profiles) > 0
}

// member returns the value at a path of nested objects; nil where there is none.
func member(object map[string]any, path ...string) any {
	for _, name := range path[:len(path)-1] {
		object, _ = object[name].(map[string]any)
	}
	return object[path[len(path)-1]]
}

// readMapping reads field:parameter.member pairs, separated by commas. What is no
// pair is passed over, as the platform's own runtime does.
func readMapping(text string) []field {
	var fields []field
	for pair := range strings.SplitSeq(text, ",") {
		name, path, _ := strings.Cut(pair, ":")
		name = strings.TrimSpace(name)
		segments := strings.FieldsFunc(strings.TrimSpace(path), func(r rune) bool { return r == '.' })
		if name != "" && len(segments) > 0 {
			fields = append(fields, field{name, segments})
		}
	}
	return fields
}

// parameters returns params with the connector's credentials in their places. ask
// fetches the credentials that the platform did not send along.
func (c connector) parameters(params map[string]any, ask func(method string) (any, error)) (map[string]any, error) {
	sent, _ := params[credentialsParameter].(map[string]any)
	filled := maps.Clone(params)
	if filled == nil {
		filled = map[string]any{}
	}
	delete(filled, credentialsParameter)
	for _, p := range c.profiles {
		credentials := sent[p.method]
		if credentials == nil && p.method != "" {
			var err error
			if credentials, err = ask(p.method); err != nil {
				return nil, c.refusal(err)
			}
		}
		if !p.fill(filled, credentials) {
			return nil, c.refusal(nil)
		}
	}
	return filled, nil
}

// fill puts the values of credentials where they belong, and reports whether there
// was any.
func (p profile) fill(params map[string]any, credentials any) (filled bool) {
	values, alias := valuesOf(credentials)
	for _, f := range p.fields {
		name := f.name
		if name == alias {
			name = "key"
		}
		if value := values[name]; value != nil {
			place(params, f.path, value)
			filled = true
		}
	}
	return filled
}

// valuesOf returns the values of a credentials envelope, {"type":T,T:{…}}, by field.
// A mapping calls the key of an API key by another name, alias.
func valuesOf(credentials any) (values map[string]any, alias string) {
	if list, ok := credentials.([]any); ok && len(list) == 1 { // some servers wrap it
		credentials = list[0]
	}
	envelope, _ := credentials.(map[string]any)
	kind, _ := envelope["type"].(string)
	values, ok := envelope[kind].(map[string]any)
	if !ok {
		values = envelope
	}
	if free, ok := values["parameters"].(map[string]any); ok { // passthrough
		values = free
	}
	if kind == "api_key" {
		alias = "api_key"
	}
	return values, alias
}

// place sets the value at a path of objects, which are made where they are missing.
// Objects on the way are copied: they are the caller's.
func place(object map[string]any, path []string, value any) {
	for _, name := range path[:len(path)-1] {
		inner, _ := object[name].(map[string]any)
		if inner = maps.Clone(inner); inner == nil {
			inner = map[string]any{}
		}
		object[name] = inner
		object = inner
	}
	object[path[len(path)-1]] = value
}

// refusal is the error of a connector that returns no credentials. cause is what the
// platform said, or nil.
func (c connector) refusal(cause error) error {
	e := &failure.Error{Kind: failure.BadConfiguration, Parameter: credentialsParameter, Cause: cause,
		Message: fmt.Sprintf("The connector %q, which manages this instance, returns no credentials.", c.name)}
	if cause != nil {
		e.Message = fmt.Sprintf("The credentials of the connector %q, which manages this instance, could not be read: %v.", c.name, cause)
	}
	e.Advice = "Check the connector's connection and sign in to it again. The instance's own form is not used."
	return e
}

// named adds the connector's name to an error about credentials, which are
// corrected there and not in the instance.
func (c connector) named(err error) error {
	e := failure.Of(err)
	if e.Kind != failure.SignIn && !(e.Kind == failure.BadConfiguration && c.fills(e.Parameter)) {
		return err
	}
	told := *e
	told.Advice = strings.TrimSpace(told.Advice + fmt.Sprintf(" The connector %q manages this instance: correct it there.", c.name))
	return &told
}

// fills reports whether the connector gives a value of the parameter.
func (c connector) fills(parameter string) bool {
	return slices.ContainsFunc(c.profiles, func(p profile) bool {
		return slices.ContainsFunc(p.fields, func(f field) bool { return f.path[0] == parameter })
	})
}
