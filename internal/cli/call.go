package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"msgraph-user/internal/engine"
	"msgraph-user/internal/failure"
	"msgraph-user/internal/terminal"
	"msgraph-user/internal/xsoar"
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

Below the answer, advice is printed to standard error, and that the practice
tenant answered.

Exit status: 0 where it was done, also for an empty list; 1 for a command that
failed, that found nothing to act on (an unknown user), or that did not succeed
for all users; 2 for wrong usage.`),
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
	args, err := p.readPairs(ctx, pairs)
	if err != nil {
		return err
	}
	e, err := p.start(ctx)
	if err != nil {
		return err
	}
	defer e.close()
	progress := terminal.ScreenOn(p.streams.Stderr, p.streams.Getenv).StartProgress(name)
	answer := commandAnswer{status: engine.Succeeded}
	answer.entries, err = e.service.Run(ctx, engine.Call{
		Command: name, Args: args, Progress: progress.Report,
		Advise:  func(text string) { answer.advice = append(answer.advice, text) },
		Outcome: func(status engine.Status) { answer.status = status },
	})
	progress.Stop()
	if err == nil {
		err = p.show(answer, form, print)
	} else {
		err = wrongUsage(err)
	}
	if _, isUsage := errors.AsType[usageError](err); isUsage {
		return err
	}
	if notice := p.whoseAnswers(e, "").notice(); notice != "" {
		p.tell("notice", notice)
	}
	return err
}

// commandAnswer is what a command answered, and how it ended.
type commandAnswer struct {
	entries []xsoar.Entry
	advice  []string
	status  engine.Status
}

// show prints an answer and its advice. Where nothing was found to act on, or not
// all users succeeded, that is told on standard error, and the error says no more
// than how to exit.
func (p *program) show(a commandAnswer, form answerForm, print func([]xsoar.Entry) error) error {
	shown, told := a.split(form)
	if err := print(shown); err != nil {
		return err
	}
	for _, text := range a.advice {
		p.tell("advice", text)
	}
	if a.status == engine.Succeeded {
		return nil
	}
	if err := printEntries(terminal.ScreenOn(p.streams.Stderr, p.streams.Getenv), told); err != nil {
		return err
	}
	return silentError{fmt.Errorf("the outcome is %s", a.status)}
}

// split returns the entries that are printed, and those that tell what did not
// succeed: the warnings, or all where there is none. A machine gets all entries,
// whatever they say.
func (a commandAnswer) split(form answerForm) (shown, told []xsoar.Entry) {
	if a.status == engine.Succeeded {
		return a.entries, nil
	}
	for _, entry := range a.entries {
		if entry.Type == xsoar.Warning {
			told = append(told, entry)
		} else {
			shown = append(shown, entry)
		}
	}
	if len(told) == 0 {
		shown, told = nil, a.entries
	}
	if form.isForMachines() {
		shown = a.entries
	}
	return shown, told
}

// tell writes advice or a notice to standard error: a line for a person, or an
// object where the log there is one for machines.
func (p *program) tell(kind, text string) {
	if p.flags.logFormat == "json" {
		line, err := jsonText(map[string]string{"kind": kind, "message": text})
		if err == nil {
			fmt.Fprintln(p.streams.Stderr, line)
		}
		return
	}
	screen := terminal.ScreenOn(p.streams.Stderr, p.streams.Getenv)
	fmt.Fprint(screen, screen.Draw(xsoar.Entry{HumanReadable: "msgraph-user: " + terminal.Line(text)}))
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
