package rpc

import (
	"context"
	"errors"
	"io"
	"strconv"
	"sync"
	"time"
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
	progress sync.Cond // a message was written, or closed, lifted, err, or a waiting caller gave up
	messages [][]byte
	held     int       // bytes in messages and in the Write under way
	last     int       // number of the last message that was put
	done     int       // number of the last one that was written
	since    time.Time // when the Write under way began; zero: there is none
	lifted   bool      // whether the bound is off
	closed   bool
	err      error // of the Write that failed

	broken  chan struct{} // closed when a Write failed
	flushed chan struct{} // closed when everything is written after close, or never will be
}

func newOutbox(s *Server, out io.Writer, framing func() framing) *outbox {
	o := &outbox{out: out, framing: framing, observe: s.Observe, limit: s.MaxUnread,
		broken: make(chan struct{}), flushed: make(chan struct{})}
	o.work.L, o.progress.L = &o.mu, &o.mu
	go o.writeAll()
	return o
}

// put hands over a message, which must not be changed after. It waits for room
// until ctx is done.
func (o *outbox) put(ctx context.Context, message []byte) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if err := o.await(ctx, func() bool { return o.hasRoom(len(message)) }); err != nil {
		return err
	}
	return o.append(message)
}

// post hands over a message for which its sender had awaitRoom wait.
func (o *outbox) post(message []byte) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.append(message)
}

// awaitRoom returns when there is room for one more message, or ctx is done.
func (o *outbox) awaitRoom(ctx context.Context) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.await(ctx, func() bool { return o.hasRoom(1) })
}

// awaitWritten returns when all that was put so far is written, or ctx is done.
func (o *outbox) awaitWritten(ctx context.Context) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	last := o.last
	return o.await(ctx, func() bool { return o.done >= last })
}

// await waits until done, which holds as well once the outbox is closed or broken.
// The lock is held.
func (o *outbox) await(ctx context.Context, done func() bool) error {
	if done() || o.over() {
		return o.err
	}
	defer context.AfterFunc(ctx, o.wake)()
	for !done() && !o.over() {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		o.progress.Wait()
	}
	return o.err
}

func (o *outbox) over() bool { return o.closed || o.err != nil }

func (o *outbox) append(message []byte) error {
	if o.err != nil {
		return o.err
	}
	if o.closed {
		return errOutboxClosed
	}
	o.messages = append(o.messages, message)
	o.held += len(message)
	o.last++
	o.work.Signal()
	return nil
}

// hasRoom reports whether n bytes more may be held. One message always may.
func (o *outbox) hasRoom(n int) bool { return o.held == 0 || o.held+n <= o.limit || o.lifted }

func (o *outbox) wake() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.progress.Broadcast()
}

// lift takes the bound off, for the last answers of a session.
func (o *outbox) lift() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.lifted = true
	o.progress.Broadcast()
}

// close takes no more messages. flushed tells when those that were taken are out.
func (o *outbox) close() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.closed = true
	o.work.Broadcast()
	o.progress.Broadcast()
}

// stalled is for how long the peer has not read what is being written to it; 0
// where nothing is.
func (o *outbox) stalled() time.Duration {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.since.IsZero() {
		return 0
	}
	return time.Since(o.since)
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
	o.since = time.Now()
	return message, true
}

func (o *outbox) written(n int, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.held -= n
	o.done++
	o.since = time.Time{}
	o.err = err
	if err != nil {
		o.messages = nil
	}
	o.progress.Broadcast()
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
