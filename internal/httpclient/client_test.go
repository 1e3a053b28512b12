package httpclient_test

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"msgraph-user/internal/failure"
	"msgraph-user/internal/httpclient"
)

// TestSend says what becomes of a call, by what the host does with it.
func TestSend(t *testing.T) {
	const s = time.Second
	ok, throttled := answers(http.StatusOK, "{}"), answers(429, "", "Retry-After", "1")
	tests := []struct {
		name    string
		request httpclient.Request
		steps   []step
		waits   []time.Duration // between the requests that go out
		fails   bool
		kind    failure.Kind
	}{
		{"an answer is an answer, whatever its status", get(), []step{answers(500, "fell over")}, nil, false, 0},
		{"429 waits the seconds it names", get(), []step{answers(429, "", "Retry-After", "7"), ok}, []time.Duration{7 * s}, false, 0},
		{"429 waits until the date it names", get(), []step{answers(429, "", "Date", "Tue, 24 Nov 2026 10:00:00 GMT", "Retry-After", "Tue, 24 Nov 2026 10:00:09 GMT"), ok}, []time.Duration{9 * s}, false, 0},
		{"429 that names nothing backs off", get(), []step{answers(429, ""), answers(429, ""), ok}, []time.Duration{1 * s, 2 * s}, false, 0},
		{"429 that says at once backs off", get(), []step{answers(429, "", "Retry-After", "0"), ok}, []time.Duration{1 * s}, false, 0},
		{"429 to a create means not done", create(), []step{answers(429, "", "Retry-After", "2"), ok}, []time.Duration{2 * s}, false, 0},
		{"503 with a time means not done", create(), []step{answers(503, "", "Retry-After", "3"), ok}, []time.Duration{3 * s}, false, 0},
		{"503 without is repeated for a read", get(), []step{answers(503, ""), ok}, []time.Duration{1 * s}, false, 0},
		{"503 without is delivered for a create", create(), []step{answers(503, ""), ok}, nil, false, 0},
		{"504 is repeated for a read", get(), []step{answers(504, ""), answers(504, ""), ok}, []time.Duration{1 * s, 2 * s}, false, 0},
		{"504 is delivered for a create", create(), []step{answers(504, ""), ok}, nil, false, 0},
		{"patience with a host that throttles costs none of the five tries", get(),
			[]step{throttled, throttled, throttled, throttled, throttled, answers(503, ""), answers(503, ""), answers(503, ""), answers(503, ""), ok},
			[]time.Duration{1 * s, 1 * s, 1 * s, 1 * s, 1 * s, 1 * s, 2 * s, 4 * s, 8 * s}, false, 0},
		{"504 is delivered in the end", get(), []step{answers(504, "")}, []time.Duration{1 * s, 2 * s, 4 * s, 8 * s}, false, 0},
		{"a reset is repeated for a read", get(), []step{reset, ok}, []time.Duration{1 * s}, false, 0},
		{"a reset of a create is not", create(), []step{reset, ok}, nil, true, failure.Unreachable},
		{"a cut body is repeated for a read", get(), []step{cut, ok}, []time.Duration{1 * s}, false, 0},
		{"a cut body of a create is not", create(), []step{cut, ok}, nil, true, failure.Unreachable},
		{"an idle timeout of ten seconds ends the attempt, and it is tried again", get(), []step{silent, ok}, []time.Duration{11 * s}, false, 0},
		{"so are ten in the middle of a body", get(), []step{stalls, ok}, []time.Duration{11 * s}, false, 0},
		{"an idle timeout after a create is not tried again", create(), []step{silent, ok}, nil, true, failure.Unreachable},
		{"resets are given up in the end", get(), []step{reset}, []time.Duration{1 * s, 2 * s, 4 * s, 8 * s}, true, failure.Unreachable},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				host := &script{steps: test.steps}
				answer, err := newClient(host).Send(t.Context(), test.request)
				switch {
				case test.fails:
					wantFailure(t, err, test.kind)
				case err != nil:
					t.Fatal(err)
				case answer.Tries != len(test.waits)+1:
					t.Errorf("the answer says %d tries, want %d", answer.Tries, len(test.waits)+1)
				}
				if !slices.Equal(host.waits(), test.waits) {
					t.Errorf("waited %v between requests, want %v", host.waits(), test.waits)
				}
			})
		})
	}
}

