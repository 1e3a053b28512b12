package handlers_test

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"

	"msgraph-user/internal/engine"
	"msgraph-user/internal/failure"
)

func TestTooManyUsersNeedAConfirmation(t *testing.T) {
	for _, c := range []struct {
		name    string
		users   int
		confirm any
		limit   any
		names   string // what the refusal is about; "" where it is none
	}{
		{"as many as the limit", 100, nil, nil, ""},
		{"one more", 101, nil, nil, "max_users"},
		{"confirmed", 101, 101, nil, ""},
		{"another number confirmed", 101, 100, nil, "max_users"},
		{"a limit of the instance", 3, nil, "2", "max_users"},
		{"a number confirmed below the limit has to be right too", 3, "2", nil, "max_users"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				far, params := &batchSide{}, instanceParams()
				if c.limit != nil {
					params["max_users"] = c.limit
				}
				args := map[string]any{"user": append(users(c.users), users(1)...)} // the first twice
				if c.confirm != nil {
					args["confirm"] = c.confirm
				}
				_, _, err := callMany(t, t.Context(), far, engine.Call{Command: "msgraph-user-account-disable", Args: args, Params: params})
				if c.names == "" {
					if err != nil || len(far.carried) != c.users {
						t.Errorf("%d done, %v", len(far.carried), err)
					}
					return
				}
				e, ok := errors.AsType[*failure.Error](err)
				if !ok || e.Parameter+e.Argument != c.names || far.batches > 0 {
					t.Errorf("%v, %d batches", err, far.batches)
				}
			})
		})
	}
}

func TestADryRunChangesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		far := &batchSide{}
		call := disabling(3)
		call.Args = map[string]any{"user": users(3), "dry_run": "true", "revoke_sessions": true}
		entries, _, err := callMany(t, t.Context(), far, call)
		if err != nil || far.batches > 0 {
			t.Fatalf("%v, %d batches", err, far.batches)
		}
		for _, part := range []string{"PATCH /v1.0/users/u0@contoso.example", "POST /v1.0/users/u2@contoso.example/revokeSignInSessions", "User.RevokeSessions.All"} {
			if !strings.Contains(entries[0].HumanReadable, part) {
				t.Errorf("%s\ndoes not say %s", entries[0].HumanReadable, part)
			}
		}
	})
}
