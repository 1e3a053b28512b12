package graph_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"msgraph-user/graph"
	"msgraph-user/internal/failure"
	"msgraph-user/internal/graphtest"
	"msgraph-user/internal/httpclient"
)

func exampleClient(t *testing.T, origin string) *graph.Client {
	t.Helper()
	client, err := graph.New(graph.Options{Origin: origin, HTTP: httpclient.NewClient(httpclient.ClientOptions{}), Tokens: &tokens{}})
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// TestFollow says which links are followed: those of the instance's own Graph.
func TestFollow(t *testing.T) {
	const origin = "https://graph.microsoft.com"
	tests := []struct {
		link string
		want string // what is asked for below the origin; empty: refused
	}{
		{origin + "/v1.0/users?$skiptoken=AbC%3d", "/v1.0/users?$skiptoken=AbC%3D"},
		{origin + ":443/v1.0/users", "/v1.0/users"},
		{"HTTPS://Graph.Microsoft.com/beta/users/a%40b/x", "/beta/users/a%40b/x"},
		{origin + "/v1.0/users/x%23EXT%23@y?a=b+c&d=%26", "/v1.0/users/x%23EXT%23@y?a=b%20c&d=%26"},
		{"", ""},
		{"/v1.0/users", ""},
		{"//graph.microsoft.com/v1.0/users", ""},
		{"http://graph.microsoft.com/v1.0/users", ""},
		{"https://graph.microsoft.com.evil.example/v1.0/users", ""},
		{"https://evil.example/v1.0/users", ""},
		{"https://evil.example?@graph.microsoft.com/v1.0/users", ""},
		{"https://graph.microsoft.com@evil.example/v1.0/users", ""},
		{"https://evil@graph.microsoft.com/v1.0/users", ""},
		{"https://u:p@graph.microsoft.com/v1.0/users", ""},
		{origin + ":8443/v1.0/users", ""},
		{origin, ""},
		{origin + "/", ""},
		{origin + "/v1.0", ""},
		{origin + "/v2.0/users", ""},
		{origin + "/users", ""},
		{origin + "/v1.0/../admin", ""},
		{origin + "/v1.0/%2e%2e/admin", ""},
		{origin + "/v1.0/users?a=%zz", ""},
		{"https://graph.microsoft.com\\@evil.example/v1.0/users", ""},
		{"javascript:alert(1)", ""},
		{"https://[::1/v1.0/users", ""},
	}
	client := exampleClient(t, origin)
	for _, test := range tests {
		r, err := client.Follow(test.link, "next_page")
		if test.want == "" {
			if e := wantFailure(t, err, failure.BadArgument); e.Argument != "next_page" || !strings.Contains(e.Message, "next_page") {
				t.Errorf("%q: argument %q, message %q", test.link, e.Argument, e.Message)
			}
			continue
		}
		target := "/" + r.Version + r.Path
		if len(r.Query) > 0 {
			target += "?" + r.Query.Encode()
		}
		if err != nil || target != test.want || r.Method != http.MethodGet || !r.Repeatable {
			t.Errorf("%q: %s %s, %v; want %s", test.link, r.Method, target, err, test.want)
		}
	}
}

func TestContinueKeepsTheHeadersOfTheFirstPage(t *testing.T) {
	client := exampleClient(t, "https://graph.microsoft.com")
	first := graph.ListUsers(graph.ListOptions{Select: "id", Advanced: true})
	next, err := client.Continue(first, "https://graph.microsoft.com/v1.0/users?$skiptoken=2", "next_page")
	if err != nil || next.Header.Get("ConsistencyLevel") != "eventual" || next.Query.Get("$skiptoken") != "2" || next.Query.Get("$select") != "" {
		t.Errorf("got %+v, %v", next, err)
	}
}

// A page belongs to the list and to the user that the first page is of. Graph may write
// a user's object id for the name.
func TestAPageOfAnotherUserIsNotFollowed(t *testing.T) {
	client := exampleClient(t, "https://graph.microsoft.com")
	const one, other = "00000000-0000-0000-0000-00000000000a", "00000000-0000-0000-0000-00000000000b"
	for _, test := range []struct {
		user, path string
		followed   bool
	}{
		{"b@x.y", "users/b@x.y/ownedDevices", true},
		{"b@x.y", "users/B%40X.Y/ownedDevices", true},
		{"b@x.y", "users('b@x.y')/ownedDevices", true},
		{"b@x.y", "users(%27b%40x.y%27)/ownedDevices", true},
		{"b@x.y", "users/" + one + "/ownedDevices", true},
		{one, "users/" + strings.ToUpper(one) + "/ownedDevices", true},
		{one, "users('b@x.y')/ownedDevices", true},
		{"b@x.y", "users/a@x.y/ownedDevices", false},
		{"b@x.y", "users(%27a%40x.y%27)/ownedDevices", false},
		{one, "users/" + other + "/ownedDevices", false},
		{one, "users('" + other + "')/ownedDevices", false},
		{"b@x.y", "users/b@x.y/registeredDevices", false},
	} {
		link := "https://graph.microsoft.com/v1.0/" + test.path + "?$skiptoken=2"
		_, err := client.NextPage(graph.ListOwnedDevices(test.user, "", ""), link, "next_page")
		if (err == nil) != test.followed {
			t.Errorf("%s, %s: %v", test.user, test.path, err)
		}
		if err != nil && wantFailure(t, err, failure.BadArgument).Argument != "next_page" {
			t.Errorf("%s, %s: %v", test.user, test.path, err)
		}
	}
}

func TestOperationIsOneOfTheUser(t *testing.T) {
	client := exampleClient(t, "https://graph.microsoft.com")
	for path, followed := range map[string]bool{
		"v1.0/users/b@x.y/authentication/operations/op-1":                                true,
		"beta/users/b@x.y/authentication/operations/op-1":                                true,
		"v1.0/users('B@x.y')/authentication/operations('op-1')":                          true,
		"v1.0/users/00000000-0000-0000-0000-00000000000a/authentication/operations/op-1": true,
		"v1.0/users/a@x.y/authentication/operations/op-1":                                false,
		"v1.0/users/b@x.y/authentication/operations":                                     false,
		"v1.0/users/b@x.y": false,
		"v1.0/users/b@x.y/authentication/methods/op-1":           false,
		"v1.0/groups/b@x.y/authentication/operations/op-1":       false,
		"v1.0/users/b@x.y/authentication/operations/op-1/extras": false,
	} {
		_, err := client.Operation("b@x.y", "https://graph.microsoft.com/"+path, "polling_url")
		if (err == nil) != followed {
			t.Errorf("%s: %v", path, err)
		}
		if err != nil && wantFailure(t, err, failure.BadArgument).Argument != "polling_url" {
			t.Errorf("%s: %v", path, err)
		}
	}
}

// Whatever the link is, what is followed goes to the client's own host.
func FuzzFollow(f *testing.F) {
	for _, seed := range []string{
		"https://graph.microsoft.com/v1.0/users?$skiptoken=AbC%3d", "https://graph.microsoft.com@evil/v1.0/x", "//evil/v1.0/x",
		"https://graph.microsoft.com/v1.0//evil/", "https://graph.microsoft.com:443/beta/%2e/..", "https://graph.microsoft.com/v1.0/\r\nHost: evil",
	} {
		f.Add(seed)
	}
	arrived := make(chan *http.Request, 1)
	transport := graphtest.Transport(func(r *http.Request) (*http.Response, error) {
		arrived <- r
		return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(`{"id":"1"}`))}, nil
	})
	client, err := graph.New(graph.Options{
		Origin: "https://graph.microsoft.com", HTTP: httpclient.NewClient(httpclient.ClientOptions{Transport: transport}), Tokens: &tokens{current: "t"},
	})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, link string) {
		r, err := client.Follow(link, "next_page")
		if err != nil {
			wantFailure(t, err, failure.BadArgument)
			return
		}
		if _, err := client.Do(t.Context(), r); err != nil {
			t.Fatalf("%q was taken, and cannot be sent: %v", link, err)
		}
		u := (<-arrived).URL
		if u.Scheme != "https" || u.Host != "graph.microsoft.com" || u.User != nil ||
			!(strings.HasPrefix(u.Path, "/v1.0/") || strings.HasPrefix(u.Path, "/beta/")) {
			t.Errorf("%q leads to %s", link, u)
		}
	})
}
