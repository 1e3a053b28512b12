package container

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"runtime/debug"
	"time"

	"github.com/google/uuid"

	"msgraph-user/internal/engine"
	"msgraph-user/internal/failure"
	"msgraph-user/internal/xsoar"
)

// What a Loop uses where a field is left zero.
const (
	DefaultLoopMaxLine = 64 << 20 // bytes
	DefaultLoopGrace   = 5 * time.Second
)

// settleTime is how long a command may be held open for what it left under way.
const settleTime = 10 * time.Second

// Loop is the process that the platform starts in an integration's container: it
// is sent one command a line and answers each with lines of its own, in place of
// the platform's Python loop. The script that comes with a command is not run:
// Runner is what it would have called. Fields are set before Serve.
type Loop struct {
	// Runner runs the commands, one at a time.
	Runner engine.Runner
	// Dir is where the bytes of file entries are put for the platform to fetch;
	// empty is the working directory, where the platform looks for them.
	Dir string
	// MaxLine is the size in bytes of the largest line that is read. A command is
	// sent with its incident and the context of its investigation.
	MaxLine int
	// Grace is how long a command may still run once Serve's context is done.
	Grace time.Duration
	// Settle waits for what a command left under way, such as the renewal of a
	// token, whose outcome the platform can only be given before the command is
	// completed; may be nil.
	Settle func(context.Context) error
	// Log receives diagnostics; nil drops them.
	Log *slog.Logger
}

// Serve answers the commands of in on out until in ends, a command says that it
// was the last (native), or ctx is done. Whatever becomes of a command, its last
// line is completed. The error is that of reading in or writing out.
//
// A Read of in that is under way when Serve returns ends only with in itself.
func (l *Loop) Serve(ctx context.Context, in io.Reader, out io.Writer) error {
	loop := l.withDefaults()
	p := newPlatform(in, out, loop.MaxLine)
	defer p.close()
	for {
		line, err := p.command(ctx)
		switch {
		case errors.Is(err, io.EOF), ctx.Err() != nil:
			return nil
		case err != nil && !errors.Is(err, errLineTooLong):
			return fmt.Errorf("reading a command: %w", err)
		}
		last := loop.answer(ctx, p, line, err)
		loop.settle(ctx)
		if err := p.complete(); err != nil {
			return fmt.Errorf("writing an answer: %w", err)
		}
		if last {
			return nil
		}
	}
}

func (l *Loop) withDefaults() *Loop {
	c := *l
	if c.MaxLine <= 0 {
		c.MaxLine = DefaultLoopMaxLine
	}
	if c.Grace <= 0 {
		c.Grace = DefaultLoopGrace
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return &c
}

// answer runs what one line asks for and sends its entries. It reports whether the
// command was the last.
func (l *Loop) answer(ctx context.Context, p *platform, line []byte, err error) (last bool) {
	var asked loopCall
	if err == nil {
		asked, err = readCall(line)
	}
	call := asked.call()
	var entries []xsoar.Entry
	var after []func(context.Context) error
	if err == nil {
		call.After = func(do func(context.Context) error) { after = append(after, do) }
		entries, err = l.run(ctx, p, call, asked.Context.Connector)
	}
	if err != nil {
		entries = l.errorEntries(err)
	}
	entries = l.handOverFiles(call.Incident, entries)
	if sent := p.results(entries); sent != nil {
		l.Log.Error("entries could not be encoded", "command", call.Command, "error", sent)
		// A text always can.
		_ = p.results([]xsoar.Entry{l.errorEntry(sent)})
	} else if err == nil {
		l.afterwards(ctx, p, call.Command, after)
	}
	return asked.Native
}

// afterwards does what a command left for the time when the platform has its
// entries.
func (l *Loop) afterwards(ctx context.Context, p *platform, command string, rest []func(context.Context) error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleTime)
	defer cancel()
	for _, do := range rest {
		if err := do(ctx); err != nil {
			l.Log.Warn("what a command was to do after its answer failed", "command", command, "error", err)
			p.log(ctx, slog.LevelWarn, fmt.Sprintf("%s answered, but what was to be kept for its next call could not be stored: %s", command, failure.Of(err)))
			return
		}
	}
}

