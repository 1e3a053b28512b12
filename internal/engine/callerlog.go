package engine

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
)

// callerLog is a log whose records also go to the caller of the command that they
// were written for, where that caller takes diagnostics.
type callerLog struct{ slog.Handler }

// Enabled reports whether anybody takes a record: a caller hears what is worth
// knowing about its command, whatever this process writes itself.
func (h callerLog) Enabled(ctx context.Context, level slog.Level) bool {
	return h.Handler.Enabled(ctx, level) || level >= slog.LevelInfo && ctx.Value(tellKey{}) != nil
}

// Handle writes the record, and tells the caller that ctx belongs to.
func (h callerLog) Handle(ctx context.Context, r slog.Record) error {
	if tell, ok := ctx.Value(tellKey{}).(func(slog.Level, string)); ok {
		tell(r.Level, oneLine(r))
	}
	if !h.Handler.Enabled(ctx, r.Level) {
		return nil
	}
	return h.Handler.Handle(ctx, r)
}

// WithAttrs returns a log with the attributes, which tells the caller too.
func (h callerLog) WithAttrs(attrs []slog.Attr) slog.Handler {
	return callerLog{h.Handler.WithAttrs(attrs)}
}

// WithGroup returns a log with the group, which tells the caller too.
func (h callerLog) WithGroup(name string) slog.Handler {
	return callerLog{h.Handler.WithGroup(name)}
}

// tellKey is the key of the caller's log in a context.
type tellKey struct{}

// telling returns a context whose log records go to tell; nil leaves it as it is.
func telling(ctx context.Context, tell func(slog.Level, string)) context.Context {
	if tell == nil {
		return ctx
	}
	return context.WithValue(ctx, tellKey{}, tell)
}

// oneLine is a record as a caller reads it.
func oneLine(r slog.Record) string {
	var b strings.Builder
	b.WriteString(r.Message)
	r.Attrs(func(a slog.Attr) bool {
		fmt.Fprintf(&b, " %s=%v", a.Key, a.Value.Resolve())
		return true
	})
	return b.String()
}
