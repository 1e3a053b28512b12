package handlers_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"msgraph-user/internal/engine"
)

// What a person concludes from an answer is what happened.
func TestWhatAnAnswerSays(t *testing.T) {
	revoke := "POST https://graph.microsoft.com/v1.0/users/a@x.y/revokeSignInSessions"
	disabled := exchange{On: "PATCH https://graph.microsoft.com/v1.0/users/a@x.y", Status: http.StatusNoContent}
	not := exchange{On: revoke, Status: http.StatusOK, JSON: []byte(`{"value":false}`)}
	lost := exchange{On: revoke, Status: http.StatusGatewayTimeout, Repeat: true}
	created := exchange{On: "POST https://graph.microsoft.com/v1.0/users", Status: http.StatusCreated, JSON: []byte(`{"id":"1","userPrincipalName":"a@x.y"}`)}
	newUser := map[string]any{"account_enabled": "true", "display_name": "A", "mail_nickname": "a", "password": "Passw0rd-long", "user_principal_name": "a@x.y"}
	both := map[string]any{"user": "a@x.y", "revoke_sessions": "true"}
	for name, c := range map[string]struct {
		command   string
		args      map[string]any
		exchanges []exchange
		fails     bool
		says      string
	}{
		"no sessions revoked":           {"msgraph-user-session-revoke", map[string]any{"user": "a@x.y"}, []exchange{not}, true, "did not revoke"},
		"disabled, no sessions revoked": {"msgraph-user-account-disable", both, []exchange{disabled, not}, true, "disabled; sessions not revoked"},
		"disabled, and an answer lost":  {"msgraph-user-account-disable", both, []exchange{disabled, lost}, true, "disabled; whether the sessions were revoked is not known"},
		"an unknown property":           {"msgraph-user-get", map[string]any{"user": "a@x.y", "properties": "id,shoeSize"}, []exchange{answered("GET /users/a@x.y", `{"id":"1"}`)}, false, "no shoeSize"},
		"a list of an unknown property": {"msgraph-user-list", map[string]any{"properties": "shoeSize"}, []exchange{answered("GET /users", `{"value":[{}]}`)}, false, "no shoeSize"},
		"created, may not be read":      {"msgraph-user-create", newUser, []exchange{created, refusal("GET", "/users/a@x.y", 403, "Authorization_RequestDenied", "no")}, false, "could not be read back"},
		"created, and a read lost":      {"msgraph-user-create", newUser, []exchange{created, {On: "GET https://graph.microsoft.com/v1.0/users/a@x.y", Status: 503, Repeat: true}}, false, "could not be read back"},
	} {
		t.Run(name, func(t *testing.T) {
			var told strings.Builder
			entries, err := run(t, &farSide{exchanges: c.exchanges}, func(context.Context, time.Duration) error { return nil }, engine.Call{
				Command: c.command, Args: c.args, Params: instanceParams(), Advise: func(text string) { told.WriteString(text) },
			})
			if err != nil {
				told.WriteString(err.Error())
			}
			if (err != nil) != c.fails || !strings.Contains(told.String(), c.says) {
				t.Errorf("%+v, %v, told %s", entries, err, told.String())
			}
		})
	}
}
