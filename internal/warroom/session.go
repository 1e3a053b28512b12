// Package warroom is a War Room in a terminal: a person types commands as on the
// platform, sees the entries, and looks at the context that they fill.
package warroom

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"msgraph-user/internal/contextdata"
	"msgraph-user/internal/definition"
	"msgraph-user/internal/engine"
	"msgraph-user/internal/failure"
	"msgraph-user/internal/terminal"
	"msgraph-user/internal/xsoar"
)

// ErrInterrupted is what an Editor returns when the person gave a line up.
var ErrInterrupted = errors.New("given up")

// Editor reads what a person types.
type Editor interface {
	// Line reads a line. The error is io.EOF at the end of the input and
	// ErrInterrupted where the person gave the line up.
	Line(prompt string) (string, error)
	// Secret reads a line that is not shown.
	Secret(prompt string) (string, error)
	// Remember keeps a line so that it can be called up again. It is never given
	// a secret.
	Remember(line string)
	// CompleteWith has complete asked for what may stand at the cursor, counted
	// in letters.
	CompleteWith(complete func(line string, cursor int) (head string, candidates []string, tail string))
}

// Session is one sitting in the War Room.
type Session struct {
	Runner     engine.Runner
	Definition *definition.Integration
	Editor     Editor
	Screen     terminal.Screen  // where entries are drawn
	Status     terminal.Screen  // where the progress of long work is shown
	Interrupts <-chan os.Signal // each cancels the command that runs
	Prompt     string
	Tenant     string                                           // which tenant answers, for exports; may be empty
	Version    string                                           // the program's, for transcripts
	SaveFile   func(entry xsoar.Entry) (note string, err error) // keeps a file entry
	Now        func() time.Time
	// Wait waits for the next run of a scheduled command, or until ctx ends.
	Wait func(ctx context.Context, d time.Duration) error
	// Changes reports whether a call changes something; nil: none does.
	Changes func(engine.Call) bool
	// Assent is what a command needs that changes something.
	Assent Assent
	// More are further commands of the session, by name.
	More map[string]Builtin

	context contextdata.Data
	names   userNames
	ids     recentIDs
	run     []ranCommand
}

// ranCommand is a command that ran, without its secrets, and what came of it.
type ranCommand struct {
	at      time.Time
	line    string // as it was typed
	sent    string // the same with the values that it took from the context
	changes bool   // it was one that changes something
	status  engine.Status
	entries []xsoar.Entry
	advice  []string
	err     error
}

// Run holds the session until its input ends, the person leaves, or ctx is done.
func (s *Session) Run(ctx context.Context) error {
	s.Editor.CompleteWith(completer{s.Definition, s.builtinNames(), &s.names, &s.ids, &s.context}.complete)
	for ctx.Err() == nil {
		line, err := s.Editor.Line(s.Prompt)
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case errors.Is(err, ErrInterrupted):
			continue
		case err != nil:
			return err
		}
		if strings.TrimSpace(line) == "" {
			continue
		}
		if kept := s.withoutSecrets(line); kept != "" {
			s.Editor.Remember(kept)
		}
		if err := s.do(ctx, line); errors.Is(err, errLeave) {
			return nil
		} else if err != nil {
			s.report(err)
		}
	}
	return nil
}

// report tells the person of an error, in the one place that does.
func (s *Session) report(err error) {
	text := err.Error()
	if failed := (*failure.Error)(nil); errors.As(err, &failed) {
		text = failed.Error()
	}
	fmt.Fprintln(s.Screen, s.Screen.Bold("Error:")+" "+terminal.Line(text))
}

// do carries out a line.
func (s *Session) do(ctx context.Context, text string) error {
	line, err := ParseLine(text)
	if err != nil {
		return err
	}
	if builtin, ok := s.builtins()[line.Command]; ok {
		return builtin.Do(s, ctx, line)
	}
	return s.perform(ctx, line)
}

