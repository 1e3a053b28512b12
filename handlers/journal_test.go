package handlers_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"msgraph-user/internal/engine"
	"msgraph-user/internal/failure"
	"msgraph-user/internal/graphtest"
	"msgraph-user/internal/journal"
	"msgraph-user/internal/xsoar"
)

// accountsOfARun fill five batches.
const accountsOfARun = 100

// kept is a journal that outlives a process, without a disk.
type kept struct{ notes []engine.Note }

func (k *kept) Begin(string) ([]engine.Note, error) { return k.notes, nil }

func (k *kept) Write(notes []engine.Note) error {
	k.notes = append(k.notes, notes...)
	return nil
}

// mortal is a journal of a process that dies: from then on nothing reaches the disk.
type mortal struct {
	engine.Journal
	dead atomic.Bool
}

func (m *mortal) Write(notes []engine.Note) error {
	if m.dead.Load() {
		return errors.New("the process is dead")
	}
	return m.Journal.Write(notes)
}

// accounts is a Graph whose accounts can be disabled and looked at.
func accounts(far *batchSide) func(graphtest.BatchItem) (int, map[string]string, string) {
	disabled := map[string]bool{}
	return func(r graphtest.BatchItem) (int, map[string]string, string) {
		user, _, _ := strings.Cut(strings.TrimPrefix(r.URL, "/users/"), "?")
		if r.Method == http.MethodGet {
			return http.StatusOK, nil, fmt.Sprintf(`{"id":"x","accountEnabled":%v}`, !disabled[user])
		}
		disabled[user] = true
		return http.StatusNoContent, nil, ""
	}
}

// A run that dies at any batch, before or after the batch is done, goes on with the
// same journal: nothing is done twice and nothing is missed.
func TestARunGoesOnAfterADeath(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		deaths := rapid.SliceOfN(rapid.IntRange(1, 3), 0, 2).Draw(rt, "batches before each death")
		done := rapid.Bool().Draw(rt, "the last batch is done before the death")
		book := &kept{}
		synctest.Test(t, func(t *testing.T) {
			far := &batchSide{latency: time.Second}
			far.item = accounts(far)
			for _, batches := range deaths {
				runUntilDeath(t, far, book, batches, done)
			}
			far.whole = nil
			entries, _, err := callMany(t, t.Context(), far, journaled(book))
			if counts := statuses(t, entries, err); counts[engine.Succeeded] != accountsOfARun {
				t.Errorf("%v, %v", counts, err)
			}
			changes := 0
			for request, times := range far.carried {
				if strings.HasPrefix(request, "PATCH") {
					if changes++; times != 1 {
						t.Errorf("%s was done %d times", request, times)
					}
				}
			}
			if changes != accountsOfARun {
				t.Errorf("%d accounts were disabled", changes)
			}
			asked := far.batches
			if _, _, err := callMany(t, t.Context(), far, journaled(book)); err != nil || far.batches != asked {
				t.Errorf("a run of which all is done sends %d batches, %v", far.batches-asked, err)
			}
		})
	})
}

// runUntilDeath runs until so many batches arrived, and then dies.
func runUntilDeath(t *testing.T, far *batchSide, book *kept, batches int, done bool) {
	t.Helper()
	ctx, die := context.WithCancel(t.Context())
	defer die()
	m := &mortal{Journal: book}
	begin := far.batches
	far.whole = func(n int) (int, bool) {
		if n-begin < batches {
			return 0, false
		}
		m.dead.Store(true)
		die()
		return http.StatusGatewayTimeout, done
	}
	_, _, _ = callMany(t, ctx, far, journaled(m))
}

// journaled is the call with a journal.
func journaled(j engine.Journal) engine.Call {
	call := disabling(accountsOfARun)
	call.Journal = j
	return call
}

// withJournal runs a call with the journal at path, behind m where it is not nil.
func withJournal(t *testing.T, ctx context.Context, far *batchSide, path string, m *mortal, call engine.Call) (entries []xsoar.Entry, took time.Duration, err error) {
	t.Helper()
	file, err := journal.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	call.Journal = file
	if m != nil {
		m.Journal, call.Journal = file, m
	}
	return callMany(t, ctx, far, call)
}

