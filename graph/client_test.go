package graph_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"msgraph-user/graph"
	"msgraph-user/internal/failure"
	"msgraph-user/internal/graphtest"
	"msgraph-user/internal/httpclient"
	"msgraph-user/internal/secret"
)

func TestEveryRequestIsIdentified(t *testing.T) {
	far := newFarSide(t)
	far.answer(http.StatusTooManyRequests, "", "Retry-After", "0.001")
	far.answer(http.StatusOK, `{"id":"1"}`)
	far.answer(http.StatusOK, `{"id":"1"}`)
	for range 2 {
		if _, err := far.client.Do(t.Context(), graph.GetUser(adele, "")); err != nil {
			t.Fatal(err)
		}
	}
	sent := far.sent()
	first, again, other := sent[0].Header, sent[1].Header, sent[2].Header
	if got := first.Get("Authorization"); got != "Bearer token-1" {
		t.Errorf("Authorization %q", got)
	}
	guid := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	if id := first.Get("client-request-id"); !guid.MatchString(id) || id != again.Get("client-request-id") || id == other.Get("client-request-id") {
		t.Errorf("client-request-id %q, %q when repeated, %q of the next", id, again.Get("client-request-id"), other.Get("client-request-id"))
	}
}

func TestAnswersStayAsTheyCame(t *testing.T) {
	far := newFarSide(t)
	const body = `{"z":1.50,"a":"\u00e9","unknown":{"x":[1,2]},"mail":null}`
	far.answer(http.StatusOK, body)
	o, err := far.client.Do(t.Context(), graph.GetUser(adele, ""))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := o.MarshalJSON(); err != nil || string(got) != body {
		t.Errorf("got %s, %v", got, err)
	}
}

func TestAnswersWithoutABody(t *testing.T) {
	far := newFarSide(t)
	location := far.URL + "/v1.0/users/x/authentication/operations/op-1"
	far.answer(http.StatusNoContent, "")
	far.answer(http.StatusAccepted, "", "Location", location)
	if o, err := far.client.Do(t.Context(), graph.DeleteUser("87d349ed-44d7-43e1-9a83-5f2406dee5bd")); o != nil || err != nil {
		t.Errorf("204: %v, %v", o, err)
	}
	response, err := far.client.Send(t.Context(), graph.ResetPassword(adele, "m", "p"))
	if err != nil || response.Status != http.StatusAccepted || response.Object != nil || response.Header.Get("Location") != location {
		t.Errorf("202: %+v, %v", response, err)
	}
}

// TestToleratedAnswers are answers that a strict reader would refuse.
func TestToleratedAnswers(t *testing.T) {
	tests := map[string]struct{ body, name string }{
		"a name twice":           {`{"displayName":"A","displayName":"B"}`, "B"},
		"half a surrogate":       {`{"displayName":"A\ud83d"}`, "A\uFFFD"},
		"bytes that are no text": {"{\"displayName\":\"A\xff\"}", "A\uFFFD"},
		"line breaks around it":  {"\r\n{\"displayName\":\"A\"}\r\n", "A"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			far := newFarSide(t)
			far.answer(http.StatusOK, test.body)
			o, err := far.client.Do(t.Context(), graph.GetUser(adele, ""))
			if err != nil || o.Text("displayName") != test.name {
				t.Errorf("got %q, %v", o.Text("displayName"), err)
			}
		})
	}
}

func TestTruncatedJSONIsAskedForAgain(t *testing.T) {
	for _, cut := range []string{`{"id":"1","displayName":"Ad`, `{"id"`, ``} {
		far := newFarSide(t)
		far.answer(http.StatusOK, cut)
		far.answer(http.StatusOK, `{"id":"1"}`)
		o, err := far.client.Do(t.Context(), graph.GetUser(adele, ""))
		if err != nil || o.Text("id") != "1" {
			t.Errorf("after %q: %v, %v", cut, o, err)
		}
	}
}

func TestTruncatedAnswerToACreateIsNot(t *testing.T) {
	far := newFarSide(t)
	far.answer(http.StatusCreated, `{"id":"1","disp`)
	_, err := far.client.Do(t.Context(), graph.CreateUser("new@contoso.com", map[string]any{}))
	e := wantFailure(t, err, failure.Unreachable)
	if !strings.Contains(e.Error(), "may have been made") || !strings.Contains(e.Advice, "new@contoso.com") {
		t.Errorf("the error does not say that and how to check: %q", e)
	}
	if e.ClientRequestID != far.only().Header.Get("client-request-id") {
		t.Errorf("client-request-id %q is not that of the request", e.ClientRequestID)
	}
}

