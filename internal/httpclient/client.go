package httpclient

import (
	"context"
	"net/http"
	"sync/atomic"
	"time"
)

// Defaults of ClientOptions.
const (
	DefaultInFlight    = 8
	DefaultMaxAnswer   = 64 << 20 // bytes
	DefaultIdleTimeout = 10 * time.Second
	DefaultPatience    = 60 * time.Second
)

// ClientOptions configures a Client. Zero members take the defaults.
type ClientOptions struct {
	// Transport carries one request; required. See New.
	Transport http.RoundTripper
	// InFlight is how many requests may be under way at once.
	InFlight int
	// MaxAnswer is the size in bytes, after decompression, from which an answer
	// is refused.
	MaxAnswer int64
	// IdleTimeout is how long a host may send nothing before an attempt is given up.
	IdleTimeout time.Duration
	// Patience is how long a request without a deadline waits for a host that throttles.
	Patience time.Duration
	// Policy is when a request is sent again.
	Policy *Policy
	// Scrub removes secrets from error texts; may be nil.
	Scrub func(string) string
}

// Client is one instance's way to its hosts. All its requests share one limit of
// requests under way and one pause when the host throttles; clients do not know of
// one another. It is safe for concurrent use.
type Client struct {
	transport   http.RoundTripper
	maxAnswer   int64
	idleTimeout time.Duration
	patience    time.Duration
	policy      Policy
	scrub       func(string) string
	limiter     *limiter
	requests    atomic.Int64
	retries     atomic.Int64
	throttled   atomic.Int64
}

// NewClient returns a client over o.Transport.
func NewClient(o ClientOptions) *Client {
	c := &Client{
		transport:   o.Transport,
		maxAnswer:   orDefault(o.MaxAnswer, DefaultMaxAnswer),
		idleTimeout: orDefault(o.IdleTimeout, DefaultIdleTimeout),
		patience:    orDefault(o.Patience, DefaultPatience),
		policy:      DefaultPolicy(),
		scrub:       o.Scrub,
		limiter:     newLimiter(orDefault(o.InFlight, DefaultInFlight)),
	}
	if o.Policy != nil {
		c.policy = *o.Policy
	}
	if c.scrub == nil {
		c.scrub = func(text string) string { return text }
	}
	return c
}

func orDefault[T int | int64 | time.Duration](value, otherwise T) T {
	if value <= 0 {
		return otherwise
	}
	return value
}

// Request is an HTTP request that can be sent more than once.
type Request struct {
	Method string
	URL    string
	Header http.Header
	Body   []byte // nil: none
	// Repeatable says that sending it twice does no more than sending it once.
	Repeatable bool
	// IfLost tells a person how to find out whether a write took effect whose
	// answer was lost; empty for a request that changes nothing.
	IfLost string
	// Accept looks at a whole answer before it counts as one: ErrCut makes it a
	// cut answer. May be nil.
	Accept func(*Response) error
}

// Response is a complete HTTP response.
type Response struct {
	Status int
	Header http.Header
	Body   []byte
	// Tries is how often the request was sent.
	Tries int
	// InDoubt is true where an earlier attempt may have taken effect though its
	// answer was lost: a DELETE answered 404 is then done, not missing.
	InDoubt bool
}

// Stats counts what a client did since it was made.
type Stats struct {
	Requests  int64         // sent, retries included
	Retries   int64         // sent again
	Throttled int64         // answers that asked for patience
	Paused    time.Duration // how long hosts asked the client to pause
	InFlight  int           // under way now
	Waiting   int           // before the limiter now
	Limit     int           // how many may be under way now
}

// Stats returns the client's counters.
func (c *Client) Stats() Stats {
	s := Stats{Requests: c.requests.Load(), Retries: c.retries.Load(), Throttled: c.throttled.Load()}
	c.limiter.read(&s)
	return s
}

// Send sends request until a response comes that the policy delivers, and
// returns it whatever its status is. The error is a *failure.Error: Throttled
// where the host asks to wait beyond ctx's deadline, Unreachable where no answer
// came, Canceled where ctx was cancelled. Nothing goes on after ctx has ended.
func (c *Client) Send(ctx context.Context, request Request) (*Response, error) {
	s := c.newSending(ctx, &request)
	for {
		out, err := s.once(ctx)
		if err != nil {
			return nil, err
		}
		if out.Err != nil && ctx.Err() != nil {
			return nil, s.lost(out, ctx.Err())
		}
		again := false
		switch s.decide(out) {
		case TryAgain:
			again, err = s.backOff(ctx, out)
		case WaitForHost:
			again, err = true, s.outlasted(out)
		}
		switch {
		case err != nil:
			return nil, err
		case !again:
			return s.deliver(out)
		}
	}
}
