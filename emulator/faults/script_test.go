package faults

import (
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func TestScriptDecides(t *testing.T) {
	script, err := ParseScript([]byte(`
- on: PATCH /v1.0/users/*
  nth: 2
  do: lost
- on: "* /v1.0/users/**"
  nth: 4-
  do: throttle
  retry-after: 3
- on: GET /v1.0/groups
  nth: 1-2
  do: unavailable
- {on: get /slow, do: latency, latency: 12s}
`))
	if err != nil {
		t.Fatal(err)
	}
	i := New(Spec{}, script, nil)
	for n, c := range []struct {
		request    string
		want       Kind
		retryAfter int // -1: none
		wait       time.Duration
	}{
		{"PATCH /v1.0/users/a", none, 0, 0},
		{"PATCH /v1.0/users/b", Lost, -1, 0},
		{"PATCH /v1.0/users/b/manager", none, 0, 0}, // three segments are not two, but ** counts it
		{"GET /v1.0/users/a", Throttle, 3, 0},       // the fourth that ** matches
		{"GET /v1.0/users/a/manager", Throttle, 3, 0},
		{"GET /v1.0/users", Throttle, 3, 0}, // ** is also nothing
		{"GET /v1.0/groups", Unavailable, -1, 0},
		{"GET /v1.0/groups", Unavailable, -1, 0},
		{"GET /v1.0/groups", none, 0, 0},
		{"GET /slow", none, -1, 12 * time.Second},
		{"POST /slow", none, 0, 0},
	} {
		method, path, _ := strings.Cut(c.request, " ")
		f := i.decide(httptest.NewRequest(method, path, nil))
		seconds := -1
		if f.retryAfter != nil {
			seconds = *f.retryAfter
		}
		if f.kind != c.want || seconds != c.retryAfter || f.wait != c.wait {
			t.Errorf("request %d, %s: got %q, Retry-After %d, wait %v; want %q, %d, %v", n+1, c.request, f.kind, seconds, f.wait, c.want, c.retryAfter, c.wait)
		}
	}
}

func TestScriptIsAlsoJSON(t *testing.T) {
	s, err := ParseScript([]byte(`[{"on": "POST /*/oauth2/v2.0/token", "nth": "1", "do": "answer", "status": 401, "headers": {"X-A": "b"}, "body": "{}"}]`))
	if err != nil || len(s) != 1 || s[0].Status != 401 || s[0].Headers["X-A"] != "b" {
		t.Errorf("got %+v, %v", s, err)
	}
}

func TestScriptSaysWhatIsWrong(t *testing.T) {
	for text, mention := range map[string]string{
		"- on: GET":                                        "method and a path",
		"- on: GET users\n  do: reset":                     "method and a path",
		"- on: GET /**/a\n  do: reset":                     "before its end",
		"- on: GET /a\n  do: explode":                      "explode",
		"- on: GET /a":                                     "no fault",
		"- on: GET /a\n  do: latency":                      "needs the member latency",
		"- on: GET /a\n  do: answer":                       "not a status",
		"- {on: GET /a, do: reset, nth: 0}":                "from 1 on",
		"- {on: GET /a, do: reset, nth: 3-2}":              "begins or later",
		"- {on: GET /a, do: throttle, retry-after: -1}":    "retry-after",
		"- {on: GET /a, do: reset, latency: soon}":         "duration",
		"- {on: GET /a, do: reset, often: 1}":              "often",
		"- {on: GET /a, do: reset}\n- {on: /b, do: reset}": "rule 2",
		"on: GET /a":                                       "fault script",
	} {
		if _, err := ParseScript([]byte(text)); err == nil || !strings.Contains(err.Error(), mention) {
			t.Errorf("%q: the error %v does not mention %q", text, err, mention)
		}
	}
}

// FuzzParseScript: whatever is taken can decide about any request.
func FuzzParseScript(f *testing.F) {
	f.Add([]byte("- {on: GET /a, nth: 2-, do: reset}"), "GET", "/a")
	f.Add([]byte("- {on: '* /**', do: answer, status: 200}"), "POST", "/a//b")
	f.Add([]byte(""), "GET", "/")
	f.Fuzz(func(t *testing.T, text []byte, method, path string) {
		s, err := ParseScript(text)
		if err != nil {
			return
		}
		r := httptest.NewRequest("GET", "/", nil)
		r.Method, r.URL.Path = method, path
		i := New(Spec{}, s, nil)
		for range 3 {
			if d := i.decide(r); d.kind == Answer && (d.rule == nil || d.rule.Status < 200) {
				t.Errorf("%q answers without a status", text)
			}
		}
	})
}
