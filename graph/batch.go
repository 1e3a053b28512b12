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
}

// Batch sends requests together, at most BatchLimit of one version, and returns
// how each ended, in their order. What fails as a whole fails for each. Requests
// that are answered with 401 or 403 are sent once more, together, where there is a
// newer token.
//
//	POST /$batch
//
// https://learn.microsoft.com/graph/json-batching
func (c *Client) Batch(ctx context.Context, requests []Request) []Result {
	results, sent := c.batch(ctx, requests)
	var refused []int
	var again []Request
	for i, result := range results {
		if e := failure.Of(result.Err); result.Err != nil && e.Code != "" && (e.Status == http.StatusUnauthorized || e.Status == http.StatusForbidden) {
			refused, again = append(refused, i), append(again, requests[i])
		}
	}
	if len(again) > 0 && c.hasNewerToken(ctx, sent) {
		repeated, _ := c.batch(ctx, again)
		for n, result := range repeated {
			results[refused[n]] = result
		}
	}
	return results
}

// batch sends requests together, once. sent is the token that they went out with;
// empty where the batch failed as a whole.
func (c *Client) batch(ctx context.Context, requests []Request) (results []Result, sent secret.Text) {
	results = make([]Result, len(requests))
	batch, err := c.batchOf(requests)
	if err == nil {
		var response Response
		if response, err = c.Send(ctx, batch); err == nil {
			sent = response.token
			err = c.readBatch(requests, response.Object, results)
		}
	}
	if err != nil {
		lost(requests, results, err)
	}
	return results, sent
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
		items[i] = batchItem{ID: strconv.Itoa(i + 1), Method: r.Method, URL: strings.TrimPrefix(r.target(), "/"+r.Version), Headers: itemHeaders(r, body), Body: body}
		batch.Version = r.Version
		batch.Repeatable = batch.Repeatable && r.Repeatable
		if agent := r.Header.Get("User-Agent"); agent != "" {
			batch = batch.WithHeader("User-Agent", agent)
		}
		if r.IfLost != "" {
			batch.IfLost = r.IfLost
		}
	}
	return batch.withBody(map[string]any{"requests": items}), nil
}

func itemHeaders(r Request, body []byte) map[string]string {
	headers := map[string]string{}
	for name := range r.Header {
		if name != "User-Agent" {
			headers[name] = r.Header.Get(name)
		}
	}
	if body != nil {
		headers["Content-Type"] = "application/json"
	}
	return headers
}

// readBatch reads the answers into results. A request without an answer is in
// doubt.
func (c *Client) readBatch(requests []Request, answer rawjson.Object, results []Result) error {
	responses, err := rawjson.ParseArray(answer.Get("responses"))
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
		if err != nil || n < 1 || n > len(requests) || answered[n-1] {
			continue
		}
		answered[n-1] = true
		header := http.Header{}
		for name, value := range item.Headers {
			header.Set(name, value)
		}
		results[n-1] = c.itemResult(requests[n-1], &httpclient.Response{Status: item.Status, Header: header, Body: item.Body})
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
	result := Result{Usage: usage(a.Header)}
	retryAfter, dated := httpclient.RetryAfter(a.Header, time.Now())
	switch {
	case a.Status == http.StatusTooManyRequests, a.Status == http.StatusServiceUnavailable && dated:
		result.Throttled, result.RetryAfter = true, retryAfter
	case httpclient.IsUnsettled(a.Status):
		result.Passing, a.InDoubt = true, true
	}
	if a.Status >= http.StatusMultipleChoices || a.Status < http.StatusOK {
		result.Err = c.refusal(r, "", a)
		return result
	}
	result.Response = Response{Status: a.Status, Header: a.Header}
	if len(a.Body) == 0 || string(a.Body) == "null" || a.Status == http.StatusNoContent {
		return result
	}
	object, err := rawjson.ParseObject(a.Body)
	if err != nil {
		result.Err = c.unreadable("", a, err)
	}
	result.Response.Object = object
	return result
}

// lost makes err the result of each request of a batch that failed as a whole. A
// request that changes something is in doubt where the batch may have arrived.
func lost(requests []Request, results []Result, err error) {
	for i, r := range requests {
		results[i] = unanswered(r, failure.Of(err), failure.Of(err).InDoubt)
	}
}

// unanswered is the result of a request for which e stands in place of an answer.
func unanswered(r Request, e *failure.Error, mayHaveArrived bool) Result {
	told := *e
	told.InDoubt = mayHaveArrived && r.IfLost != ""
	refused := e.Kind == failure.Refused && e.Status >= http.StatusBadRequest && e.Status < http.StatusInternalServerError
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
