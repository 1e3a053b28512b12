package requestlog

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"sync"
)

const (
	maxExchanges = 500     // whose bodies are remembered
	maxExcerpt   = 8 << 10 // of a body
)

// Exchange is what a request to Graph sent and was answered, secrets masked.
type Exchange struct{ Body, Answer string }

// Exchanges remembers what the latest requests to Graph sent and were answered,
// for the tenant's page. The zero value is ready.
type Exchanges struct {
	mu    sync.Mutex
	byID  map[string]Exchange
	order []string // a ring once it is full
	next  int
}

// Serve lets graph answer, and remembers the bodies under the request's id.
func (e *Exchanges) Serve(graph http.Handler, w http.ResponseWriter, r *http.Request) {
	sent, answered := &excerpt{}, &excerpt{}
	if r.Body != nil {
		r.Body = struct {
			io.Reader
			io.Closer
		}{io.TeeReader(r.Body, sent), r.Body}
	}
	graph.ServeHTTP(&copying{w, answered}, r)
	e.keep(w.Header().Get("Request-Id"), Exchange{Body: sent.text(r.Header.Get("Content-Encoding")), Answer: answered.text("")})
}

func (e *Exchanges) keep(id string, x Exchange) {
	if id == "" {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.byID == nil {
		e.byID = map[string]Exchange{}
	}
	e.byID[id] = x
	if len(e.order) < maxExchanges {
		e.order = append(e.order, id)
		return
	}
	delete(e.byID, e.order[e.next])
	e.order[e.next] = id
	e.next = (e.next + 1) % maxExchanges
}

// Find returns the bodies of the request with an id.
func (e *Exchanges) Find(id string) (Exchange, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	x, ok := e.byID[id]
	return x, ok
}

// Clear forgets all.
func (e *Exchanges) Clear() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.byID, e.order, e.next = nil, nil, 0
}

// excerpt keeps the beginning of what is written to it.
type excerpt struct {
	bytes.Buffer
	size int
}

// Write never fails.
func (x *excerpt) Write(p []byte) (int, error) {
	x.size += len(p)
	if room := maxExcerpt - x.Len(); room > 0 {
		x.Buffer.Write(p[:min(room, len(p))])
	}
	return len(p), nil
}

// secretMembers are those of Graph's bodies that hold a secret.
var secretMembers = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`("(?:password|newPassword|currentPassword|secretText|temporaryAccessPass)"\s*:\s*)"(?:[^"\\]|\\.)*"?`)
})

// mayHoldSecret reports whether a text has what all names of secretMembers end in. Most
// bodies have none, and need no search.
func mayHoldSecret(text string) bool {
	return strings.Contains(text, `assword"`) || strings.Contains(text, `secretText"`) || strings.Contains(text, `temporaryAccessPass"`)
}

// text is the excerpt as a person may see it: secrets are masked.
func (x *excerpt) text(encoding string) string {
	if encoding != "" {
		return fmt.Sprintf("%d bytes, encoded as %s", x.size, encoding)
	}
	text := x.String()
	if mayHoldSecret(text) {
		text = secretMembers().ReplaceAllString(text, `$1"…"`)
	}
	if x.size > x.Len() {
		text += fmt.Sprintf("… (%d bytes in all)", x.size)
	}
	return text
}

// copying is a ResponseWriter that copies the body.
type copying struct {
	http.ResponseWriter
	to *excerpt
}

// Write writes to both.
func (c *copying) Write(p []byte) (int, error) {
	_, _ = c.to.Write(p) // never fails
	return c.ResponseWriter.Write(p)
}

// Unwrap gives http.ResponseController the writer that it wraps.
func (c *copying) Unwrap() http.ResponseWriter { return c.ResponseWriter }
