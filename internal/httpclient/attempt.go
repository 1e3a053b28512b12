package httpclient

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
	"time"

	"msgraph-user/internal/memory"
)

// ErrCut is what an answer that ended early is given up with. A Call's Accept
// returns it (wrapped or not) for a body that its reader finds incomplete.
var ErrCut = errors.New("the answer ended early")

var (
	errIdle     = errors.New("the host sent nothing within the idle timeout")
	errTooLarge = errors.New("the answer is too large")
)

// attempt sends request once and reads the whole answer.
func (c *Client) attempt(ctx context.Context, request *Request) Outcome {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	alive := c.watchIdle(cancel)
	defer alive.stop()

	var way departure
	answer, err := c.roundTrip(way.watch(ctx), request, alive)
	if err == nil && request.Accept != nil {
		err = request.Accept(answer)
	}
	out := Outcome{Response: answer, Repeatable: request.Repeatable, Arrived: answer != nil || way.mayHaveArrived()}
	if err != nil {
		if cause := context.Cause(ctx); cause != nil {
			err = fmt.Errorf("%w (%w)", cause, err)
		}
		out.Response, out.Err = nil, err
	}
	return out
}

// departure says how far a request got. A transport in this process is not seen,
// so that what went through it counts as arrived.
type departure struct{ seen, left atomic.Bool } // set by goroutines of net/http

func (d *departure) watch(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn:      func(string) { d.seen.Store(true) },
		WroteHeaders: func() { d.left.Store(true) },
	})
}

func (d *departure) mayHaveArrived() bool { return d.left.Load() || !d.seen.Load() }

func (c *Client) roundTrip(ctx context.Context, request *Request, alive *idleTimer) (*Response, error) {
	r, err := request.build(ctx)
	if err != nil {
		return nil, err
	}
	resp, err := c.transport.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	alive.sign()
	body, err := readAll(&turnReader{Reader: &livelyReader{resp.Body, alive}, await: func() error { return c.awaitTurn(ctx, alive) }}, resp.ContentLength, c.maxAnswer)
	if err != nil {
		return nil, err
	}
	return &Response{Status: resp.StatusCode, Header: resp.Header, Body: body}, nil
}

// build returns a new http.Request, so that its body can be sent again.
func (r *Request) build(ctx context.Context) (*http.Request, error) {
	built, err := http.NewRequestWithContext(ctx, r.Method, r.URL, bytes.NewReader(r.Body))
	if err != nil {
		return nil, err
	}
	if r.Header != nil {
		built.Header = r.Header // no transport changes it
	}
	return built, nil
}

// turnReader reads a body, the part that makes it a large one when its request has
// its turn.
type turnReader struct {
	io.Reader
	read  int64
	await func() error
}

func (r *turnReader) Read(p []byte) (int, error) {
	if r.read >= memory.Large {
		if err := r.await(); err != nil {
			return 0, err
		}
	}
	n, err := r.Reader.Read(p)
	r.read += int64(n)
	return n, err
}

// awaitTurn waits until the request may hold a large answer. Meanwhile the host owes
// no sign of life, and the request takes no place of the client's: the request that has its
// turn may need it.
func (c *Client) awaitTurn(ctx context.Context, alive *idleTimer) error {
	alive.stop()
	c.limiter.stepAside(1)
	defer func() {
		c.limiter.stepAside(-1)
		alive.sign()
	}()
	return memory.Await(ctx)
}

// readAll reads a body of at most limit bytes. It trusts the announced length
// only for the first megabyte, because a length costs the sender nothing.
func readAll(body io.Reader, announced, limit int64) ([]byte, error) {
	const trusted = 1 << 20
	if announced > limit {
		return nil, errTooLarge
	}
	var b bytes.Buffer
	if announced > 0 {
		b.Grow(int(min(announced, trusted)) + bytes.MinRead)
	}
	_, err := b.ReadFrom(io.LimitReader(body, limit+1))
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return nil, fmt.Errorf("%w: %w", ErrCut, err)
	case err != nil:
		return nil, err
	case int64(b.Len()) > limit:
		return nil, errTooLarge
	}
	return b.Bytes(), nil
}

// idleTimer cancels an attempt in which nothing arrives for the idle timeout.
type idleTimer struct {
	timer *time.Timer
	after time.Duration
}

func (c *Client) watchIdle(cancel context.CancelCauseFunc) *idleTimer {
	return &idleTimer{time.AfterFunc(c.idleTimeout, func() { cancel(errIdle) }), c.idleTimeout}
}

func (s *idleTimer) sign() { s.timer.Reset(s.after) }

func (s *idleTimer) stop() { s.timer.Stop() }

// livelyReader takes every read byte for a sign of life.
type livelyReader struct {
	io.Reader
	alive *idleTimer
}

func (r *livelyReader) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	if n > 0 {
		r.alive.sign()
	}
	return n, err
}
