package graph

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"msgraph-user/internal/failure"
	"msgraph-user/internal/httpclient"
	"msgraph-user/internal/rawjson"
	"msgraph-user/internal/secret"
)

// BatchLimit is how many requests a batch holds at most
// (https://learn.microsoft.com/graph/json-batching).
const BatchLimit = 20

// Result is how one request of a batch ended.
type Result struct {
	Response Response
	// Err is nil, or a *failure.Error as Client.Send returns it. Its InDoubt is true
	// where the batch was sent and no answer tells of this request.
	Err error
	// Throttled is true where Graph did nothing and asks to send the request again,
	// after RetryAfter; 0 where it names no time.
	Throttled  bool
	RetryAfter time.Duration
	// Passing is true where the request failed for a reason that may pass: it may be
	// sent again where it is Repeatable.
	Passing bool
	// Usage is the share of Graph's limit that is used up, from 0.8 on; 0 where
	// Graph does not say.
	Usage float64
	// Units is what the request cost of the directory's resource units, and
	// ThrottleScope which limit refused it; where Graph says it.
	Units         int
	ThrottleScope string

	token  secret.Text // that the batch was sent with
	claims string      // that a 401 asks for
}

// Batch sends requests together, at most BatchLimit of one version, and returns
// how each ended, in their order. What fails as a whole fails for each. Requests
// that are answered with 401 are sent once more, together, with a new token; those
// answered with 403, where somebody else got a newer one.
//
//	POST /$batch
//
// https://learn.microsoft.com/graph/json-batching
func (c *Client) Batch(ctx context.Context, requests []Request) []Result {
	results := c.batch(ctx, requests)
	found := true
	for range 2 { // as for a single request: a token that was found may be refused too
		rejected := refusedWith(results, http.StatusUnauthorized)
		if !found || len(rejected) == 0 {
			break
		}
		var err error
		first := results[rejected[0]]
		if _, found, err = c.tokens.Renew(ctx, first.token, first.claims); err != nil {
			for _, i := range rejected {
				results[i] = Result{Err: err}
			}
			break
		}
		c.sendAgain(ctx, requests, rejected, results)
	}
	if denied := refusedWith(results, http.StatusForbidden); len(denied) > 0 && c.hasNewerToken(ctx, results[denied[0]].token) {
		c.sendAgain(ctx, requests, denied, results)
	}
	return results
}

// refusedWith returns which requests Graph itself refused with a status.
func refusedWith(results []Result, status int) (refused []int) {
	for i, result := range results {
		if e := failure.Of(result.Err); result.Err != nil && e.Code != "" && e.Status == status {
			refused = append(refused, i)
		}
	}
	return refused
}

// sendAgain sends some of the requests together, and replaces their results.
func (c *Client) sendAgain(ctx context.Context, requests []Request, which []int, results []Result) {
	again := make([]Request, len(which))
	for n, i := range which {
		again[n] = requests[i]
	}
	for n, result := range c.batch(ctx, again) {
		results[which[n]] = result
	}
}

// batch sends requests together, once.
func (c *Client) batch(ctx context.Context, requests []Request) []Result {
	results := make([]Result, len(requests))
	batch, err := c.batchOf(requests)
	if err == nil {
		var response Response
		if response, err = c.Send(ctx, batch); err == nil {
			err = c.readBatch(requests, response, results)
		}
	}
	if err != nil {
		_, bounded := ctx.Deadline()
		lost(requests, results, err, bounded)
	}
	return results
}

// batchItem is one request of a batch as Graph wants it.
type batchItem struct {
	ID      string            `json:"id"`
	Method  string            `json:"method"`
	URL     string            `json:"url"`
	Headers map[string]string `json:"headers,omitempty"`
	Body    json.RawMessage   `json:"body,omitempty"`
}

// batchOf returns the request that carries requests. It may be repeated where each
// of them may.
func (c *Client) batchOf(requests []Request) (Request, error) {
	batch := request(http.MethodPost, "/$batch")
	batch.Repeatable, batch.IfLost = true, ""
	items := make([]batchItem, len(requests))
	for i, r := range requests {
		if r.err != nil {
			return Request{}, r.err
		}
		body, err := r.encodedBody()
		if err != nil {
			return Request{}, err
		}
		items[i] = batchItem{ID: strconv.Itoa(i + 1), Method: r.Method, URL: strings.TrimPrefix(r.Target(), "/"+r.Version), Headers: itemHeaders(r, body), Body: body}
		batch.Version = r.Version
		batch.Repeatable = batch.Repeatable && r.Repeatable
		batch.Command = r.Command
		if r.IfLost != "" {
			batch.IfLost = r.IfLost
		}
	}
	return batch.withBody(map[string]any{"requests": items}), nil
}

func itemHeaders(r Request, body []byte) map[string]string {
	headers := map[string]string{}
	for name := range r.Header {
		headers[name] = r.Header.Get(name)
	}
	if body != nil {
		headers["Content-Type"] = "application/json"
	}
	return headers
}

