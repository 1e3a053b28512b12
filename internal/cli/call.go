package cli

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"msgraph-user/internal/engine"
	"msgraph-user/internal/failure"
	"msgraph-user/internal/xsoar"
)

func (p *program) callCommand() *cobra.Command {
	var options callOptions
	cmd := &cobra.Command{
		Use:   "call COMMAND [name=value …]",
		Short: "Run one command and print its answer",
		Long: strings.TrimSpace(`
Run one command and print its answer: as a table for people, or in a format for
scripts (-o, --json, --context, --template).

A value can come from another place:
  name=-         standard input, to its end
  name=@FILE     the content of a file (name=@@text is the text @text)
  name=env:NAME  an environment variable (name=env::text is the text env:text)

With --each FILE the command runs once for each row of a CSV file or of JSON
lines, and {{.Column}} in a value is replaced by the row's value in that column.
With --journal FILE you can continue an interrupted change of many users: changes
that succeeded are not repeated.

Advice, and the notice that the practice tenant answered, go to standard error.

Exit status: 0 if the command succeeded, also for an empty list; 1 if it failed,
found nothing (an unknown user), or did not succeed for all users; 2 for wrong
usage.`),
		Example: strings.Join([]string{
			"  msgraph-user call --emulator msgraph-user-list filter=\"startswith(displayName,'A')\"",
			"  msgraph-user call --emulator -o csv --columns displayName,mail msgraph-user-list limit=all",
			"  msgraph-user call --emulator --template '{{.displayName}}' msgraph-user-get user=aiko.tanaka@larkspur.example",
			"  msgraph-user call --params entra.json msgraph-user-change-password user=adele@contoso.example password=-",
			"  msgraph-user call --params entra.json --each users.csv --journal run.journal msgraph-user-update user={{.User}} updated_fields='department={{.Department}}'",
		}, "\n"),
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usagef("call needs the name of a command; msgraph-user commands lists them")
			}
			return nil
		},
		ValidArgsFunction: p.completeCall,
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.call(cmd.Context(), args[0], args[1:], options)
		},
	}
	options.register(cmd)
	return cmd
}

// callOptions are the flags of call.
type callOptions struct {
	answer     answerForm
	output     outputFlags
	each       string
	journal    string
	noProgress bool
}

func (o *callOptions) register(cmd *cobra.Command) {
	set := cmd.Flags()
	o.answer.register(set)
	o.output.register(cmd, set)
	set.StringVar(&o.each, "each", "", "run the command for each row of `FILE`, CSV with a header or JSON lines (-: standard input)")
	set.StringVar(&o.journal, "journal", "", "keep in `FILE` how far a change has come, and go on from there")
	set.BoolVar(&o.noProgress, "no-progress", false, "do not show how far long work has come")
}

// call runs a command and shows what came of it.
func (p *program) call(ctx context.Context, name string, pairs []string, options callOptions) (err error) {
	var c commandCall
	if err := c.prepare(ctx, p, name, pairs, options); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.close()) }()
	e, err := p.startForPerson(ctx)
	if err != nil {
		return err
	}
	defer e.close()
	c.run(ctx, e)
	if err = c.show(ctx); err != nil {
		err = wrongUsage(err)
	}
	if _, isUsage := errors.AsType[usageError](err); isUsage {
		return err
	}
	whose := p.whoseAnswers(e, "")
	if c.err == nil {
		whose = p.askWho(ctx, e)
	}
	if notice := whose.notice(); notice != "" {
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

// told returns the entries that tell what did not succeed: the warnings, or all where
// there is none.
func (a commandAnswer) told() []xsoar.Entry {
	if a.status == engine.Succeeded {
		return nil
	}
	isWarning := func(entry xsoar.Entry) bool { return entry.Type == xsoar.Warning }
	if !slices.ContainsFunc(a.entries, isWarning) {
		return a.entries
	}
	return slices.DeleteFunc(slices.Clone(a.entries), func(entry xsoar.Entry) bool { return !isWarning(entry) })
}

// shown returns the entries that are printed: those that tell of nothing else. A
// machine gets all, whatever they say.
func (a commandAnswer) shown(form answerForm) []xsoar.Entry {
	told := a.told()
	switch {
	case len(told) == 0 || form.isForMachines():
		return a.entries
	case len(told) == len(a.entries):
		return nil
	}
	return slices.DeleteFunc(slices.Clone(a.entries), func(entry xsoar.Entry) bool { return entry.Type == xsoar.Warning })
}

// wrongUsage tells a mistyped command or argument from a command that failed. What is
// wrong with all rows of a file is a failure.
func wrongUsage(err error) error {
	var e *failure.Error
	if !errors.As(err, &e) || e.Results != nil {
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
