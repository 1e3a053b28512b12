package container

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"msgraph-user/internal/engine"
	"msgraph-user/internal/xsoar"
)

// goThrough runs a command and what its entries schedule, and returns the entries of
// each run.
func (c *container) goThrough(command string, given args) (runs [][]map[string]any) {
	c.t.Helper()
	for range 100 {
		entries := c.run(newCall(command, given))
		runs = append(runs, entries)
		next, scheduled := entries[0]["PollingArgs"].(map[string]any)
		if !scheduled {
			return runs
		}
		if entries[0]["PollingCommand"] != command {
			c.t.Fatalf("%s schedules %v", command, entries[0]["PollingCommand"])
		}
		for _, name := range []string{"NextRun", "Timeout"} {
			if seconds, err := strconv.Atoi(fmt.Sprint(entries[0][name])); err != nil || seconds < 10 {
				c.t.Fatalf("%s is %v", name, entries[0][name])
			}
		}
		given = next
	}
	c.t.Fatal("the command is scheduled for ever")
	return nil
}

// A command that takes longer than a run goes on in the next ones, and ends as one that
// is not interrupted. A list hands over what each run has read. Each page takes longer than
// a run here, and so does what Graph asks to wait for after the first batch, however fast
// the machine is.
func TestContainersGoOnInLaterRuns(t *testing.T) {
	for loop, start := range loops {
		t.Run(loop, func(t *testing.T) {
			c := start(t, "MSGRAPH_USER_FLAGS=--emulator --faults latency=10ms --run-time 5ms")
			listed := c.goThrough("msgraph-user-list", args{"limit": "all", "page_size": "5", "properties": "id,userPrincipalName,accountEnabled"})
			var names []string
			ids := map[string]bool{}
			for _, run := range listed {
				users, _ := run[0]["Contents"].([]any)
				for _, user := range users {
					user := user.(map[string]any)
					if ids[user["id"].(string)] = true; user["accountEnabled"] == true {
						names = append(names, user["userPrincipalName"].(string))
					}
				}
			}
			if len(listed) != 13 || len(ids) != 62 {
				t.Fatalf("%d users in %d runs", len(ids), len(listed))
			}
			names = append(names, "nobody@larkspur.example")
			c = start(t, "MSGRAPH_USER_FLAGS=--emulator --run-time 100ms --fault-script "+throttledFirst(t))
			disable := args{"user": strings.Join(names, ","), "confirm": strconv.Itoa(len(names))}
			changed := c.goThrough("msgraph-user-account-disable", disable)
			last := changed[len(changed)-1]
			if len(changed) < 2 || len(last) != 2 || typeOf(last[1]) != xsoar.Warning {
				t.Fatalf("%d runs, the last with %d entries", len(changed), len(last))
			}
			if want, got := outcomesIn(start(t).run(newCall("msgraph-user-account-disable", disable))), outcomesIn(last); !cmp.Equal(want, got) {
				t.Errorf("several runs and one call differ: %s", cmp.Diff(want, got))
			}
			if c.context["scheduled_runs"] != nil {
				t.Errorf("a record is left: %v", slices.Collect(maps.Keys(c.context["scheduled_runs"].(map[string]any))))
			}
		})
	}
}

// throttledFirst is a script of faults that throttles the first batch for a second.
func throttledFirst(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "faults.yml")
	if err := os.WriteFile(path, []byte("- {on: POST /v1.0/$batch, nth: 1, do: throttle, retry-after: 1}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// outcomesIn are the entries without what no two calls share.
func outcomesIn(entries []map[string]any) []map[string]any {
	for _, entry := range entries {
		records, _ := entry["Contents"].([]any)
		context, _ := entry["EntryContext"].(map[string]any)
		inContext, _ := context[engine.BulkPath].([]any)
		for _, record := range append(records, inContext...) {
			record.(map[string]any)["RequestId"] = ""
		}
	}
	return entries
}

// What a command leaves for the time after its answer is done before the platform sends
// the next one, however late that comes.
func TestContainersRememberAfterTheAnswer(t *testing.T) {
	for loop, start := range loops {
		t.Run(loop, func(t *testing.T) {
			c := start(t)
			c.run(newCall("msgraph-user-list-changes", args{"remember": "nightly"}))
			links, _ := c.context["delta_links"].(map[string]any)
			if links["nightly"] == nil {
				t.Fatalf("the context holds %v", slices.Collect(maps.Keys(c.context)))
			}
			again := c.run(newCall("msgraph-user-list-changes", args{"remember": "nightly"}))
			if users, _ := again[0]["Contents"].([]any); len(users) != 0 {
				t.Errorf("%d users changed since", len(users))
			}
		})
	}
}
