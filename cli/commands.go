package cli

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"msgraph-user/xsoar"
)

func (p *program) commandsCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "commands [COMMAND]",
		Short: "List the commands, or tell what one takes and gives",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			definition, err := p.definition()
			if err != nil {
				return err
			}
			if len(args) == 0 {
				return listCommands(p.streams.Stdout, definition)
			}
			command, ok := definition.Command(args[0])
			if !ok {
				return usagef("there is no command %q%s", args[0], didYouMean(definition.Suggest(args[0])))
			}
			return describeCommand(p.streams.Stdout, command)
		},
	}
}

// didYouMean offers near names.
func didYouMean(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return "; did you mean " + strings.Join(names, " or ") + "?"
}

func listCommands(w io.Writer, definition *xsoar.Integration) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, name := range definition.CommandNames() {
		command, _ := definition.Command(name)
		fmt.Fprintf(table, "%s\t%s\n", name, firstSentence(command.Description))
	}
	return table.Flush()
}

func firstSentence(text string) string {
	if first, _, found := strings.Cut(text, ". "); found {
		return first + "."
	}
	return text
}

func describeCommand(w io.Writer, command *xsoar.Command) error {
	fmt.Fprintf(w, "%s\n%s\n", command.Name, command.Description)
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	if len(command.Args) > 0 {
		fmt.Fprintln(table, "\nArguments:")
	}
	for _, argument := range command.Args {
		fmt.Fprintf(table, "  %s\t%s\t%s\n", argument.Name, argumentNotes(argument), argument.Description)
	}
	if len(command.Outputs) > 0 {
		fmt.Fprintln(table, "\nContext:")
	}
	for _, output := range command.Outputs {
		fmt.Fprintf(table, "  %s\t%s\t%s\n", output.ContextPath, output.Type, output.Description)
	}
	return table.Flush()
}

// argumentNotes says in short whether an argument is needed and what it may be.
func argumentNotes(argument xsoar.Argument) string {
	var notes []string
	if argument.Required {
		notes = append(notes, "required")
	}
	if argument.Default != "" {
		notes = append(notes, "default "+argument.Default)
	}
	if len(argument.Predefined) > 0 {
		notes = append(notes, strings.Join(argument.Predefined, "|"))
	}
	if argument.Secret {
		notes = append(notes, "secret")
	}
	return strings.Join(notes, ", ")
}
