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

	"msgraph-user/failure"
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
	active   map[*request]bool // in flight; true for those that shutdown waits for
	busy     int               // how many of active shutdown waits for
	leaving  []*request        // the shutdown requests, while they wait
	draining bool
}

// Why a request was ended that its caller did not cancel, and why one was refused.
var (
	errSessionEnded = &failure.Error{Kind: failure.Canceled,
		Message: "The session ended before the command did.",
		Advice:  "It may have taken effect: look before you send it again."}
	errDraining = &failure.Error{Kind: failure.Canceled,
		Message: "The server is shutting down and takes no more requests.",
		Advice:  "Start it again and send the request once more."}
)

func newSession(ctx context.Context, server *Server, in io.Reader, out io.Writer) *session {
	frames := newFrameReader(in, server.MaxLine)
	outbox := newOutbox(out, frames.framing, server.Observe)
	s := &session{
		server: server, log: server.Log, out: outbox,
		stream: newStream(server, in, outbox, frames),
		queue:  newQueue(server),
		// A done ctx starts the drain; it must not cut off what is in flight.
		ctx:     context.WithoutCancel(ctx),
		started: make(chan struct{}),
		idle:    make(chan struct{}),
		active:  map[*request]bool{},
	}
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

// awaitEnd returns when nothing is in flight and nothing more is taken.
func (s *session) awaitEnd(ctx context.Context) {
	stop, ended, broken := ctx.Done(), s.stream.ended, s.out.broken
	var grace <-chan time.Time
	for {
		select {
		case <-s.idle:
			return
		case <-stop:
			stop = nil
			s.drain()
			grace = s.graceFrom(grace)
		case <-ended:
			ended = nil
			s.endInput()
			s.drain()
			grace = s.graceFrom(grace)
		case <-broken:
			broken = nil
			s.drain()
			s.cancelAll()
		case <-grace:
			grace = nil
			s.cancelAll()
		}
	}
}

// graceFrom starts the grace period, unless it runs already.
func (s *session) graceFrom(running <-chan time.Time) <-chan time.Time {
	if running != nil {
		return running
	}
	return time.After(s.server.Grace)
}

// windDown gives commands that were answered and cancelled the time to notice.
func (s *session) windDown() {
	select {
	case <-s.queue.done():
	case <-time.After(s.server.Grace):
		s.log.Error("commands still run after they were cancelled; the session ends without them")
	}
}

// flush returns when the last message is written. A peer that reads slowly may
// take its time, unless the process was told to stop.
func (s *session) flush(ctx context.Context) error {
	select {
	case <-s.out.flushed:
	case <-ctx.Done():
		select {
		case <-s.out.flushed:
		case <-time.After(s.server.Grace):
			return fmt.Errorf("the last answers could not be written within %v: the peer does not read", s.server.Grace)
		}
	}
	if err := s.out.failure(); err != nil {
		return fmt.Errorf("writing an answer: %w", err)
	}
	select {
	case <-s.stream.ended:
		if s.stream.err != nil {
			return fmt.Errorf("reading a message: %w", s.stream.err)
		}
	default:
	}
	return nil
}

// handler receives the library's slips, in the order of the wire.
type handler struct{ s *session }

// Handle starts the request that a slip stands for.
func (h handler) Handle(_ context.Context, _ *jsonrpc2.Conn, slip *jsonrpc2.Request) {
	<-h.s.started
	s, r := h.s, h.s.stream.opened(slip.ID.Num)
	r.arrived = time.Now()
	r.ctx, r.cancel = context.WithCancelCause(s.ctx)
	if !s.admit(r) {
		s.answer(r, nil, errDraining)
		return
	}
	s.dispatch(r)
}

// admit takes r into the account of what is in flight and reports whether it is
// to be served: a session that drains serves only what speeds its end.
func (s *session) admit(r *request) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	waitedFor := r.method != methodShutdown
	s.active[r] = waitedFor
	if waitedFor {
		s.busy++
	} else {
		s.leaving = append(s.leaving, r)
		s.draining = true
	}
	return !s.draining || r.method == methodShutdown || r.method == methodCancel
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
		s.log.Error("a request failed through a defect", "method", shown(r.method), "error", err)
	}
	return errorAnswer(r.id, failed)
}

// finish takes r out of the account.
func (s *session) finish(r *request) {
	r.cancel(nil)
	s.mu.Lock()
	if s.active[r] {
		s.busy--
	}
	delete(s.active, r)
	s.mu.Unlock()
	s.settle()
}

// drain takes no more requests from here on.
func (s *session) drain() {
	s.mu.Lock()
	s.draining = true
	s.mu.Unlock()
	s.settle()
}

// settle answers shutdown once all else is answered, and ends the session once
// that is answered too.
func (s *session) settle() {
	s.mu.Lock()
	var leaving []*request
	if s.draining && s.busy == 0 {
		leaving, s.leaving = s.leaving, nil
	}
	over := s.draining && len(s.active) == 0
	s.mu.Unlock()
	for _, r := range leaving {
		s.answer(r, nil, nil)
	}
	if over {
		s.closeIdle.Do(func() { close(s.idle) })
	}
}

// cancelAll answers everything that is still in flight and cancels it.
func (s *session) cancelAll() {
	s.out.lift()
	s.mu.Lock()
	var all []*request
	for r, waitedFor := range s.active {
		if waitedFor {
			all = append(all, r)
		}
	}
	s.mu.Unlock()
	for _, r := range all {
		s.cancel(r, errSessionEnded)
	}
}

// cancel answers r with reason at once, however long its work takes to notice.
func (s *session) cancel(r *request, reason error) {
	if !r.claim() {
		return
	}
	r.cancel(reason)
	s.deliver(r, nil, reason)
}

// guarded runs f and turns a panic in it into an error, with the stack in the log.
func (s *session) guarded(method string, f func() (any, error)) (result any, err error) {
	defer func() {
		if v := recover(); v != nil {
			s.log.Error("a request panicked", "method", method, "panic", fmt.Sprint(v), "stack", string(debug.Stack()))
			result, err = nil, errInternal
		}
	}()
	return f()
}

// libraryLog takes the library's own lines, none of which concerns a person.
type libraryLog struct{ log *slog.Logger }

// Printf logs one of them.
func (l libraryLog) Printf(format string, v ...any) { l.log.Debug(fmt.Sprintf(format, v...)) }
