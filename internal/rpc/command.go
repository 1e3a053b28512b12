package rpc

import (
	"context"
	"log/slog"
	"time"

	"msgraph-user/internal/engine"
	"msgraph-user/internal/failure"
	"msgraph-user/internal/xsoar"
)

// commandResult is what a command answers.
type commandResult struct {
	Entries []xsoar.Entry `json:"entries"`
}

var (
	errFull = &failure.Error{Kind: failure.Throttled, RetryAfter: time.Second,
		Message: "The server is full: too many commands run and wait already.",
		Advice:  "Send the call again when others have been answered."}
	errNoTurn = &failure.Error{Kind: failure.Throttled, RetryAfter: time.Second,
		Message: "The call's time ran out before its turn came: too many commands ran before it.",
		Advice:  "Nothing was sent. Send fewer at once, or give it more time with context.timeout."}
)

// startCommand checks the request and has the command run when its turn comes.
func (s *session) startCommand(r *request) {
	p, err := parseCallParams(r.params)
	if err != nil {
		s.answer(r, nil, err)
		return
	}
	j := &job{size: r.size}
	stopTimer := s.limitWait(r, j, p.timeout)
	told := s.told()
	j.run = func() {
		stopTimer()
		s.runCommand(r, p, told)
	}
	if !s.queue.submit(j) {
		stopTimer()
		s.answer(r, nil, errFull)
	}
}

func (s *session) told() profile {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.profile
}

// limitWait gives r up when it is cancelled, or its own time is over, before its
// turn came. The function it returns ends that.
func (s *session) limitWait(r *request, j *job, timeout time.Duration) (stop func()) {
	leave := context.AfterFunc(r.ctx, func() { s.queue.remove(j) })
	if timeout == 0 {
		return func() { leave() }
	}
	timer := time.AfterFunc(timeout, func() {
		if s.queue.remove(j) {
			s.answer(r, nil, errNoTurn)
		}
	})
	return func() {
		leave()
		timer.Stop()
	}
}

// runCommand runs the command and answers its request.
func (s *session) runCommand(r *request, p callParams, told profile) {
	if r.claimed.Load() {
		return
	}
	result, err := s.guarded(r.method, func() (any, error) {
		call, err := s.call(r, p, told)
		if err != nil {
			return nil, err
		}
		entries, err := s.server.Runner.Run(r.ctx, call)
		if entries == nil {
			entries = []xsoar.Entry{}
		}
		return commandResult{entries}, err
	})
	s.answer(r, result, err)
}

// call makes the runner's call of a request. The time that it waited counts
// against its timeout.
func (s *session) call(r *request, p callParams, told profile) (engine.Call, error) {
	args, err := p.decodeArgs()
	if err != nil {
		return engine.Call{}, err
	}
	raw := p.params
	if raw == nil {
		raw = told.params
	}
	params, err := decodeParams(raw)
	if err != nil {
		return engine.Call{}, err
	}
	call := engine.Call{
		Command: r.method, Args: args, Params: params,
		Instance: p.instance, Incident: p.incident,
	}
	if p.timeout > 0 {
		if call.Timeout = p.timeout - time.Since(r.arrived); call.Timeout <= 0 {
			return engine.Call{}, errNoTurn
		}
	}
	s.connect(&call, r, p, told)
	return call, nil
}

// connect gives the call what the peer offers: its integration context, its log,
// its wish to hear of progress.
func (s *session) connect(call *engine.Call, r *request, p callParams, told profile) {
	if told.integrationContext {
		call.Store = contextStore{s}
	}
	if told.log {
		call.Log = func(level slog.Level, message string) {
			s.tell(r.ctx, methodLog, logParams{levelName(level), message})
		}
	}
	if p.progressToken != nil {
		call.Progress = func(progress engine.Progress) {
			if !r.claimed.Load() {
				s.tell(r.ctx, methodProgress, newProgressParams(p.progressToken, progress))
			}
		}
	}
}
