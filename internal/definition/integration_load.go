package definition

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// ParseYAML reads integration.yml. The error lists everything that the
// program could not work with.
func ParseYAML(yml []byte) (*Integration, error) {
	var document struct {
		Integration `yaml:",inline"`
		Script      struct {
			Commands []Command `yaml:"commands"`
		} `yaml:"script"`
	}
	if err := yaml.Unmarshal(yml, &document); err != nil {
		return nil, fmt.Errorf("integration.yml: %w", err)
	}
	integration := document.Integration
	integration.Commands = document.Script.Commands
	integration.giveMeanings()
	if err := integration.check(); err != nil {
		return nil, fmt.Errorf("integration.yml: %w", err)
	}
	return &integration, nil
}

// Load returns what integration.yml said when the program was built. It is data of the
// program, which go generate ./internal/definition writes: a start reads no file.
func Load() *Integration { return &generated }

// check reports names that are missing or stand twice, and defaults that are
// none of the allowed values.
func (i *Integration) check() error {
	var bad []error
	report := func(format string, a ...any) { bad = append(bad, fmt.Errorf(format, a...)) }
	if i.Name == "" {
		report("the integration has no name")
	}
	checkNames("parameter", i.Parameters, func(p Parameter) string { return p.Name }, report)
	for _, p := range i.Parameters {
		if p.Default != "" && len(p.Options) > 0 && !slices.Contains(p.Options, p.Default) {
			report("parameter %s: the default %q is no option", p.Name, p.Default)
		}
	}
	checkNames("command", i.Commands, func(c Command) string { return c.Name }, report)
	for _, c := range i.Commands {
		checkNames(c.Name+": argument", c.Args, func(a Argument) string { return a.Name }, report)
		for _, a := range c.Args {
			if a.Default != "" && len(a.Predefined) > 0 && !slices.Contains(a.Predefined, a.Default) {
				report("%s %s: the default %q is not allowed", c.Name, a.Name, a.Default)
			}
		}
	}
	return errors.Join(bad...)
}

// checkNames reports elements whose name is missing or stands twice.
func checkNames[T any](kind string, list []T, name func(T) string, report func(string, ...any)) {
	seen := map[string]bool{}
	for n, element := range list {
		switch name := name(element); {
		case strings.TrimSpace(name) == "":
			report("%s %d has no name", kind, n+1)
		case seen[name]:
			report("%s %s stands twice", kind, name)
		default:
			seen[name] = true
		}
	}
}
