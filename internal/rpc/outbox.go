package rpc

import (
	"context"
	"errors"
	"io"
	"strconv"
	"sync"
)

// errOutboxClosed is what put returns after the session.
var errOutboxClosed = errors.New("the session is over")

// outbox writes messages one after the other, each with one Write, so that a
// slow reader holds up the writing and nothing else.
type outbox struct {
	out     io.Writer
	framing func() framing
	observe func(Direction, []byte)
	limit   int // Server.MaxUnread

	mu       sync.Mutex
	work     sync.Cond // there is a message, or closed
	room     sync.Cond // there is room, or err, or a waiting caller gave up
	messages [][]byte
	held     int  // bytes in messages and in the Write under way
	lifted   bool // whether the bound is off
	closed   bool
	err      error // of the Write that failed

	broken  chan struct{} // closed when a Write failed
	flushed chan struct{} // closed when everything is written after close, or never will be
}

func newOutbox(s *Server, out io.Writer, framing func() framing) *outbox {
	o := &outbox{out: out, framing: framing, observe: s.Observe, limit: s.MaxUnread,
		broken: make(chan struct{}), flushed: make(chan struct{})}
	o.work.L, o.room.L = &o.mu, &o.mu
	go o.writeAll()
	return o
}

// put hands over a message, which must not be changed after. It waits for room
// until ctx is done.
func (o *outbox) put(ctx context.Context, message []byte) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.full(len(message)) {
		defer context.AfterFunc(ctx, o.wake)()
	}
	for o.full(len(message)) {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		o.room.Wait()
	}
	if o.err != nil {
		return o.err
	}
	if o.closed {
		return errOutboxClosed
	}
	o.messages = append(o.messages, message)
	o.held += len(message)
	o.work.Signal()
	return nil
}

// full reports whether a message of n bytes has to wait. One always fits.
func (o *outbox) full(n int) bool {
	return o.held > 0 && o.held+n > o.limit && !o.lifted && !o.closed && o.err == nil
}

func (o *outbox) wake() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.room.Broadcast()
}

// lift takes the bound off, for the last answers of a session.
func (o *outbox) lift() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.lifted = true
	o.room.Broadcast()
}

// close takes no more messages. flushed tells when those that were taken are out.
func (o *outbox) close() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.closed = true
	o.work.Broadcast()
	o.room.Broadcast()
}

// failure returns the error of the Write that failed, or nil.
func (o *outbox) failure() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.err
}

// writeAll writes what is put, until close or a Write that fails.
func (o *outbox) writeAll() {
	defer close(o.flushed)
	for {
		message, more := o.take()
		if !more {
			return
		}
		o.observe(Sent, message)
		_, err := o.out.Write(o.frame(message))
		o.written(len(message), err)
		if err != nil {
			close(o.broken)
			return
		}
	}
}

func (o *outbox) take() (message []byte, more bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for len(o.messages) == 0 && !o.closed {
		o.work.Wait()
	}
	if len(o.messages) == 0 {
		return nil, false
	}
	message = o.messages[0]
	o.messages[0] = nil
	o.messages = o.messages[1:]
	return message, true
}

func (o *outbox) written(n int, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.held -= n
	o.err = err
	if err != nil {
		o.messages = nil
	}
	o.room.Broadcast()
}

// frame wraps a message as the peer wraps its own.
func (o *outbox) frame(message []byte) []byte {
	if o.framing() != framingHeaders {
		return append(message, '\n')
	}
	framed := make([]byte, 0, len(message)+32)
	framed = append(framed, "Content-Length: "...)
	framed = strconv.AppendInt(framed, int64(len(message)), 10)
	framed = append(framed, "\r\n\r\n"...)
	return append(framed, message...)
}
