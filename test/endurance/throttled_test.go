package endurance_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"msgraph-user/emulator"
	"msgraph-user/emulator/company"
	"msgraph-user/handlers"
	"msgraph-user/internal/definition"
	"msgraph-user/internal/engine"
)

// counting counts what the items of batches are answered, and takes the time that
// a network takes.
type counting struct {
	next    http.RoundTripper
	latency time.Duration

	mu       sync.Mutex
	statuses map[int]int
}

func (c *counting) RoundTrip(r *http.Request) (*http.Response, error) {
	time.Sleep(c.latency)
	answer, err := c.next.RoundTrip(r)
	if err != nil || !strings.HasSuffix(r.URL.Path, "$batch") {
		return answer, err
	}
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return nil, err
	}
	answer.Body = io.NopCloser(bytes.NewReader(body))
	var batch struct{ Responses []struct{ Status int } }
	if err := json.Unmarshal(body, &batch); err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, item := range batch.Responses {
		c.statuses[item.Status]++
	}
	return answer, nil
}

// Ten thousand accounts are disabled at the rate that Microsoft documents for
// writes, 3,000 at once and then 20 a second, which are 350 s: in virtual time, at
// most a tenth more, and with few requests refused.
func TestTenThousandDisablesUnderThrottling(t *testing.T) {
	const people = 10_000
	synctest.Test(t, func(t *testing.T) {
		tenant, err := emulator.New(emulator.Options{Users: people + 100, Throttling: true, InProcess: true})
		if err != nil {
			t.Fatal(err)
		}
		defer tenant.Close()
		far := &counting{next: tenant.Transport(), latency: 50 * time.Millisecond, statuses: map[int]int{}}
		service := serviceOn(t, far)
		defer service.Close(context.Background())
		ids := madeUp(t, service, "")[:people]
		time.Sleep(time.Minute) // what the list cost is forgotten
		began := time.Now()
		entries, err := service.Run(t.Context(), engine.Call{Command: "msgraph-user-account-disable", Args: map[string]any{"user": ids, "confirm": len(ids)}})
		took := time.Since(began)
		if err != nil || len(entries) != 1 {
			t.Fatalf("%d entries, %v, %v", len(entries), err, entries[len(entries)-1].Contents)
		}
		t.Logf("%d users in %v, items by status %v", len(ids), took, far.statuses)
		if took > 385*time.Second {
			t.Errorf("took %v, at most 385 s", took)
		}
		if refused := far.statuses[http.StatusTooManyRequests]; refused*100 >= len(ids) {
			t.Errorf("%d of %d items were refused, less than 1 %% wanted", refused, len(ids))
		}
		if done := far.statuses[http.StatusNoContent]; done != len(ids) {
			t.Errorf("%d were done, want %d", done, len(ids))
		}
	})
}

// serviceOn runs commands on a practice tenant in this process.
func serviceOn(t testing.TB, tenant http.RoundTripper) *engine.Service {
	t.Helper()
	return engine.New(serviceOptions(t, tenant))
}

func serviceOptions(t testing.TB, tenant http.RoundTripper) engine.Options {
	t.Helper()
	defined := definition.Load()
	return engine.Options{Commands: handlers.Commands(), Definition: defined, Params: emulator.Parameters(""), InProcess: tenant}
}

// madeUp reads the ids of the people that no seed names and the filter lets through,
// page by page: nobody among them holds a role or is synchronized.
func madeUp(t testing.TB, service *engine.Service, filter string) []any {
	t.Helper()
	var ids []any
	for next := ""; ; {
		args := map[string]any{"properties": "id,userPrincipalName", "filter": filter}
		if next != "" {
			args["next_page"] = next
		}
		entries, err := service.Run(t.Context(), engine.Call{Command: "msgraph-user-list", Args: args})
		if err != nil {
			t.Fatal(err)
		}
		data, err := json.Marshal(entries[0].EntryContext["MSGraphUser"])
		if err != nil {
			t.Fatal(err)
		}
		var users []struct{ ID, UserPrincipalName, NextPage string }
		if err := json.Unmarshal(data, &users); err != nil {
			t.Fatal(err)
		}
		next = ""
		for _, user := range users {
			if user.ID != "" && !bytes.Contains(company.Seed(), []byte(user.UserPrincipalName)) {
				ids = append(ids, user.ID)
			}
			next += user.NextPage
		}
		if next == "" {
			return ids
		}
	}
}
