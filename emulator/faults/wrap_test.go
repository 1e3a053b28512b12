package faults

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"
)

// body is long enough that half of it fills no buffer by chance.
var body = strings.Repeat("0123456789", 1000)

// countingHandler answers with body and counts what reached it.
func countingHandler(n *atomic.Int64) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n.Add(1)
		w.Header().Set("X-Tenant", "practice")
		w.WriteHeader(http.StatusCreated)
		_, _ = io.WriteString(w, body)
	})
}

// outcome is what a client saw.
type outcome struct {
	status  int
	bytes   int
	err     error
	reached int64
}

// TestFaultsAsAClientSeesThem goes through every fault over plain HTTP, HTTPS,
// HTTP/2 and a ResponseWriter without a connection.
func TestFaultsAsAClientSeesThem(t *testing.T) {
	for _, c := range []struct {
		kind    Kind
		method  string
		status  int
		cut     bool // the body ends too soon
		reset   bool // no answer at all
		reached int64
	}{
		{none, "POST", 201, false, false, 1},
		{Throttle, "POST", 429, false, false, 0},
		{Unavailable, "GET", 503, false, false, 0},
		{Reset, "POST", 0, false, true, 0},
		{Truncate, "GET", 201, true, false, 1},
		{Lost, "POST", 0, false, true, 1},
		{Lost, "GET", 201, false, false, 1}, // a read is spared
	} {
		for _, transport := range []string{"http", "https", "http/2", "in process"} {
			t.Run(string(c.kind)+" "+c.method+" "+transport, func(t *testing.T) {
				got := meet(t, Spec{}.certain(c.kind), c.method, transport)
				if got.reached != c.reached {
					t.Errorf("the handler was reached %d times, want %d", got.reached, c.reached)
				}
				if (got.err != nil) != (c.cut || c.reset) {
					t.Fatalf("the client saw %v", got.err)
				}
				if got.status != c.status {
					t.Errorf("status %d, want %d", got.status, c.status)
				}
				if c.cut && got.bytes != len(body)/2 {
					t.Errorf("%d bytes came, want half of %d", got.bytes, len(body))
				}
				if c.reset && transport != "http/2" && !errors.Is(got.err, syscall.ECONNRESET) {
					t.Errorf("the error is %v, want a reset connection", got.err)
				}
			})
		}
	}
}

// certain is a Spec by which every request meets kind.
func (s Spec) certain(kind Kind) Spec {
	for _, f := range s.probabilities() {
		if f.kind == kind {
			*f.p = 1
		}
	}
	return s
}

