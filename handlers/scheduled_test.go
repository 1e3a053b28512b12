package handlers_test

import (
	"cmp"
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
	"msgraph-user/internal/contextdata"
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

// Users that are read over several runs are handed over by each; the last one says what
// became of all.
func TestAReadOfManyGoesOnInLaterRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		far := &batchSide{latency: time.Second}
		far.item = func(r graphtest.BatchItem) (int, map[string]string, string) {
			user, _, _ := strings.Cut(strings.TrimPrefix(r.URL, "/users/"), "?")
			if strings.HasPrefix(user, "u13@") {
				return 404, nil, `{"error":{"code":"Request_ResourceNotFound","message":"Resource 'u13@contoso.example' does not exist."}}`
			}
			return 200, nil, fmt.Sprintf(`{"id":%q,"userPrincipalName":%q}`, "id-"+user, user)
		}
		call := engine.Call{Command: "msgraph-user-get", Args: map[string]any{"user": users(300)}}
		whole, _, err := callMany(t, t.Context(), far, call)
		if err != nil {
			t.Fatal(err)
		}
		runs, err := newLasting(t, far).through(call)
		if err != nil || len(runs) < 3 {
			t.Fatalf("%d runs, %v", len(runs), err)
		}
		last := runs[len(runs)-1]
		if diff := gocmp.Diff(whole[0].Contents, last[0].Contents); diff != "" || len(last) != len(whole) || last[1].Type != xsoar.Warning {
			t.Errorf("the last run tells otherwise: %s", diff)
		}
		if want, got := contextOf(t, whole), contextOf(t, runs...); want != got {
			t.Errorf("the context is %.500s\nwant %.500s", got, want)
		}
	})
}

// contextOf is what the platform's context holds of users after the entries of runs.
func contextOf(t *testing.T, runs ...[]xsoar.Entry) string {
	t.Helper()
	var data contextdata.Data
	for _, entries := range runs {
		for _, entry := range entries {
			text, err := json.Marshal(entry)
			if err == nil {
				var read xsoar.Entry
				if err = json.Unmarshal(text, &read); err == nil {
					err = data.Add(read)
				}
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	value, _, err := data.Get("MSGraphUser.ID")
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprint(value)
}

func hash(text string) string {
	h := uint64(14695981039346656037)
	var out string
	for round := range 2 {
		for _, c := range []byte(text + strconv.Itoa(round)) {
			h = (h ^ uint64(c)) * 1099511628211
		}
		out += fmt.Sprintf("%016x", h)
	}
	return out
}

// pagedSide is a Graph whose users come page by page.
type pagedSide struct {
	pages   int
	path    string
	latency time.Duration
	asked   []string
	expired string // the page that Graph does not know any more
}

func (s *pagedSide) RoundTrip(r *http.Request) (*http.Response, error) {
	time.Sleep(s.latency)
	page := cmp.Or(r.URL.Query().Get("$skiptoken"), r.URL.Query().Get("$deltatoken"), "0")
	s.asked = append(s.asked, page)
	if page == s.expired {
		s.expired = ""
		return graphtest.Answer(r, http.StatusGone, `{"error":{"code":"syncStateNotFound","message":"gone"}}`), nil
	}
	n, _ := strconv.Atoi(page)
	link := fmt.Sprintf(`"@odata.nextLink":"https://graph.microsoft.com/v1.0/%s?$skiptoken=%d"`, s.path, n+1)
	if n == s.pages-1 {
		link = fmt.Sprintf(`"@odata.deltaLink":"https://graph.microsoft.com/v1.0/%s?$deltatoken=%d"`, s.path, 100)
	}
	return graphtest.Answer(r, http.StatusOK, fmt.Sprintf(`{"value":[{"id":"u%d"},{"id":"v%d"}],%s}`, n, n, link)), nil
}

// A list that is read to its end goes on from its next page; each run hands over what it
// read.
func TestAListGoesOnInLaterRuns(t *testing.T) {
	for command, path := range map[string]string{"msgraph-user-list": "users", "msgraph-user-list-changes": "users/delta"} {
		t.Run(command, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				far := &pagedSide{pages: 10, path: path, latency: time.Second}
				platform := newLasting(t, far)
				platform.runTime = 2 * time.Second
				call := engine.Call{Command: command, Args: map[string]any{"limit": "all"}}
				if command == "msgraph-user-list-changes" {
					call.Args = map[string]any{"remember": "nightly"}
				}
				runs, err := platform.through(call)
				if err != nil || len(runs) != 5 || len(far.asked) != 10 {
					t.Fatalf("%d runs, %v, pages %v", len(runs), err, far.asked)
				}
				want := "["
				for n := range 10 {
					want += fmt.Sprintf("u%d v%d ", n, n)
				}
				if got := contextOf(t, runs...); got != strings.TrimSpace(want)+"]" {
					t.Errorf("the context has %s", got)
				}
				for n, run := range runs[:4] {
					if run[0].EntryContext["MSGraphUserChanges"] != nil {
						t.Errorf("run %d has a link to changes", n)
					}
				}
				if platform.value["scheduled_runs"] != nil {
					t.Error("the record is still there")
				}
				links, _ := platform.value["delta_links"].(map[string]any)
				if link := fmt.Sprint(links["nightly"]); command == "msgraph-user-list-changes" && !strings.HasSuffix(link, "$deltatoken=100") {
					t.Errorf("the link is %s", link)
				}
			})
		})
	}
}

// A container that dies after a part was handed over, and before that is noted, hands it
// over again: nothing is missed. A page that Graph has forgotten begins the list again.
func TestAListIsReadAtLeastOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		far := &pagedSide{pages: 10, path: "users/delta", latency: time.Second}
		platform := newLasting(t, far)
		platform.runTime = 2 * time.Second
		call := engine.Call{Command: "msgraph-user-list-changes", Args: map[string]any{"remember": "nightly"}}
		first, err := platform.once(t.Context(), call)
		if err != nil {
			t.Fatal(err)
		}
		next := platform.scheduled(call, first)
		before := maps.Clone(platform.value)
		if _, err := platform.once(t.Context(), next); err != nil {
			t.Fatal(err)
		}
		platform.value = before // what the container noted is lost
		far.asked = nil
		if runs, err := platform.through(next); err != nil || far.asked[0] != "2" || len(runs) != 4 {
			t.Errorf("%v: goes on with %v", err, far.asked)
		}

		far.asked, far.expired = nil, "4"
		platform.value["delta_links"] = nil
		if _, err := platform.through(call); err != nil || strings.Join(far.asked, "") != "01234"+"0123456789" {
			t.Errorf("%v, pages %v", err, far.asked)
		}
	})
}
