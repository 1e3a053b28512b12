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
		_, _ = io.WriteString(w, "{}")
	}))
	defer server.Close()
	carrier := httpclient.New(httpclient.Options{})
	defer (&http.Client{Transport: carrier}).CloseIdleConnections()
	client, err := graph.New(graph.Options{
		Origin: server.URL, Lane: httpclient.NewLane(httpclient.LaneOptions{Carrier: carrier}), Tokens: &tokens{current: "t"},
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
