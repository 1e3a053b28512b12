package rpc

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"github.com/sourcegraph/jsonrpc2"

	"msgraph-user/internal/failure"
)

// session is one peer's connection, from its first byte until everything that
// was asked is answered.
type session struct {
	server *Server
	log    *slog.Logger
	stream *stream
	out    *outbox
	queue  *queue
	flight *flight

	conn    *jsonrpc2.Conn
	started chan struct{} // closed when conn is set

	ctx       context.Context // of all work done for the peer
	input     context.Context // done when the peer can send no more
	endInput  context.CancelFunc
	idle      chan struct{} // closed when draining and nothing is in flight
	closeIdle sync.Once
	stopped   time.Time       // when the process was told to stop; the shutdown's own
	cut       context.Context // done when what still runs is cut off
	cutOff    context.CancelFunc

	mu      sync.Mutex
	profile profile
}

func newSession(ctx context.Context, server *Server, in io.Reader, out io.Writer) *session {
	// A done ctx starts the drain; it must not cut off what is in flight.
	ctx = context.WithoutCancel(ctx)
	frames := newFrameReader(in, server.MaxLine)
	outbox, flight := newOutbox(server, out, frames.framing), newFlight(ctx)
	s := &session{
		server: server, log: server.Log, out: outbox, flight: flight,
		stream:  newStream(server, frames, outbox, flight),
		queue:   newQueue(server),
		ctx:     ctx,
		started: make(chan struct{}),
		idle:    make(chan struct{}),
	}
	s.input, s.endInput = context.WithCancel(s.ctx)
	s.cut, s.cutOff = context.WithCancel(s.ctx)
	return s
}

// run serves until the peer, or ctx, ends the session.
func (s *session) run(ctx context.Context) error {
	s.conn = jsonrpc2.NewConn(s.ctx, s.stream, handler{s}, jsonrpc2.OnRecv(s.stream.received), jsonrpc2.OnSend(s.stream.sending), jsonrpc2.SetLogger(libraryLog{s.log}))
	close(s.started)
	s.awaitEnd(ctx)
	s.windDown()
	s.endInput()
	s.cutOff()
	s.conn.Close()
	s.out.close()
	return s.flush(ctx)
}

// handler serves the library's requests, in the order of the wire.
type handler struct{ s *session }

// Handle answers a request, or starts the command that it names.
func (h handler) Handle(_ context.Context, _ *jsonrpc2.Conn, req *jsonrpc2.Request) {
	<-h.s.started
	s, r := h.s, h.s.requested(req)
	switch {
	case r == nil: // it was cancelled, and answered, before its turn came
	case s.flight.serves(r):
		s.dispatch(r)
	default:
		s.answer(r, nil, errDraining)
	}
}

// requested returns the request in flight that is the library's req, or nil where
// it is answered already. Those with an id are in flight since they were read, so
// one that waits behind others of its batch can be cancelled before it comes here.
func (s *session) requested(req *jsonrpc2.Request) *request {
	r := &request{method: req.Method}
	if req.Notif {
		s.flight.arrive(r)
	} else if r = s.flight.find(req.ID.Num); r == nil {
		return nil
	}
	if req.Params != nil {
		r.params = *req.Params
	}
	if req.Notif {
		r.size = len(r.params)
	}
	return r
}

// answer gives r its one answer, unless it has it already, and takes it out of
// the account. A notification is not answered; what went wrong with it is logged.
func (s *session) answer(r *request, result any, err error) {
	if r.claim() {
		s.deliver(r, result, err)
	}
}

// deliver is answer for the one who claimed r.
func (s *session) deliver(r *request, result any, err error) {
	defer s.finish(r)
	s.reply(r, result, err)
}

// reply is deliver for the one who takes r out of the account later. It reports
// whether the peer is sent the result.
func (s *session) reply(r *request, result any, err error) (sent bool) {
	if r.isNotification() {
		if err != nil {
			s.log.Warn("a notification failed", "method", shown(r.method), "code", wireError(err).Code)
		}
		return err == nil
	}
	if err == nil {
		encoded, encodeErr := encodeResult(result)
		if encodeErr == nil {
			// Reply would encode it once more.
			err := s.conn.SendResponse(s.ctx, &jsonrpc2.Response{ID: r.key(), Result: &encoded})
			s.logUnsent(r, err)
			return err == nil && !r.withheld
		}
		s.log.Error("a result could not be encoded", "method", r.method, "error", encodeErr)
		err = errInternal
	}
	failed := wireError(err)
	if failed.Code == jsonrpc2.CodeInternalError {
		s.log.Error("a request failed through a defect", "method", shown(r.method), "message", failed.Message, "types", errorTypes(err))
	}
	s.logUnsent(r, s.conn.ReplyWithError(s.ctx, r.key(), failed))
	return false
}

func (s *session) logUnsent(r *request, err error) {
	if err != nil {
		s.log.Warn("an answer could not be sent", "method", shown(r.method), "error", err)
	}
}

// finish takes r out of the account.
func (s *session) finish(r *request) {
	s.flight.leave(r)
	s.settle()
}

// lastWord is how long a command that is told to stop may take to say what it did,
// where the grace period is not shorter.
const lastWord = 2 * time.Second

// cancel stops the work of r. A command that runs has a moment to say what it did;
// what has not begun is answered with reason at once.
func (s *session) cancel(r *request, reason *failure.Error) {
	r.cancel(reason)
	if !r.begun.Load() {
		s.answer(r, nil, reason)
		return
	}
	time.AfterFunc(min(lastWord, s.server.Grace), func() { s.answer(r, nil, reason) })
}

// recovering runs f and turns a panic in it into an error, with the stack in the
// log. Of the value only the type is logged: it may hold a secret.
func (s *session) recovering(method string, f func() (any, error)) (result any, err error) {
	defer func() {
		if v := recover(); v != nil {
			s.log.Error("a request panicked", "method", method, "panic", fmt.Sprintf("%T", v), "stack", string(debug.Stack()))
			result, err = nil, errInternal
		}
	}()
	return f()
}

// libraryLog takes the library's own lines, none of which concerns a person.
type libraryLog struct{ log *slog.Logger }

// Printf logs one of them.
func (l libraryLog) Printf(format string, v ...any) { l.log.Debug(fmt.Sprintf(format, v...)) }
