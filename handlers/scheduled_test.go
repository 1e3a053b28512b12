package handlers_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"msgraph-user/handlers"
	"msgraph-user/internal/definition"
	"msgraph-user/internal/engine"
	"msgraph-user/internal/failure"
	"msgraph-user/internal/graphtest"
	"msgraph-user/internal/xsoar"
)

// lasting is a platform: it keeps the integration context, and runs what an entry
// schedules.
type lasting struct {
	contextStore
	t       testing.TB
	defined *definition.Integration
	far     http.RoundTripper
	runTime time.Duration
	dead    atomic.Bool // the container: nothing it says is heard
	writes  int         // of records
	largest int
}

func newLasting(t testing.TB, far http.RoundTripper) *lasting {
	return &lasting{t: t, defined: loadDefinition(t), far: far, runTime: time.Second, contextStore: contextStore{value: map[string]any{
		"access_token": "cached-token", "valid_until": time.Now().Add(time.Hour * 24).Unix(), "other": "kept"}}}
}

func (l *lasting) SetIntegrationContext(ctx context.Context, instance string, value map[string]any) error {
	if l.dead.Load() {
		return errors.New("the container is dead")
	}
	before, _ := json.Marshal(l.value["scheduled_runs"])
	after, err := json.Marshal(value["scheduled_runs"])
	if err != nil {
		return err
	}
	if string(before) != string(after) {
		l.writes++
		l.largest = max(l.largest, len(after))
	}
	return l.contextStore.SetIntegrationContext(ctx, instance, value)
}

// once runs a command in a container of its own.
func (l *lasting) once(ctx context.Context, call engine.Call) ([]xsoar.Entry, error) {
	l.t.Helper()
	service := engine.New(engine.Options{Commands: handlers.Commands(), Definition: l.defined, InProcess: l.far, RunTime: l.runTime})
	call.Store, call.Scheduled = l, true
	if call.Params == nil {
		call.Params = instanceParams()
	}
	var after []func(context.Context) error
	call.After = func(do func(context.Context) error) { after = append(after, do) }
	entries, err := service.Run(ctx, call)
	for _, do := range after {
		if err == nil && !l.dead.Load() {
			if err := do(ctx); err != nil {
				l.t.Error(err)
			}
		}
	}
	if err := service.Close(context.Background()); err != nil && !l.dead.Load() {
		l.t.Error(err)
	}
	return entries, err
}

// through runs a call until nothing is scheduled any more, and returns the entries of
// each run.
func (l *lasting) through(call engine.Call) (runs [][]xsoar.Entry, err error) {
	l.t.Helper()
	for range 200 {
		var entries []xsoar.Entry
		if entries, err = l.once(l.t.Context(), call); err != nil {
			return runs, err
		}
		runs = append(runs, entries)
		if call = l.scheduled(call, entries); call.Args == nil {
			return runs, nil
		}
	}
	l.t.Fatal("the command is scheduled for ever")
	return nil, nil
}

// scheduled waits for the run that entries ask for, and returns its call; one without
// arguments where they ask for none.
func (l *lasting) scheduled(call engine.Call, entries []xsoar.Entry) engine.Call {
	l.t.Helper()
	first := entries[0]
	if first.PollingCommand == "" {
		call.Args = nil
		return call
	}
	seconds, err := strconv.Atoi(first.NextRun)
	if err != nil || first.PollingCommand != call.Command || first.Timeout == "" {
		l.t.Fatalf("%q in %q of %q", first.PollingCommand, first.NextRun, first.Timeout)
	}
	time.Sleep(time.Duration(seconds) * time.Second) // of the test's own clock
	call.Args = first.PollingArgs
	return call
}

// mixed is a Graph on which one in ten accounts is unknown, one may not be changed, and
// one is throttled at first.
func mixed(far *batchSide) func(graphtest.BatchItem) (int, map[string]string, string) {
	answer, throttled := accounts(far), map[string]bool{}
	return func(r graphtest.BatchItem) (int, map[string]string, string) {
		user, _, _ := strings.Cut(strings.TrimPrefix(r.URL, "/users/u"), "@")
		number, _ := strconv.Atoi(user)
		headers := map[string]string{"request-id": "00000000-0000-0000-0000-" + fmt.Sprintf("%012d", number)}
		if r.Method == http.MethodGet {
			return answer(r)
		}
		switch number % 10 {
		case 3:
			return 404, headers, fmt.Sprintf(`{"error":{"code":"Request_ResourceNotFound","message":"Resource 'u%d@contoso.example' does not exist."}}`, number)
		case 7:
			return 403, headers, `{"error":{"code":"Authorization_RequestDenied","message":"Insufficient privileges to complete the operation."}}`
		case 5:
			if !throttled[r.URL] {
				throttled[r.URL] = true
				return 429, map[string]string{"Retry-After": "3"}, `{"error":{"code":"TooManyRequests","message":"slowly"}}`
			}
		}
		status, _, body := answer(r)
		return status, headers, body
	}
}

