package graph_test

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"msgraph-user/graph"
	"msgraph-user/internal/rawjson"
)

// A request that was recorded is sent as the first one was.
func TestARecordedRequestIsTheSameRequest(t *testing.T) {
	for _, r := range []graph.Request{
		graph.SetAccountEnabled("7b0d7a36-5f0e-4a9c-9d39-6b7d3ce0a001", true),
		graph.GetUser("guest_home.example#EXT#@contoso.example", "id,accountEnabled"),
		graph.ListRoleAssignments("7b0d7a36-5f0e-4a9c-9d39-6b7d3ce0a001"),
		graph.DeleteMethod(graph.Phone, "7b0d7a36-5f0e-4a9c-9d39-6b7d3ce0a001", "3179e48a-750b-4051-897c-87b9720928f7"),
		graph.RemoveGroupMember("8b0d7a36-5f0e-4a9c-9d39-6b7d3ce0a001", "7b0d7a36-5f0e-4a9c-9d39-6b7d3ce0a001"),
	} {
		var body any
		if r.Body != nil {
			encoded, err := rawjson.Marshal(r.Body)
			if err != nil {
				t.Fatal(err)
			}
			body, r.Body = string(encoded), string(encoded)
		}
		again, err := graph.Recorded(r.Method, r.Template, r.Target(), body)
		if err != nil {
			t.Errorf("%s %s: %v", r.Method, r.Target(), err)
			continue
		}
		if body != nil {
			again.Repeatable = r.Repeatable // the test's body is text
		}
		if diff := cmp.Diff(r, again, cmpopts.IgnoreUnexported(graph.Request{}), cmpopts.IgnoreFields(graph.Request{}, "Header")); diff != "" {
			t.Errorf("%s %s (-made +recorded):\n%s", r.Method, r.Target(), diff)
		}
	}
}

func TestWhatIsNoRecordedRequest(t *testing.T) {
	const template = "/users/{user}"
	for name, target := range map[string]string{
		"another operation":   "/v1.0/users/adele/manager",
		"another version":     "/v2.0/users/adele",
		"no version":          "/users/adele",
		"another host":        "https://attacker.example/v1.0/users/adele",
		"a direction":         "/v1.0/users/..",
		"an escaped one":      "/v1.0/users/%2e%2e",
		"one within":          "/v1.0/users/x%2f..%2fadele",
		"a fragment":          "/v1.0/users/adele#x",
		"a query out of form": "/v1.0/users/adele?%zz",
		"nothing":             "",
	} {
		if _, err := graph.Recorded(http.MethodGet, template, target, nil); err == nil {
			t.Errorf("%s: %q was taken for a request of %s", name, target, template)
		}
	}
}