// settle waits until nothing is under way that wants to talk to the platform.
func (l *Loop) settle(ctx context.Context) {
	if l.Settle == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleTime)
	defer cancel()
	if err := l.Settle(ctx); err != nil {
		l.Log.Warn("a command was completed while its work was still running", "error", err)
	}
}

// run runs a command with the platform at its side, which says in metadata whether
// a connector manages the instance. When ctx is done the command has l.Grace to end
// by itself. A panic in it is an error.
func (l *Loop) run(ctx context.Context, p *platform, call engine.Call, metadata any) (entries []xsoar.Entry, err error) {
	running, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	defer context.AfterFunc(ctx, func() { time.AfterFunc(l.Grace, cancel) })()
	defer func() {
		if v := recover(); v != nil {
			l.Log.Error("a command panicked", "command", call.Command, "panic", fmt.Sprint(v), "stack", string(debug.Stack()))
			entries, err = nil, fmt.Errorf("panic in %s", call.Command)
		}
	}()
	call.Store, call.File, call.Scheduled = p, p.file, true
	call.Log = func(level slog.Level, message string) { p.log(running, level, message) }
	call.Advise = func(text string) { p.log(running, slog.LevelInfo, text) }
	p.begin(call.Instance)
	manager, managed := readConnector(metadata)
	if !managed {
		return l.Runner.Run(running, call)
	}
	call.Params, err = manager.parameters(call.Params, func(method string) (any, error) { return p.credentials(running, method) })
	if err == nil {
		entries, err = l.Runner.Run(running, call)
	}
	if err != nil {
		err = manager.named(err)
	}
	return entries, err
}

// errorEntries tell of err: of a call of many first what became of each user.
func (l *Loop) errorEntries(err error) []xsoar.Entry {
	if results, ok := engine.ResultsEntry(err); ok {
		return []xsoar.Entry{results, l.errorEntry(err)}
	}
	return []xsoar.Entry{l.errorEntry(err)}
}

// errorEntry is the entry that tells a person of err.
func (l *Loop) errorEntry(err error) xsoar.Entry {
	shown := failure.Of(err)
	if shown.Kind == failure.Internal {
		l.Log.Error("a command failed because of a defect in this program", "error", err)
	}
	return xsoar.Entry{Type: xsoar.Error, ContentsFormat: xsoar.FormatText, Contents: shown.Error()}
}

// handOverFiles puts the bytes of file entries where the platform fetches them. An
// entry whose file could not be put there becomes an error.
func (l *Loop) handOverFiles(incident string, entries []xsoar.Entry) []xsoar.Entry {
	handed := make([]xsoar.Entry, len(entries))
	for n, entry := range entries {
		if entry.Type == xsoar.File {
			entry = handOverFile(l.dir(), incident, entry)
		}
		handed[n] = entry
	}
	return handed
}

func (l *Loop) dir() string {
	if l.Dir == "" {
		return "."
	}
	return l.Dir
}

// handOverFile writes the entry's bytes to dir, in the file whose name the
// platform makes of the investigation's id and the entry's FileID. The platform's
// server reads it under a user id of its own, so others may read the file; the
// files of this integration are encrypted.
func handOverFile(dir, incident string, entry xsoar.Entry) xsoar.Entry {
	entry.FileID = uuid.NewString()
	if err := writeNew(dir, incident+"_"+entry.FileID, entry.FileData); err != nil {
		return xsoar.Entry{Type: xsoar.Error, ContentsFormat: xsoar.FormatText, Contents: fmt.Sprintf(
			"The command was carried out, but its file %s could not be handed to the platform: %v. "+
				"The result of the command exists: remove it, give the container a working directory "+
				"that it can write to, and run the command again.",
			entry.File, err)}
	}
	entry.FileData = nil
	if entry.Contents == nil {
		entry.Contents = ""
	}
	return entry
}

// writeNew writes a file that does not exist yet into dir, and nowhere else.
func writeNew(dir, name string, data []byte) (err error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	file, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	defer func() {
		if closed := file.Close(); err == nil {
			err = closed
		}
		if err != nil {
			err = errors.Join(err, root.Remove(name))
		}
	}()
	_, err = file.Write(data)
	return err
}
