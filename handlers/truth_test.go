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

const unknownUser = `{"error":{"code":"Request_ResourceNotFound","message":"Resource '%s' does not exist or one of its queried reference-property objects are not present."}}`

// A change of which a part was made is never told as "not found" or "not tried".
func TestAPartOfAChangeIsTold(t *testing.T) {
	const user = "u0@contoso.example"
	for _, c := range []struct {
		name, command string
		args          map[string]any
		later         string // what the refused request has in its address
		says          string
	}{
		{"disabled, and the user is gone before the revocation", "msgraph-user-account-disable", map[string]any{"revoke_sessions": "true"}, "revokeSignInSessions", "disabled; sessions not revoked"},
		{"updated, and gone before it is read back", "msgraph-user-update", map[string]any{"updated_fields": "jobTitle=x"}, "$select", "was updated"},
	} {
		t.Run(c.name, func(t *testing.T) {
			gone := fmt.Sprintf(unknownUser, user)
			far := &farSide{exchanges: []exchange{
				{On: "PATCH https://graph.microsoft.com/v1.0/users/" + user, Status: 204},
				{On: "POST https://graph.microsoft.com/v1.0/users/*", Status: 404, JSON: []byte(gone)},
				{On: "GET https://graph.microsoft.com/v1.0/users/*", Status: 404, JSON: []byte(gone), Repeat: true},
			}}
			args := map[string]any{"user": user}
			for name, value := range c.args {
				args[name] = value
			}
			entries, _, err := ask(t, far, c.command, args, instanceParams())
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %+v, %v", entries, err)
			}
		})
	}
}

func TestAPartOfAChangeOfManyIsTold(t *testing.T) {
	for name, answer := range map[string]func() (int, map[string]string, string){
		"unknown at the second step": func() (int, map[string]string, string) {
			return 404, nil, fmt.Sprintf(unknownUser, "u0@contoso.example")
		},
		"throttled until the time is up": func() (int, map[string]string, string) {
			return 429, map[string]string{"Retry-After": "60"}, `{"error":{"code":"TooManyRequests","message":"later"}}`
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				far := &batchSide{item: func(r graphtest.BatchItem) (int, map[string]string, string) {
					if strings.HasSuffix(r.URL, "revokeSignInSessions") {
						return answer()
					}
					return http.StatusNoContent, nil, ""
				}}
				call := engine.Call{Command: "msgraph-user-account-disable", Timeout: 2 * time.Second, Args: map[string]any{"user": users(2), "revoke_sessions": true}}
				_, _, err := callMany(t, t.Context(), far, call)
				if counts := statuses(t, nil, err); counts[engine.Failed] == 0 || counts[engine.NotTried]+counts[engine.NotFound] > 0 {
					t.Errorf("%v, %v", counts, err)
				}
			})
		})
	}
}

// With a confirmation, one user is answered to the letter as without.
func TestOneConfirmedUserIsAnsweredAsWithout(t *testing.T) {
	far := &farSide{exchanges: []exchange{{On: "PATCH https://graph.microsoft.com/v1.0/users/*", Status: 204}}}
	entries, _, err := ask(t, far, "msgraph-user-account-disable", map[string]any{"user": "a@contoso.example", "confirm": 1}, instanceParams())
	if err != nil || entries[0].HumanReadable != `user: "a@contoso.example" account has been disabled successfully.` {
		t.Errorf("%+v, %v", entries, err)
	}
	_, _, err = ask(t, &farSide{}, "msgraph-user-account-disable", map[string]any{"user": "a@contoso.example", "confirm": 2}, instanceParams())
	if e, ok := errors.AsType[*failure.Error](err); !ok || e.Parameter != "max_users" {
		t.Errorf("another number: %v", err)
	}
}

// A name that no user can have is its own answer: it denies nobody else.
func TestAnOddNameAmongMany(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		far := &batchSide{item: func(r graphtest.BatchItem) (int, map[string]string, string) {
			if strings.Contains(r.URL, "%2A") && !strings.HasPrefix(r.URL, "/users/real") {
				return 400, nil, `{"error":{"code":"BadRequest","message":"Bad request. Please fix the request before retrying."}}`
			}
			return 403, nil, `{"error":{"code":"Authorization_RequestDenied","message":"Insufficient privileges"}}`
		}}
		_, _, err := callMany(t, t.Context(), far, engine.Call{Command: "msgraph-user-get", Args: map[string]any{"user": []any{"a*b@x.example", "real@x.example"}}})
		if counts := statuses(t, nil, err); counts[engine.NotFound] != 1 || counts[engine.Failed] != 1 {
			t.Errorf("%v, %v", counts, err)
		}
	})
}

