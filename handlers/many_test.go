package handlers_test

import (
	"context"
	"encoding/json"
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
	"msgraph-user/internal/xsoar"
)

func disabling(n int) engine.Call {
	return engine.Call{Command: "msgraph-user-account-disable", Args: map[string]any{"user": users(n), "confirm": n}}
}

// statuses counts the records of a call of many.
func statuses(t *testing.T, entries []xsoar.Entry, err error) map[engine.Status]int {
	t.Helper()
	var records []engine.Record
	if e, ok := errors.AsType[*failure.Error](err); ok {
		records, _ = e.Results.([]engine.Record)
	} else if len(entries) > 0 {
		records, _ = entries[0].EntryContext[engine.BulkPath].([]engine.Record)
	}
	if records == nil {
		t.Fatalf("no records in %+v, %v", entries, err)
	}
	counts := map[engine.Status]int{}
	for _, record := range records {
		counts[record.Status]++
	}
	return counts
}

func (s *batchSide) checkOnce(t *testing.T, want int) {
	t.Helper()
	if len(s.carried) != want {
		t.Errorf("%d requests were done, want %d", len(s.carried), want)
	}
	for request, n := range s.carried {
		if n != 1 {
			t.Errorf("%s was done %d times", request, n)
		}
	}
}

func TestAThousandAccountsInTwoSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		far := &batchSide{latency: 50 * time.Millisecond}
		entries, took, err := callMany(t, t.Context(), far, disabling(1000))
		if counts := statuses(t, entries, err); counts[engine.Succeeded] != 1000 {
			t.Errorf("%v, %v", counts, err)
		}
		far.checkOnce(t, 1000)
		if took > 2*time.Second || far.batches > 55 {
			t.Errorf("took %v in %d requests", took, far.batches)
		}
		if len(entries) != 1 {
			t.Errorf("%d entries where all succeeded", len(entries))
		}
	})
}

func TestAThousandAccountsBehindProtectedUsers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		far := &batchSide{latency: 50 * time.Millisecond, item: func(r graphtest.BatchItem) (int, map[string]string, string) {
			if r.Method != http.MethodGet {
				return http.StatusNoContent, nil, ""
			}
			name, _, _ := strings.Cut(strings.TrimPrefix(r.URL, "/users/"), "?")
			return http.StatusOK, nil, fmt.Sprintf(`{"id":"id-of-%s","userPrincipalName":%q,"mail":null,"otherMails":[],"proxyAddresses":[],"onPremisesUserPrincipalName":null}`, strings.ToLower(name), name)
		}}
		call := disabling(1000)
		call.Params = instanceParams()
		call.Params["protected_users"] = "u7@contoso.example"
		entries, took, err := callMany(t, t.Context(), far, call)
		counts := statuses(t, entries, err)
		if counts[engine.Succeeded] != 999 || counts[engine.Refused] != 1 || len(entries) != 2 || entries[1].Type != xsoar.Warning {
			t.Errorf("%v, %d entries, %v", counts, len(entries), err)
		}
		for request := range far.carried {
			if strings.HasPrefix(request, "PATCH") && !strings.Contains(request, "/users/id-of-") {
				t.Fatalf("%s goes to a name, not to what was looked at", request)
			}
		}
		if took > 4*time.Second || far.batches > 105 {
			t.Errorf("took %v in %d requests", took, far.batches)
		}
	})
}

// One item in ten is throttled, with and without a Retry-After: it waits by itself
// while others go on, and nothing is done twice.
func TestThrottledItemsAreSentAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := 0
		far := &batchSide{latency: 50 * time.Millisecond, reverse: true, item: func(graphtest.BatchItem) (int, map[string]string, string) {
			if n++; n%20 == 0 {
				return http.StatusTooManyRequests, map[string]string{"Retry-After": "2"}, `{"error":{"code":"TooManyRequests","message":"later"}}`
			} else if n%20 == 10 {
				return http.StatusTooManyRequests, nil, `{"error":{"code":"TooManyRequests","message":"later"}}`
			}
			return http.StatusNoContent, nil, ""
		}}
		entries, took, err := callMany(t, t.Context(), far, disabling(1000))
		if counts := statuses(t, entries, err); counts[engine.Succeeded] != 1000 {
			t.Errorf("%v, %v", counts, err)
		}
		far.checkOnce(t, 1000)
		if took > time.Minute {
			t.Errorf("took %v", took)
		}
	})
}