// readBatch reads the answers into results. A request without an answer is in
// doubt.
func (c *Client) readBatch(requests []Request, answer Response, results []Result) error {
	responses, err := rawjson.ParseArray(answer.Object.Get("responses"))
	if err != nil {
		return &failure.Error{
			Kind:    failure.Refused,
			Message: c.origin.Host + " answered a batch with something other than a list of responses.",
			Advice:  "Check that the instance's Host URL is a Microsoft Graph.",
			InDoubt: true,
			Cause:   err,
		}
	}
	answered := make([]bool, len(requests))
	for _, raw := range responses {
		var item struct {
			ID      string            `json:"id"`
			Status  int               `json:"status"`
			Headers map[string]string `json:"headers"`
			Body    json.RawMessage   `json:"body"`
		}
		if err := json.Unmarshal(raw, &item); err != nil {
			continue // its request stays without an answer
		}
		n, err := strconv.Atoi(item.ID)
		if err != nil || n < 1 || n > len(requests) || answered[n-1] || item.Status < http.StatusOK || item.Status > 599 {
			continue
		}
		answered[n-1] = true
		header := http.Header{}
		for name, value := range item.Headers {
			header.Set(name, value)
		}
		results[n-1] = c.itemResult(requests[n-1], &httpclient.Response{Status: item.Status, Header: header, Body: item.Body, InDoubt: answer.inDoubt})
		results[n-1].token = answer.token
	}
	for i, ok := range answered {
		if !ok {
			results[i] = unanswered(requests[i], &failure.Error{
				Kind:    failure.Unreachable,
				Host:    c.origin.Host,
				Message: c.origin.Host + " answered the batch, but not this request of it.",
				Advice:  "Check the object before you try again.",
			}, true)
		}
	}
	return nil
}

// itemResult reads the answer to one request of a batch.
func (c *Client) itemResult(r Request, a *httpclient.Response) Result {
	result := Result{Usage: usage(a.Header), ThrottleScope: a.Header.Get("x-ms-throttle-scope")}
	result.Units, _ = strconv.Atoi(a.Header.Get("x-ms-resource-unit")) // 0 where it is absent
	retryAfter, dated := httpclient.RetryAfter(a.Header, time.Now())
	switch {
	case a.Status == http.StatusTooManyRequests, a.Status == http.StatusServiceUnavailable && dated:
		result.Throttled, result.RetryAfter = true, retryAfter
	case httpclient.IsUnsettled(a.Status):
		result.Passing, a.InDoubt = true, true
	}
	if a.Status >= http.StatusMultipleChoices {
		result.Err = c.refusal(r, "", a)
		if a.InDoubt && Gone(r, result.Err) {
			return Result{Response: Response{Status: http.StatusNoContent, Header: a.Header}, Usage: result.Usage}
		}
		if a.Status == http.StatusUnauthorized {
			result.claims = claimsChallenge(a.Header)
		}
		return result
	}
	result.Response = Response{Status: a.Status, Header: a.Header}
	if len(a.Body) > 0 && string(a.Body) != "null" && a.Status != http.StatusNoContent {
		object, err := rawjson.ParseObject(a.Body)
		if err != nil {
			result.Err = c.unreadable(r, "", a, err)
			return result
		}
		result.Response.Object = object
	}
	result.Err = c.contradicts(r, "", a, result.Response.Object)
	return result
}

// lost makes err the result of each request of a batch that failed as a whole. A
// request that changes something is in doubt where the batch may have arrived.
// Throttling is for each request to wait out where the call has no deadline.
func lost(requests []Request, results []Result, err error, bounded bool) {
	e := failure.Of(err)
	for i, r := range requests {
		results[i] = unanswered(r, e, e.InDoubt)
		if e.Kind == failure.Throttled && !bounded {
			results[i].Throttled, results[i].RetryAfter = true, e.RetryAfter
		}
	}
}

// unanswered is the result of a request for which e stands in place of an answer.
func unanswered(r Request, e *failure.Error, mayHaveArrived bool) Result {
	told := *e
	told.InDoubt = mayHaveArrived && r.IfLost != ""
	said := e.Code != "" && e.Status < http.StatusMultipleChoices // an error in place of an answer
	refused := e.Kind == failure.Refused && (said || e.Status >= http.StatusBadRequest && e.Status < http.StatusInternalServerError)
	return Result{Err: &told, Passing: !refused && (e.Kind == failure.Refused || e.Kind == failure.Unreachable)}
}

// usage is the share of Graph's limit that is used up
// (https://learn.microsoft.com/graph/throttling-limits).
func usage(h http.Header) float64 {
	share, err := strconv.ParseFloat(h.Get("x-ms-throttle-limit-percentage"), 64)
	if err != nil {
		return 0
	}
	return share
}
