package terminal

import (
	"strings"

	"msgraph-user/internal/definition"
)

// DrawCommands returns the list of the commands in their groups, with the first
// sentence of what each does.
func (s Screen) DrawCommands(integration *definition.Integration) string {
	var b strings.Builder
	for n, group := range integration.Groups() {
		if n > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(s.Bold(group.Title) + "\n" + s.DrawFound(integration, group.Commands))
	}
	return b.String()
}

// DrawFound returns a list of commands, with the first sentence of what each does.
func (s Screen) DrawFound(integration *definition.Integration, names []string) string {
	table := Table{Headings: []string{"", ""}}
	for _, name := range names {
		if command, ok := integration.Command(name); ok {
			table.Rows = append(table.Rows, []string{name, firstSentence(command.Description)})
		}
	}
	return table.draw(s, s.Width())
}

func firstSentence(text string) string {
	if first, _, found := strings.Cut(text, ". "); found {
		return first + "."
	}
	return text
}

// DrawCommand returns what a command takes and gives, with an example that begins
// with start.
func (s Screen) DrawCommand(command *definition.Command, start string) string {
	var b strings.Builder
	b.WriteString(s.Bold(command.Name) + "\n" + s.wrapped(nil, command.Description) + "\n")
	if len(command.Args) > 0 {
		table := Table{Headings: []string{"Argument", "Values", "Meaning"}}
		for _, argument := range command.Args {
			if argument.Hidden { // the platform's own
				continue
			}
			table.Rows = append(table.Rows, []string{argument.Name, argumentNotes(argument), argument.Description})
		}
		b.WriteString("\n" + table.draw(s, s.Width()))
	}
	b.WriteString("\n" + s.Bold("Example") + "\n  " + start + command.Example() + "\n")
	if len(command.Outputs) > 0 {
		table := Table{Headings: []string{"Context", "Type", "Meaning"}}
		for _, output := range command.Outputs {
			table.Rows = append(table.Rows, []string{output.ContextPath, output.Type, output.Description})
		}
		b.WriteString("\n" + table.draw(s, s.Width()))
	}
	return b.String()
}

// argumentNotes says in short whether an argument is needed and what it may be.
func argumentNotes(argument definition.Argument) string {
	var notes []string
	if argument.Required {
		notes = append(notes, "required")
	}
	if argument.Default != "" {
		notes = append(notes, "default "+argument.Default)
	}
	if len(argument.Predefined) > 0 {
		notes = append(notes, strings.Join(argument.Predefined, " | "))
	}
	if argument.IsSensitive() {
		notes = append(notes, "secret")
	}
	return strings.Join(notes, ", ")
}
