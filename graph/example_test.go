package graph_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"

	"msgraph-user/graph"
	"msgraph-user/internal/graphtest"
	"msgraph-user/internal/httpclient"
	"msgraph-user/internal/rawjson"
)

// A list is read page by page, as far as its reader wants.
func ExampleClient_Pages() {
	pages := map[string]string{
		"":  `{"value":[{"displayName":"Adele Vance"}],"@odata.nextLink":"https://graph.microsoft.com/v1.0/users?$skiptoken=2"}`,
		"2": `{"value":[{"displayName":"Megan Bowen"}]}`,
	}
	transport := graphtest.Transport(func(r *http.Request) (*http.Response, error) {
		body := pages[r.URL.Query().Get("$skiptoken")]
		return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body))}, nil
	})
	client, err := graph.New(graph.Options{
		Origin: "https://graph.microsoft.com",
		HTTP:   httpclient.NewClient(httpclient.ClientOptions{Transport: transport}),
		Tokens: &tokens{current: "a token"},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for page, err := range client.Pages(context.Background(), graph.ListUsers(graph.ListOptions{Select: "displayName"}), 0) {
		if err != nil {
			fmt.Println(err)
			return
		}
		for _, item := range page.Value {
			user, err := rawjson.ParseObject(item)
			fmt.Println(user.Text("displayName"), err)
		}
	}
	// Output:
	// Adele Vance <nil>
	// Megan Bowen <nil>
}

// An operation is a value: it can be looked at, and asked what it needs, before
// it is sent.
func ExampleRequest_Permissions() {
	r := graph.RevokeSignInSessions("adele@contoso.com")
	needs, _ := r.Permissions()
	fmt.Println(r.Method, r.Path)
	fmt.Println(needs.Application.Advised())
	// Output:
	// POST /users/adele@contoso.com/revokeSignInSessions
	// [User.RevokeSessions.All]
}
