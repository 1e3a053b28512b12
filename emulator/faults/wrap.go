package faults

import (
	"bytes"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/google/uuid"

	"msgraph-user/emulator/clock"
)

// Aborter is a ResponseWriter that has no connection to break, such as that of
// an in-process transport, and can end its answer all the same: Abort makes the
// client's round trip fail with err, or its reading of the body once the answer
// has begun. Nothing is written after it.
type Aborter interface{ Abort(err error) }

// ErrReset is how a client sees a connection that was reset:
// errors.Is(err, syscall.ECONNRESET) holds.
var ErrReset error = &net.OpError{Op: "read", Net: "tcp", Err: os.NewSyscallError("read", syscall.ECONNRESET)}

// Wrap returns next with the faults before it. The practice tenant's own
// controls (/_emulator/… and its page at /) never fail.
func (i *Injector) Wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/" || strings.HasPrefix(r.URL.Path, "/_emulator/") {
			next.ServeHTTP(w, r)
			return
		}
		f := i.decide(r)
		if f.wait > 0 && clock.Wait(r.Context(), f.wait) != nil {
			abort(w, r.Context().Err())
			return
		}
		i.act(f, w, r, next)
	})
}

func (i *Injector) act(f fault, w http.ResponseWriter, r *http.Request, next http.Handler) {
	if f.kind != none && i.observe != nil {
		i.observe(r, f.kind, f.status())
	}
	switch f.kind {
	case Throttle:
		i.refuse(w, r, http.StatusTooManyRequests, f.retryAfter)
	case Unavailable:
		i.refuse(w, r, http.StatusServiceUnavailable, f.retryAfter)
	case Reset:
		abort(w, ErrReset)
	case Lost:
		next.ServeHTTP(newRecording(), r)
		abort(w, ErrReset)
	case Truncate:
		truncate(w, r, next)
	case Answer:
		for name, value := range f.rule.Headers {
			w.Header().Set(name, value)
		}
		w.WriteHeader(f.rule.Status)
		_, _ = io.WriteString(w, f.rule.Body) // a client who went away needs no answer
	default:
		next.ServeHTTP(w, r)
	}
}

// status is what a fault answers with; 0 where no answer comes whole.
func (f fault) status() int {
	switch f.kind {
	case Throttle:
		return http.StatusTooManyRequests
	case Unavailable:
		return http.StatusServiceUnavailable
	case Answer:
		return f.rule.Status
	}
	return 0
}

// truncate announces the whole answer, sends half of it, and breaks off. An
// answer without a body has nothing to cut and passes.
func truncate(w http.ResponseWriter, r *http.Request, next http.Handler) {
	got := newRecording()
	next.ServeHTTP(got, r)
	for name, values := range got.header {
		w.Header()[name] = values
	}
	body := got.body.Bytes()
	if len(body) > 0 {
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	}
	w.WriteHeader(got.status)
	if len(body) == 0 {
		return
	}
	_, _ = w.Write(body[:len(body)/2]) // the answer is broken off anyway
	_ = http.NewResponseController(w).Flush()
	abort(w, io.ErrUnexpectedEOF)
}

// abort ends an answer as a broken connection would.
func abort(w http.ResponseWriter, err error) {
	for inner := w; ; {
		if a, ok := inner.(Aborter); ok {
			a.Abort(err)
			return
		}
		u, ok := inner.(interface{ Unwrap() http.ResponseWriter })
		if !ok {
			break
		}
		inner = u.Unwrap()
	}
	conn, _, hijackErr := http.NewResponseController(w).Hijack()
	if hijackErr != nil {
		// HTTP/2 has no connection to give away. This panic is how net/http is
		// told to break a stream off; its server catches it.
		panic(http.ErrAbortHandler)
	}
	if secured, ok := conn.(*tls.Conn); ok {
		conn = secured.NetConn() // without a word of farewell
	}
	if tcp, ok := conn.(*net.TCPConn); ok && errors.Is(err, syscall.ECONNRESET) {
		_ = tcp.SetLinger(0) // closing sends RST instead of FIN
	}
	_ = conn.Close()
}

// recording keeps an answer instead of sending it.
type recording struct {
	header http.Header
	status int
	body   bytes.Buffer
	begun  bool
}

func newRecording() *recording { return &recording{header: http.Header{}, status: http.StatusOK} }

func (r *recording) Header() http.Header { return r.header }

func (r *recording) WriteHeader(status int) {
	if !r.begun {
		r.begun, r.status = true, status
	}
}

func (r *recording) Write(b []byte) (int, error) {
	r.WriteHeader(http.StatusOK)
	return r.body.Write(b)
}

// refuse answers in the shape that the addressed service has: Graph's, or that of
// the sign-in side.
func (i *Injector) refuse(w http.ResponseWriter, r *http.Request, status int, retryAfter *int) {
	if retryAfter != nil {
		w.Header().Set("Retry-After", strconv.Itoa(*retryAfter))
	}
	id := uuid.NewString()
	w.Header().Set("request-id", id)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	body := graphRefusal(status, id, r.Header.Get("client-request-id"), i.now())
	if strings.Contains(r.URL.Path, "/oauth2/") {
		body = signInRefusal(status)
	}
	_ = json.NewEncoder(w).Encode(body) // a client who went away needs no answer
}

func graphRefusal(status int, id, clientID string, now time.Time) any {
	code, message := "TooManyRequests", "Too many requests: wait and ask again."
	if status == http.StatusServiceUnavailable {
		code, message = "serviceNotAvailable", "The service is not available at the moment."
	}
	if clientID == "" {
		clientID = id
	}
	inner := map[string]string{"date": now.UTC().Format("2006-01-02T15:04:05"), "request-id": id, "client-request-id": clientID}
	return map[string]any{"error": map[string]any{"code": code, "message": message, "innerError": inner}}
}

// signInRefusal has the numbers of Entra for a tenant that is throttled (90055)
// and for a service that fails for the moment (90033).
func signInRefusal(status int) any {
	number, text := 90055, "Too many requests of this tenant."
	if status == http.StatusServiceUnavailable {
		number, text = 90033, "The service is not available at the moment."
	}
	return map[string]any{"error": "temporarily_unavailable", "error_description": fmt.Sprintf("AADSTS%d: %s", number, text), "error_codes": []int{number}}
}
