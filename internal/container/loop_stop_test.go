package container

import (
	"bufio"
	"context"
	"errors"
	"io"
	"msgraph-user/internal/engine"
	"msgraph-user/internal/xsoar"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// pipes starts a loop between two pipes.
func pipes(ctx context.Context, l *Loop) (send func(string), receive func() string, ended chan error, closeInput func()) {
	inReader, inWriter := io.Pipe()
	outReader, outWriter := io.Pipe()
	ended = make(chan error, 1)
	go func() {
		ended <- l.Serve(ctx, inReader, outWriter)
		outWriter.Close()
	}()
	lines := bufio.NewScanner(outReader)
	send = func(line string) { _, _ = io.WriteString(inWriter, line+"\n") }
	receive = func() string {
		lines.Scan()
		return lines.Text()
	}
	return send, receive, ended, func() { inWriter.Close() }
}

// A process that is told to stop (SIGTERM ends ctx) lets its command end.
func TestLoopIsToldToStop(t *testing.T) {
	for name, c := range map[string]struct {
		takes time.Duration
		want  string
	}{
		"the command ends in time": {2 * time.Second, `{"type":"result","results":[{"Type":1,"ContentsFormat":"text","Contents":"slept"}]}`},
		"it does not":              {time.Hour, `{"type":"result","results":[{"Type":4,"ContentsFormat":"text","Contents":"The command was cancelled. A change that was already sent may have taken effect."}]}`},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := &Loop{Runner: commandRunner{"wait": func(ctx context.Context, _ engine.Call) ([]xsoar.Entry, error) {
					select {
					case <-time.After(c.takes):
						return text("slept"), nil
					case <-ctx.Done():
						return nil, ctx.Err()
					}
				}}}
				ctx, cancel := context.WithCancel(t.Context())
				send, receive, ended, closeInput := pipes(ctx, l)
				defer closeInput()
				send(`{"command":"wait"}`)
				synctest.Wait()
				cancel()
				if got := receive(); got != c.want {
					t.Errorf("got  %s\nwant %s", got, c.want)
				}
				if got := receive(); got != `{"type":"completed"}` {
					t.Errorf("then %s", got)
				}
				if err := <-ended; err != nil {
					t.Error(err)
				}
			})
		})
	}
}

func TestLoopIsToldToStopWhileItWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		_, _, ended, closeInput := pipes(ctx, &Loop{Runner: loopCommands})
		defer closeInput()
		synctest.Wait()
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

// An answer that comes after the command gave up waiting for it is not taken for
// that to a later question.
func TestLoopPassesOverLateAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &Loop{Runner: commandRunner{"hasty": func(ctx context.Context, call engine.Call) ([]xsoar.Entry, error) {
			short, cancel := context.WithTimeout(ctx, time.Second)
			defer cancel()
			if _, err := call.Store.GetIntegrationContext(short, ""); !errors.Is(err, context.DeadlineExceeded) {
				return text("no deadline: %v", err), nil
			}
			value, err := call.Store.GetIntegrationContext(ctx, "")
			return text("%v %v", value, err), nil
		}}}
		send, receive, _, closeInput := pipes(t.Context(), l)
		defer closeInput()
		send(`{"command":"hasty"}`)
		receive()
		receive() // the second question: the first was given up
		send(`{"answer":"first"}`)
		send(`{"answer":"second"}`)
		if got := receive(); !strings.Contains(got, "map[answer:second] <nil>") {
			t.Errorf("got %s", got)
		}
	})
}
