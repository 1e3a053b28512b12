package graph_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"msgraph-user/graph"
	"msgraph-user/internal/failure"
	"msgraph-user/internal/httpclient"

	"pgregory.net/rapid"
)

// biting are the pieces of ids that have cut or bent paths.
var biting = []string{"/", "\\", "?", "#", "#EXT#", "%", "%2F", "%00", "..", ".", ";", "&", "+", " ", "'", "\"", "$ref", "(", "@", ":", "=", "^", "|", "ü", "漢", "🙂", "\x00", "\xff", "\r\n", "a"}

// TestAnIDIsOneSegmentWhateverItHolds sends ids over a real connection, and
// reads them back from the request line as a server does.
func TestAnIDIsOneSegmentWhateverItHolds(t *testing.T) {
	var line string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		line = r.RequestURI
		_, _ = io.WriteString(w, `{"id":"1"}`)
	}))
	defer server.Close()
	transport := httpclient.New(httpclient.Options{})
	defer (&http.Client{Transport: transport}).CloseIdleConnections()
	client, err := graph.New(graph.Options{
		Origin: server.URL, HTTP: httpclient.NewClient(httpclient.ClientOptions{Transport: transport}), Tokens: &tokens{current: "t"},
	})
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(r *rapid.T) {
		id := rapid.OneOf(
			rapid.String(),
			rapid.Map(rapid.SliceOf(rapid.SampledFrom(biting)), func(pieces []string) string { return strings.Join(pieces, "") }),
		).Draw(r, "id")
		_, err := client.Do(t.Context(), graph.DeleteMethod(graph.Phone, id, id))
		if id == "" || id == "." || id == ".." {
			if failure.KindOf(err) != failure.BadArgument {
				r.Fatalf("%q: %v", id, err)
			}
			return
		}
		if err != nil {
			r.Fatalf("%q: %v", id, err)
		}
		if name, isKey := strings.CutPrefix(id, "$"); isKey { // see TestANameThatBeginsWithADollarIsAKey
			id, line = name, strings.NewReplacer("('$", "/", "')", "").Replace(line)
			id = strings.ReplaceAll(id, "'", "''")
		}
		segments := strings.Split(line, "/")
		if len(segments) != 7 {
			r.Fatalf("%q made %d segments of %s", id, len(segments)-1, line)
		}
		for _, segment := range []string{segments[3], segments[6]} {
			if plain, err := url.PathUnescape(segment); err != nil || plain != id {
				r.Fatalf("%q arrived as %q, %v", id, plain, err)
			}
		}
	})
}

// A segment that begins with $ is an operation of OData, in every verb.
func TestANameThatBeginsWithADollarIsAKey(t *testing.T) {
	const name = "$svc.o'neil@contoso.com"
	const key = "/v1.0/users('$svc.o%27%27neil@contoso.com')"
	for what, test := range map[string]struct {
		request func(*graph.Client) graph.Request
		line    string
	}{
		"get":     {func(*graph.Client) graph.Request { return graph.GetUser(name, "") }, "GET " + key},
		"disable": {func(*graph.Client) graph.Request { return graph.SetAccountEnabled(name, false) }, "PATCH " + key},
		"delete":  {func(*graph.Client) graph.Request { return graph.DeleteUser(name) }, "DELETE " + key},
		"revoke":  {func(*graph.Client) graph.Request { return graph.RevokeSignInSessions(name) }, "POST " + key + "/revokeSignInSessions"},
		"groups":  {func(*graph.Client) graph.Request { return graph.ListMemberOf(name) }, "GET " + key + "/memberOf"},
		"method":  {func(*graph.Client) graph.Request { return graph.GetMethod(graph.Phone, name, "p-1") }, "GET " + key + "/authentication/phoneMethods/p-1"},
		"manager": {func(c *graph.Client) graph.Request { return c.AssignManager(name, name) }, "PUT " + key + "/manager/$ref"},
	} {
		far := newFarSide(t)
		far.answer(http.StatusOK, `{"id":"1"}`)
		if _, err := far.client.Do(t.Context(), test.request(far.client)); err != nil {
			t.Fatal(err)
		}
		got := far.only()
		if line := got.Method + " " + got.RequestURI; line != test.line {
			t.Errorf("%s: sent %s, want %s", what, line, test.line)
		}
		if what == "manager" && got.body != `{"@odata.id":"`+far.URL+key+`"}` {
			t.Errorf("the reference is %s", got.body)
		}
	}
}

func TestIDsThatNameNothingAreRefused(t *testing.T) {
	far := newFarSide(t)
	tests := []struct {
		request  graph.Request
		argument string
	}{
		{graph.GetUser("", "*"), "user"},
		{graph.DeleteUser("."), "user"},
		{graph.RevokeSignInSessions(".."), "user"},
		{graph.DeleteMethod(graph.Phone, adele, ".."), "method_id"},
		{far.client.AssignManager("..", adele), "user"},
		{far.client.AssignManager(adele, ""), "manager"},
	}
	for _, test := range tests {
		_, err := far.client.Do(t.Context(), test.request)
		if e := wantFailure(t, err, failure.BadArgument); e.Argument != test.argument || test.request.Err() == nil {
			t.Errorf("%s: argument %q, want %q", test.request.Template, e.Argument, test.argument)
		}
	}
	if len(far.sent()) != 0 {
		t.Error("a request went out")
	}
}

func TestQueryRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.String().Draw(t, "value")
		query := graph.Query{}.With("$filter", value).With("$top", "1")
		values, err := url.ParseQuery(query.Encode())
		if err != nil || values.Get("$filter") != value || values.Get("$top") != "1" {
			t.Fatalf("%q went as %s and came as %q, %v", value, query.Encode(), values.Get("$filter"), err)
		}
	})
}