func TestEveryRepetitionSendsTheWholeBody(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		host := &script{steps: []step{answers(429, ""), answers(200, "")}}
		request := create()
		request.Body = []byte(`{"displayName":"Adele"}`)
		if _, err := newClient(host).Send(t.Context(), request); err != nil {
			t.Fatal(err)
		}
		if want := []string{string(request.Body), string(request.Body)}; !slices.Equal(host.sent, want) {
			t.Errorf("bodies %q, want %q", host.sent, want)
		}
	})
}

func TestLostCreateSaysItMayHaveHappened(t *testing.T) {
	for name, happens := range map[string]step{"reset": reset, "idle": silent, "cut": cut} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				_, err := newClient(&script{steps: []step{happens}}).Send(t.Context(), create())
				e := wantFailure(t, err, failure.Unreachable)
				if e.Host != "graph.example" || !strings.Contains(e.Message, "may have been made") || e.Advice != "Look for it first." {
					t.Errorf("host %q, message %q, advice %q", e.Host, e.Message, e.Advice)
				}
				if e.Timeout != (name == "idle") {
					t.Errorf("timeout %t", e.Timeout)
				}
			})
		})
	}
}

func TestSlowAnswerIsNotIdle(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		host := &script{steps: []step{drips("[1", ",2", "]")}}
		answer, err := newClient(host).Send(t.Context(), get())
		if err != nil || string(answer.Body) != "[1,2]" || host.count() != 1 {
			t.Errorf("got %v, %v after %d requests", answer, err, host.count())
		}
	})
}

// TestFailuresSayWhatToLookAt reads the texts that a person gets.
func TestFailuresSayWhatToLookAt(t *testing.T) {
	refused := &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}
	tests := []struct {
		err     error
		message string
		advice  string
		timeout bool
	}{
		{refused, "graph.example refused the connection", "host name", false},
		{&net.OpError{Op: "proxyconnect", Err: refused}, "The proxy for graph.example", "HTTPS_PROXY", false},
		{&net.DNSError{Name: "graph.example", IsNotFound: true}, "The name graph.example could not be resolved", "DNS", false},
		{&net.DNSError{Name: "graph.example", IsTimeout: true}, "The name graph.example could not be resolved", "DNS", true},
		{x509.UnknownAuthorityError{}, "The certificate of graph.example is not trusted", "SSL_CERT_FILE", false},
		{os.ErrDeadlineExceeded, "graph.example could not be reached in time", "proxy", true},
		{syscall.ECONNRESET, "The connection to graph.example failed", "network", false},
	}
	for _, test := range tests {
		inBubble(t, func(t *testing.T) {
			_, err := newClient(&script{steps: []step{fails(test.err)}}).Send(t.Context(), get())
			e := wantFailure(t, err, failure.Unreachable)
			if !strings.Contains(e.Message, test.message) || !strings.Contains(e.Advice, test.advice) || e.Timeout != test.timeout || e.Host != "graph.example" {
				t.Errorf("%v: %q, advice %q, timeout %t, host %q", test.err, e.Message, e.Advice, e.Timeout, e.Host)
			}
			if !errors.Is(err, test.err) {
				t.Errorf("%v is not wrapped", test.err)
			}
		})
	}
}

