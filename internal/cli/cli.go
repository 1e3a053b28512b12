// Package cli is the command line: one file a subcommand, each of which reads its
// flags and calls the package that does the work.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"msgraph-user/internal/definition"
	"msgraph-user/internal/profile"
	"msgraph-user/internal/supply"
	"msgraph-user/internal/terminal"
)

// The exit statuses.
const (
	exitDone   = 0
	exitFailed = 1 // what was asked for failed
	exitUsage  = 2 // the command line was wrong
)

// Streams are what a program is started with.
type Streams struct {
	Args   []string // without the program's name
	Stdin  io.Reader
	Stdout io.Writer
	Stderr io.Writer
	Getenv func(string) string
}

// System returns the streams of this process.
func System() Streams {
	return Streams{arguments(os.Args, os.Getenv), os.Stdin, os.Stdout, os.Stderr, os.Getenv}
}

// program is what the subcommands share.
type program struct {
	yml       []byte // integration.yml
	streams   Streams
	flags     flags
	session   sessionFlags
	forPerson bool             // a person started the subcommand
	profile   *profile.Profile // the instance that is used by its name; nil where none is
	// jsonOnly has every line on standard error be a JSON object.
	jsonOnly bool
}

// usageError is a mistake in the command line.
type usageError struct{ error }

// Unwrap returns what is wrong.
func (e usageError) Unwrap() error { return e.error }

func usagef(format string, a ...any) error { return usageError{fmt.Errorf(format, a...)} }

// Main runs the command line and returns the exit status. integrationYML is the
// file of the top level, which the pack holds. SIGINT and SIGTERM ask
// for an orderly end; a second one ends the process.
func Main(integrationYML []byte, streams Streams) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // the second signal has its usual effect
	return run(ctx, integrationYML, streams)
}

func run(ctx context.Context, integrationYML []byte, streams Streams) int {
	p := &program{yml: integrationYML, streams: streams, jsonOnly: asksForJSON(streams.Args)}
	root := p.rootCommand()
	root.SetArgs(streams.Args)
	root.SetIn(streams.Stdin)
	root.SetOut(streams.Stdout)
	root.SetErr(streams.Stderr)
	defer p.flushStderr()
	cmd, err := root.ExecuteContextC(ctx)
	return p.exitStatus(cmd, err)
}

// exitStatus reports an error of a subcommand to the person, once and on one line, and
// says how to exit.
func (p *program) exitStatus(cmd *cobra.Command, err error) int {
	var silent silentError
	var usage usageError
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &silent):
		return exitFailed
	case p.jsonOnly:
		p.tellError(err)
		if errors.As(err, &usage) {
			return exitUsage
		}
		return exitFailed
	case errors.As(err, &usage):
		fmt.Fprintf(p.streams.Stderr, "msgraph-user: %s\nSee %s --help.\n", terminal.Line(err.Error()), cmd.CommandPath())
		return exitUsage
	}
	fmt.Fprintf(p.streams.Stderr, "msgraph-user: %s\n", terminal.Line(err.Error()))
	return exitFailed
}

// silentError is a failure that was reported already.
type silentError struct{ error }

// noSubcommand refuses a name that is no subcommand; a command of the integration is run
// by one.
func noSubcommand(name string) error {
	if command, ok := definition.Load().Command(name); ok {
		return usagef("%[1]s is a command, not a subcommand: run msgraph-user call %[1]s", command.Name)
	}
	return usagef("there is no subcommand %q; msgraph-user help lists them, msgraph-user commands lists the commands", name)
}

func (p *program) rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:   "msgraph-user",
		Short: "Entra ID Users for a SOAR platform, as JSON-RPC over stdio",
		Long: strings.TrimSpace(`
The Entra ID Users integration: commands on the users of a Microsoft Entra ID
tenant, for a SOAR platform, a JSON-RPC client, a script or a person.

Without a subcommand it serves JSON-RPC on standard input and output; typed alone
on a terminal, it prints this help.
With --emulator it works on a practice tenant inside the program: no network,
no account, nothing to break.`),
		Version:           supply.Version,
		SilenceUsage:      true,
		SilenceErrors:     true,
		CompletionOptions: cobra.CompletionOptions{HiddenDefaultCmd: true},
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return noSubcommand(args[0])
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error {
			if cmd.Flags().NFlag() == 0 && terminal.IsTerminal(p.streams.Stdin, p.streams.Stdout) {
				return cmd.Help()
			}
			return p.serve(cmd.Context())
		},
	}
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	p.flags.register(root.PersistentFlags())
	p.session.register(root.Flags())
	root.AddCommand(p.serveCommand(), p.emulatorCommand(), p.loginCommand(), p.doctorCommand(), p.loopCommand(), p.callCommand(), p.commandsCommand(), p.versionCommand())
	root.AddCommand(p.packCommand(), p.replayCommand(), p.completionCommand())
	root.AddCommand(p.profilesCommand(), p.whoamiCommand(), p.logoutCommand())
	root.AddCommand(p.commandsForPeople()...)
	p.helpOn(root)
	return root
}
