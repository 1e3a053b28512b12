package rpc

import (
	"context"
	"fmt"
	"time"

	"msgraph-user/internal/failure"
)

// Errors of requests that the shutdown ended or refused.
var (
	errSessionEnded = &failure.Error{Kind: failure.Canceled,
		Message: "The session ended before the command did.",
		Advice:  "It may have taken effect: check before you send it again."}
	errDraining = &failure.Error{Kind: failure.Canceled,
		Message: "The server is shutting down and takes no more requests.",
		Advice:  "Start the server again and send the request again."}
)

// awaitEnd waits until no request is in flight and none is accepted any more.
func (s *session) awaitEnd(ctx context.Context) {
	stop, ended, broken := ctx.Done(), s.stream.ended, s.out.broken
	var grace <-chan time.Time
	for {
		select {
		case <-s.idle:
			return
		case <-stop:
			stop, s.stopped = nil, time.Now()
			s.drain()
			grace = time.After(s.server.Grace)
		case <-ended:
			ended = nil
			s.endInput()
			s.drain()
			if stop != nil {
				grace = time.After(s.server.Grace)
			}
		case <-broken:
			broken = nil
			s.drain()
			s.cancelAll()
		case <-grace:
			if rest := s.graceLeft(); stop != nil && rest > 0 {
				grace = time.After(rest)
				continue
			}
			grace = nil
			s.cancelAll()
		}
	}
}

// graceLeft is how long the end of input still waits for the next answer: a file
// of many requests is served to its end, however long that takes in all.
func (s *session) graceLeft() time.Duration { return s.server.Grace - s.flight.sinceAnswer() }

// windDown waits until cancelled commands have returned, at most for the grace period.
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
		if err := s.flushInTime(); err != nil {
			return err
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

// lastWrite is how long, after the grace period, the peer may take over one message.
const lastWrite = 500 * time.Millisecond

// flushInTime gives the peer what is left of the grace period to read, and then as
// long as it does read, at most another one.
func (s *session) flushInTime() error {
	if s.stopped.IsZero() {
		s.stopped = time.Now()
	}
	grace, last := s.server.Grace-time.Since(s.stopped), time.After(s.server.Grace)
	next := time.After(max(grace, lastWrite-s.out.stalled()))
	for {
		select {
		case <-s.out.flushed:
			return nil
		case <-next:
			if rest := lastWrite - s.out.stalled(); rest > 0 {
				next = time.After(rest)
				continue
			}
		case <-last:
		}
		return fmt.Errorf("the last answers could not be written within %v: the peer does not read", s.server.Grace)
	}
}

// drain refuses all further requests.
func (s *session) drain() {
	s.flight.drain()
	s.settle()
}

// settle answers shutdown after all other requests, and then ends the session.
func (s *session) settle() {
	shutdowns, over := s.flight.settled()
	for _, r := range shutdowns {
		s.answer(r, nil, nil)
	}
	if over {
		s.closeIdle.Do(func() { close(s.idle) })
	}
}

// cancelAll cancels everything that is still in flight.
func (s *session) cancelAll() {
	s.out.lift()
	s.cutOff()
	s.endInput() // what the peer still sends, or reads, is waited for no more
	for _, r := range s.flight.cancellable(func(*request) bool { return true }) {
		s.cancel(r, errSessionEnded)
	}
}
