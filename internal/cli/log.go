package cli

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"sync"
	"time"
)

const (
	// maxUnreadLog is how many bytes of lines are kept while standard error is not
	// read. Those beyond are dropped, and counted.
	maxUnreadLog = 256 << 10
	// lastLog is how long the end of the program waits for standard error.
	lastLog = 500 * time.Millisecond
	// maxRepeated is how often the same warning is logged within repeatedWithin.
	maxRepeated    = 10
	repeatedWithin = time.Minute
)

// logOutput is standard error for what nobody watches: Write never waits, whether
// anybody reads or not.
type logOutput struct {
	out    io.Writer
	notice func(dropped int) []byte // the line that says how many were dropped

	mu      sync.Mutex
	lines   [][]byte
	held    int // bytes of lines and of the Write under way
	dropped int
	idle    chan struct{} // closed when all is written; nil while nothing waits
}

// Write keeps a line until it is written, or drops it.
func (o *logOutput) Write(line []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.held+len(line) > maxUnreadLog || o.dropped > 0 && o.held > maxUnreadLog/2 {
		o.dropped++ // once begun, until half is read, so that one notice speaks of many
		return len(line), nil
	}
	o.reportDropped()
	o.keep(bytes.Clone(line))
	return len(line), nil
}

// reportDropped keeps the notice of what was dropped so far.
func (o *logOutput) reportDropped() {
	if o.dropped > 0 {
		notice := o.notice(o.dropped)
		o.dropped = 0
		o.keep(notice)
	}
}

// keep puts a line in line, and has it written.
func (o *logOutput) keep(line []byte) {
	o.lines = append(o.lines, line)
	o.held += len(line)
	if o.idle == nil {
		o.idle = make(chan struct{})
		go o.writeAll()
	}
}

// writeAll writes what waits, until nothing does.
func (o *logOutput) writeAll() {
	for {
		line := o.take()
		if line == nil {
			return
		}
		_, _ = o.out.Write(line) // there is nobody to tell
		o.mu.Lock()
		o.held -= len(line)
		o.mu.Unlock()
	}
}

func (o *logOutput) take() []byte {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.lines) == 0 {
		o.reportDropped()
	}
	if len(o.lines) == 0 {
		close(o.idle)
		o.idle = nil
		return nil
	}
	line := o.lines[0]
	o.lines[0] = nil
	o.lines = o.lines[1:]
	return line
}

// flush waits until all is written, at most for lastLog.
func (o *logOutput) flush() {
	o.mu.Lock()
	idle := o.idle
	o.mu.Unlock()
	if idle == nil {
		return
	}
	select {
	case <-idle:
	case <-time.After(lastLog):
	}
}

// leaveStderr has lines for standard error written by themselves from here on, so
// that one who does not read it stops nothing: for subcommands that machines start.
func (p *program) leaveStderr() {
	p.streams.Stderr = &logOutput{out: p.streams.Stderr, notice: func(dropped int) []byte {
		var line bytes.Buffer
		slog.New(p.logHandler(&line, slog.LevelWarn)).Warn("lines of this log were dropped, because nobody read standard error", "lines", dropped)
		return line.Bytes()
	}}
}

// flushStderr writes what leaveStderr left.
func (p *program) flushStderr() {
	if o, ok := p.streams.Stderr.(*logOutput); ok {
		o.flush()
	}
}

// fewerWarnings passes records on, and the same warning only so often.
type fewerWarnings struct {
	slog.Handler
	seen *warnings
}

// warnings counts warnings by their text, for all loggers that come from one.
type warnings struct {
	mu     sync.Mutex
	counts map[string]*repetition
}

type repetition struct {
	since      time.Time
	logged     int
	suppressed int
}

func newFewerWarnings(h slog.Handler) fewerWarnings {
	return fewerWarnings{h, &warnings{counts: map[string]*repetition{}}}
}

// Handle logs r, or counts it where it was logged often enough.
func (h fewerWarnings) Handle(ctx context.Context, r slog.Record) error {
	if r.Level < slog.LevelWarn {
		return h.Handler.Handle(ctx, r)
	}
	suppressed, again := h.seen.count(r)
	if !again {
		return nil
	}
	if suppressed > 0 {
		r = r.Clone()
		r.AddAttrs(slog.Int("suppressed", suppressed))
	}
	return h.Handler.Handle(ctx, r)
}

// count returns whether r is to be logged, and how many like it were not.
func (w *warnings) count(r slog.Record) (suppressed int, again bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	c := w.counts[r.Message]
	if c == nil {
		c = &repetition{since: r.Time}
		w.counts[r.Message] = c
	}
	if r.Time.Sub(c.since) >= repeatedWithin {
		suppressed = c.suppressed
		*c = repetition{since: r.Time}
	}
	if c.logged == maxRepeated {
		c.suppressed++
		return 0, false
	}
	c.logged++
	return suppressed, true
}

// WithAttrs returns a log with the attributes, which counts with this one.
func (h fewerWarnings) WithAttrs(attrs []slog.Attr) slog.Handler {
	return fewerWarnings{h.Handler.WithAttrs(attrs), h.seen}
}

// WithGroup returns a log with the group, which counts with this one.
func (h fewerWarnings) WithGroup(name string) slog.Handler {
	return fewerWarnings{h.Handler.WithGroup(name), h.seen}
}
