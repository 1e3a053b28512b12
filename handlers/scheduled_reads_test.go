package handlers_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"msgraph-user/internal/contextdata"
	"msgraph-user/internal/engine"
	"msgraph-user/internal/graphtest"
	"msgraph-user/internal/xsoar"
)

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
