package handlers_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"msgraph-user/internal/engine"
	"msgraph-user/internal/failure"
	"msgraph-user/internal/graphtest"
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
			if name == "two users" && list != "ownedDevices" {
				continue // it takes one user
			}
			far := &farSide{}
			args["next_page"] = "https://graph.microsoft.com/v1.0/users/a@x.y/" + list + "?$skiptoken=2"
			_, _, err := ask(t, far, command, args, instanceParams())
			// phone-method-list takes one user, so that a list of them is refused before.
			if e := failure.Of(err); err == nil || e.Argument != "next_page" && !strings.HasPrefix(e.Message, "user holds") || len(far.seen()) > 0 {
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

// A next link that Graph must not give ends a list with Graph's fault, in the single form
// and in bulk alike.
func TestNextLinksThatAreGraphsFault(t *testing.T) {
	const here = "https://graph.microsoft.com/v1.0/users/a@x.y/registeredDevices"
	for name, next := range map[string]string{
		"another host":           `"https://elsewhere.example/v1.0/users/a@x.y/registeredDevices?$skiptoken=2"`,
		"another user":           `"https://graph.microsoft.com/v1.0/users/c@x.y/registeredDevices?$skiptoken=2"`,
		"a number":               `2`,
		"an object":              `{}`,
		"the first, by and by":   `"` + here + `?$skiptoken=%d"`,
		"the same path for ever": `"` + here + `"`,
	} {
		t.Run(name, func(t *testing.T) {
			asked := 0
			page := func() string {
				asked++
				link := next
				if strings.Contains(next, "%d") {
					link = fmt.Sprintf(next, asked%2)
				}
				return `{"value":[],"@odata.nextLink":` + link + `}`
			}
			check := func(form string, err error) {
				if e, ok := errors.AsType[*failure.Error](err); !ok || e.Kind != failure.Refused || e.Argument != "" || asked > 10 {
					t.Errorf("%s: after %d requests: %v", form, asked, err)
				}
			}
			single := graphtest.Transport(func(r *http.Request) (*http.Response, error) { return graphtest.Answer(r, http.StatusOK, page()), nil })
			call := engine.Call{Command: "msgraph-user-devices-list", Args: map[string]any{"user": "a@x.y"}}
			_, _, err := callMany(t, t.Context(), single, call)
			check("single", err)
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				asked = 0
				far := &batchSide{latency: time.Millisecond, item: func(graphtest.BatchItem) (int, map[string]string, string) { return http.StatusOK, nil, page() }}
				call.Rows = []engine.Row{{Args: map[string]any{"user": "a@x.y"}}}
				call.Args = nil
				_, _, err = callMany(t, ctx, far, call)
				check("bulk", err)
			})
		})
	}
}
