package rpc

import (
	"context"
	"fmt"
	"time"

	"msgraph-user/internal/failure"
)

// Why a request was ended that its caller did not cancel, and why one was refused.
var (
	errSessionEnded = &failure.Error{Kind: failure.Canceled,
		Message: "The session ended before the command did.",
		Advice:  "It may have taken effect: look before you send it again."}
	errDraining = &failure.Error{Kind: failure.Canceled,
		Message: "The server is shutting down and takes no more requests.",
		Advice:  "Start it again and send the request once more."}
)

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
func (s *session) graceLeft() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.server.Grace - time.Since(s.lastAnswer)
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
	for r := range s.active {
		if r.method != methodShutdown {
			all = append(all, r)
		}
	}
	s.mu.Unlock()
	for _, r := range all {
		s.cancel(r, errSessionEnded)
	}
}
