package auth

import (
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"msgraph-user/internal/failure"
	"msgraph-user/internal/graphtest"
)

// contractCase is one case of testdata/contract.json: the sign-in part of the
// contract recorded from the Python integration.
type contractCase struct {
	Name      string
	Params    map[string]any
	Context   map[string]any `json:"integrationContext"`
	Exchanges []struct {
		On      string
		Status  int
		JSON    json.RawMessage
		Body    string
		Headers map[string]string
		Repeat  bool
	}
	Requests []struct {
		Host, Path string
		Form, JSON map[string]any
	} // nil: how many there are is free
	After       map[string]any `json:"integrationContextAfter"`
	AccessToken string
	Error       *struct {
		Code     int
		Mentions []string
	}
}

// recorded is when the contract's times are relative to.
var recorded = time.Unix(1700000000, 0)

func TestContract(t *testing.T) {
	data, err := os.ReadFile("testdata/contract.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []contractCase
	if err := json.Unmarshal(data, &cases); err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { c.hold(t) })
		})
	}
}

// hold runs the case: the token that comes, the requests that go out, and what
// the integration context holds afterwards.
func (c contractCase) hold(t *testing.T) {
	far := &scripted{t: t, c: c, used: map[int]bool{}}
	store := NewMemoryStore()
	store.contexts["i"] = c.Context
	token := ""
	cfg, err := ConfigureIn(c.Params, noEnvironment)
	if err == nil {
		source := NewSource(cfg, Options{Transport: far, Store: store, Instance: "i", Now: func() time.Time { return recorded }})
		got, tokenErr := source.Token(t.Context())
		token, err = got.Reveal(), tokenErr
	}
	c.checkOutcome(t, token, err)
	if c.Requests != nil && far.requests != len(c.Requests) {
		t.Errorf("%d requests went out, want %d", far.requests, len(c.Requests))
	}
	c.checkContext(t, store.contexts["i"])
}

func (c contractCase) checkOutcome(t *testing.T, token string, err error) {
	t.Helper()
	if c.Error == nil {
		if err != nil {
			t.Fatal(err)
		}
		if token != c.AccessToken {
			t.Errorf("token %q, want %q", token, c.AccessToken)
		}
		return
	}
	if err == nil {
		t.Fatal("no error")
	}
	for _, text := range c.Error.Mentions {
		if !strings.Contains(err.Error(), text) {
			t.Errorf("%q does not mention %q", err, text)
		}
	}
	code := map[failure.Kind]int{failure.BadConfiguration: -32602, failure.SignIn: -32001}[failure.KindOf(err)]
	if code == 0 || c.Error.Code != 0 && code != c.Error.Code {
		t.Errorf("kind %v of %q, want code %d", failure.KindOf(err), err, c.Error.Code)
	}
}

func (c contractCase) checkContext(t *testing.T, got map[string]any) {
	t.Helper()
	want := maps.Clone(c.After)
	for _, values := range []map[string]any{want, got} {
		maps.DeleteFunc(values, func(_ string, v any) bool { return v == "" })
	}
	if _, signedIn := c.After[memberAccessToken]; signedIn && len(c.Requests) > 0 && got[memberConfiguration] == nil {
		t.Error("no configuration was stored with the token")
	}
	delete(got, memberConfiguration)
	if g, w := asJSON(t, got), asJSON(t, want); g != w {
		t.Errorf("integration context %s, want %s", g, w)
	}
}

func asJSON(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func noEnvironment(string) string { return "" }

// scripted is the far side of a case.
type scripted struct {
	t        *testing.T
	c        contractCase
	used     map[int]bool
	requests int
}

func (s *scripted) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	if s.requests < len(s.c.Requests) {
		s.compare(r, string(body))
	}
	s.requests++
	for i, ex := range s.c.Exchanges {
		if s.used[i] && !ex.Repeat || ex.On != r.Method+" "+r.URL.String() {
			continue
		}
		s.used[i] = true
		answer := ex.Body
		kind := "text/html"
		if ex.JSON != nil {
			answer, kind = string(ex.JSON), "application/json"
		}
		return graphtest.Answer(r, ex.Status, answer, "Content-Type", kind), nil
	}
	s.t.Errorf("unexpected %s %s", r.Method, r.URL)
	return graphtest.Answer(r, 421, ""), nil
}

// compare holds the request to the recorded one, form and all.
func (s *scripted) compare(r *http.Request, body string) {
	want := s.c.Requests[s.requests]
	if r.URL.Host != want.Host || r.URL.Path != want.Path {
		s.t.Errorf("request to %s, want %s%s", r.URL, want.Host, want.Path)
	}
	members, sent := want.Form, map[string]any{}
	if want.JSON != nil {
		members = want.JSON
		if err := json.Unmarshal([]byte(body), &sent); err != nil {
			s.t.Error(err)
		}
	} else if form, err := url.ParseQuery(body); err != nil {
		s.t.Error(err)
	} else {
		for name := range form {
			sent[name] = form.Get(name)
		}
	}
	for name, value := range members {
		if _, free := value.(map[string]any); free && sent[name] != nil {
			sent[name] = value
		}
	}
	if g, w := asJSON(s.t, sent), asJSON(s.t, members); g != w {
		s.t.Errorf("sent %s, want %s", g, w)
	}
}

var _ http.RoundTripper = (*scripted)(nil)
