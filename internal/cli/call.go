package cli

import (
	"context"
	"errors"
	"strings"

	"github.com/spf13/cobra"

	"msgraph-user/internal/engine"
	"msgraph-user/internal/failure"
	"msgraph-user/internal/terminal"
)

func (p *program) callCommand() *cobra.Command {
	var form answerForm
	cmd := &cobra.Command{
		Use:   "call COMMAND [name=value …]",
		Short: "Run one command and print its answer",
		Long: strings.TrimSpace(`
Run one command and print its answer: as a table for a person, or as a script
wants it (--json, --context, --template).

A value may stand for one that is kept elsewhere:
  name=-         standard input, to its end
  name=@FILE     the content of a file (name=@@text is the text @text)
  name=env:NAME  an environment variable (name=env::text is the text env:text)

Exit status: 0, 1 for a command that failed, 2 for wrong usage.`),
		Example: strings.Join([]string{
			"  msgraph-user call --emulator msgraph-user-list filter=\"startswith(displayName,'A')\"",
			"  msgraph-user call --emulator --template '{{.displayName}}' msgraph-user-get user=aiko.tanaka@larkspur.example",
			"  msgraph-user call --params entra.json msgraph-user-change-password user=adele@contoso.example password=-",
		}, "\n"),
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usagef("call needs the name of a command; msgraph-user commands lists them")
			}
			return nil
		},
		ValidArgsFunction: p.completeCall,
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.call(cmd.Context(), args[0], args[1:], form)
		},
	}
	form.register(cmd.Flags())
	return cmd
}

func (p *program) call(ctx context.Context, name string, pairs []string, form answerForm) error {
	print, err := form.printer(p)
	if err != nil {
		return err
	}
	args, err := p.readPairs(pairs)
	if err != nil {
		return err
	}
	e, err := p.start(ctx)
	if err != nil {
		return err
	}
	defer e.close()
	progress := terminal.ScreenOn(p.streams.Stderr, p.streams.Getenv).StartProgress(name)
	entries, err := e.service.Run(ctx, engine.Call{Command: name, Args: args, Progress: progress.Report})
	progress.Stop()
	if err != nil {
		return oneLine(wrongUsage(err))
	}
	return print(entries)
}

// wrongUsage tells a mistyped command or argument from a command that failed.
func wrongUsage(err error) error {
	var e *failure.Error
	if !errors.As(err, &e) {
		return err
	}
	switch e.Kind {
	case failure.UnknownCommand:
		return usagef("%s%s", strings.TrimSuffix(e.Message, "."), didYouMean(e.Suggestions))
	case failure.BadArgument:
		return usageError{err}
	}
	return err
}

// lineError is an error that reads on one line, for scripts that log it.
type lineError struct{ error }

func oneLine(err error) error { return lineError{err} }

// Error returns the text with every run of blanks and line breaks as one blank.
func (e lineError) Error() string {
	return terminal.Printable(strings.Join(strings.Fields(e.error.Error()), " "))
}

// Unwrap returns the error itself.
func (e lineError) Unwrap() error { return e.error }
