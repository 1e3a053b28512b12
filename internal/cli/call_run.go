package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"msgraph-user/handlers"
	"msgraph-user/internal/atomicfile"
	"msgraph-user/internal/engine"
	"msgraph-user/internal/journal"
	"msgraph-user/internal/terminal"
	"msgraph-user/internal/xsoar"
)

// commandCall is one call of the command line on its way.
type commandCall struct {
	p       *program
	form    answerForm
	call    engine.Call
	print   func([]xsoar.Entry) error
	output  *output // nil where the form is for a person, or for --json and its kin
	file    *atomicfile.File
	journal *journal.File
	quiet   bool // shows no progress

	answer commandAnswer
	err    error
	after  []func(context.Context) error
	saved  bool  // the files of the answer were saved with its records
	lost   error // of a file of an answer that could not be saved
}

// prepare reads what the command line names. Nothing is sent.
func (c *commandCall) prepare(ctx context.Context, p *program, name string, pairs []string, options callOptions) (err error) {
	c.p, c.form, c.quiet = p, options.answer, options.noProgress
	c.call.Command = name
	form, err := options.output.resolve()
	if err != nil {
		return err
	}
	if (form != table || options.output.out != "") && options.answer != (answerForm{}) {
		return usagef("--json, --context and --template exclude -o, --out, --columns and --query")
	}
	if options.each != "" {
		c.call.Rows, c.call.Args, err = p.readEach(ctx, options.each, name, pairs)
	} else {
		c.call.Args, err = p.readPairs(ctx, pairs)
	}
	if err != nil {
		return err
	}
	if err := c.open(form, options); err != nil {
		return errors.Join(err, c.close())
	}
	return nil
}

// open opens what the answer and the journal are written to.
func (c *commandCall) open(form string, options callOptions) (err error) {
	out := c.p.streams.Stdout
	if options.output.out != "" {
		if c.file, err = createOut(options.output.out); err != nil {
			return err
		}
		out = c.file
	}
	if c.print, err = c.form.printer(c.p, out); err != nil {
		return err
	}
	if c.output, err = options.output.newOutput(c.p, form, out); err != nil {
		return err
	}
	if options.journal == "" {
		return nil
	}
	if err := c.checkJournal(); err != nil {
		return err
	}
	c.journal, err = journal.Open(options.journal)
	return err
}

// checkJournal refuses a journal for what changes nothing.
func (c *commandCall) checkJournal() error {
	command, known := handlers.Commands()[c.call.Command]
	if known && command.Changes == nil {
		return usagef("--journal keeps how far a change has come, and %s changes nothing", c.call.Command)
	}
	return nil
}

// close gives back what open opened.
func (c *commandCall) close() error {
	c.file.Discard()
	if c.journal != nil {
		return c.journal.Close()
	}
	return nil
}

// run runs the command.
func (c *commandCall) run(ctx context.Context, e *running) {
	c.answer.status = engine.Succeeded
	call := c.call
	call.Record = func(record engine.Record, result engine.Result) {
		c.saved = true
		c.saveFiles(record, result.Entries)
	}
	if c.output != nil {
		c.output.connect(&call, call.Record)
	} else if call.Rows == nil {
		call.Record = nil // the entries hold the files
	}
	if c.journal != nil {
		call.Journal = c.journal
	}
	call.Notice = func(text string) { c.p.tell("notice", text) }
	call.Advise = func(text string) { c.answer.advice = append(c.answer.advice, text) }
	call.Outcome = func(status engine.Status) { c.answer.status = status }
	call.After = func(do func(context.Context) error) { c.after = append(c.after, do) }
	progress := c.startProgress()
	call.Progress = progress.Report
	c.answer.entries, c.err = e.service.Run(ctx, call)
	progress.Stop()
}

// startProgress shows how far the work has come: a bar where a person watches, else a
// line a second.
func (c *commandCall) startProgress() *terminal.Progress {
	screen := terminal.ScreenOn(c.p.streams.Stderr, c.p.streams.Getenv)
	switch {
	case c.quiet:
		return terminal.Screen{Writer: io.Discard, Width: func() int { return 0 }}.StartProgress("")
	case screen.IsWindow() && !c.p.jsonOnly:
		return screen.StartProgress(c.call.Command)
	}
	return terminal.StartProgressLines(c.p.tellProgress)
}

// saveFiles saves the files of a user's answer; of a row under a name of its own.
func (c *commandCall) saveFiles(record engine.Record, entries []xsoar.Entry) {
	for _, entry := range entries {
		if entry.Type != xsoar.File {
			continue
		}
		if record.Row > 0 {
			extension := filepath.Ext(entry.File)
			entry.File = fmt.Sprintf("%s-row%d%s", strings.TrimSuffix(entry.File, extension), record.Row, extension)
		}
		note, err := saveFile(entry)
		if err != nil {
			c.lost = errors.Join(c.lost, err)
			continue
		}
		c.p.tell("notice", note)
	}
}

// show prints the answer and its advice, and does what is left for afterwards. Where
// nothing was found to act on, or not all users succeeded, that is told on standard
// error, and the error says no more than how to exit.
func (c *commandCall) show(ctx context.Context) error {
	if err := c.write(); err != nil {
		return err
	}
	if c.err == nil {
		for _, do := range c.after {
			if err := do(ctx); err != nil {
				return err
			}
		}
	}
	for _, text := range c.answer.advice {
		c.p.tell("advice", text)
	}
	if err := errors.Join(c.err, c.lost); err != nil {
		return err
	}
	if c.answer.status == engine.Succeeded {
		return nil
	}
	if err := c.tellFailures(); err != nil {
		return err
	}
	return silentError{fmt.Errorf("the outcome is %s", c.answer.status)}
}

// write writes the answer. Of a command that failed, it is what became of each user,
// where that is known.
func (c *commandCall) write() error {
	written := c.err == nil
	if !c.saved && (c.output != nil || c.form.context || c.form.template != "") { // these forms show no file
		c.saveFiles(engine.Record{}, c.answer.entries)
	}
	var err error
	switch {
	case c.output != nil:
		written, err = c.output.finish(c.answer, c.err)
	case c.err == nil:
		err = c.print(c.answer.shown(c.form))
	default:
		entry, ok := engine.ResultsEntry(c.err)
		if written = ok && c.form.template == ""; written {
			err = c.print([]xsoar.Entry{entry})
		}
	}
	if err == nil && written && c.file != nil {
		if err = c.file.Commit(); err != nil {
			err = fmt.Errorf("--out: %w", err)
		}
	}
	return err
}

// tellFailures tells what did not succeed.
func (c *commandCall) tellFailures() error {
	if c.output != nil {
		c.output.failures(c.answer)
		return nil
	}
	return printEntries(terminal.ScreenOn(c.p.streams.Stderr, c.p.streams.Getenv), c.answer.told())
}
