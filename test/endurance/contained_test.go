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
	"msgraph-user/internal/containment"
	"msgraph-user/internal/engine"
	"msgraph-user/internal/xsoar"
)

const containedUsers = 1_000

// meter takes the time of a network and measures what a containment asks: how many
// items of mailboxes are under way at once, when risk was asked for, and how many
// writes the directory got.
type meter struct {
	next    http.RoundTripper
	latency time.Duration

	mu       sync.Mutex
	mailbox  int
	most     int
	risk     []time.Time
	writes   int
	refused  int
	mailSent int
}

type meteredItem struct{ ID, Method, URL string }

func (m *meter) RoundTrip(r *http.Request) (*http.Response, error) {
	items := m.began(r)
	time.Sleep(m.latency)
	answer, err := m.next.RoundTrip(r)
	if err == nil && items != nil {
		err = m.ended(items, answer)
	}
	return answer, err
}

// began counts the items of a batch that goes out; nil for another request.
func (m *meter) began(r *http.Request) []meteredItem {
	if !strings.HasSuffix(r.URL.Path, "$batch") {
		return nil
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	var batch struct{ Requests []meteredItem }
	if json.Unmarshal(body, &batch) != nil {
		return nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, item := range batch.Requests {
		switch {
		case strings.Contains(item.URL, "/mailFolders/"):
			m.mailbox++
			m.mailSent++
		case strings.Contains(item.URL, "/identityProtection/"):
			m.risk = append(m.risk, time.Now())
		}
	}
	m.most = max(m.most, m.mailbox)
	return batch.Requests
}

// ended counts how the items of a batch were answered.
func (m *meter) ended(items []meteredItem, answer *http.Response) error {
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return err
	}
	answer.Body = io.NopCloser(bytes.NewReader(body))
	var batch struct {
		Responses []struct {
			ID     string
			Status int
		}
	}
	if err := json.Unmarshal(body, &batch); err != nil {
		return err
	}
	status := map[string]int{}
	for _, response := range batch.Responses {
		status[response.ID] = response.Status
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, item := range items {
		switch {
		case strings.Contains(item.URL, "/mailFolders/"):
			m.mailbox--
		case strings.Contains(item.URL, "/identityProtection/"):
		case item.Method != http.MethodGet && status[item.ID] < http.StatusMultipleChoices:
			m.writes++
		}
		if status[item.ID] == http.StatusTooManyRequests {
			m.refused++
		}
	}
	return nil
}

// contain contains users and returns the run.
func contain(t *testing.T, tenant *emulator.Tenant, far *meter, ids []any) (result engine.ContainmentResult, entries []xsoar.Entry, took time.Duration) {
	t.Helper()
	far.next = tenant.Transport()
	service := containingServiceOn(t, far)
	defer service.Close(context.Background())
	began := time.Now()
	entries, err := service.Run(t.Context(), engine.Call{Command: "msgraph-user-contain", Args: map[string]any{"user": ids, "confirm": len(ids)}})
	took = time.Since(began)
	if err != nil {
		t.Fatal(err)
	}
	return entries[0].EntryContext[engine.ContainmentPath].(engine.ContainmentResult), entries, took
}

// checkContained holds each step to be done, and proven or unknown for a reason.
func checkContained(t *testing.T, result engine.ContainmentResult, users int) {
	t.Helper()
	contained := 0
	for _, user := range result.Users {
		if user.Contained != nil && *user.Contained {
			contained++
		}
	}
	if contained != users {
		t.Errorf("%d of %d users are contained", contained, users)
	}
	for _, step := range result.Steps {
		reason, isText := step.Proven.(string)
		if step.Status != engine.Succeeded || step.Proven != true && !(isText && strings.HasPrefix(reason, "unknown: ")) {
			t.Errorf("%+v", step)
			return
		}
	}
}

// A thousand users are contained in a minute on a far side that takes 50 ms and limits
// nothing: mailboxes are asked four at a time, and risk once a second, all the same.
func TestAThousandContainedInAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tenant, err := emulator.New(emulator.Options{Users: containedUsers + 100, InProcess: true})
		if err != nil {
			t.Fatal(err)
		}
		defer tenant.Close()
		listing := serviceOn(t, tenant.Transport())
		ids := madeUp(t, listing, "")[:containedUsers]
		listing.Close(context.Background())
		far := &meter{latency: 50 * time.Millisecond}
		result, entries, took := contain(t, tenant, far, ids)
		checkContained(t, result, containedUsers)
		t.Logf("%d users in %v: %d writes, %d requests of mailboxes, %d of risk, a file of %d bytes", len(ids), took, far.writes, far.mailSent, len(far.risk), len(entries[len(entries)-1].FileData))
		if took > time.Minute {
			t.Errorf("took %v, at most a minute", took)
		}
		if far.most > 4 {
			t.Errorf("%d requests of mailboxes were under way at once, at most 4", far.most)
		}
		for i := 1; i < len(far.risk); i++ {
			if apart := far.risk[i].Sub(far.risk[i-1]); apart < time.Second {
				t.Errorf("two requests about risk %v apart, a second wanted", apart)
			}
		}
	})
}

// Where the directory takes 3,000 writes at once and then 20 a second, a containment
// takes at most a tenth more than its writes.
func TestAThousandContainedUnderThrottling(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tenant, err := emulator.New(emulator.Options{Users: containedUsers + 100, Throttling: true, InProcess: true})
		if err != nil {
			t.Fatal(err)
		}
		defer tenant.Close()
		listing := serviceOn(t, tenant.Transport())
		ids := madeUp(t, listing, "")[:containedUsers]
		listing.Close(context.Background())
		time.Sleep(3 * time.Minute) // what the list cost is forgotten
		far := &meter{}
		result, _, took := contain(t, tenant, far, ids)
		checkContained(t, result, containedUsers)
		writes := time.Duration(max(0, far.writes-3000)) * time.Second / 20
		slowest := max(writes, time.Duration(len(far.risk))*time.Second)
		t.Logf("%d users in %v: %d writes, which take %v; %d requests of risk; %d items refused", len(ids), took, far.writes, writes, len(far.risk), far.refused)
		if took > slowest*11/10 {
			t.Errorf("took %v, at most 1.1 times %v", took, slowest)
		}
	})
}

// containingServiceOn is a service that keeps records in memory.
func containingServiceOn(t testing.TB, tenant http.RoundTripper) *engine.Service {
	t.Helper()
	options := serviceOptions(t, tenant)
	options.Records = containment.NewMemory()
	return engine.New(options)
}