func TestLostAnswers(t *testing.T) {
	hangUp := func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

	t.Run("a delete that then finds nothing is done", func(t *testing.T) {
		far := newFarSide(t)
		far.handle(hangUp)
		far.answer(http.StatusNotFound, `{"error":{"code":"Request_ResourceNotFound"}}`)
		if o, err := far.client.Do(t.Context(), graph.DeleteUser("87d349ed-44d7-43e1-9a83-5f2406dee5bd")); o != nil || err != nil {
			t.Errorf("got %v, %v", o, err)
		}
	})
	t.Run("a delete by name is in doubt", func(t *testing.T) {
		far := newFarSide(t)
		far.handle(hangUp)
		_, err := far.client.Do(t.Context(), graph.DeleteUser(adele))
		if e := wantFailure(t, err, failure.Unreachable); !strings.Contains(e.Error(), "may have been made") {
			t.Errorf("the error says %q", e)
		}
		far.only()
	})
	t.Run("a delete that finds nothing at once is not", func(t *testing.T) {
		far := newFarSide(t)
		far.answer(http.StatusNotFound, `{"error":{"code":"Request_ResourceNotFound"}}`)
		if _, err := far.client.Do(t.Context(), graph.DeleteUser(adele)); !failure.NotFound(err) {
			t.Errorf("got %v", err)
		}
	})
	for name, c := range map[string]struct {
		body string
		done bool
	}{
		"a delete whose object is named is done":   {`{"error":{"code":"resourceNotFound","message":"Nobody knows 87D349ED-44d7-43e1-9a83-5f2406dee5bd."}}`, true},
		"a delete whose object does not exist":     {`{"error":{"code":"NotFound","message":"The specified user could not be found."}}`, true},
		"a web page tells nothing of the object":   {`<html>404</html>`, false},
		"another service's form neither":           {`{"statusCode":404,"message":"Resource not found"}`, false},
		"a path that leads nowhere neither":        {`{"error":{"code":"ResourceNotFound","message":"Resource not found for the segment 'users'."}}`, false},
		"nor does a route with the object's name":  {`{"error":{"code":"NotFound","message":"No HTTP resource was found that matches the request URI 'https://graph/v1.0/users/87d349ed-44d7-43e1-9a83-5f2406dee5bd'."}}`, false},
		"nor does a text that says nothing at all": {`{"error":{"code":"UnknownError","message":""}}`, false},
	} {
		t.Run(name, func(t *testing.T) {
			far := newFarSide(t)
			far.answer(http.StatusGatewayTimeout, "")
			far.answer(http.StatusNotFound, c.body)
			_, err := far.client.Do(t.Context(), graph.DeleteUser("87d349ed-44d7-43e1-9a83-5f2406dee5bd"))
			if (err == nil) != c.done || err != nil && !failure.Of(err).InDoubt {
				t.Errorf("got %v", err)
			}
		})
	}
	t.Run("a disabled account is disabled again", func(t *testing.T) {
		far := newFarSide(t)
		far.handle(hangUp)
		far.answer(http.StatusNoContent, "")
		if _, err := far.client.Do(t.Context(), graph.SetAccountEnabled(adele, false)); err != nil {
			t.Fatal(err)
		}
		if sent := far.sent(); len(sent) != 2 || sent[0].body != sent[1].body {
			t.Errorf("sent %d requests", len(sent))
		}
	})
	t.Run("a gateway's 504 to a create says how to check", func(t *testing.T) {
		far := newFarSide(t)
		far.answer(http.StatusGatewayTimeout, "")
		_, err := far.client.Do(t.Context(), graph.CreateUser("new@contoso.com", map[string]any{}))
		if e := wantFailure(t, err, failure.Refused); e.Status != 504 || !strings.Contains(e.Advice, "new@contoso.com") {
			t.Errorf("status %d, advice %q", e.Status, e.Advice)
		}
		far.only()
	})
}

func TestTokenIsNotSentAlongARedirect(t *testing.T) {
	elsewhere := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("%s %s arrived elsewhere", r.Method, r.URL)
	}))
	defer elsewhere.Close()
	far := newFarSide(t)
	far.answer(http.StatusFound, "", "Location", elsewhere.URL+"/secret-path-1?code=secret-code-1")
	_, err := far.client.Do(t.Context(), graph.GetUser(adele, ""))
	e := wantFailure(t, err, failure.Refused)
	if e.Status != http.StatusFound || !strings.Contains(e.Message, elsewhere.URL) || strings.Contains(e.Error(), "secret") {
		t.Errorf("status %d, message %q", e.Status, e.Message)
	}
}

