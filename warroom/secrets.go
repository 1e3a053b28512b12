package warroom

import (
	"fmt"
	"strings"

	"msgraph-user/xsoar"
)

// asked stands in a line for a value that is asked for without being shown.
const asked = "-"

// withoutSecrets returns a line in which asked stands for each secret, as it is
// kept: called up again, it asks again. A line that cannot be read keeps nothing
// that a value could be.
func withoutSecrets(text string, definition *xsoar.Integration) string {
	line, err := ParseLine(text)
	if err != nil {
		return ""
	}
	command, ok := definition.Command(line.Command)
	if !ok {
		return text
	}
	var b strings.Builder
	b.WriteString("!" + line.Command)
	for _, argument := range line.Args {
		value := Quote(argument.Value)
		if isSecret(command, argument.Name) {
			value = asked
		}
		b.WriteString(" " + argument.Name + "=" + value)
	}
	for _, word := range line.Words {
		b.WriteString(" " + Quote(word))
	}
	return b.String()
}

// isSecret reports whether an argument's value must not be kept. So must that of a
// mistyped one which would be.
func isSecret(command *xsoar.Command, name string) bool {
	if argument, ok := command.Argument(name); ok {
		return argument.IsSensitive()
	}
	mistyped := xsoar.Argument{Name: strings.ToLower(name)}
	return mistyped.IsSensitive() || strings.Contains(mistyped.Name, "pass")
}

// askForSecrets fills in the secret arguments of a command that are required and
// missing, and all for which a dash stands.
func (s *Session) askForSecrets(command *xsoar.Command, args map[string]any) error {
	for _, argument := range command.Args {
		given, ok := args[argument.Name]
		wanted := ok && given == asked || !ok && argument.Required
		if !argument.IsSensitive() || !wanted {
			continue
		}
		value, err := s.Editor.Secret(argument.Name + ": ")
		if err != nil {
			return fmt.Errorf("%s: %w", argument.Name, err)
		}
		args[argument.Name] = value
	}
	return nil
}
