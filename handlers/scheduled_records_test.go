package handlers_test

import (
	"errors"
	"fmt"
	"maps"
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

// More users than a record has room for are refused, with the number, and nothing is
// sent.
func TestAListThatNoRecordHolds(t *testing.T) {
	far := &batchSide{}
	_, err := newLasting(t, far).once(t.Context(), disabling(1001))
	if e := failure.Of(err); e.Argument != "user" || !strings.Contains(e.Error(), "1000") || far.batches != 0 {
		t.Errorf("%v, %d batches", err, far.batches)
	}
}

// A record stays within 64 KiB, whatever becomes of a thousand users that were looked
// at.
func TestARecordOfAThousandUsers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		id := func(url string, kind byte) string { // 32 digits that nothing can compress
			sum := fmt.Sprintf("%x", []byte(fmt.Sprint(time.Duration(len(url))*7919, url, kind)))
			h := fmt.Sprintf("%032s", hash(sum))
			return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:32]
		}
		far := &batchSide{latency: 100 * time.Millisecond}
		far.item = func(r graphtest.BatchItem) (int, map[string]string, string) {
			user, _, _ := strings.Cut(strings.TrimPrefix(r.URL, "/users/"), "?")
			headers := map[string]string{"request-id": id(r.URL, 'r')}
			if r.Method == http.MethodGet {
				return 200, headers, fmt.Sprintf(`{"id":%q,"userPrincipalName":%q,"proxyAddresses":[]}`, id(user, 'i'), user)
			}
			return 400, headers, fmt.Sprintf(`{"error":{"code":"Request_BadRequest","message":"%s"}}`, strings.Repeat("No such thing as "+id(r.URL, 'm')+". ", 6))
		}
		platform := newLasting(t, far)
		call := disabling(1000)
		call.Params = instanceParams()
		call.Params["protected_users"] = "nobody@contoso.example"
		runs, err := platform.through(call)
		if counts := statuses(t, nil, err); counts[engine.Failed] != 1000 || len(runs) < 3 {
			t.Errorf("%v after %d runs", counts, len(runs))
		}
		if platform.largest > 64<<10 || platform.largest < 32<<10 {
			t.Errorf("the largest record has %d bytes", platform.largest)
		}
		t.Logf("%d runs, %d writes, the largest record has %d bytes", len(runs), platform.writes, platform.largest)
	})
}

// Another command, list or instance, and a record that is not there, are refused.
func TestARecordOfAnotherCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		far := &batchSide{latency: time.Second}
		far.item = accounts(far)
		platform := newLasting(t, far)
		entries, err := platform.once(t.Context(), disabling(accountsOfARun))
		if err != nil {
			t.Fatal(err)
		}
		own := entries[0].PollingArgs
		with := func(name string, value any) map[string]any {
			args := maps.Clone(own)
			args[name] = value
			return args
		}
		other := instanceParams()
		other["creds_tenant_id"] = map[string]any{"password": "99999999-2222-3333-4444-555555555555"}
		for name, call := range map[string]engine.Call{
			"another list":           {Command: "msgraph-user-account-disable", Args: with("user", users(accountsOfARun-1))},
			"another command":        {Command: "msgraph-user-unblock", Args: own},
			"another argument":       {Command: "msgraph-user-account-disable", Args: with("revoke_sessions", "true")},
			"another instance":       {Command: "msgraph-user-account-disable", Args: own, Params: other},
			"another instance name":  {Command: "msgraph-user-account-disable", Args: own, Instance: "other"},
			"no record":              {Command: "msgraph-user-account-disable", Args: with("polling_run", "x")},
			"a list of users":        {Command: "msgraph-user-list", Args: map[string]any{"limit": "all", "polling_run": own["polling_run"]}},
			"a call that is not one": {Command: "msgraph-user-account-disable", Args: map[string]any{"user": "u1@contoso.example", "polling_run": own["polling_run"]}},
		} {
			asked := far.batches
			_, err := platform.once(t.Context(), call)
			if e, ok := errors.AsType[*failure.Error](err); !ok || e.Argument != "polling_run" && e.Parameter == "" || far.batches != asked {
				t.Errorf("%s: %v, %d batches", name, err, far.batches-asked)
			}
		}
		if _, err := platform.through(engine.Call{Command: "msgraph-user-account-disable", Args: own}); err != nil {
			t.Errorf("the run itself: %v", err)
		}
	})
}

// A record that nobody goes on from is removed after a day, and an instance has eight at
// most: what was done is told then.
func TestRecordsThatAreLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		far := &batchSide{latency: time.Second}
		far.item = accounts(far)
		platform := newLasting(t, far)
		begin := func(n int) ([]xsoar.Entry, error) {
			call := disabling(accountsOfARun)
			call.Args["user"] = append(call.Args["user"].([]any), fmt.Sprintf("more%d@contoso.example", n))
			delete(call.Args, "confirm")
			call.Params = instanceParams()
			call.Params["max_users"] = "1000"
			return platform.once(t.Context(), call)
		}
		for n := range 8 {
			if entries, err := begin(n); err != nil || entries[0].PollingCommand == "" {
				t.Fatalf("run %d: %+v, %v", n, entries, err)
			}
		}
		_, err := begin(8)
		if counts := statuses(t, nil, err); counts[engine.Succeeded] == 0 || counts[engine.NotTried] == 0 || counts[""] != 0 {
			t.Errorf("the ninth: %v, %v", counts, err)
		}
		time.Sleep(25 * time.Hour) // of the test's own clock
		platform.value["valid_until"] = time.Now().Add(time.Hour).Unix()
		if entries, err := begin(9); err != nil || len(platform.value["scheduled_runs"].(map[string]any)) != 1 {
			t.Errorf("a day later: %+v, %v, %d records", entries, err, len(platform.value["scheduled_runs"].(map[string]any)))
		}
	})
}
