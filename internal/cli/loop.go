package cli

import (
	"context"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/spf13/cobra"

	"msgraph-user/internal/container"
)

// FlagsVariable names the environment variable with flags for every start of the
// program, separated by spaces: for places such as the platform's container, where
// nobody writes the command line. A flag of the command line takes precedence.
const FlagsVariable = "MSGRAPH_USER_FLAGS"

func (p *program) loopCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "loop",
		Short: "Serve the platform's container loop instead of its Python loop",
		Long: strings.TrimSpace(`
Serve the platform's container loop on standard input and output: the process
that the platform starts in an integration's container. The program does the
same if the platform starts it under the name python or python3 with the path of a
script. It runs neither that script nor the script of the integration.`),
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return p.loop(cmd.Context()) },
	}
}

func (p *program) loop(ctx context.Context) error {
	p.leaveStderr()
	hangups := catchHangups()
	e, err := p.start(ctx)
	if err != nil {
		return err
	}
	defer e.close()
	outliveThePeer()
	defer e.reopenOn(hangups)()
	loop := &container.Loop{Runner: e.service, Settle: e.service.Settle, Log: e.log}
	return loop.Serve(ctx, p.streams.Stdin, p.streams.Stdout)
}

// pythonName matches the names that the platform starts an integration's process
// under.
var pythonName = regexp.MustCompile(`^python([0-9.]*)(\.exe)?$`)

// arguments returns the arguments of a process from its command line: those of the
// loop where it was started as Python is, and those of FlagsVariable before all
// others: of a flag that stands twice, the last counts.
func arguments(commandLine []string, getenv func(string) string) []string {
	if len(commandLine) == 0 {
		return nil
	}
	args := commandLine[1:]
	if pythonName.MatchString(filepath.Base(commandLine[0])) {
		args = pythonArguments(args)
	}
	return append(strings.Fields(getenv(FlagsVariable)), args...)
}

// pythonArguments takes what follows Python's name, flags and the path of a script,
// for the loop's. Anything else is refused as wrong usage: there is no Python here.
func pythonArguments(args []string) []string {
	for _, arg := range args {
		if arg == "-c" || arg == "-m" {
			break
		}
		if !strings.HasPrefix(arg, "-") {
			return []string{"loop"}
		}
	}
	return append([]string{"--", "python"}, args...)
}
