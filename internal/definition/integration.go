// Package definition reads integration.yml: which parameters, commands and
// arguments there are, what each means, and what a caller may give. Validation,
// suggestions, help, completion and the OpenRPC document come from it.
package definition

import "slices"

//go:generate go run ../../tools/definition

// TestModule is the command that the platform runs when a person clicks Test.
// Every integration answers it; integration.yml does not list it.
const TestModule = "test-module"

// Integration is what integration.yml says: the one list of parameters,
// commands, arguments and outputs that dispatch, validation, help, completion,
// discovery and the command reference are made from. It is not changed after it
// was loaded and is safe for concurrent use.
type Integration struct {
	Name                string      `yaml:"name" json:"name"`       // the platform's name of it, in IntegrationBrand
	Display             string      `yaml:"display" json:"display"` // the name that people see
	Description         string      `yaml:"description" json:"description"`
	DetailedDescription string      `yaml:"detaileddescription" json:"detaileddescription"` // the help text, Markdown
	Parameters          []Parameter `yaml:"configuration" json:"configuration"`
	Commands            []Command   `yaml:"-" json:"commands"` // in the order of integration.yml, without test-module
}

// ParameterType is the platform's number for the form field that a parameter is
// entered in.
type ParameterType int

// The parameter types that integration.yml uses. Their numbers are the platform's:
// https://xsoar.pan.dev/docs/integrations/yaml-file
const (
	ShortText     ParameterType = 0
	EncryptedText ParameterType = 4
	Boolean       ParameterType = 8
	Credentials   ParameterType = 9 // an object with identifier and password
	LongText      ParameterType = 12
	EncryptedLong ParameterType = 14 // an encrypted text of several lines
	SingleSelect  ParameterType = 15
)

// Parameter is one setting of an integration instance.
type Parameter struct {
	Name            string        `yaml:"name" json:"name"`
	Display         string        `yaml:"display" json:"display,omitempty"`                 // what the form calls it
	DisplayPassword string        `yaml:"displaypassword" json:"displaypassword,omitempty"` // Credentials: what the form calls the password field
	HiddenUsername  bool          `yaml:"hiddenusername" json:"hiddenusername,omitempty"`   // Credentials: only the password field is shown
	Type            ParameterType `yaml:"type" json:"type"`
	Section         string        `yaml:"section" json:"section,omitempty"`
	Advanced        bool          `yaml:"advanced" json:"advanced,omitempty"`
	Required        bool          `yaml:"required" json:"required,omitempty"`
	Hidden          bool          `yaml:"hidden" json:"hidden,omitempty"`             // of an older version: still read, no longer shown
	Default         string        `yaml:"defaultvalue" json:"defaultvalue,omitempty"` // "" where there is none
	Options         []string      `yaml:"options" json:"options,omitempty"`           // SingleSelect: what can be chosen
	Info            string        `yaml:"additionalinfo" json:"additionalinfo,omitempty"`
}

// Command is one command of the integration.
type Command struct {
	Name        string     `yaml:"name" json:"name"`
	Description string     `yaml:"description" json:"description"`
	Deprecated  bool       `yaml:"deprecated" json:"deprecated,omitempty"`
	Hidden      bool       `yaml:"hidden" json:"hidden,omitempty"`
	Execution   bool       `yaml:"execution" json:"execution,omitempty"` // may do harm: the platform asks before it runs it
	Polling     bool       `yaml:"polling" json:"polling,omitempty"`     // may schedule itself again
	Args        []Argument `yaml:"arguments" json:"arguments,omitempty"`
	Outputs     []Output   `yaml:"outputs" json:"outputs,omitempty"`
}

// Argument is one argument of a command, as integration.yml describes it.
type Argument struct {
	Name        string   `yaml:"name" json:"name"`
	Description string   `yaml:"description" json:"description"`
	Required    bool     `yaml:"required" json:"required,omitempty"`
	Secret      bool     `yaml:"secret" json:"secret,omitempty"`
	Hidden      bool     `yaml:"hidden" json:"hidden,omitempty"` // for the platform's own use
	Deprecated  bool     `yaml:"deprecated" json:"deprecated,omitempty"`
	IsArray     bool     `yaml:"isArray" json:"isArray,omitempty"`           // several values in one
	Default     string   `yaml:"defaultValue" json:"defaultValue,omitempty"` // "" where there is none
	Predefined  []string `yaml:"predefined" json:"predefined,omitempty"`     // the allowed values; empty where any is
	Meaning     Meaning  `yaml:"-" json:"meaning,omitempty"`
}

// Output is one path that a command fills in the platform's context.
type Output struct {
	ContextPath string `yaml:"contextPath" json:"contextPath"`
	Description string `yaml:"description" json:"description"`
	Type        string `yaml:"type" json:"type"` // String, Number, Boolean
}

// Command returns the command called name, test-module among them, and whether
// there is one.
func (i *Integration) Command(name string) (*Command, bool) {
	if name == TestModule {
		return &Command{
			Name:        TestModule,
			Description: "Checks that the instance can sign in and read from Microsoft Graph.",
		}, true
	}
	for n := range i.Commands {
		if i.Commands[n].Name == name {
			return &i.Commands[n], true
		}
	}
	return nil, false
}

// CommandNames returns the names of all commands: test-module, then those of
// integration.yml in its order.
func (i *Integration) CommandNames() []string {
	names := make([]string, 0, 1+len(i.Commands))
	names = append(names, TestModule)
	for _, command := range i.Commands {
		names = append(names, command.Name)
	}
	return names
}

// ShownNames returns the names of the commands that lists and completion offer:
// hidden ones work, but nobody is led to them.
func (i *Integration) ShownNames() []string {
	return slices.DeleteFunc(i.CommandNames(), func(name string) bool {
		command, _ := i.Command(name) // the name is the integration's own
		return command.Hidden
	})
}

// Parameter returns the parameter called name, and whether there is one.
func (i *Integration) Parameter(name string) (*Parameter, bool) {
	for n := range i.Parameters {
		if i.Parameters[n].Name == name {
			return &i.Parameters[n], true
		}
	}
	return nil, false
}

// Argument returns the argument called name, and whether the command has one.
func (c *Command) Argument(name string) (*Argument, bool) {
	for n := range c.Args {
		if c.Args[n].Name == name {
			return &c.Args[n], true
		}
	}
	return nil, false
}