func meet(t *testing.T, s Spec, method, transport string) outcome {
	t.Helper()
	var n atomic.Int64
	h := New(s, nil, nil).Wrap(countingHandler(&n))
	if transport == "in process" {
		o := meetInProcess(h, method)
		o.reached = n.Load()
		return o
	}
	server := httptest.NewUnstartedServer(h)
	defer server.Close()
	server.EnableHTTP2 = transport == "http/2"
	if transport == "http" {
		server.Start()
	} else {
		server.StartTLS()
	}
	r, err := http.NewRequest(method, server.URL+"/v1.0/users", nil)
	if err != nil {
		t.Fatal(err)
	}
	// net/http repeats what it holds for safe when a used connection breaks; this
	// one is fresh, and a body that cannot be read again forbids it altogether.
	resp, err := server.Client().Do(r)
	if err != nil {
		return outcome{err: err, reached: n.Load()}
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return outcome{status: resp.StatusCode, bytes: len(b), err: err, reached: n.Load()}
}

// wireless is a ResponseWriter as an in-process transport has it.
type wireless struct {
	*httptest.ResponseRecorder
	err error
}

func (w *wireless) Abort(err error) { w.err = err }

// wrapped hides it as middleware does.
type wrapped struct{ http.ResponseWriter }

func (w wrapped) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func meetInProcess(h http.Handler, method string) outcome {
	w := &wireless{ResponseRecorder: httptest.NewRecorder()}
	h.ServeHTTP(wrapped{w}, httptest.NewRequest(method, "/v1.0/users", nil))
	o := outcome{status: w.Code, bytes: w.Body.Len(), err: w.err}
	if w.err != nil && w.Body.Len() == 0 {
		o.status = 0
	}
	return o
}

func TestRefusalsHaveTheShapeOfTheirService(t *testing.T) {
	i := New(Spec{Throttle: 1, RetryAfter: 7 * time.Second}, nil, func() time.Time { return time.Unix(1700000000, 0) })
	ask := func(path string) (*httptest.ResponseRecorder, map[string]any) {
		w := httptest.NewRecorder()
		r := httptest.NewRequest("POST", path, nil)
		r.Header.Set("client-request-id", "mine")
		i.Wrap(http.NotFoundHandler()).ServeHTTP(w, r)
		var m map[string]any
		if err := json.Unmarshal(w.Body.Bytes(), &m); err != nil {
			t.Fatal(err)
		}
		return w, m
	}
	w, m := ask("/v1.0/users")
	e, _ := m["error"].(map[string]any)
	inner, _ := e["innerError"].(map[string]any)
	if w.Header().Get("Retry-After") != "7" || e["code"] != "TooManyRequests" || inner["date"] != "2023-11-14T22:13:20" ||
		inner["client-request-id"] != "mine" || inner["request-id"] != w.Header().Get("request-id") {
		t.Errorf("Graph: %v %v", w.Header(), m)
	}
	if _, m = ask("/t/oauth2/v2.0/token"); m["error"] != "temporarily_unavailable" {
		t.Errorf("sign-in: %v", m)
	}
}

func TestControlsNeverFail(t *testing.T) {
	for path, status := range map[string]int{"/": 201, "/_emulator/reset": 201, "/v1.0/me": 429} {
		var n atomic.Int64
		w := httptest.NewRecorder()
		New(Spec{Throttle: 1}, nil, nil).Wrap(countingHandler(&n)).ServeHTTP(w, httptest.NewRequest("POST", path, nil))
		if w.Code != status {
			t.Errorf("%s: status %d, want %d", path, w.Code, status)
		}
	}
}

// TestRepeatable: four endpoints asked one after the other, and all at once, meet
// the same faults request by request; another seed brings others.
func TestRepeatable(t *testing.T) {
	spec := Spec{Throttle: 0.2, Unavailable: 0.2, Reset: 0.2, Truncate: 0.2, Lost: 0.2, Seed: 42}
	paths := []string{"/v1.0/users", "/v1.0/groups", "/v1.0/users/9b0f1f4e-7f5e-4a55-9a3e-0c2d9a0e0001/manager", "/t/oauth2/v2.0/token"}
	run := func(spec Spec, together bool) map[string]string {
		i := New(spec, nil, nil)
		out := make([]string, len(paths))
		var all sync.WaitGroup
		for n, p := range paths {
			one := func() {
				for range 200 {
					out[n] += string(i.decide(httptest.NewRequest("POST", p, nil)).kind) + " "
				}
			}
			if together {
				all.Go(one)
			} else {
				one()
			}
		}
		all.Wait()
		m := map[string]string{}
		for n, p := range paths {
			m[p] = out[n]
		}
		return m
	}
	first, second := run(spec, false), run(spec, true)
	other := spec
	other.Seed = 43
	third := run(other, false)
	for _, p := range paths {
		if first[p] != second[p] {
			t.Errorf("%s: concurrency changed the faults", p)
		}
		if first[p] == third[p] {
			t.Errorf("%s: another seed brings the same faults", p)
		}
	}
}

func TestIdsDoNotChangeTheDraw(t *testing.T) {
	spec := Spec{Throttle: 0.5, Seed: 1}
	a, b := New(spec, nil, nil), New(spec, nil, nil)
	for n := range 100 {
		x := a.decide(httptest.NewRequest("GET", "/v1.0/users/"+uuid.NewString(), nil)).kind
		y := b.decide(httptest.NewRequest("GET", "/v1.0/users/"+uuid.NewString(), nil)).kind
		if x != y {
			t.Fatalf("request %d met %q and %q", n, x, y)
		}
	}
}

func TestProbabilitiesAreKept(t *testing.T) {
	spec := Spec{Throttle: 0.1, Unavailable: 0.05, Reset: 0.02, Truncate: 0.2, Lost: 0.3, Seed: 9}
	i := New(spec, nil, nil)
	const n = 20000
	count := map[Kind]float64{}
	for range n {
		count[i.decide(httptest.NewRequest("POST", "/v1.0/users", nil)).kind]++
	}
	for _, f := range spec.probabilities() {
		if got := count[f.kind] / n; got < *f.p-0.015 || got > *f.p+0.015 {
			t.Errorf("%s happened to %.3f of the requests, want %.3f", f.kind, got, *f.p)
		}
	}
}

func TestLatencyFollowsTheClient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var n atomic.Int64
		h := New(Spec{Latency: time.Minute}, nil, nil).Wrap(countingHandler(&n))
		begin := time.Now()
		h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/v1.0/users", nil))
		if d := time.Since(begin); d != time.Minute || n.Load() != 1 {
			t.Errorf("answered after %v, %d times; want a minute, once", d, n.Load())
		}

		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		begin = time.Now()
		w := &wireless{ResponseRecorder: httptest.NewRecorder()}
		h.ServeHTTP(w, httptest.NewRequest("GET", "/v1.0/users", nil).WithContext(ctx))
		if d := time.Since(begin); d != time.Second || n.Load() != 1 || !errors.Is(w.err, context.DeadlineExceeded) {
			t.Errorf("a client who leaves after a second: held %v, handler reached %d times, %v", d, n.Load(), w.err)
		}
	})
}

