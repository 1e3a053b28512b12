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
	Version    string                                           // the program's, for transcripts
	SaveFile   func(entry xsoar.Entry) (note string, err error) // keeps a file entry
	Now        func() time.Time

	context contextdata.Data
	names   userNames
	run     []ranCommand
}

// ranCommand is a command that ran, without its secrets, and what came of it.
type ranCommand struct {
	at      time.Time
	line    string
	entries []xsoar.Entry
	err     error
}

// Run holds the session until its input ends, the person leaves, or ctx is done.
func (s *Session) Run(ctx context.Context) error {
	s.Editor.CompleteWith(completer{s.Definition, &s.names, &s.context}.complete)
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
		if kept := withoutSecrets(line, s.Definition); kept != "" {
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
	if builtin, ok := builtins()[line.Command]; ok {
		return builtin.do(s, line)
	}
	command, ok := s.Definition.Command(line.Command)
	if !ok {
		return unknown(line.Command, s.Definition)
	}
	args, err := line.arguments()
	if err != nil {
		return err
	}
	if err := s.askForSecrets(command, &line, args); err != nil {
		return err
	}
	return s.command(ctx, line.kept(command), engine.Call{Command: line.Command, Args: args})
}

// unknown says that there is no such command, and which ones are near.
func unknown(name string, definition *definition.Integration) error {
	near := "help lists what there is"
	if names := definition.Suggest(name); len(names) > 0 {
		near = "did you mean " + strings.Join(names, " or ") + "?"
	}
	return fmt.Errorf("there is no command %q; %s", name, near)
}

// command runs a command of the integration and shows its entries. line is how the
// session keeps it.
func (s *Session) command(ctx context.Context, line string, call engine.Call) error {
	var advice []string
	status := engine.Succeeded
	call.Advise = func(text string) { advice = append(advice, text) }
	call.Outcome = func(outcome engine.Status) { status = outcome }
	entries, err := s.runCancellable(ctx, call)
	s.run = append(s.run, ranCommand{s.Now(), line, entries, err})
	if err != nil {
		return err
	}
	if warning := warningOf(status); warning != "" {
		fmt.Fprintln(s.Screen, s.Screen.Bold("Warning:")+" "+warning)
	}
	s.names.learn(entries)
	for _, entry := range entries {
		if err := s.show(entry); err != nil {
			return err
		}
	}
	for _, text := range advice {
		fmt.Fprintln(s.Screen, s.Screen.Dim(terminal.Printable(text)))
	}
	return s.context.Add(entries...)
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

// runCancellable runs a command that an interrupt cancels. One that came just after
// the command before had ended was not meant for this one.
func (s *Session) runCancellable(ctx context.Context, call engine.Call) ([]xsoar.Entry, error) {
	select {
	case <-s.Interrupts:
	default:
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	over := make(chan struct{})
	defer close(over)
	go func() {
		select {
		case <-s.Interrupts:
			cancel()
		case <-over:
		}
	}()
	progress := s.Status.StartProgress(call.Command)
	defer progress.Stop()
	call.Progress = progress.Report
	return s.Runner.Run(ctx, call)
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
	if next := terminal.FollowUp(entry, "!", Quote); err == nil && next != "" {
		_, err = fmt.Fprintln(s.Screen, s.Screen.Dim(next))
	}
	return err
}
