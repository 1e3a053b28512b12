package handlers_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"msgraph-user/internal/engine"
	"msgraph-user/internal/graphtest"
)

// BenchmarkGet measures what a call costs besides JSON-RPC and the network: from the
// call to its entry, against a Graph that answers at once.
func BenchmarkGet(b *testing.B) {
	const user = `{"@odata.context":"https://graph.microsoft.com/v1.0/$metadata#users/$entity","id":"87d349ed-44d7-43e1-9a83-5f2406dee5bd",` +
		`"displayName":"Adele Vance","jobTitle":"Retail Manager","businessPhones":["+1 425 555 0109"],"mail":"AdeleV@contoso.com","mobilePhone":null}`
	service := newService(b, graphtest.Transport(func(r *http.Request) (*http.Response, error) {
		if strings.HasSuffix(r.URL.Path, "/oauth2/v2.0/token") {
			return graphtest.Answer(r, http.StatusOK, `{"access_token":"t","expires_in":86400}`), nil
		}
		return graphtest.Answer(r, http.StatusOK, user), nil
	}), engine.Options{})
	params := instanceParams()
	b.ReportAllocs()
	for b.Loop() {
		entries, err := service.Run(b.Context(), engine.Call{
			Command: "msgraph-user-get", Args: map[string]any{"user": "AdeleV@contoso.com"}, Params: params, Instance: "entra", Timeout: time.Minute,
		})
		if err != nil || len(entries) != 1 {
			b.Fatalf("%v, %v", entries, err)
		}
	}
}
