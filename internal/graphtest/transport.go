// Package graphtest is the other side of the program in tests: transports that answer
// in place of Microsoft Graph and Entra, JSON-RPC sessions, and the program started
// as a process. Only tests import it. Of the program it imports only the practice
// tenant, so that the tests of every package can use it.
package graphtest

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
)

// Transport is an http.RoundTripper made of a function.
type Transport func(*http.Request) (*http.Response, error)

// RoundTrip calls the function.
func (f Transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// Answer returns the answer to r with this status and JSON body. Further headers are
// names and values in turn.
func Answer(r *http.Request, status int, body string, headers ...string) *http.Response {
	header := http.Header{"Content-Type": {"application/json"}}
	for i := 0; i+1 < len(headers); i += 2 {
		header.Set(headers[i], headers[i+1])
	}
	return &http.Response{
		StatusCode: status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: header, Request: r,
		Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)),
	}
}

// Body returns the body of r, which can still be read afterwards; nil where r has none.
func Body(r *http.Request) ([]byte, error) {
	if r.Body == nil {
		return nil, nil
	}
	body, err := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	return body, err
}

// BatchItem is one request of a batch.
type BatchItem struct {
	ID, Method, URL string
	Body            json.RawMessage
}

// IsBatch reports whether r is a batch of Graph
// (https://learn.microsoft.com/graph/json-batching).
func IsBatch(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, "/$batch") }

// Batch returns the requests of a batch.
func Batch(r *http.Request) ([]BatchItem, error) {
	body, err := Body(r)
	if err != nil {
		return nil, err
	}
	var batch struct{ Requests []BatchItem }
	err = json.Unmarshal(body, &batch)
	return batch.Requests, err
}

// ItemAnswer is the answer to one request of a batch.
type ItemAnswer struct {
	ID      string            `json:"id"`
	Status  int               `json:"status"`
	Headers map[string]string `json:"headers,omitempty"`
	Body    json.RawMessage   `json:"body,omitempty"`
}

// BatchAnswer returns the answer to the batch r.
func BatchAnswer(r *http.Request, answers []ItemAnswer) (*http.Response, error) {
	body, err := json.Marshal(map[string]any{"responses": answers})
	return Answer(r, http.StatusOK, string(body)), err
}