// perform runs the command that a line names.
func (s *Session) perform(ctx context.Context, line Line) error {
	command, ok := s.Definition.Command(line.Command)
	if !ok {
		return unknown(line.Command, s.Definition)
	}
	filled, err := s.fillIn(line, command)
	if err != nil {
		return err
	}
	args, err := filled.arguments()
	if err != nil {
		return err
	}
	named := len(line.Args)
	if err := s.askForSecrets(command, &filled, args); err != nil {
		return err
	}
	line.Args = append(line.Args, filled.Args[named:]...)
	ran := ranCommand{line: line.kept(command), sent: filled.kept(command)}
	call := engine.Call{Command: line.Command, Args: args}
	if ran.changes = s.Changes != nil && s.Changes(call); ran.changes {
		if err := s.askForAssent(ran.sent); err != nil {
			return err
		}
	}
	return s.command(ctx, ran, call)
}

// unknown says that there is no such command, and which ones are near.
func unknown(name string, definition *definition.Integration) error {
	near := "help lists what there is"
	if names := definition.Suggest(name); len(names) > 0 {
		near = "did you mean " + strings.Join(names, " or ") + "?"
	}
	return fmt.Errorf("there is no command %q; %s", name, near)
}

// command runs a command of the integration and shows its entries. One that the
// platform would run again by itself goes on until it is over.
func (s *Session) command(ctx context.Context, ran ranCommand, call engine.Call) error {
	ran = s.runCancellable(ctx, ran, call)
	if err := s.conclude(ran); err != nil {
		return err
	}
	if next, ok := scheduledIn(ran.entries); ok {
		return s.goOn(ctx, ran, next)
	}
	return nil
}

// conclude keeps a command that ran, and shows what came of it.
func (s *Session) conclude(ran ranCommand) error {
	s.run = append(s.run, ran)
	if ran.err != nil {
		return ran.err
	}
	if warning := warningOf(ran.status); warning != "" {
		fmt.Fprintln(s.Screen, s.Screen.Bold("Warning:")+" "+warning)
	}
	s.names.learn(ran.entries)
	s.ids.learn(ran.entries)
	for _, entry := range ran.entries {
		if err := s.show(entry); err != nil {
			return err
		}
	}
	for _, text := range ran.advice {
		fmt.Fprintln(s.Screen, s.Screen.Dim(terminal.Printable(text)))
	}
	return s.context.Add(ran.entries...)
}

// warningOf says what a command did not do that answered all the same.
func warningOf(outcome engine.Status) string {
	switch outcome {
	case engine.Succeeded:
		return ""
	case engine.NotFound:
		return "nothing was found to act on."
	}
	return fmt.Sprintf("not done for all users (%s).", outcome)
}

// runCancellable runs a command that an interrupt cancels, and returns what came of
// it.
func (s *Session) runCancellable(ctx context.Context, ran ranCommand, call engine.Call) ranCommand {
	ran.status = engine.Succeeded
	call.Advise = func(text string) { ran.advice = append(ran.advice, text) }
	call.Outcome = func(outcome engine.Status) { ran.status = outcome }
	ran.err = s.cancellable(ctx, call.Command, func(ctx context.Context, progress *terminal.Progress) (err error) {
		call.Progress = progress.Report
		ran.entries, err = s.Runner.Run(ctx, call)
		return err
	})
	ran.at = s.Now()
	return ran
}

// cancellable does what an interrupt cancels, with a line that shows how far it is.
// An interrupt that came just after the command before had ended was not meant for
// this one.
func (s *Session) cancellable(ctx context.Context, label string, do func(context.Context, *terminal.Progress) error) error {
	select {
	case <-s.Interrupts:
	default:
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	over, ended := make(chan struct{}), make(chan struct{})
	defer func() {
		close(over)
		<-ended // else it could take an interrupt that is meant for the next command
	}()
	go func() {
		defer close(ended)
		select {
		case <-s.Interrupts:
			cancel()
		case <-over:
		}
	}()
	progress := s.Status.StartProgress(label)
	defer progress.Stop()
	return do(ctx, progress)
}

func (s *Session) show(entry xsoar.Entry) error {
	if entry.Type == xsoar.File {
		note, err := s.SaveFile(entry)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(s.Screen, note)
		return err
	}
	_, err := fmt.Fprint(s.Screen, s.Screen.Draw(entry))
	return err
}
