package warroom

import (
	"fmt"
	"strings"

	"msgraph-user/internal/definition"
	"msgraph-user/internal/secret"
)

// asked stands in a line for a value that is asked for without being shown.
const asked = "-"

// withoutSecrets returns a line as it is kept: asked stands for each secret, so that
// it asks again when it is called up. Nothing is kept of a line that cannot be read,
// or whose command is not known, since anything in it could be a secret.
func (s *Session) withoutSecrets(text string) string {
	line, err := ParseLine(text)
	if err != nil {
		return ""
	}
	if _, own := s.builtins()[line.Command]; own && len(line.Args) == 0 {
		return text
	}
	command, ok := s.Definition.Command(line.Command)
	if !ok {
		return ""
	}
	return line.kept(command)
}

// value returns the value of an argument, "" where the line has none.
func (l Line) value(name string) string {
	for _, a := range l.Args {
		if a.Name == name {
			return a.Value
		}
	}
	return ""
}

// kept writes the line of a command again, without its secrets: the passwords in a
// user's properties are among them.
func (l Line) kept(command *definition.Command) string {
	var b strings.Builder
	var scrubber secret.Scrubber
	for _, a := range l.Args {
		scrubber.Add(secret.PasswordsIn(a.Value, l.value("updated_fields_delimiter"))...)
	}
	b.WriteString("!" + l.Command)
	for _, a := range l.Args {
		value := Quote(scrubber.Scrub(a.Value))
		if isSecret(command, a.Name) {
			value = asked
		}
		b.WriteString(" " + a.Name + "=" + value)
	}
	for range l.Words {
		b.WriteString(" " + asked) // a part of a secret with spaces, perhaps
	}
	return b.String()
}

// isSecret reports whether an argument's value must not be kept: that of a mistyped
// name could be a secret too.
func isSecret(command *definition.Command, name string) bool {
	argument, ok := command.Argument(name)
	if !ok {
		return !definition.IsPlatformArgument(name)
	}
	return argument.IsSensitive()
}

// askForSecrets fills in the secret arguments of a command that are required and
// missing, and all for which a dash stands. The line then names those that were
// missing.
func (s *Session) askForSecrets(command *definition.Command, line *Line, args map[string]any) error {
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
		if !ok {
			line.Args = append(line.Args, Argument{argument.Name, asked})
		}
	}
	return nil
}
