package auth

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/url"
	"sync"
	"testing"
	"time"

	"msgraph-user/internal/graphtest"
)

// tokenEndpoint is a far side that answers every request with answer, and keeps
// the forms that came.
type tokenEndpoint struct {
	answer func(form url.Values) (status int, body any)

	mu    sync.Mutex
	forms []url.Values
	urls  []string
}

func (e *tokenEndpoint) RoundTrip(r *http.Request) (*http.Response, error) {
	form := r.URL.Query()
	if r.Body != nil {
		body, err := graphtest.Body(r)
		if err != nil {
			return nil, err
		}
		if form, err = url.ParseQuery(string(body)); err != nil {
			return nil, err
		}
	}
	e.mu.Lock()
	e.forms, e.urls = append(e.forms, form), append(e.urls, r.URL.String())
	status, answer := e.answer(form)
	e.mu.Unlock()
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	if text, ok := answer.(string); ok {
		return graphtest.Answer(r, status, text, "Content-Type", "text/html"), nil
	}
	body, err := json.Marshal(answer)
	return graphtest.Answer(r, status, string(body)), err
}

func (e *tokenEndpoint) count() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.forms)
}

// always answers every request with a token that lives an hour.
func always(access string) *tokenEndpoint {
	return &tokenEndpoint{answer: func(url.Values) (int, any) { return 200, tokenJSON(access, "", 3600) }}
}

func tokenJSON(access, refresh string, expiresIn int) map[string]any {
	token := map[string]any{"token_type": "Bearer", "access_token": access, "expires_in": expiresIn}
	if refresh != "" {
		token["refresh_token"] = refresh
	}
	return token
}

// clock is a clock that stands still until it is moved.
type clock struct {
	mu   sync.Mutex
	time time.Time
}

func newClock() *clock { return &clock{time: recorded} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.time
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.time = c.time.Add(d)
}

// credential is a credentials parameter.
func credential(password string) map[string]any { return map[string]any{"password": password} }

// longSecret is as long as those that Entra makes, so that its fingerprint is fast.
const longSecret = "vZ8~QTESTqBoEQz1mdkXJkN4oIVp9wJmn0hDbaaa"

// application returns the parameters of an instance with a client secret, with
// changes in name, value order.
func application(changes ...any) map[string]any {
	params := map[string]any{
		"azure_cloud": "Worldwide", "host": "https://graph.microsoft.com", "self_deployed": true,
		"creds_auth_id": credential("client"), "creds_tenant_id": credential("tenant"), "creds_enc_key": credential(longSecret),
	}
	for i := 0; i < len(changes); i += 2 {
		params[changes[i].(string)] = changes[i+1]
	}
	return params
}

// person returns the parameters of an instance with an authorization code.
func person(changes ...any) map[string]any {
	return application(append([]any{
		"redirect_uri", "https://localhost/myapp", "creds_auth_code", credential("CODE-" + longSecret),
	}, changes...)...)
}

func configure(t testing.TB, params map[string]any) *Configuration {
	t.Helper()
	cfg, err := ConfigureIn(params, noEnvironment)
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

// logged is a logger whose lines a test reads.
type logged struct{ graphtest.Buffer }

func (l *logged) logger() *slog.Logger { return slog.New(slog.NewTextHandler(l, nil)) }

// encoded is v as JSON.
func encoded(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(text)
}

// requestJSON is the JSON that r carries.
func requestJSON(t *testing.T, r *http.Request) map[string]string {
	t.Helper()
	var body map[string]string
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
		t.Error(err)
	}
	return body
}