func TestLostUpdateSaysItMayHaveHappened(t *testing.T) {
	tests := []struct {
		name  string
		steps []step
		kind  failure.Kind
	}{
		{"after all tries", []step{reset}, failure.Unreachable},
		{"when it is throttled afterwards", []step{reset, answers(429, "", "Retry-After", "3600")}, failure.Throttled},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				request := create()
				request.Repeatable = true
				_, err := newClient(&script{steps: test.steps}).Send(t.Context(), request)
				if e := wantFailure(t, err, test.kind); !strings.Contains(e.Message, "may have been made") || e.Advice != request.IfLost {
					t.Errorf("message %q, advice %q", e.Message, e.Advice)
				}
			})
		})
	}
}

func TestLostReadSaysNothingOfChanges(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		_, err := newClient(&script{steps: []step{reset}}).Send(t.Context(), get())
		if e := wantFailure(t, err, failure.Unreachable); strings.Contains(e.Error(), "change") {
			t.Errorf("a read speaks of changes: %q", e)
		}
	})
}

// A DELETE whose answer was lost and that finds nothing the second time is done:
// the answer tells.
func TestAnswerAfterALostOneIsInDoubt(t *testing.T) {
	for _, test := range []struct {
		first step
		want  bool
	}{{reset, true}, {answers(504, ""), true}, {answers(429, ""), false}} {
		inBubble(t, func(t *testing.T) {
			request := get()
			request.Method = http.MethodDelete
			answer, err := newClient(&script{steps: []step{test.first, answers(404, "")}}).Send(t.Context(), request)
			if err != nil {
				t.Fatal(err)
			}
			if answer.InDoubt != test.want {
				t.Errorf("inDoubt %t, want %t", answer.InDoubt, test.want)
			}
		})
	}
}

func TestRetryAfterBeyondTheDeadlineFailsAtOnce(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		began := time.Now()
		client := newClient(&script{steps: []step{answers(429, "", "Retry-After", "120")}})
		_, err := client.Send(ctx, get())
		e := wantFailure(t, err, failure.Throttled)
		if e.RetryAfter != 2*time.Minute || e.Status != 429 {
			t.Errorf("retry after %v, status %d", e.RetryAfter, e.Status)
		}
		_, err = client.Send(ctx, get()) // shares the wait, and knows without asking
		if e := wantFailure(t, err, failure.Throttled); e.RetryAfter != 2*time.Minute {
			t.Errorf("second call: retry after %v", e.RetryAfter)
		}
		if time.Since(began) != 0 {
			t.Errorf("took %v", time.Since(began))
		}
		if n := client.Stats().Requests; n != 1 {
			t.Errorf("%d requests went out, want 1", n)
		}
	})
}

func TestWithoutADeadlinePatienceBoundsTheWait(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		_, err := newClient(&script{steps: []step{answers(429, "", "Retry-After", "3600")}}).Send(t.Context(), get())
		if e := wantFailure(t, err, failure.Throttled); e.RetryAfter != time.Hour {
			t.Errorf("retry after %v", e.RetryAfter)
		}
	})
}

func TestDeadlineStopsIdleTimeoutAndBackOff(t *testing.T) {
	for name, happens := range map[string]step{"idle": silent, "stall": stalls} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
				defer cancel()
				began := time.Now()
				_, err := newClient(&script{steps: []step{happens}}).Send(ctx, get())
				if e := wantFailure(t, err, failure.Unreachable); !e.Timeout || time.Since(began) != 5*time.Second {
					t.Errorf("timeout %t after %v", e.Timeout, time.Since(began))
				}
			})
		})
	}
	t.Run("no back-off that outlasts it", func(t *testing.T) {
		inBubble(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
			defer cancel()
			began := time.Now()
			answer, err := newClient(&script{steps: []step{answers(504, "")}}).Send(ctx, get())
			if err != nil || answer.Status != 504 || time.Since(began) != 0 {
				t.Errorf("got %v, %v after %v; want the 504 at once", answer, err, time.Since(began))
			}
		})
	})
}

