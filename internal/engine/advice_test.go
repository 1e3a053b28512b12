package engine

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"msgraph-user/graph"
	"msgraph-user/internal/failure"
)

const permission = "It needs the application permission User.ReadWrite.All."

// What helps follows from the cause that a service names. Other services behind
// Graph answer with their own 400, 401 and 403, which Graph's permissions do not
// explain.
func TestAdviceFollowsTheCause(t *testing.T) {
	update := func(body string) graph.Request { return graph.UpdateUser(adele, json.RawMessage(body)) }
	list := func(filter string) graph.Request { return graph.ListUsers(graph.ListOptions{Filter: filter}) }
	for _, c := range []struct {
		name          string
		request       graph.Request
		status        int
		code, message string
		says          string
		explains      bool // with Graph's permission too
	}{
		{"a 401 of a back end for one property", graph.GetUser(adele, "displayName,mySite"), 401, "UnknownError", "Access denied.", "refused one of displayName,mySite", false},
		{"a 401 of Graph about the token", graph.GetUser(adele, "mySite"), 401, "InvalidAuthenticationToken", "Access token has expired.", "", true},
		{"a property that SharePoint holds", update(`{"aboutMe":"x"}`), 403, "-1, Microsoft.Office.Server.Directory.DirectoryObjectUnauthorizedAccessException", "Attempted to perform an unauthorized operation.", "Sites.ReadWrite.All", false},
		{"a pass for a user that the policy does not cover", graph.CreateTemporaryAccessPass(adele, graph.TemporaryAccessPassSettings{}), 403, "accessDenied", "Converged UserCredentialPolicy does not allow creating or updating this authentication method. AuthMethodType [TemporaryAccessPass].", "Authentication methods, Policies", false},
		{"the default method", graph.DeleteMethod(graph.Phone, adele, "p-1"), 400, "badRequest", "The requested authentication method id of [p-1] matches the user's current default authentication method, and cannot be deleted until the default authentication method is changed", "mysecurityinfo", false},
		{"the default method, in other words", graph.DeleteMethod(graph.Phone, adele, "p-1"), 400, "badRequest", "Cannot delete default method with other methods configured. Please change default method before deletion.", "mysecurityinfo", false},
		{"a property that Exchange holds", update(`{"mobilePhone":"1"}`), 400, "Request_BadRequest", "Unable to update the specified properties for objects that have originated within an external service.", "Exchange admin center", false},
		{"extensionAttribute at the top level", update(`{"extensionAttribute3":"x"}`), 400, "Request_BadRequest", "Invalid property 'extensionAttribute3'.", "onPremisesExtensionAttributes", true},
		{"an empty text where null is meant", update(`{"jobTitle":""}`), 400, "Request_BadRequest", "Invalid value specified for property 'jobTitle' of resource 'User'.", "write null", true},
		{"a boolean in quotes", list("accountEnabled eq 'true'"), 400, "Request_BadRequest", "A binary operator with incompatible types was detected.", "without quotes", true},
		{"a date in quotes", list("createdDateTime ge '2026-01-01'"), 400, "Request_BadRequest", "A binary operator with incompatible types was detected.", "without quotes", true},
		{"a single apostrophe in a text", list("displayName eq 'O'Brien'"), 400, "BadRequest", "Invalid filter clause: There is an unterminated string literal.", "O''Brien", true},
		{"a page link that has expired", list(""), 400, "Directory_ExpiredPageToken", "The specified page token value has expired and can no longer be included in your request.", "without next_page", false},
		{"an administrator as the target", update(`{"accountEnabled":false}`), 403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.", "Privileged Authentication Administrator", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			inv := invocation(t, Command{Target: "user"}, map[string]any{"user": adele})
			err := inv.explain(c.request, &failure.Error{Kind: failure.Refused, Status: c.status, Code: c.code, Message: c.message, Advice: permission})
			e, _ := errors.AsType[*failure.Error](err)
			if !strings.Contains(e.Advice, c.says) {
				t.Errorf("advises %q, which does not say %q", e.Advice, c.says)
			}
			if strings.Contains(e.Advice, permission) != c.explains {
				t.Errorf("advises %q; with Graph's permission: %v wanted", e.Advice, c.explains)
			}
		})
	}
}