// A run that goes on right after a death waits before it looks: a request of the dead
// process may arrive late. One that goes on later does not.
func TestARunLooksOnlyWhenNothingCanArriveAnyMore(t *testing.T) {
	for name, c := range map[string]struct{ after, waits time.Duration }{
		"at once":             {0, 10 * time.Second},
		"after a few seconds": {7 * time.Second, 3 * time.Second},
		"after a minute":      {time.Minute, 0},
		"the clock went back": {-time.Hour, 10 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				late := time.Now().Add(5 * time.Second)
				far := &batchSide{item: func(r graphtest.BatchItem) (int, map[string]string, string) {
					if r.Method == http.MethodGet {
						return http.StatusOK, nil, fmt.Sprintf(`{"id":"x","accountEnabled":%v}`, time.Now().Before(late))
					}
					return http.StatusNoContent, nil, ""
				}}
				book := &kept{}
				m := &mortal{Journal: book}
				ctx, die := context.WithCancel(t.Context())
				far.whole = func(int) (int, bool) { m.dead.Store(true); die(); return http.StatusGatewayTimeout, true }
				call := disabling(20)
				call.Journal = m
				_, _, _ = callMany(t, ctx, far, call)
				far.whole = nil
				if c.after < 0 {
					for i := range book.notes {
						book.notes[i].Time = book.notes[i].Time.Add(-c.after)
					}
				}
				time.Sleep(max(c.after, 0)) // of the test's own clock
				call.Journal = book
				entries, took, err := callMany(t, t.Context(), far, call)
				if counts := statuses(t, entries, err); counts[engine.Succeeded] != 20 || took != c.waits {
					t.Errorf("%v after %v, %v", counts, took, err)
				}
				for request, times := range far.carried {
					if strings.HasPrefix(request, "PATCH") && times != 1 {
						t.Errorf("%s was done %d times", request, times)
					}
				}
			})
		})
	}
}

// What was sent and has no answer, and cannot be looked up, is in doubt: it is told
// and not repeated.
func TestAnUnansweredChangeThatNoReadShows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		far := &batchSide{}
		path := filepath.Join(t.TempDir(), "journal")
		call := engine.Call{Command: "msgraph-user-force-reset-password", Args: map[string]any{"user": users(3)}}
		ctx, die := context.WithCancel(t.Context())
		m := &mortal{}
		far.whole = func(int) (int, bool) { m.dead.Store(true); die(); return http.StatusGatewayTimeout, true }
		_, _, _ = withJournal(t, ctx, far, path, m, call)
		far.whole = nil
		_, _, err := withJournal(t, t.Context(), far, path, nil, call)
		if counts := statuses(t, nil, err); counts[engine.InDoubt] != 3 {
			t.Errorf("%v, %v", counts, err)
		}
		far.checkOnce(t, 3)
	})
}

// Another command, list or instance is refused with that journal.
func TestAJournalOfAnotherChange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		far := &batchSide{}
		path := filepath.Join(t.TempDir(), "journal")
		if _, _, err := withJournal(t, t.Context(), far, path, nil, disabling(3)); err != nil {
			t.Fatal(err)
		}
		other := disabling(3)
		other.Params = instanceParams()
		other.Params["creds_tenant_id"] = map[string]any{"password": "99999999-2222-3333-4444-555555555555"}
		for name, call := range map[string]engine.Call{
			"another list":     disabling(4),
			"another command":  {Command: "msgraph-user-unblock", Args: map[string]any{"user": users(3)}},
			"another instance": other,
		} {
			asked := far.batches
			_, _, err := withJournal(t, t.Context(), far, path, nil, call)
			if e, ok := errors.AsType[*failure.Error](err); !ok || !strings.Contains(e.Message, "another command, list or instance") || far.batches != asked {
				t.Errorf("%s: %v, %d batches", name, err, far.batches-asked)
			}
		}
	})
}

// Rows are runs of their own: each with its arguments, its error and its number.
func TestRows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		far := &batchSide{item: func(r graphtest.BatchItem) (int, map[string]string, string) {
			if r.Method == http.MethodGet {
				return 200, nil, `{"id":"x","department":"Ops"}`
			}
			if strings.Contains(r.URL, "gone") {
				return 404, nil, `{"error":{"code":"Request_ResourceNotFound","message":"Resource 'gone@contoso.example' does not exist."}}`
			}
			return 204, nil, ""
		}}
		entries, _, err := callMany(t, t.Context(), far, engine.Call{Command: "msgraph-user-update", Rows: []engine.Row{
			{Args: map[string]any{"user": "a@contoso.example", "updated_fields": map[string]any{"department": "Ops"}}},
			{Args: map[string]any{"user": "gone@contoso.example", "updated_fields": map[string]any{"department": "Ops"}}},
			{Args: map[string]any{"user": "b@contoso.example"}},
			{Args: map[string]any{"user": []any{"c@contoso.example,d@contoso.example"}, "updated_fields": map[string]any{"department": "x,accountEnabled=false"}}},
		}})
		if err != nil {
			t.Fatal(err)
		}
		var told []string
		for _, record := range entries[0].EntryContext[engine.BulkPath].([]engine.Record) {
			told = append(told, fmt.Sprintf("%d %s", record.Row, record.Status))
			if want := []string{"a@contoso.example", "gone@contoso.example", "b@contoso.example", "c@contoso.example,d@contoso.example"}[record.Row-1]; record.User != want {
				t.Errorf("row %d is told as %q, want %q", record.Row, record.User, want)
			}
			if record.Status != engine.Succeeded && !strings.Contains(record.Message, fmt.Sprintf("row %d", record.Row)) {
				t.Errorf("row %d says %q", record.Row, record.Message)
			}
		}
		if got := strings.Join(told, ", "); got != "1 succeeded, 2 notFound, 3 failed, 4 failed" {
			t.Errorf("got %s", got)
		}
		for request := range far.carried {
			if strings.HasPrefix(request, "PATCH /users/c@") {
				t.Errorf("the value of a column became a user, or two: %s", request)
			}
		}
	})
}
