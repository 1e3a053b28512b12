// Package rpc serves commands as JSON-RPC 2.0 over a pair of byte streams:
// framing, sessions, dispatch, cancellation, progress, and the requests that
// the server makes of its caller.
//
// frame.go reads bytes and message.go takes them for messages; stream.go hands
// these to github.com/sourcegraph/jsonrpc2, and writes what it sends; flight.go is
// the one account of what is in flight; session.go holds a connection together;
// methods.go and command.go answer; errors.go is the one place that knows the
// error codes.
package rpc

import (
	"context"
	"io"
	"log/slog"
	"time"

	"msgraph-user/internal/engine"
	"msgraph-user/internal/memory"
)

// What a Server uses where a field is left zero.
const (
	DefaultMaxLine     = 32 << 20 // bytes
	DefaultMaxInFlight = 64
	DefaultMaxWaiting  = 10_000
	DefaultMaxUnread   = 8 << 20  // bytes
	DefaultMaxBatch    = 16 << 20 // bytes
	DefaultGrace       = 5 * time.Second
)

// Direction says which way a message went.
type Direction string

// The directions that Server.Observe is told of.
const (
	Received Direction = "received"
	Sent     Direction = "sent"
)

// Server answers JSON-RPC callers with the commands of a Runner. Its fields are
// set before the first Serve and not changed after; one Server may serve several
// sessions at once. The limits hold for each session by itself.
type Server struct {
	// Runner runs the commands. Its runs overlap.
	Runner engine.Runner
	// Commands are the methods that the Runner is asked for; every other method
	// is answered -32601.
	Commands []string
	// Suggest returns names near a mistyped method; may be nil.
	Suggest func(method string) []string
	// Discover returns the OpenRPC document that answers rpc.discover; without
	// it the method does not exist.
	Discover func() any
	// Stats returns what answers the method stats; without it the method does
	// not exist.
	Stats func() any
	// Name and Version are the serverInfo that initialize answers.
	Name, Version string

	// MaxLine is the size in bytes of the largest message that is read. Longer
	// ones are answered -32600 and read past.
	MaxLine int
	// MaxInFlight is how many commands run at once.
	MaxInFlight int
	// MaxWaiting is how many more may wait for their turn; those beyond are
	// refused with -32003. A negative number lets none wait.
	MaxWaiting int
	// MaxUnread is how many bytes of messages are kept for a peer that does not
	// read just now. Beyond that whoever has something to say waits, the reading
	// of new requests included, so that a peer that never reads costs a bounded
	// memory.
	MaxUnread int
	// MaxBatch is how many bytes of answers all batches together keep until they
	// are whole. The requests that have not begun by then are refused with -32003,
	// and an answer that has no room is replaced by an error that says so.
	MaxBatch int
	// Turns are what commands with large answers of Graph take, so that one at a
	// time is held; nil: this session's alone.
	Turns *memory.Turns
	// Grace is how long the end of input waits for one more answer before what
	// still runs is cancelled, and how long everything in flight has together
	// once Serve's context is done.
	Grace time.Duration

	// Log receives diagnostics; nil drops them.
	Log *slog.Logger
	// Observe is handed every message as it was read or written, without its
	// framing, in the order of the wire for each direction. It is called from
	// two goroutines, and must neither keep nor change the bytes. Nothing is
	// removed from them: secrets are the observer's to handle. May be nil.
	Observe func(Direction, []byte)
}

// Serve holds one session: it answers the messages of in on out until in ends,
// the peer asks for shutdown, or ctx is done, and returns nil when everything
// that was asked has been answered. Commands that still run at the end of in, or
// when ctx is done, may finish within s.Grace; then they are cancelled and
// answered.
//
// An error means that in or out failed. A Read of in that is under way when
// Serve returns ends only with in itself: close it where the process lives on.
func (s *Server) Serve(ctx context.Context, in io.Reader, out io.Writer) error {
	return newSession(ctx, s.withDefaults(), in, out).run(ctx)
}

// withDefaults returns a copy of s in which every limit is set.
func (s *Server) withDefaults() *Server {
	c := *s
	if c.MaxLine <= 0 {
		c.MaxLine = DefaultMaxLine
	}
	if c.MaxInFlight <= 0 {
		c.MaxInFlight = DefaultMaxInFlight
	}
	if c.MaxWaiting == 0 {
		c.MaxWaiting = DefaultMaxWaiting
	}
	if c.MaxUnread <= 0 {
		c.MaxUnread = DefaultMaxUnread
	}
	if c.MaxBatch <= 0 {
		c.MaxBatch = DefaultMaxBatch
	}
	if c.Turns == nil {
		c.Turns = memory.NewTurns()
	}
	if c.Grace <= 0 {
		c.Grace = DefaultGrace
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Observe == nil {
		c.Observe = func(Direction, []byte) {}
	}
	return &c
}