func TestSpecCanBeChangedWhileItWorks(t *testing.T) {
	i := New(Spec{}, nil, nil)
	if err := i.SetSpec(Spec{Throttle: 2}); err == nil {
		t.Error("a probability of 2 was taken")
	}
	if err := i.SetSpec(Spec{Throttle: 1, TokenLifetime: time.Minute}); err != nil {
		t.Fatal(err)
	}
	if got := i.decide(httptest.NewRequest("GET", "/v1.0/users", nil)).kind; got != Throttle {
		t.Errorf("got %q", got)
	}
	if i.TokenLifetime() != time.Minute {
		t.Errorf("token lifetime %v", i.TokenLifetime())
	}
}

func TestResetBeginsTheCountAgain(t *testing.T) {
	script, err := ParseScript([]byte("- {on: GET /a, nth: 1, do: reset}"))
	if err != nil {
		t.Fatal(err)
	}
	i := New(Spec{}, script, nil)
	ask := func() Kind { return i.decide(httptest.NewRequest("GET", "/a", nil)).kind }
	if a, b := ask(), ask(); a != Reset || b != none {
		t.Errorf("got %q, %q; want a reset, then nothing", a, b)
	}
	i.Reset()
	if got := ask(); got != Reset {
		t.Errorf("after Reset the first request met %q", got)
	}
}

func TestScriptedAnswer(t *testing.T) {
	script, err := ParseScript([]byte(`
- on: GET /v1.0/users
  nth: 1
  do: answer
  status: 401
  headers: {WWW-Authenticate: 'Bearer error="insufficient_claims"'}
  body: '{"error":{}}'
`))
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	New(Spec{}, script, nil).Wrap(http.NotFoundHandler()).ServeHTTP(w, httptest.NewRequest("GET", "/v1.0/users", nil))
	if w.Code != 401 || w.Body.String() != `{"error":{}}` || w.Header().Get("WWW-Authenticate") != `Bearer error="insufficient_claims"` {
		t.Errorf("got %d %v %s", w.Code, w.Header(), w.Body)
	}
}