func TestCancelStopsEverythingAtOnce(t *testing.T) {
	for name, happens := range map[string]step{
		"in flight":        silent,
		"in the body":      stalls,
		"in the pause":     answers(429, "", "Retry-After", "30"),
		"in the back-off":  reset,
		"waiting for room": silent,
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				client := httpclient.NewClient(httpclient.ClientOptions{Transport: &script{steps: []step{happens}}, Policy: fullBackoff(), InFlight: 1})
				ctx, cancel := context.WithCancel(t.Context())
				if name == "waiting for room" {
					go func() { _, _ = client.Send(ctx, get()) }()
				}
				began := time.Now()
				time.AfterFunc(500*time.Millisecond, cancel)
				_, err := client.Send(ctx, get())
				wantFailure(t, err, failure.Canceled)
				if time.Since(began) != 500*time.Millisecond {
					t.Errorf("ended after %v", time.Since(began))
				}
			})
		})
	}
}

// A create that is cancelled is cancelled, and not unreachable, and says what may
// have come of it. An answer that came all the same is one.
func TestCancelledCreateSaysItMayHaveHappened(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		_, err := newClient(&script{steps: []step{silent}}).Send(ctx, create())
		if e := wantFailure(t, err, failure.Canceled); e.Advice != "Look for it first." {
			t.Errorf("advice %q", e.Advice)
		}
		ctx, cancel = context.WithCancel(t.Context())
		answersAtTheEnd := func(*http.Request) (*http.Response, error) {
			cancel()
			return response(http.StatusCreated, strings.NewReader("{}")), nil
		}
		if answer, err := newClient(&script{steps: []step{answersAtTheEnd}}).Send(ctx, create()); err != nil || answer.Status != http.StatusCreated {
			t.Errorf("%v, %v", answer, err)
		}
	})
}

func TestThrottlingIsWaitedOutForAsLongAsTheCallHas(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
		defer cancel()
		host := &script{steps: []step{answers(429, "", "Retry-After", "1")}}
		began := time.Now()
		_, err := newClient(host).Send(ctx, get())
		wantFailure(t, err, failure.Throttled)
		if took := time.Since(began); took != 59*time.Second {
			t.Errorf("gave up after %v", took)
		}
	})
}

func TestAnswerSizeIsBounded(t *testing.T) {
	for _, test := range []struct {
		size int
		ok   bool
	}{{1000, true}, {1001, false}} {
		host := &script{steps: []step{answers(200, strings.Repeat("x", test.size))}}
		client := httpclient.NewClient(httpclient.ClientOptions{Transport: host, MaxAnswer: 1000})
		answer, err := client.Send(t.Context(), get())
		if test.ok {
			if err != nil || len(answer.Body) != test.size {
				t.Errorf("%d bytes: %v", test.size, err)
			}
			continue
		}
		wantFailure(t, err, failure.Refused)
		if host.count() != 1 {
			t.Errorf("an answer that is too large was asked for %d times", host.count())
		}
	}
}

func TestAcceptMakesAnAnswerACutOne(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		host := &script{steps: []step{answers(200, `{"id"`), answers(200, `{}`)}}
		request := get()
		request.Accept = func(a *httpclient.Response) error {
			if !bytes.HasSuffix(a.Body, []byte("}")) {
				return httpclient.ErrCut
			}
			return nil
		}
		answer, err := newClient(host).Send(t.Context(), request)
		if err != nil || string(answer.Body) != "{}" || host.count() != 2 {
			t.Errorf("got %v, %v after %d requests", answer, err, host.count())
		}
	})
}

func TestErrorTextsAreScrubbed(t *testing.T) {
	client := httpclient.NewClient(httpclient.ClientOptions{
		Transport: &script{steps: []step{fails(errors.New("no way: hunter2hunter2"))}},
		Scrub:     func(text string) string { return strings.ReplaceAll(text, "hunter2hunter2", "***") },
	})
	_, err := client.Send(t.Context(), create())
	if text := wantFailure(t, err, failure.Unreachable).Error(); strings.Contains(text, "hunter2") || !strings.Contains(text, "no way") {
		t.Errorf("error text %q", text)
	}
}