// Each failure is its own, whatever the others are.
func TestMixedOutcomes(t *testing.T) {
	answers := map[string]func() (int, string){
		"gone": func() (int, string) {
			return 404, `{"error":{"code":"Request_ResourceNotFound","message":"The specified user could not be found."}}`
		},
		"forbidden": func() (int, string) {
			return 403, `{"error":{"code":"Authorization_RequestDenied","message":"Insufficient privileges"}}`
		},
		"down": func() (int, string) { return 500, `{"error":{"code":"InternalServerError","message":"down"}}` },
		"well": func() (int, string) { return 204, "" },
	}
	for _, c := range []struct {
		name        string
		users       string
		handleError bool
		want        map[engine.Status]int
		fails       bool
	}{
		{"some of each", "well@contoso.example, gone@contoso.example,forbidden@contoso.example , down@contoso.example", true,
			map[engine.Status]int{engine.Succeeded: 1, engine.NotFound: 1, engine.Failed: 2}, false},
		{"unknown counts as failed", "well@contoso.example,gone@contoso.example", false,
			map[engine.Status]int{engine.Succeeded: 1, engine.Failed: 1}, false},
		{"all unknown, suppressed", "gone@contoso.example,gone@fabrikam.example", true,
			map[engine.Status]int{engine.NotFound: 2}, false},
		{"none", "forbidden@contoso.example,gone@contoso.example", true,
			map[engine.Status]int{engine.NotFound: 1, engine.Failed: 1}, true},
		{"a name twice in different forms", " Well@contoso.example\u200b,well@contoso.example,gone@contoso.example", true,
			map[engine.Status]int{engine.Succeeded: 1, engine.NotFound: 1}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				far := &batchSide{item: func(r graphtest.BatchItem) (int, map[string]string, string) {
					name, _, _ := strings.Cut(strings.TrimPrefix(r.URL, "/users/"), "@")
					status, body := answers[strings.ToLower(name)]()
					return status, nil, body
				}}
				params := instanceParams()
				params["handle_error"] = c.handleError
				entries, _, err := callMany(t, t.Context(), far, engine.Call{Command: "msgraph-user-account-disable", Args: map[string]any{"user": c.users}, Params: params})
				counts := statuses(t, entries, err)
				if fmt.Sprint(counts) != fmt.Sprint(c.want) || (err != nil) != c.fails {
					t.Errorf("got %v, %v", counts, err)
				}
			})
		})
	}
}

// A batch that is lost after it was done: what may be repeated is, the rest is in
// doubt and not sent again.
func TestABatchThatIsLostAfterItWasDone(t *testing.T) {
	for _, c := range []struct {
		command string
		status  engine.Status
		times   int
	}{
		{"msgraph-user-account-disable", engine.Succeeded, 2},
		{"msgraph-user-session-revoke", engine.Succeeded, 2},
	} {
		t.Run(c.command, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				far := &batchSide{whole: func(n int) (int, bool) {
					if n == 1 {
						return http.StatusGatewayTimeout, true
					}
					return 0, false
				}}
				entries, _, err := callMany(t, t.Context(), far, engine.Call{Command: c.command, Args: map[string]any{"user": users(3)}})
				if counts := statuses(t, entries, err); counts[c.status] != 3 {
					t.Errorf("%v, %v", counts, err)
				}
				for request, times := range far.carried {
					if times != c.times {
						t.Errorf("%s was done %d times", request, times)
					}
				}
			})
		})
	}
}

// An item that something between Graph and the service answers may have been done:
// what may be repeated is, the rest is in doubt and not sent again.
func TestAnItemThatIsUnsettled(t *testing.T) {
	for command, want := range map[string]engine.Status{
		"msgraph-user-account-disable":      engine.Succeeded,
		"msgraph-user-force-reset-password": engine.InDoubt,
	} {
		t.Run(command, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := 0
				far := &batchSide{item: func(graphtest.BatchItem) (int, map[string]string, string) {
					if n++; n <= 2 {
						return http.StatusGatewayTimeout, nil, `{"error":{"code":"GatewayTimeout","message":"no answer in time"}}`
					}
					return http.StatusNoContent, nil, ""
				}}
				entries, _, err := callMany(t, t.Context(), far, engine.Call{Command: command, Args: map[string]any{"user": users(2)}})
				if counts := statuses(t, entries, err); counts[want] != 2 {
					t.Errorf("%v, %v", counts, err)
				}
				if sent := n; want == engine.InDoubt && sent != 2 {
					t.Errorf("%d requests were sent", sent)
				}
			})
		})
	}
}

// A deletion whose first answer was lost counts as done where Graph then says that the
// user does not exist, and is in doubt where a 404 says nothing of the user.
func TestADeletionWhoseAnswerWasLost(t *testing.T) {
	for name, c := range map[string]struct {
		body string
		want engine.Status
	}{
		"Graph does not know the user": {`{"error":{"code":"Request_ResourceNotFound","message":"Resource does not exist."}}`, engine.Succeeded},
		"a web page":                   {`"<html>404</html>"`, engine.InDoubt},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tries := map[string]int{}
				far := &batchSide{item: func(r graphtest.BatchItem) (int, map[string]string, string) {
					if tries[r.URL]++; tries[r.URL] == 1 {
						return http.StatusGatewayTimeout, nil, ""
					}
					return http.StatusNotFound, nil, c.body
				}}
				ids := []any{"00000000-0000-0000-0000-000000000001", "00000000-0000-0000-0000-000000000002"}
				entries, _, err := callMany(t, t.Context(), far, engine.Call{Command: "msgraph-user-delete", Args: map[string]any{"user": ids}})
				if counts := statuses(t, entries, err); counts[c.want] != 2 {
					t.Errorf("%v, %v", counts, err)
				}
			})
		})
	}
}

