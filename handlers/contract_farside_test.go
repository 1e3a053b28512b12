package handlers_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"

	"msgraph-user/internal/graphtest"
)

// exchange is one scripted answer: to METHOD URL, once unless it repeats. A last
// path segment * stands for the rest.
type exchange struct {
	On      string            `json:"on"`
	Status  int               `json:"status"`
	JSON    json.RawMessage   `json:"json"`
	Body    string            `json:"body"`
	Headers map[string]string `json:"headers"`
	Repeat  bool              `json:"repeat"`

	used bool
}

// farSide answers from a script and keeps what it was asked.
type farSide struct {
	mu        sync.Mutex
	exchanges []exchange
	requests  []map[string]any
}

func (f *farSide) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	body, err := graphtest.Body(r)
	if err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.requests = append(f.requests, described(r, body))
	for i := range f.exchanges {
		e := &f.exchanges[i]
		if (!e.used || e.Repeat) && e.matches(r) {
			e.used = true
			return e.response(r), nil
		}
	}
	return (&exchange{Status: http.StatusMisdirectedRequest, Body: "unscripted request"}).response(r), nil
}

func (f *farSide) seen() []map[string]any {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.requests
}

func (e *exchange) matches(r *http.Request) bool {
	method, address, _ := strings.Cut(e.On, " ")
	want, err := url.Parse(address)
	if err != nil || method != r.Method || want.Scheme != r.URL.Scheme || want.Host != r.URL.Host {
		return false
	}
	pattern, path := segments(want.EscapedPath()), segments(r.URL.EscapedPath())
	if last := len(pattern) - 1; pattern[last] == "*" {
		return len(path) >= last && slices.Equal(pattern[:last], path[:last])
	}
	return slices.Equal(pattern, path)
}

func (e *exchange) response(r *http.Request) *http.Response {
	header := http.Header{}
	body := []byte(e.Body)
	if e.JSON != nil {
		body = e.JSON
		header.Set("Content-Type", "application/json")
	}
	for name, value := range e.Headers {
		header.Set(name, value)
	}
	status := e.Status
	if status == 0 {
		status = http.StatusOK
	}
	return &http.Response{
		StatusCode: status, Header: header, Request: r, ContentLength: int64(len(body)),
		Body: io.NopCloser(bytes.NewReader(body)), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
	}
}

// segments are a path's segments, each unescaped on its own.
func segments(path string) []string {
	parts := strings.Split(path, "/")
	for i := range parts {
		if plain, err := url.PathUnescape(parts[i]); err == nil {
			parts[i] = plain
		}
	}
	return parts
}

// described puts a request in the form that the vectors have it in.
func described(r *http.Request, body []byte) map[string]any {
	d := map[string]any{"method": r.Method, "host": r.URL.Host, "path": r.URL.EscapedPath(), "query": flat(r.URL.Query())}
	headers := map[string]any{}
	for _, name := range []string{"Authorization", "ConsistencyLevel", "Metadata"} {
		if value := r.Header.Get(name); value != "" {
			headers[name] = value
		}
	}
	d["headers"] = headers
	var decoded any
	switch {
	case len(body) == 0:
	case strings.Contains(r.Header.Get("Content-Type"), "x-www-form-urlencoded"):
		form, _ := url.ParseQuery(string(body))
		d["form"] = flat(form)
	case json.Unmarshal(body, &decoded) == nil:
		d["json"] = decoded
	default:
		d["text"] = string(body)
	}
	return d
}

func flat(values url.Values) map[string]any {
	out := map[string]any{}
	for name := range values {
		out[name] = values.Get(name)
	}
	return out
}
