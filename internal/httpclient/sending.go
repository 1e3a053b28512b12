package httpclient

import (
	"context"
	"errors"
	"net/http"
	"time"

	"msgraph-user/internal/failure"
)

// sending is one request on its way, with what happened to it so far.
type sending struct {
	client    *Client
	request   *Request
	deadline  time.Time // no host is waited for beyond it
	tries     int       // sent, or tried to
	throttled int
	pause     time.Duration // how long the host is left alone
	named     bool          // and it asked for that long
	inDoubt   bool          // an earlier attempt may have taken effect
}

// newSending returns request about to be sent: for as long as its context lasts, or
// as the client is patient.
func (c *Client) newSending(ctx context.Context, request *Request) *sending {
	s := &sending{client: c, request: request}
	var bounded bool
	if s.deadline, bounded = ctx.Deadline(); !bounded {
		s.deadline = time.Now().Add(c.patience)
	}
	return s
}

// once sends the request once, when the limiter lets it.
func (s *sending) once(ctx context.Context) (Outcome, error) {
	c := s.client
	if err := c.limiter.enter(ctx, s.deadline, s.tries > 0); err != nil {
		return Outcome{}, s.notSent(err)
	}
	entered := time.Now()
	c.requests.Add(1)
	if s.tries++; s.tries > 1 {
		c.retries.Add(1)
	}
	out := c.attempt(ctx, s.request)
	throttled := c.policy.Check(out) == WaitForHost
	if throttled {
		s.pauseClient(out.Response)
	}
	c.limiter.leave(entered, throttled)
	return out, nil
}

// pauseClient makes the whole client wait as the host asks, before anyone takes the
// place that this request leaves. The wait itself happens at the limiter.
func (s *sending) pauseClient(a *Response) {
	s.throttled++
	s.client.throttled.Add(1)
	s.pause, s.named = s.hostsWait(a)
	s.client.limiter.pause(s.pause)
}

// decide asks the policy, within the number of tries it grants.
func (s *sending) decide(out Outcome) Decision {
	p := s.client.policy
	decision := p.Check(out)
	if decision == TryAgain && s.failed() >= s.allowed(out) {
		return Deliver
	}
	return decision
}

func (s *sending) failed() int { return s.tries - s.throttled }

func (s *sending) allowed(out Outcome) int {
	if out.Err != nil && !out.Arrived {
		return s.client.policy.RefusedTries
	}
	return s.client.policy.Tries
}

// backOff waits before this request is sent again. It returns false at once where
// the request's time would end first.
func (s *sending) backOff(ctx context.Context, out Outcome) (again bool, err error) {
	wait := s.client.policy.Backoff(s.failed())
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) <= wait {
		return false, nil
	}
	s.inDoubt = s.inDoubt || out.Arrived
	if err := Wait(ctx, wait); err != nil {
		return false, s.lost(out, err)
	}
	return true, nil
}

// outlasted reports that the pause which the host asks for is longer than this
// request's time.
func (s *sending) outlasted(out Outcome) error {
	if !time.Now().Add(s.pause).Before(s.deadline) {
		return s.throttledFor(out.Response.Status, s.pause, s.named)
	}
	return nil
}

// hostsWait is what the host asks for, or the back-off where it names nothing or
// "at once": an immediate repeat is what it just refused.
func (s *sending) hostsWait(a *Response) (wait time.Duration, named bool) {
	if wait, ok := RetryAfter(a.Header, time.Now()); ok && wait > 0 {
		return wait, true
	}
	return s.client.policy.Backoff(s.throttled), false
}

// deliver hands over the last outcome.
func (s *sending) deliver(out Outcome) (*Response, error) {
	if out.Err != nil {
		return nil, s.lost(out, nil)
	}
	out.Response.Tries = s.tries
	out.Response.InDoubt = s.inDoubt || IsUnsettled(out.Response.Status)
	return out.Response, nil
}

// notSent turns the limiter's error into a failure.
func (s *sending) notSent(err error) error {
	if pause, ok := errors.AsType[*pauseError](err); ok {
		return s.throttledFor(http.StatusTooManyRequests, pause.left, false)
	}
	return s.lost(Outcome{}, err)
}

// throttledFor reports that the host asks for a wait which this request cannot take.
// named says that the host itself named the wait.
func (s *sending) throttledFor(status int, wait time.Duration, named bool) error {
	wait = max(wait.Round(time.Second), time.Second)
	e := &failure.Error{
		Kind:       failure.Throttled,
		Status:     status,
		RetryAfter: wait,
		Host:       s.request.host(),
		Advice:     "Try again after " + wait.String() + ", or give the command more time (timeout).",
	}
	e.Message = e.Host + " throttles this application and asks to wait " + wait.String() + ", which is longer than this command may take."
	if !named {
		e.Message = e.Host + " throttles this application, so the program waits " + wait.String() + ", which is longer than this command may take."
	}
	return s.withDoubt(e, s.inDoubt)
}
