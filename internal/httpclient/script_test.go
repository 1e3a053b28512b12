package httpclient_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"msgraph-user/internal/failure"
	"msgraph-user/internal/httpclient"
)

// step is what a scripted host does with one request.
type step func(*http.Request) (*http.Response, error)

// script is a transport that takes one step a request, the last one again and
// again, and keeps when each request came.
type script struct {
	mu    sync.Mutex
	steps []step
	times []time.Time
	sent  []string // bodies
}

func (s *script) RoundTrip(r *http.Request) (*http.Response, error) {
	s.mu.Lock()
	next := s.steps[min(len(s.times), len(s.steps)-1)]
	s.times = append(s.times, time.Now())
	if r.Body != nil {
		body, _ := io.ReadAll(r.Body)
		s.sent = append(s.sent, string(body))
	}
	s.mu.Unlock()
	return next(r)
}

// waits returns the times between the requests.
func (s *script) waits() []time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	var waits []time.Duration
	for i := 1; i < len(s.times); i++ {
		waits = append(waits, s.times[i].Sub(s.times[i-1]))
	}
	return waits
}

func (s *script) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.times)
}

// answers returns a whole answer. headers are names and values in turn.
func answers(status int, body string, headers ...string) step {
	return func(*http.Request) (*http.Response, error) {
		return response(status, strings.NewReader(body), headers...), nil
	}
}

func response(status int, body io.Reader, headers ...string) *http.Response {
	h := http.Header{}
	for i := 0; i+1 < len(headers); i += 2 {
		h.Set(headers[i], headers[i+1])
	}
	return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(body), ContentLength: -1}
}

// fails ends a request without an answer.
func fails(err error) step {
	return func(*http.Request) (*http.Response, error) { return nil, err }
}

// cut answers, and breaks off in the middle of the body.
func cut(*http.Request) (*http.Response, error) {
	return response(http.StatusOK, io.MultiReader(strings.NewReader(`{"id":`), broken{io.ErrUnexpectedEOF})), nil
}

// silent never answers.
func silent(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}

// stalls answers, and falls silent in the middle of the body.
func stalls(r *http.Request) (*http.Response, error) {
	return response(http.StatusOK, io.MultiReader(strings.NewReader("{"), hang{r.Context()})), nil
}

// drips answers slowly, but never falls silent for long: nine seconds before the
// headers, and before each of the parts of the body.
func drips(parts ...string) step {
	return func(r *http.Request) (*http.Response, error) {
		<-time.After(9 * time.Second)
		var readers []io.Reader
		for _, part := range parts {
			readers = append(readers, late{r.Context(), strings.NewReader(part), 9 * time.Second})
		}
		return response(http.StatusOK, io.MultiReader(readers...)), nil
	}
}

// late has its text later, as long as its request is not given up.
type late struct {
	ctx  context.Context
	text *strings.Reader
	by   time.Duration
}

func (l late) Read(p []byte) (int, error) {
	if l.text.Len() == 0 {
		return 0, io.EOF
	}
	select {
	case <-time.After(l.by):
		return l.text.Read(p)
	case <-l.ctx.Done():
		return 0, l.ctx.Err()
	}
}

type broken struct{ err error }

func (b broken) Read([]byte) (int, error) { return 0, b.err }

type hang struct{ ctx context.Context }

func (h hang) Read([]byte) (int, error) {
	<-h.ctx.Done()
	return 0, h.ctx.Err()
}

var reset = fails(syscall.ECONNRESET)

// fullBackoff is the default policy without its jitter: every wait is as long as
// it may be.
func fullBackoff() *httpclient.Policy {
	p := httpclient.DefaultPolicy()
	p.Backoff = httpclient.ExponentialBackoff(time.Second, 8*time.Second, func() float64 { return 1 })
	return &p
}

func newClient(transport http.RoundTripper) *httpclient.Client {
	return httpclient.NewClient(httpclient.ClientOptions{Transport: transport, Policy: fullBackoff()})
}

func get() httpclient.Request {
	return httpclient.Request{Method: http.MethodGet, URL: "https://graph.example/v1.0/users", Repeatable: true}
}

func create() httpclient.Request {
	return httpclient.Request{Method: http.MethodPost, URL: "https://graph.example/v1.0/users", Body: []byte("{}"), IfLost: "Look for it first."}
}

// wantFailure checks the kind of err and returns it.
func wantFailure(t *testing.T, err error, kind failure.Kind) *failure.Error {
	t.Helper()
	e, ok := errors.AsType[*failure.Error](err)
	if !ok || e.Kind != kind {
		t.Fatalf("got %v, want a failure of kind %d", err, kind)
	}
	return e
}

// inBubble runs test with a clock that jumps over every wait.
func inBubble(t *testing.T, test func(*testing.T)) {
	t.Helper()
	synctest.Test(t, test)
}
