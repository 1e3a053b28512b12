package handlers_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"msgraph-user/internal/engine"
	"msgraph-user/internal/failure"
	"msgraph-user/internal/graphtest"
)

// slowSide signs in at once, and answers everything else after a time.
type slowSide struct {
	after time.Duration
	body  string
	asked int
}

func (s *slowSide) RoundTrip(r *http.Request) (*http.Response, error) {
	body := `{"access_token":"t","expires_in":3600}`
	if !strings.Contains(r.URL.Path, "/oauth2/") {
		s.asked++
		body = s.body
		select {
		case <-time.After(s.after):
		case <-r.Context().Done():
			return nil, r.Context().Err()
		}
	}
	return graphtest.Answer(r, http.StatusOK, body), nil
}

const approved = `<R><Result><Value>Success</Value></Result><AuthenticationResult>true</AuthenticationResult></R>`

// Graph is given up when it is silent for ten seconds, and asked again; the MFA
// service waits for a person, and is asked once. Each call ends with its deadline.
func TestPatience(t *testing.T) {
	get := engine.Call{Command: "msgraph-user-get", Args: map[string]any{"user": "a@b.example"}}
	mfa := func(seconds string) engine.Call {
		return engine.Call{Command: "msgraph-user-request-mfa", Args: map[string]any{"user_mail": "a@b.example", "access_token": "an-access-token", "timeout": seconds}}
	}
	within := func(call engine.Call, d time.Duration) engine.Call { call.Timeout = d; return call }
	for name, c := range map[string]struct {
		call   engine.Call
		after  time.Duration
		body   string
		fails  bool
		kind   failure.Kind
		asked  int
		lasted time.Duration
	}{
		"Graph within ten seconds":           {call: get, after: 9 * time.Second, body: `{"id":"1"}`, asked: 1, lasted: 9 * time.Second},
		"Graph, silent until the deadline":   {call: within(get, 15*time.Second), after: time.Hour, fails: true, kind: failure.Unreachable, asked: 2, lasted: 15 * time.Second},
		"a person who takes 50 seconds":      {call: mfa("55"), after: 50 * time.Second, body: approved, asked: 1, lasted: 50 * time.Second},
		"a person who takes longer than all": {call: mfa("100"), after: 90 * time.Second, body: approved, asked: 1, lasted: 90 * time.Second},
		"a person who does not answer":       {call: mfa("20"), after: time.Hour, fails: true, kind: failure.Unreachable, asked: 1, lasted: 20 * time.Second},
		"a person, and a deadline before":    {call: within(mfa("55"), 5*time.Second), after: time.Hour, fails: true, kind: failure.Unreachable, asked: 1, lasted: 5 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			integration := loadDefinition(t)
			synctest.Test(t, func(t *testing.T) {
				far := &slowSide{after: c.after, body: c.body}
				service := newService(t, far, engine.Options{Definition: integration, Params: instanceParams()})
				began := time.Now()
				_, err := service.Run(t.Context(), c.call)
				if (err != nil) != c.fails || err != nil && failure.KindOf(err) != c.kind {
					t.Errorf("error %v", err)
				}
				if lasted := time.Since(began); lasted != c.lasted || far.asked != c.asked {
					t.Errorf("it lasted %v, and asked %d times; want %v, %d", lasted, far.asked, c.lasted, c.asked)
				}
			})
		})
	}
}

// A person's question ends when the call is cancelled.
func TestACancelledQuestion(t *testing.T) {
	integration := loadDefinition(t)
	synctest.Test(t, func(t *testing.T) {
		service := newService(t, &slowSide{after: time.Hour}, engine.Options{Definition: integration, Params: instanceParams()})
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		_, err := service.Run(ctx, engine.Call{Command: "msgraph-user-request-mfa", Args: map[string]any{"user_mail": "a@b.example", "access_token": "an-access-token"}})
		if failure.KindOf(err) != failure.Canceled && !errors.Is(err, context.Canceled) {
			t.Errorf("error %v", err)
		}
	})
}
