package rpc

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sourcegraph/jsonrpc2"

	"msgraph-user/internal/failure"
)

// request is a request or notification of the peer, from its arrival until its
// answer is out.
type request struct {
	number uint64          // ours; the peer's ids may be anything, and occur twice
	id     json.RawMessage // as it came; nil for a notification
	method string
	params json.RawMessage // an object or array; nil where left out
	size   int             // bytes of the message

	batch *batch // the batch it came in; nil: none
	slot  int    // its place there

	arrived time.Time
	ctx     context.Context // of the work done for it
	cancel  context.CancelCauseFunc

	begun    atomic.Bool // whether its command runs, or has run
	claimed  atomic.Bool // whether its one answer is decided
	withheld bool        // whether another answer took the place of its own; of the one who answers
}

func (r *request) isNotification() bool { return r.id == nil }

// key is how the library knows the request.
func (r *request) key() jsonrpc2.ID { return jsonrpc2.ID{Num: r.number} }

// claim reports whether the caller is the one who answers r: true once.
func (r *request) claim() bool { return r.claimed.CompareAndSwap(false, true) }

// stopped returns why the work of r was told to stop; nil where it was not.
func (r *request) stopped() *failure.Error {
	reason, _ := errors.AsType[*failure.Error](context.Cause(r.ctx))
	return reason
}

// flight keeps the requests in flight: those that are read and not yet answered. It
// maps the peer's ids to numbers, and knows when no request is left.
type flight struct {
	ctx context.Context // of all work done for the peer

	mu         sync.Mutex
	last       uint64 // number given
	requests   map[uint64]*request
	busy       int        // how many of requests are no shutdown
	shutdowns  []*request // the shutdown requests, while they wait for the others
	draining   bool
	lastAnswer time.Time // when the last request was finished
}

func newFlight(ctx context.Context) *flight {
	return &flight{ctx: ctx, requests: map[uint64]*request{}}
}

// arrive adds r to the requests in flight.
func (f *flight) arrive(r *request) {
	r.arrived = time.Now()
	r.ctx, r.cancel = context.WithCancelCause(f.ctx)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.last++
	r.number = f.last
	f.requests[r.number] = r
	if r.method != methodShutdown {
		f.busy++
	}
}

// number returns an unused number, for a request to the peer.
func (f *flight) number() uint64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.last++
	return f.last
}

// find returns the request with a number; nil where there is none.
func (f *flight) find(number uint64) *request {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.requests[number]
}

// serves reports whether r is to be served: a session that drains serves only
// what speeds its end.
func (f *flight) serves(r *request) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch r.method {
	case methodShutdown:
		f.draining = true
		f.shutdowns = append(f.shutdowns, r)
		return true
	case methodCancel:
		return true
	}
	return !f.draining
}

// leave removes r from the requests in flight.
func (f *flight) leave(r *request) {
	r.cancel(nil)
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.requests, r.number)
	f.lastAnswer = time.Now()
	if r.method != methodShutdown {
		f.busy--
	}
}

// drain refuses all further requests.
func (f *flight) drain() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.draining = true
}

// settled returns the shutdown requests that can be answered now, and whether no
// request is in flight and none will be served any more.
func (f *flight) settled() (shutdowns []*request, over bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.draining && f.busy == 0 {
		shutdowns, f.shutdowns = f.shutdowns, nil
	}
	return shutdowns, f.draining && len(f.requests) == 0
}

// sinceAnswer is how long ago the last request was finished.
func (f *flight) sinceAnswer() time.Duration {
	f.mu.Lock()
	defer f.mu.Unlock()
	return time.Since(f.lastAnswer)
}

// cancellable returns the requests that can be cancelled, which shutdown and
// $/cancelRequest cannot.
func (f *flight) cancellable(wanted func(*request) bool) []*request {
	f.mu.Lock()
	defer f.mu.Unlock()
	var found []*request
	for _, r := range f.requests {
		if r.method != methodShutdown && r.method != methodCancel && wanted(r) {
			found = append(found, r)
		}
	}
	return found
}
