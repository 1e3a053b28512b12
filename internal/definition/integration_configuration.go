package definition

import (
	"strings"

	"msgraph-user/internal/boolean"
)

// Configuration returns an instance's parameters with the defaults of
// integration.yml where given has none. Absent and null take the default. So
// does an empty text or choice that has one, as a form field left blank does; an
// empty boolean stays what it is, off. Parameters that integration.yml does not
// know are kept, since the platform sends some of its own. given is not changed.
func (i *Integration) Configuration(given map[string]any) map[string]any {
	configuration := make(map[string]any, len(given)+8) // most parameters have no default
	for name, value := range given {
		configuration[name] = value
	}
	for _, parameter := range i.Parameters {
		if parameter.takesDefault(configuration[parameter.Name]) {
			configuration[parameter.Name] = parameter.defaultValue()
		}
	}
	return configuration
}

// takesDefault reports whether the default stands in for value.
func (p *Parameter) takesDefault(value any) bool {
	if p.Default == "" {
		return false
	}
	text, isText := value.(string)
	return value == nil || isText && strings.TrimSpace(text) == "" && p.Type != Boolean
}

// defaultValue returns the default as the platform sends a value of its type.
func (p *Parameter) defaultValue() any {
	if p.Type == Boolean {
		on, _ := boolean.Parse(p.Default)
		return on
	}
	return p.Default
}