func TestNothingGoesOutWithoutAToken(t *testing.T) {
	far := newFarSide(t)
	far.tokens.err = &failure.Error{Kind: failure.SignIn, Message: "no"}
	_, err := far.client.Do(t.Context(), graph.GetUser(adele, ""))
	wantFailure(t, err, failure.SignIn)
	if len(far.sent()) != 0 {
		t.Error("a request went out")
	}
}

func TestOriginIsSchemeAndHost(t *testing.T) {
	for origin, ok := range map[string]bool{
		"https://graph.microsoft.com": true, "https://graph.microsoft.com/": true, "http://127.0.0.1:8080": true,
		"": false, "graph.microsoft.com": false, "https://graph.microsoft.com/v1.0": false,
		"https://user:pass@graph.microsoft.com": false, "ftp://graph.microsoft.com": false, "https://%zz": false,
	} {
		_, err := graph.New(graph.Options{Origin: origin, HTTP: httpclient.NewClient(httpclient.ClientOptions{}), Tokens: &tokens{}})
		if ok && err != nil {
			t.Errorf("%q: %v", origin, err)
		}
		if !ok {
			if e := wantFailure(t, err, failure.BadConfiguration); e.Parameter != "host" {
				t.Errorf("%q: parameter %q", origin, e.Parameter)
			}
		}
	}
}

// The log line names the operation and no user.
func TestLogLineHoldsNoIDs(t *testing.T) {
	var log bytes.Buffer
	transport := graphtest.Transport(func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 200, Header: http.Header{"Request-Id": {"r-1"}}, Body: io.NopCloser(strings.NewReader(`{"id":"1"}`))}, nil
	})
	client, err := graph.New(graph.Options{
		Origin: "https://graph.example", HTTP: httpclient.NewClient(httpclient.ClientOptions{Transport: transport}), Tokens: &tokens{current: "token-canary"},
		Log: slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	if err != nil {
		t.Fatal(err)
	}
	link, err := client.Follow("https://graph.example/v1.0/users/adele@contoso.com/authentication/operations/op-canary?$skiptoken=canary", "polling_url")
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range []graph.Request{graph.SetPasswordProfile("adele@contoso.com", graph.PasswordProfile{Password: "canary"}), link} {
		log.Reset()
		if _, err := client.Do(t.Context(), r); err != nil {
			t.Fatal(err)
		}
		line := log.String()
		if strings.Count(line, "\n") != 1 || strings.Contains(line, "adele") || strings.Contains(line, "canary") {
			t.Errorf("log: %s", line)
		}
		for _, part := range []string{`"status":200`, `"retries":0`, `"request_id":"r-1"`, `"path":"/v1.0/users/{user`, `"client_request_id":"`} {
			if !strings.Contains(line, part) {
				t.Errorf("log lacks %s: %s", part, line)
			}
		}
	}
}

// wantFailure checks the kind of err and returns it.
func wantFailure(t *testing.T, err error, kind failure.Kind) *failure.Error {
	t.Helper()
	e, ok := errors.AsType[*failure.Error](err)
	if !ok || e.Kind != kind {
		t.Fatalf("got %v, want a failure of kind %d", err, kind)
	}
	return e
}

// BenchmarkDo measures what the client adds to a request, against a transport that
// answers at once.
func BenchmarkDo(b *testing.B) {
	body := []byte(`{"@odata.context":"https://graph.example/v1.0/$metadata#users/$entity","id":"87d349ed-44d7-43e1-9a83-5f2406dee5bd",` +
		`"displayName":"Adele Vance","jobTitle":"Retail Manager","businessPhones":["+1 425 555 0109"],"mail":"AdeleV@contoso.com","mobilePhone":null}`)
	transport := graphtest.Transport(func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body))}, nil
	})
	var scrubber secret.Scrubber
	client, err := graph.New(graph.Options{
		Origin: "https://graph.example", HTTP: httpclient.NewClient(httpclient.ClientOptions{Transport: transport}),
		Tokens: &tokens{current: "token"}, Scrub: scrubber.Scrub,
	})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := client.Do(context.Background(), graph.GetUser(adele, "*")); err != nil {
			b.Fatal(err)
		}
	}
}
