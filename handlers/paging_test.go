package handlers_test

import (
	"net/http"
	"testing"

	"msgraph-user/internal/failure"
)

// A page is of the list of one user: nothing is sent for another's.
func TestAPageBelongsToOneUser(t *testing.T) {
	for name, args := range map[string]map[string]any{
		"another user": {"user": "b@x.y"},
		"two users":    {"user": "a@x.y,b@x.y"},
	} {
		for command, list := range map[string]string{
			"msgraph-user-owned-devices-list": "ownedDevices", "msgraph-user-phone-method-list": "authentication/phoneMethods",
		} {
			far := &farSide{}
			args["next_page"] = "https://graph.microsoft.com/v1.0/users/a@x.y/" + list + "?$skiptoken=2"
			_, _, err := ask(t, far, command, args, instanceParams())
			if e := failure.Of(err); err == nil || e.Argument != "next_page" || len(far.seen()) > 0 {
				t.Errorf("%s, %s: %v", name, command, err)
			}
		}
	}
}

// The status of a reset is one that an operation has, in any letter case: any other ends
// the polling.
func TestStatusOfAReset(t *testing.T) {
	for status, want := range map[string]struct{ polls, fails bool }{
		`"Succeeded"`:     {},
		`"SUCCEEDED"`:     {},
		`"Running"`:       {polls: true},
		`"notStarted"`:    {polls: true},
		`"Failed"`:        {fails: true},
		`"Canceled"`:      {fails: true},
		`""`:              {fails: true},
		`null`:            {fails: true},
		`"somethingElse"`: {fails: true},
	} {
		far := &farSide{exchanges: []exchange{answered("GET /users/u/authentication/operations/op-1", `{"id":"op-1","status":`+status+`}`)}}
		entries, _, err := ask(t, far, "msgraph-user-change-password-on-premise",
			map[string]any{"user": "u", "polling_url": "https://graph.microsoft.com/v1.0/users/u/authentication/operations/op-1"}, instanceParams())
		if (err != nil) != want.fails || err == nil && (entries[0].PollingCommand != "") != want.polls {
			t.Errorf("%s: %+v, %v", status, entries, err)
		}
	}
	far := &farSide{exchanges: []exchange{{On: "GET https://graph.microsoft.com/v1.0/users/*", Status: http.StatusOK, JSON: []byte(`{"status":"succeeded"}`), Repeat: true}}}
	_, _, err := ask(t, far, "msgraph-user-change-password-on-premise", map[string]any{"user": "b@x.y", "polling_url": "https://graph.microsoft.com/v1.0/users/a@x.y/authentication/operations/op-1"}, instanceParams())
	if failure.Of(err).Argument != "polling_url" || len(far.seen()) > 0 {
		t.Errorf("another user's operation: %v", err)
	}
}
