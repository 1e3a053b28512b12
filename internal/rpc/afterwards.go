package rpc

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"time"

	"msgraph-user/internal/failure"
)

// afterwardsTime is how long the work may take that a command leaves for after its
// answer.
const afterwardsTime = time.Minute

// settledParams name the request whose work after its answer has ended.
type settledParams struct {
	ID json.RawMessage `json:"id"`
}

// answerThen answers r, and does the rest of its work once the answer is written:
// what a peer did not get is not noted as handed over. Until then r is in flight.
func (s *session) answerThen(r *request, result any, rest []func(context.Context) error) {
	if !s.reply(r, result, nil) {
		s.finish(r)
		return
	}
	go func() {
		defer s.finish(r)
		if s.told().scheduledCommands {
			defer func() { s.inform(s.cut, methodSettled, settledParams{r.id}) }()
		}
		if !s.awaitAnswered(s.cut, r) {
			return
		}
		ctx, cancel := context.WithTimeout(s.cut, afterwardsTime)
		defer cancel()
		for _, do := range rest {
			if _, err := s.recovering(r.method, func() (any, error) { return nil, do(ctx) }); err != nil {
				s.log.Warn("what a command was to do after its answer failed", "method", shown(r.method), "error", err)
				if s.told().log {
					s.inform(ctx, methodLog, logParams{levelName(slog.LevelWarn),
						fmt.Sprintf("%s answered, but what was to be kept for its next call could not be stored: %s", shown(r.method), failure.Of(err))})
				}
				return
			}
		}
	}()
}

// awaitAnswered waits until the answer of r is written, in its batch where it came
// in one, and reports whether it is.
func (s *session) awaitAnswered(ctx context.Context, r *request) bool {
	if r.batch != nil {
		select {
		case <-r.batch.sent:
		case <-ctx.Done():
			return false
		}
	}
	return s.out.awaitWritten(ctx) == nil
}
