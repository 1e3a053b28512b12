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
)

// session is one peer's connection, from its first byte until everything that
// was asked is answered.
type session struct {
	server *Server
	log    *slog.Logger
	stream *stream
	out    *outbox
	queue  *queue

	conn    *jsonrpc2.Conn
	started chan struct{} // closed when conn is set

	ctx       context.Context // of all work done for the peer
	input     context.Context // done when the peer can send no more
	endInput  context.CancelFunc
	idle      chan struct{} // closed when draining and nothing is in flight
	closeIdle sync.Once

	mu       sync.Mutex
	profile  profile
	active   map[*request]bool // in flight: read, and the answer not yet out
	busy     int               // how many of active are no shutdown
	leaving  []*request        // the shutdown requests, while they wait for the others
	draining bool

	lastAnswer time.Time // when the last request was finished
}

func newSession(ctx context.Context, server *Server, in io.Reader, out io.Writer) *session {
	frames := newFrameReader(in, server.MaxLine)
	outbox := newOutbox(server, out, frames.framing)
	s := &session{
		server: server, log: server.Log, out: outbox,
		stream: newStream(server, frames, outbox),
		queue:  newQueue(server),
		// A done ctx starts the drain; it must not cut off what is in flight.
		ctx:     context.WithoutCancel(ctx),
		started: make(chan struct{}),
		idle:    make(chan struct{}),
		active:  map[*request]bool{},
	}
	s.stream.arrived = s.account
	s.input, s.endInput = context.WithCancel(s.ctx)
	return s
}

// run serves until the peer, or ctx, ends the session.
func (s *session) run(ctx context.Context) error {
	s.conn = jsonrpc2.NewConn(s.ctx, s.stream, handler{s}, jsonrpc2.SetLogger(libraryLog{s.log}))
	close(s.started)
	s.awaitEnd(ctx)
	s.windDown()
	s.endInput()
	s.conn.Close()
	s.out.close()
	return s.flush(ctx)
}

// account takes r into the account of what is in flight. All of a batch is taken
// in before its first request is served, so that the session cannot end between.
func (s *session) account(r *request) {
	r.arrived = time.Now()
	r.ctx, r.cancel = context.WithCancelCause(s.ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.active[r] = true
	if r.method != methodShutdown {
		s.busy++
	}
}

// handler receives the library's slips, in the order of the wire.
type handler struct{ s *session }

// Handle serves the request that a slip stands for.
func (h handler) Handle(_ context.Context, _ *jsonrpc2.Conn, slip *jsonrpc2.Request) {
	<-h.s.started
	s, r := h.s, h.s.stream.opened(slip.ID.Num)
	if s.serves(r) {
		s.dispatch(r)
	} else {
		s.answer(r, nil, errDraining)
	}
}

// serves reports whether r is to be served: a session that drains serves only
// what speeds its end.
func (s *session) serves(r *request) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch r.method {
	case methodShutdown:
		s.draining = true
		s.leaving = append(s.leaving, r)
		return true
	case methodCancel:
		return true
	}
	return !s.draining
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
	if r.isNotification() {
		if err != nil {
			s.log.Warn("a notification failed", "method", shown(r.method), "code", wireError(err).Code)
		}
		return
	}
	r.answer = s.encode(r, result, err)
	null := jsonNull
	response := &jsonrpc2.Response{ID: slip(r.number), Result: &null}
	if err := s.conn.SendResponse(s.ctx, response); err != nil {
		s.log.Warn("an answer could not be sent", "method", shown(r.method), "error", err)
	}
}

func (s *session) encode(r *request, result any, err error) []byte {
	if err == nil {
		message, encodeErr := resultAnswer(r.id, result)
		if encodeErr == nil {
			return message
		}
		s.log.Error("a result could not be encoded", "method", r.method, "error", encodeErr)
		err = errInternal
	}
	failed := wireError(err)
	if failed.Code == jsonrpc2.CodeInternalError {
		s.log.Error("a request failed through a defect", "method", shown(r.method), "message", failed.Message, "types", errorTypes(err))
	}
	return errorAnswer(r.id, failed)
}

// finish takes r out of the account.
func (s *session) finish(r *request) {
	r.cancel(nil)
	s.mu.Lock()
	delete(s.active, r)
	s.lastAnswer = time.Now()
	if r.method != methodShutdown {
		s.busy--
	}
	s.mu.Unlock()
	s.settle()
}

// cancel answers r with reason at once, however long its work takes to notice.
func (s *session) cancel(r *request, reason error) {
	if !r.claim() {
		return
	}
	r.cancel(reason)
	s.deliver(r, nil, reason)
}

// guarded runs f and turns a panic in it into an error, with the stack in the
// log. Of the value only the type is logged: it may hold a secret.
func (s *session) guarded(method string, f func() (any, error)) (result any, err error) {
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
