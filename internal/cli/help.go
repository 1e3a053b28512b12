package cli

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"msgraph-user/internal/definition"
	"msgraph-user/internal/terminal"
)

// The global flags by what they are about. All subcommands accept all of them, because
// FlagsVariable holds flags for every start; a page of help shows those that mean
// something to its subcommand.
var (
	instanceFlags = []string{"params", "profile", "state"}
	tenantFlagSet = []string{"emulator", "faults", "fault-script", "throttling", "lag", "license"}
	loggingFlags  = []string{"log-level", "log-format"}
	limitFlags    = []string{"timeout", "max-requests", "max-answer", "max-items", "audit"}
	serverFlags   = []string{"metrics", "run-time"}
)

// meaningfulFlags are the global flags that mean something to a subcommand; a
// subcommand that is not here takes none.
var meaningfulFlags = map[string][][]string{
	"msgraph-user": {instanceFlags, tenantFlagSet, loggingFlags, limitFlags, serverFlags},
	"serve":        {instanceFlags, tenantFlagSet, loggingFlags, limitFlags, serverFlags},
	"loop":         {instanceFlags, tenantFlagSet, loggingFlags, limitFlags, serverFlags},
	"call":         {instanceFlags, tenantFlagSet, loggingFlags, limitFlags},
	"warroom":      {instanceFlags, tenantFlagSet, loggingFlags, limitFlags},
	"drill":        {{"audit", "timeout"}, loggingFlags},
	"doctor":       {instanceFlags, tenantFlagSet, loggingFlags, {"timeout"}},
	"whoami":       {instanceFlags, {"emulator", "timeout"}, loggingFlags},
	"login":        {instanceFlags, {"emulator"}, loggingFlags},
	"logout":       {instanceFlags, {"emulator"}, loggingFlags},
	"replay":       {{"params", "profile"}, tenantFlagSet, loggingFlags, limitFlags},
	"emulator":     {{"state", "faults", "fault-script", "throttling", "lag", "license"}, loggingFlags},
}

// environment are the variables that the program reads, and what for.
var environment = [][2]string{
	{FlagsVariable, "flags for every start, separated by spaces; the command line takes precedence"},
	{"XDG_CONFIG_HOME, HOME", "where the profiles are: msgraph-user/config.yaml, below HOME in .config"},
	{"XDG_STATE_HOME, HOME", "where the history of the War Room is, below HOME in .local/state"},
	{"HTTPS_PROXY, NO_PROXY", "the proxy of an instance with the parameter proxy"},
	{"NO_COLOR, TERM", "no bold or dim text where NO_COLOR is set or TERM is dumb"},
	{"GOMEMLIMIT, GOGC", "limits of memory, as for every Go program"},
}

// helpOn prepares the pages of help of a command and of all below it.
func (p *program) helpOn(root *cobra.Command) {
	usual := root.HelpFunc()
	root.SetHelpFunc(func(cmd *cobra.Command, args []string) {
		if cmd.Name() == "call" && p.helpOnCommand(args) {
			return
		}
		hideMeaningless(cmd)
		usual(cmd, args)
		if cmd == root {
			fmt.Fprint(p.streams.Stdout, "\n"+environmentText(terminal.ScreenOn(p.streams.Stdout, p.streams.Getenv)))
		}
	})
	root.SetHelpCommand(p.helpCommand())
}

// hideMeaningless hides the global flags that mean nothing to cmd.
func hideMeaningless(cmd *cobra.Command) {
	meaningful := meaningfulTo(cmd)
	cmd.Root().PersistentFlags().VisitAll(func(flag *pflag.Flag) { flag.Hidden = flag.Hidden || !meaningful(flag.Name) })
}

// meaningfulTo returns which global flags mean something to cmd.
func meaningfulTo(cmd *cobra.Command) func(name string) bool {
	top := cmd
	for top.HasParent() && top.Parent().HasParent() {
		top = top.Parent()
	}
	groups := meaningfulFlags[top.Name()]
	return func(name string) bool {
		return slices.ContainsFunc(groups, func(group []string) bool { return slices.Contains(group, name) })
	}
}

func environmentText(screen terminal.Screen) string {
	table := terminal.Table{}
	for _, variable := range environment {
		table.Rows = append(table.Rows, []string{"  " + variable[0], variable[1]})
	}
	return "Environment:\n" + screen.DrawTable(table)
}

// helpOnCommand shows the first of args that is a command of the integration, and
// reports whether there is one.
func (p *program) helpOnCommand(args []string) bool {
	defined := definition.Load()
	for _, arg := range args {
		if command, ok := defined.Command(arg); ok {
			screen := terminal.ScreenOn(p.streams.Stdout, p.streams.Getenv)
			fmt.Fprint(screen, screen.DrawCommand(command, "msgraph-user call "))
			return true
		}
	}
	return false
}

// helpCommand explains a subcommand or a command of the integration, or searches both.
func (p *program) helpCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "help [SUBCOMMAND|COMMAND|TEXT]",
		Short: "Explain a subcommand or a command, or search for a text",
		RunE: func(cmd *cobra.Command, args []string) error {
			found, rest, err := cmd.Root().Find(args)
			if err == nil && len(rest) == 0 {
				return found.Help()
			}
			if p.helpOnCommand(args[:1]) {
				return nil
			}
			return p.searchHelp(cmd.Root(), args)
		},
		ValidArgsFunction: p.completeCommandName,
	}
}

// searchHelp lists the subcommands and commands whose help holds all words.
func (p *program) searchHelp(root *cobra.Command, words []string) error {
	defined := definition.Load()
	screen := terminal.ScreenOn(p.streams.Stdout, p.streams.Getenv)
	var subcommands terminal.Table
	for _, cmd := range root.Commands() {
		if cmd.IsAvailableCommand() && definition.HasWords(cmd.Name()+" "+cmd.Short+" "+cmd.Long, words) {
			subcommands.Rows = append(subcommands.Rows, []string{cmd.CommandPath(), cmd.Short})
		}
	}
	text := screen.DrawTable(subcommands) + screen.DrawFound(defined, defined.Search(words...))
	if text == "" {
		return usagef("nothing in the help contains %q%s", strings.Join(words, " "), didYouMean(defined.Suggest(words[0])))
	}
	_, err := io.WriteString(screen, text)
	return err
}
