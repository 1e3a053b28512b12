package httpclient

import (
	"errors"
	"math/rand/v2"
	"net/http"
	"time"
)

// Outcome is how one attempt to send a Request ended.
type Outcome struct {
	Response *Response // nil where none came whole
	Err      error     // why none came; nil beside a Response
	// Arrived is true where the host may have got the request, so that it may
	// have been acted upon.
	Arrived bool
	// Repeatable is the Call's.
	Repeatable bool
}

// Decision is what to do after an attempt.
type Decision int

// The decisions that a Policy can take.
const (
	Deliver     Decision = iota // hand the answer, or the error, to the caller
	TryAgain                    // send it again after this call's own back-off
	WaitForHost                 // the host asks for patience: pause the whole client, then send it again
)

// Policy is when and how often a Call is sent again. The loop that obeys it is
// Client.Send.
type Policy struct {
	// Check decides about one outcome.
	Check func(Outcome) Decision
	// Backoff is the wait before the retry-th retry (1 is the first), where the
	// host named none.
	Backoff func(retry int) time.Duration
	// Tries is how often a request is sent at most when attempts fail, RefusedTries
	// when no connection comes about. Throttling is bounded by the request's time only.
	Tries, RefusedTries int
}

// DefaultPolicy returns the policy for Graph: see CheckOutcome and
// ExponentialBackoff for its rules. A refused connection is given up in less
// than ten seconds, five tries of a repeatable request outlast a short disturbance,
// and throttling is waited out for as long as the deadline of the request allows.
func DefaultPolicy() Policy {
	return Policy{
		Check:        CheckOutcome,
		Backoff:      ExponentialBackoff(250*time.Millisecond, 20*time.Second, rand.Float64),
		Tries:        5,
		RefusedTries: 4,
	}
}

// CheckOutcome is Graph's rule
// (https://learn.microsoft.com/graph/throttling, https://learn.microsoft.com/graph/errors):
//   - 429, and 503 that says when to come back, mean "not done": any request is sent
//     again after the wait.
//   - 502, 503 and 504, a lost connection, an idle timeout and a cut answer leave open
//     whether it was done: only what may be repeated is sent again.
//   - A connection that did not come about carried nothing: any request is tried again.
func CheckOutcome(o Outcome) Decision {
	if o.Err != nil {
		return checkError(o)
	}
	_, dated := RetryAfter(o.Response.Header, time.Now())
	switch status := o.Response.Status; {
	case status == http.StatusTooManyRequests, status == http.StatusServiceUnavailable && dated:
		return WaitForHost
	case IsUnsettled(status) && o.Repeatable:
		return TryAgain
	}
	return Deliver
}

func checkError(o Outcome) Decision {
	if proxy, ok := errors.AsType[*ProxyError](o.Err); ok && proxy.isFinal() || errors.Is(o.Err, errTooLarge) || untrusted(o.Err) {
		return Deliver
	}
	if o.Repeatable || !o.Arrived {
		return TryAgain
	}
	return Deliver
}

// IsUnsettled reports whether a status comes from something between the caller and
// the service, and leaves open what the service did.
func IsUnsettled(status int) bool {
	return status == http.StatusBadGateway || status == http.StatusServiceUnavailable || status == http.StatusGatewayTimeout
}

// ExponentialBackoff returns a back-off with full jitter: a wait between nothing
// and first doubled with every retry, at most longest. random gives numbers from
// 0 up to 1.
func ExponentialBackoff(first, longest time.Duration, random func() float64) func(retry int) time.Duration {
	return func(retry int) time.Duration {
		ceiling := longest
		if doublings := retry - 1; doublings < 63 && first <= longest>>doublings {
			ceiling = first << doublings
		}
		return time.Duration(random() * float64(ceiling))
	}
}