// A call that is cancelled half way says what was done and what was not tried.
func TestCancelledHalfWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		far := &batchSide{latency: time.Second}
		ctx, cancel := context.WithTimeout(t.Context(), 2500*time.Millisecond)
		defer cancel()
		_, took, err := callMany(t, ctx, far, disabling(1000))
		counts := statuses(t, nil, err)
		if counts[engine.Succeeded] != 160 || counts[engine.InDoubt] != 80 || counts[engine.NotTried] != 760 {
			t.Errorf("%v", counts)
		}
		if e, _ := errors.AsType[*failure.Error](err); e.Kind != failure.Unreachable || !e.Timeout || took > 3*time.Second {
			t.Errorf("after %v: %v", took, err)
		}
	})
}

// Disabled, and then the sessions: where only the second half fails, the answer
// says so and is no success.
func TestDisabledButNotRevoked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		far := &batchSide{item: func(r graphtest.BatchItem) (int, map[string]string, string) {
			if strings.HasSuffix(r.URL, "revokeSignInSessions") {
				return 403, nil, `{"error":{"code":"Authorization_RequestDenied","message":"Insufficient privileges"}}`
			}
			return 204, nil, ""
		}}
		_, _, err := callMany(t, t.Context(), far, engine.Call{Command: "msgraph-user-account-disable", Args: map[string]any{"user": users(2), "revoke_sessions": "true"}})
		e, ok := errors.AsType[*failure.Error](err)
		if !ok || !strings.Contains(e.Message, "disabled; sessions not revoked") {
			t.Fatalf("got %v", err)
		}
		far.checkOnce(t, 2)
	})
}

// Many users who are read give the usual context for each.
func TestManyGroups(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		far := &batchSide{item: func(r graphtest.BatchItem) (int, map[string]string, string) {
			if strings.Contains(r.URL, "u1@") && !strings.Contains(r.URL, "skiptoken") {
				return 200, nil, `{"value":[{"id":"g-1"}],"@odata.nextLink":"https://graph.microsoft.com/v1.0` + r.URL + `?$skiptoken=2"}`
			}
			return 200, nil, `{"value":[{"id":"g-2"}]}`
		}}
		entries, _, err := callMany(t, t.Context(), far, engine.Call{Command: "msgraph-user-get-groups", Args: map[string]any{"user": users(2)}})
		if err != nil {
			t.Fatal(err)
		}
		data, _ := json.Marshal(entries[0].EntryContext)
		for _, part := range []string{`{"Groups":[{"ID":"g-2"}],"ID":"u0@contoso.example"}`, `{"Groups":[{"ID":"g-1"},{"ID":"g-2"}],"ID":"u1@contoso.example"}`, `"Command":"msgraph-user-get-groups"`} {
			if !strings.Contains(string(data), part) {
				t.Errorf("%s\nhas no %s", data, part)
			}
		}
	})
}

// A record says what happened to a user. What to do about it is advice of the call, told
// once for all.
func TestRecordsHoldNoAdvice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		far := &batchSide{item: func(r graphtest.BatchItem) (int, map[string]string, string) {
			if strings.Contains(r.URL, "u0@") {
				return 204, nil, ""
			}
			return 403, nil, `{"error":{"code":"Authorization_RequestDenied","message":"Insufficient privileges to complete the operation."}}`
		}}
		var advised []string
		var told []engine.Record
		call := disabling(5)
		call.Advise = func(text string) { advised = append(advised, text) }
		call.Record = func(record engine.Record, _ engine.Result) { told = append(told, record) }
		entries, _, err := callMany(t, t.Context(), far, call)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Count(strings.Join(advised, "\n"), "administrator role") != 1 {
			t.Errorf("advice %q", advised)
		}
		for _, record := range append(told, entries[0].EntryContext[engine.BulkPath].([]engine.Record)...) {
			if record.Status == engine.Failed && (!strings.HasSuffix(record.Message, "Insufficient privileges to complete the operation.") || strings.Contains(record.Message, "administrator role")) {
				t.Errorf("%s: %q", record.User, record.Message)
			}
		}
		_, _, err = callMany(t, t.Context(), &batchSide{item: func(graphtest.BatchItem) (int, map[string]string, string) {
			return 403, nil, `{"error":{"code":"Authorization_RequestDenied","message":"Insufficient privileges to complete the operation."}}`
		}}, disabling(3))
		if e := failure.Of(err); !strings.Contains(e.Advice, "administrator role") || strings.Contains(e.Results.([]engine.Record)[0].Message, "administrator role") {
			t.Errorf("%v", err)
		}
	})
}
