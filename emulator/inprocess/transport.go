// Package inprocess answers HTTP requests from a handler in the same process:
// nothing listens, nothing is sent.
package inprocess

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync"
)

// Transport returns an http.RoundTripper that answers every request, whatever
// its host, from handler. A cancelled request ends at once; a panic of the
// handler becomes a 500.
func Transport(handler http.Handler) http.RoundTripper { return transport{handler} }

type transport struct{ handler http.Handler }

// RoundTrip answers r.
func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		closeBody(r)
		return nil, err
	}
	inner := r.Clone(r.Context())
	inner.RequestURI, inner.RemoteAddr = r.URL.RequestURI(), "127.0.0.1:0"
	if inner.Host == "" {
		inner.Host = r.URL.Host
	}
	if inner.Body == nil {
		inner.Body = http.NoBody
	}
	w := NewRecorder()
	if r.Context().Done() == nil {
		w.run(t.handler, inner)
	} else if err := w.runOrCancel(t.handler, inner); err != nil {
		return nil, err
	}
	return w.response(r)
}

func closeBody(r *http.Request) {
	if r.Body != nil {
		_ = r.Body.Close() // nothing was read from it
	}
}

// NewRecorder returns an empty recorder.
func NewRecorder() *Recorder { return &Recorder{header: http.Header{}, status: http.StatusOK} }

// Recorder is an http.ResponseWriter that holds the answer to one request.
type Recorder struct {
	mu      sync.Mutex
	header  http.Header
	status  int
	begun   bool
	body    bytes.Buffer
	aborted error
}

// Header returns the header that WriteHeader will send.
func (w *Recorder) Header() http.Header { return w.header }

// WriteHeader begins the answer; only the first call counts.
func (w *Recorder) WriteHeader(status int) {
	if !w.begun {
		w.begun, w.status = true, status
	}
}

// Write adds to the body.
func (w *Recorder) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.aborted != nil {
		return 0, w.aborted
	}
	w.WriteHeader(http.StatusOK)
	return w.body.Write(b)
}

// Abort ends the answer as a broken connection would.
func (w *Recorder) Abort(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.aborted == nil {
		w.aborted = err
	}
}

// CopyTo writes the answer to w.
func (w *Recorder) CopyTo(to http.ResponseWriter) {
	for name, values := range w.header {
		to.Header()[name] = values
	}
	to.WriteHeader(w.status)
	_, _ = to.Write(w.body.Bytes()) // a client that is gone needs no answer
}

// run lets the handler answer, and turns its panic into a 500.
func (w *Recorder) run(handler http.Handler, r *http.Request) {
	defer closeBody(r)
	defer func() {
		if cause := recover(); cause != nil {
			w.begun, w.status = true, http.StatusInternalServerError
			w.header = http.Header{"Content-Type": {"text/plain; charset=utf-8"}}
			w.body.Reset()
			fmt.Fprintf(&w.body, "The practice tenant failed: %v", cause)
		}
	}()
	handler.ServeHTTP(w, r)
}

// runOrCancel is run for a request that may be cancelled meanwhile.
func (w *Recorder) runOrCancel(handler http.Handler, r *http.Request) error {
	done := make(chan struct{})
	go func() {
		defer close(done)
		w.run(handler, r)
	}()
	select {
	case <-done:
		return nil
	case <-r.Context().Done():
		return context.Cause(r.Context())
	}
}

func (w *Recorder) response(r *http.Request) (*http.Response, error) {
	if w.aborted != nil && !w.begun {
		return nil, w.aborted
	}
	var body io.Reader = &w.body
	length := int64(w.body.Len())
	if w.aborted != nil {
		body = io.MultiReader(body, failing{w.aborted})
		if announced, err := strconv.ParseInt(w.header.Get("Content-Length"), 10, 64); err == nil {
			length = announced
		}
	}
	return &http.Response{
		Status: strconv.Itoa(w.status) + " " + http.StatusText(w.status), StatusCode: w.status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: w.header, Body: io.NopCloser(body), ContentLength: length, Request: r,
	}, nil
}

// failing is a reader that fails at once.
type failing struct{ err error }

// Read returns the error.
func (f failing) Read([]byte) (int, error) { return 0, f.err }