// A change of many that goes on in later runs ends as one that nobody interrupts, and
// leaves no record. A container that dies in a later run is followed by one that does
// nothing twice and misses nothing.
func TestAChangeOfManyGoesOnInLaterRuns(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		deaths := rapid.SliceOfN(rapid.IntRange(1, 3), 0, 3).Draw(rt, "batches before each death")
		done := rapid.Bool().Draw(rt, "the last batch is done before the death")
		synctest.Test(t, func(t *testing.T) {
			whole := &batchSide{latency: time.Second}
			whole.item = mixed(whole)
			want, _, err := callMany(t, t.Context(), whole, disabling(accountsOfARun))
			if err != nil {
				t.Fatal(err)
			}
			far := &batchSide{latency: time.Second}
			far.item = mixed(far)
			platform := newLasting(t, far)
			call := disabling(accountsOfARun)
			entries, err := platform.once(t.Context(), call)
			if err != nil || entries[0].PollingCommand == "" {
				t.Fatalf("the first run: %+v, %v", entries, err)
			}
			for _, batches := range deaths {
				next := platform.scheduled(call, entries)
				if next.Args == nil {
					break
				}
				var died bool
				if entries, died = platform.dieIn(far, next, batches, done); died {
					entries, err = platform.once(t.Context(), next)
				}
				if err != nil {
					t.Fatal(err)
				}
			}
			if next := platform.scheduled(call, entries); next.Args != nil {
				runs, err := platform.through(next)
				if err != nil {
					t.Fatal(err)
				}
				entries = runs[len(runs)-1]
			}
			if len(deaths) > 0 { // a look has another request id than the change
				want, entries = withoutRequestIDs(want), withoutRequestIDs(entries)
			}
			if diff := gocmp.Diff(want, entries); diff != "" {
				t.Errorf("the last run ends otherwise than one uninterrupted call:\n%s", diff)
			}
			changed := maps.Clone(far.carried)
			maps.DeleteFunc(changed, func(request string, _ int) bool { return !strings.HasPrefix(request, "PATCH") })
			for request, times := range changed {
				if times != 1 {
					t.Errorf("%s was done %d times", request, times)
				}
			}
			if len(changed) != accountsOfARun*8/10 {
				t.Errorf("%d accounts were disabled", len(changed))
			}
			if platform.value["scheduled_runs"] != nil || platform.value["other"] != "kept" {
				t.Errorf("the integration context holds %v", platform.value)
			}
		})
	})
}

// dieIn runs a call in a container that dies when so many batches have arrived, and
// reports whether it did.
func (l *lasting) dieIn(far *batchSide, call engine.Call, batches int, done bool) (entries []xsoar.Entry, died bool) {
	ctx, die := context.WithCancel(l.t.Context())
	defer die()
	begin := far.batches
	far.whole = func(n int) (int, bool) {
		if n-begin < batches {
			return 0, false
		}
		l.dead.Store(true)
		die()
		return http.StatusGatewayTimeout, done
	}
	entries, err := l.once(ctx, call)
	died = l.dead.Swap(false)
	if far.whole = nil; err != nil && !died {
		l.t.Fatal(err)
	}
	return entries, died
}

func withoutRequestIDs(entries []xsoar.Entry) []xsoar.Entry {
	for i, entry := range entries {
		records, _ := entry.Contents.([]engine.Record)
		for n := range records {
			records[n].RequestID = ""
		}
		entries[i].Contents = entry.Contents
	}
	return entries
}

// A list that ends within the first run is answered at once, and no record is kept.
func TestAShortListNeedsNoRecord(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		far := &batchSide{latency: 50 * time.Millisecond}
		platform := newLasting(t, far)
		entries, err := platform.once(t.Context(), disabling(100))
		if counts := statuses(t, entries, err); counts[engine.Succeeded] != 100 || platform.writes != 0 {
			t.Errorf("%v, %v, %d writes", counts, err, platform.writes)
		}
	})
}

// A call of which nothing succeeds fails in its last run as it does in one.
func TestTheLastRunFailsAsOneCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		refusing := func(graphtest.BatchItem) (int, map[string]string, string) {
			return 403, nil, `{"error":{"code":"Authorization_RequestDenied","message":"Insufficient privileges to complete the operation."}}`
		}
		_, _, want := callMany(t, t.Context(), &batchSide{latency: time.Second, item: refusing}, disabling(accountsOfARun))
		platform := newLasting(t, &batchSide{latency: time.Second, item: refusing})
		runs, got := platform.through(disabling(accountsOfARun))
		if len(runs) == 0 || got == nil || failure.Of(got).Error() != failure.Of(want).Error() || failure.KindOf(got) != failure.KindOf(want) ||
			!gocmp.Equal(failure.Of(got).Results, failure.Of(want).Results) {
			t.Errorf("after %d runs %v, want %v", len(runs), got, want)
		}
		if platform.value["scheduled_runs"] != nil {
			t.Error("the record is still there")
		}
	})
}