// A manager who is unknown says nothing of the users.
func TestAnUnknownManagerOfMany(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		far := &batchSide{item: func(graphtest.BatchItem) (int, map[string]string, string) {
			return 404, nil, fmt.Sprintf(unknownUser, "nobody@contoso.example")
		}}
		_, _, err := callMany(t, t.Context(), far, engine.Call{Command: "msgraph-user-assign-manager", Args: map[string]any{"user": users(2), "manager": "nobody@contoso.example"}})
		if counts := statuses(t, nil, err); counts[engine.Failed] != 2 {
			t.Errorf("%v, %v", counts, err)
		}
	})
}

// brokenJournal takes the first notes and none after.
type brokenJournal struct{ writes int }

func (*brokenJournal) Begin(string) ([]engine.Note, error) { return nil, nil }

func (b *brokenJournal) Write([]engine.Note) error {
	if b.writes++; b.writes > 2 {
		return errors.New("no space left")
	}
	return nil
}

// Where the journal cannot be written, nothing more is sent and the error says so,
// also while throttled requests wait.
func TestAJournalThatCannotBeWritten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		far := &batchSide{latency: time.Second, item: func(graphtest.BatchItem) (int, map[string]string, string) {
			return 429, map[string]string{"Retry-After": "1"}, `{"error":{"code":"TooManyRequests","message":"later"}}`
		}}
		call := disabling(90)
		call.Journal = &brokenJournal{}
		_, took, err := callMany(t, t.Context(), far, call)
		if err == nil || !strings.Contains(err.Error(), "journal cannot be written") || took > time.Minute || far.batches > 2 {
			t.Errorf("after %v and %d batches: %v", took, far.batches, err)
		}
	})
}

// The time that ends while protected users are looked up is told for each user.
func TestTheTimeEndsDuringTheLook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		far := &batchSide{latency: time.Hour}
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		call := disabling(3)
		call.Params = instanceParams()
		call.Params["protected_users"] = "ceo@contoso.example"
		_, _, err := callMany(t, ctx, far, call)
		if counts := statuses(t, nil, err); counts[engine.NotTried] != 3 {
			t.Errorf("%v, %v", counts, err)
		}
	})
}

// A user who cannot be told from a protected one is not changed.
func TestNamesThatCannotBeCompared(t *testing.T) {
	for name, user := range map[string]string{
		"addresses as a text":     `{"id":"1","userPrincipalName":"a@x.example","proxyAddresses":"SMTP:ceo@contoso.example"}`,
		"addresses as objects":    `{"id":"1","userPrincipalName":"a@x.example","proxyAddresses":[{"address":"ceo@contoso.example"}]}`,
		"an empty id":             `{"id":"","userPrincipalName":"a@x.example","proxyAddresses":[]}`,
		"an id that is a number":  `{"id":1,"userPrincipalName":"a@x.example","proxyAddresses":[]}`,
		"a name that is withheld": `{"id":"1","userPrincipalName":null,"proxyAddresses":[]}`,
	} {
		t.Run(name, func(t *testing.T) {
			params := instanceParams()
			params["protected_users"] = "ceo@contoso.example"
			far := &farSide{exchanges: []exchange{{On: "GET https://graph.microsoft.com/v1.0/users/*", Status: 200, JSON: []byte(user)}}}
			_, _, err := ask(t, far, "msgraph-user-account-disable", map[string]any{"user": "a@x.example"}, params)
			if e, ok := errors.AsType[*failure.Error](err); !ok || e.Parameter != "protected_users" || len(far.seen()) != 1 {
				t.Errorf("%v, asked %v", err, far.seen())
			}
		})
	}
}

// Two rows that change one user go one after the other, in the order of the file.
func TestRowsOfOneUserKeepTheirOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var order []string
		far := &batchSide{latency: time.Second, item: func(r graphtest.BatchItem) (int, map[string]string, string) {
			if r.Method == http.MethodGet {
				return 200, nil, `{"id":"x","jobTitle":"x"}`
			}
			order = append(order, string(r.Body))
			return 204, nil, ""
		}}
		var rows []engine.Row
		for _, title := range []string{"first", "second", "third"} {
			rows = append(rows, engine.Row{Args: map[string]any{"user": "A@contoso.example", "updated_fields": map[string]any{"jobTitle": title}}})
			rows = append(rows, engine.Row{Args: map[string]any{"user": "b-" + title + "@contoso.example", "updated_fields": map[string]any{"jobTitle": "other"}}})
		}
		if _, _, err := callMany(t, t.Context(), far, engine.Call{Command: "msgraph-user-update", Rows: rows}); err != nil {
			t.Fatal(err)
		}
		var titles []string
		for _, body := range order {
			if !strings.Contains(body, "other") {
				titles = append(titles, body)
			}
		}
		if got := strings.Join(titles, ""); got != `{"jobTitle":"first"}{"jobTitle":"second"}{"jobTitle":"third"}` || far.batches < 6 {
			t.Errorf("%s in %d batches", got, far.batches)
		}
	})
}

