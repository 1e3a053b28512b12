package graph_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"msgraph-user/graph"
	"msgraph-user/internal/httpclient"
	"msgraph-user/internal/secret"
)

// farSide is a Graph that answers as a test scripts it and keeps what was asked.
type farSide struct {
	*httptest.Server
	t      *testing.T
	client *graph.Client
	tokens *tokens

	mu       sync.Mutex
	handlers []http.HandlerFunc
	requests []request
}

// request is what arrived, with its body.
type request struct {
	*http.Request
	body string
}

func newFarSide(t *testing.T) *farSide {
	t.Helper()
	f := &farSide{t: t, tokens: &tokens{current: "token-1"}}
	f.Server = httptest.NewServer(f)
	t.Cleanup(f.Close)
	var scrubber secret.Scrubber
	scrubber.Add(secret.New("instance-secret"))
	transport := httpclient.New(httpclient.Options{})
	t.Cleanup((&http.Client{Transport: transport}).CloseIdleConnections)
	policy := httpclient.DefaultPolicy()
	policy.Backoff = func(int) time.Duration { return 0 }
	client, err := graph.New(graph.Options{
		Origin: f.URL,
		HTTP:   httpclient.NewClient(httpclient.ClientOptions{Transport: transport, Scrub: scrubber.Scrub, Policy: &policy}),
		Tokens: f.tokens,
		Scrub:  scrubber.Scrub,
	})
	if err != nil {
		t.Fatal(err)
	}
	f.client = client
	return f
}

// answer scripts the next answer.
func (f *farSide) answer(status int, body string, headers ...string) {
	f.handle(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		for i := 0; i+1 < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	})
}

// handle scripts what happens to the next request.
func (f *farSide) handle(h http.HandlerFunc) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.handlers = append(f.handlers, h)
}

func (f *farSide) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	f.mu.Lock()
	f.requests = append(f.requests, request{r, string(body)})
	if len(f.handlers) == 0 {
		f.mu.Unlock()
		f.t.Errorf("unscripted request: %s %s", r.Method, r.URL)
		w.WriteHeader(http.StatusMisdirectedRequest)
		return
	}
	next := f.handlers[0]
	f.handlers = f.handlers[1:]
	f.mu.Unlock()
	next(w, r)
}

// sent returns what arrived so far.
func (f *farSide) sent() []request {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.requests
}

// only returns the one request that arrived.
func (f *farSide) only() request {
	f.t.Helper()
	if sent := f.sent(); len(sent) == 1 {
		return sent[0]
	}
	f.t.Fatalf("%d requests arrived, want 1", len(f.sent()))
	return request{}
}

// tokens is a TokenSource that counts renewals.
type tokens struct {
	mu      sync.Mutex
	current string
	renewed []string // the claims of each renewal
	found   []string // tokens that somebody else got, for the next renewals
	newer   string   // what takes the place of a token that Graph answers with 403
	asked   int      // how often newer was asked for
	err     error
}

func (s *tokens) Token(context.Context) (secret.Text, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return secret.New(s.current), s.err
}

func (s *tokens) Renew(_ context.Context, _ secret.Text, claims string) (token secret.Text, found bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.renewed = append(s.renewed, claims)
	if len(s.found) > 0 {
		token, s.found = secret.New(s.found[0]), s.found[1:]
		return token, true, nil
	}
	s.current += "+"
	return secret.New(s.current), false, s.err
}

func (s *tokens) Replacement(_ context.Context, refused secret.Text) (token secret.Text, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked++
	if s.newer != "" {
		s.current = s.newer
	}
	token = secret.New(s.current)
	return token, token != refused
}
