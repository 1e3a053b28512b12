package graph_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"msgraph-user/graph"
	"msgraph-user/internal/failure"
)

// Items that are refused with 401 lead to one renewal, and are sent once more together.
func TestExpiredItemsOfABatchAreSentOnceMore(t *testing.T) {
	const expired = `"status":401,"body":{"error":{"code":"InvalidAuthenticationToken","message":"has expired"}}`
	far := newFarSide(t)
	far.answer(200, `{"responses":[{"id":"1",`+expired+`},{"id":"2","status":204},{"id":"3",`+expired+`}]}`)
	far.answer(200, `{"responses":[{"id":"1","status":204},{"id":"2",`+expired+`}]}`)
	results := far.client.Batch(t.Context(), []graph.Request{graph.RevokeSignInSessions("a"), graph.RevokeSignInSessions("b"), graph.RevokeSignInSessions("c")})
	if results[0].Err != nil || results[1].Err != nil || failure.Of(results[2].Err).Status != 401 {
		t.Errorf("%+v", results)
	}
	if sent := far.sent(); len(sent) != 2 || len(far.tokens.renewed) != 1 || sent[1].Header.Get("Authorization") != "Bearer token-1+" {
		t.Errorf("%d batches, %d renewals", len(sent), len(far.tokens.renewed))
	}
}

// What an answer that cannot be read, or contradicts itself, says of a change and a read.
func TestAnswersThatAreNone(t *testing.T) {
	const refused = `{"error":{"code":"Denied","message":"no"}}`
	change, read := graph.SetPasswordProfile("a", graph.PasswordProfile{}), graph.GetUser("a", "")
	for name, c := range map[string]struct {
		request graph.Request
		single  string // the answer to the request by itself; empty: not asked
		batch   string
		inDoubt bool
	}{
		"a web page":              {change, `<html>`, `<html>`, true},
		"a list":                  {change, `[]`, `[]`, true},
		"status 0":                {change, ``, `{"responses":[{"id":"1","status":0}]}`, true},
		"a negative status":       {change, ``, `{"responses":[{"id":"1","status":-1}]}`, true},
		"no status":               {change, ``, `{"responses":[{"id":"1"}]}`, true},
		"a text":                  {change, `"text"`, `{"responses":[{"id":"1","status":200,"body":"text"}]}`, true},
		"an error":                {change, refused, `{"responses":[{"id":"1","status":200,"body":` + refused + `}]}`, false},
		"an error for all":        {change, ``, refused, false},
		"no property":             {read, `{}`, `{"responses":[{"id":"1","status":200,"body":{}}]}`, false},
		"a read without a body":   {read, ``, `{"responses":[{"id":"1","status":204}]}`, false},
		"a read with a text body": {read, `"text"`, `{"responses":[{"id":"1","status":200,"body":"text"}]}`, false},
	} {
		t.Run(name, func(t *testing.T) {
			far := newFarSide(t)
			far.answer(200, c.batch)
			err := far.client.Batch(t.Context(), []graph.Request{c.request})[0].Err
			if err == nil || failure.Of(err).InDoubt != c.inDoubt {
				t.Errorf("batch: %v, in doubt %t", err, failure.Of(err).InDoubt)
			}
			if c.single == "" {
				return
			}
			far.answer(200, c.single)
			_, err = far.client.Do(t.Context(), c.request)
			if e := wantFailure(t, err, failure.Refused); e.InDoubt != c.inDoubt {
				t.Errorf("single: %v, in doubt %t", err, e.InDoubt)
			}
		})
	}
	far := newFarSide(t)
	far.answer(204, "")
	if _, err := far.client.Do(t.Context(), read); err == nil {
		t.Error("204 to a read is no answer")
	}
}

// A batch that is throttled as a whole is for its requests to wait out, unless the call
// has a deadline.
func TestThrottledBatchWithoutADeadline(t *testing.T) {
	for _, bounded := range []bool{false, true} {
		far := newFarSide(t)
		far.answer(http.StatusTooManyRequests, "", "Retry-After", "90")
		ctx := t.Context()
		if bounded {
			var cancel context.CancelFunc
			ctx, cancel = context.WithTimeout(ctx, time.Minute)
			defer cancel()
		}
		result := far.client.Batch(ctx, []graph.Request{graph.SetAccountEnabled("a", false)})[0]
		if result.Throttled == bounded || !bounded && result.RetryAfter != 90*time.Second {
			t.Errorf("bounded %t: %+v", bounded, result)
		}
	}
}