// Two names of one user are one user: done once, and counted once.
func TestTwoNamesOfOneUser(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		far := &batchSide{item: func(r graphtest.BatchItem) (int, map[string]string, string) {
			if r.Method == http.MethodGet {
				return 200, nil, `{"id":"id-1","userPrincipalName":"a@contoso.example","proxyAddresses":[],"otherMails":[],"mail":null,"onPremisesUserPrincipalName":null}`
			}
			return 204, nil, ""
		}}
		call := engine.Call{Command: "msgraph-user-account-disable", Args: map[string]any{"user": "a@contoso.example,id-1", "confirm": 1}, Params: instanceParams()}
		call.Params["protected_users"] = "ceo@contoso.example"
		entries, _, err := callMany(t, t.Context(), far, call)
		if counts := statuses(t, entries, err); counts[engine.Succeeded] != 1 || far.carried["PATCH /users/id-1"] != 1 {
			t.Errorf("%v, %v, %v", counts, far.carried, err)
		}
	})
}

// What is in doubt stays so, whatever the further try is answered.
func TestDoubtIsKept(t *testing.T) {
	for name, c := range map[string]struct {
		second int
		body   string
		want   engine.Status
	}{
		"refused at the further try": {403, `{"error":{"code":"Authorization_RequestDenied","message":"Insufficient privileges"}}`, engine.InDoubt},
		"done at the further try":    {204, "", engine.Succeeded},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := 0
				far := &batchSide{item: func(graphtest.BatchItem) (int, map[string]string, string) {
					if n++; n <= 2 {
						return 504, nil, `{"error":{"code":"GatewayTimeout","message":"no answer in time"}}`
					}
					return c.second, nil, c.body
				}}
				entries, _, err := callMany(t, t.Context(), far, engine.Call{Command: "msgraph-user-account-disable", Args: map[string]any{"user": users(2)}})
				if counts := statuses(t, entries, err); counts[c.want] != 2 {
					t.Errorf("%v, %v", counts, err)
				}
			})
		})
	}
}

// Advice about a user of many reaches the caller.
func TestAdviceOfMany(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		far := &batchSide{item: func(graphtest.BatchItem) (int, map[string]string, string) {
			return 200, nil, `{"value":[{"@odata.type":"#microsoft.graph.group","id":"1","displayName":null}]}`
		}}
		var advice []string
		call := engine.Call{Command: "msgraph-user-get-groups", Args: map[string]any{"user": users(2)}, Advise: func(text string) { advice = append(advice, text) }}
		if _, _, err := callMany(t, t.Context(), far, call); err != nil || !strings.Contains(strings.Join(advice, ""), "Directory.Read.All") {
			t.Errorf("advice %q, %v", advice, err)
		}
	})
}

// A user who was made a moment ago is waited for, among many as alone.
func TestANewUserAmongMany(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := 0
		far := &newUserSide{batchSide: batchSide{item: func(r graphtest.BatchItem) (int, map[string]string, string) {
			if n++; strings.Contains(r.URL, "new@") && n < 4 {
				return 404, nil, fmt.Sprintf(unknownUser, "new@contoso.example")
			}
			return 204, nil, ""
		}}}
		service := newService(t, far, engine.Options{})
		defer service.Close(context.Background())
		store := withToken(time.Now().Add(time.Hour).Unix())
		for _, call := range []engine.Call{
			{Command: "msgraph-user-create", Args: map[string]any{"display_name": "N", "mail_nickname": "new", "password": "S3cret-Pa55", "user_principal_name": "new@contoso.example"}},
			{Command: "msgraph-user-account-disable", Args: map[string]any{"user": "new@contoso.example,old@contoso.example"}},
		} {
			call.Params, call.Store = instanceParams(), store
			entries, err := service.Run(t.Context(), call)
			if err != nil || len(entries) != 1 {
				t.Errorf("%s: %+v, %v", call.Command, entries, err)
			}
		}
	})
}
