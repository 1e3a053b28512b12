package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"msgraph-user/internal/definition"
	"msgraph-user/internal/terminal"
)

func (p *program) commandsCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "commands [COMMAND]",
		Short: "List the commands, or show the arguments and results of one",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usagef("commands takes one name, but %q is given too", args[1])
			}
			return nil
		},
		ValidArgsFunction: p.completeCommandName,
		RunE: func(_ *cobra.Command, args []string) error {
			defined := definition.Load()
			screen := terminal.ScreenOn(p.streams.Stdout, p.streams.Getenv)
			if len(args) == 0 {
				_, err := fmt.Fprint(screen, screen.DrawCommands(defined))
				return err
			}
			command, ok := defined.Command(args[0])
			if !ok {
				return usagef("there is no command %q%s", args[0], didYouMean(defined.Suggest(args[0])))
			}
			_, err := fmt.Fprint(screen, screen.DrawCommand(command, "msgraph-user call "))
			return err
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
