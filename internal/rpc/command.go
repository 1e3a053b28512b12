package rpc

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"msgraph-user/internal/engine"
	"msgraph-user/internal/failure"
	"msgraph-user/internal/rawjson"
	"msgraph-user/internal/xsoar"
)

// commandResult is what a command answers.
type commandResult struct {
	Entries []xsoar.Entry `json:"entries"`
	Advice  []string      `json:"advice,omitempty"`
	// Unsettled says that the call is not over with this answer: $/settled follows.
	Unsettled bool `json:"unsettled,omitempty"`
}

// write writes the result as encoding/json does.
func (c commandResult) write(w *rawjson.Writer) error {
	w.Raw(`{"entries":`)
	if err := xsoar.WriteEntries(w, c.Entries); err != nil {
		return err
	}
	if len(c.Advice) > 0 {
		w.Raw(`,"advice":`)
		if err := w.Value(c.Advice); err != nil {
			return err
		}
	}
	if c.Unsettled {
		w.Raw(`,"unsettled":true`)
	}
	w.Raw("}")
	return nil
}

var (
	errFull = &failure.Error{Kind: failure.Throttled, RetryAfter: time.Second,
		Message: "The server is full: too many commands run and wait already.",
		Advice:  "Send the call again when others have been answered."}
	errNoTurn = &failure.Error{Kind: failure.Throttled, RetryAfter: time.Second,
		Message: "The call's time ran out before its turn came: too many commands ran before it.",
		Advice:  "Nothing was sent. Send fewer at once, or give it more time with context.timeout."}
)

// startCommand has the command run when its turn comes.
func (s *session) startCommand(r *request) {
	told := s.told()
	j := &job{size: r.size, run: func() { s.runCommand(r, told) }}
	if !s.queue.submit(j, func() { s.limitWait(r, j) }) {
		s.answer(r, nil, errFull)
	}
}

func (s *session) told() profile {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.profile
}

// limitWait gives r up when it is cancelled, or its own time is over, before its
// turn came. What is wrong with its params is told when its turn comes.
func (s *session) limitWait(r *request, j *job) {
	leave := context.AfterFunc(r.ctx, func() { s.queue.remove(j) })
	p, err := parseCallParams(r.params)
	if err != nil || p.timeout == 0 {
		j.begins = func() { leave() }
		return
	}
	timer := time.AfterFunc(p.timeout, func() {
		if s.queue.remove(j) {
			s.answer(r, nil, errNoTurn)
		}
	})
	j.begins = func() {
		leave()
		timer.Stop()
	}
}

// runCommand runs the command and answers its request.
func (s *session) runCommand(r *request, told profile) {
	r.begun.Store(true)
	switch reason := r.stopped(); {
	case reason != nil:
		s.answer(r, nil, reason)
		return
	case r.batch.isFull():
		s.answer(r, nil, errBatchFull)
		return
	}
	ctx, turn := s.server.Turns.Begin(r.ctx)
	defer turn.End()
	var after []func(context.Context) error
	result, err := s.recovering(r.method, func() (any, error) {
		p, err := parseCallParams(r.params)
		if err != nil {
			return nil, err
		}
		call, err := s.call(r, p, told)
		if err != nil {
			return nil, err
		}
		var said advice
		call.Advise = said.add
		call.After = func(do func(context.Context) error) { after = append(after, do) }
		entries, err := s.server.Runner.Run(ctx, call)
		if reason := r.stopped(); reason != nil {
			return nil, cutShort(reason, entries, err)
		}
		if entries == nil {
			entries = []xsoar.Entry{}
		}
		return commandResult{entries, said.all(), len(after) > 0 && told.scheduledCommands}, err
	})
	if err != nil || len(after) == 0 {
		s.answer(r, result, err)
	} else if r.claim() {
		s.answerThen(r, result, after)
	}
	if turn.HasTurn() {
		_ = s.out.awaitWritten(s.input) // whatever ends it, the answer is not held any more, or the session ends
	}
}

// cutShort is the error of a command that was told to stop: the reason, with what
// the command says of each user. At the end of the session that is a timeout.
func cutShort(reason *failure.Error, entries []xsoar.Entry, err error) error {
	told := *reason
	told.Cause = err
	if own, ok := errors.AsType[*failure.Error](err); ok {
		told.Results, told.RunID = own.Results, own.RunID
	}
	for _, entry := range entries {
		if records, ok := entry.Contents.([]engine.Record); ok {
			told.Results = records
		}
	}
	if told.Results == nil {
		return &told
	}
	told.Advice = "The results say for each user what was done, what is in doubt, and what was not tried."
	if reason == errSessionEnded {
		told.Kind, told.Timeout = failure.Unreachable, true
	}
	return &told
}

// advice collects what a call has to say to a person.
type advice struct {
	mu    sync.Mutex
	texts []string
}

func (a *advice) add(text string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.texts = append(a.texts, text)
}

func (a *advice) all() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.texts
}

// call makes the runner's call of a request. The time that it waited counts
// against its timeout.
func (s *session) call(r *request, p callParams, told profile) (engine.Call, error) {
	call := engine.Call{
		Command: r.method, Args: p.args, Params: p.params,
		Instance: p.instance, Incident: p.incident, Scheduled: told.scheduledCommands,
	}
	if call.Params == nil {
		call.Params = told.params
	}
	if p.timeout > 0 {
		if call.Timeout = p.timeout - time.Since(r.arrived); call.Timeout <= 0 {
			return engine.Call{}, errNoTurn
		}
	}
	s.connect(&call, r, p, told)
	return call, nil
}

// connect gives the call what the peer offers and asks for: its integration
// context, its log, its wish to hear of progress and to get entries page by page.
func (s *session) connect(call *engine.Call, r *request, p callParams, told profile) {
	if told.integrationContext {
		call.Store = contextStore{s}
	}
	if told.log {
		call.Log = func(level slog.Level, message string) {
			s.inform(r.ctx, methodLog, logParams{levelName(level), message})
		}
	}
	if p.progressToken != nil {
		call.Progress = func(progress engine.Progress) {
			if r.ctx.Err() == nil {
				s.inform(r.ctx, methodProgress, newProgressParams(p.progressToken, progress))
			}
		}
	}
	if p.partialResults != nil {
		call.Emit = func(ctx context.Context, entries []xsoar.Entry) error {
			return s.emit(ctx, r, partialParams{p.partialResults, partialValue{entries}})
		}
	}
}
