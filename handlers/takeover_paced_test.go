package handlers_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"msgraph-user/internal/engine"
	"msgraph-user/internal/graphtest"
)

// Many who are confirmed go in few requests, one a second.
func TestRiskOfManyIsConfirmedTogether(t *testing.T) {
	for _, c := range []struct {
		name     string
		refuse   string // the id of a user for which Graph refuses the request
		requests int
		failed   int
	}{
		{"all", "", 3, 0},
		{"but one that Graph refuses", "id-7@", 3 + 60, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				requests, named := 0, map[string]int{}
				var last time.Time
				far := &batchSide{latency: 10 * time.Millisecond, item: func(r graphtest.BatchItem) (int, map[string]string, string) {
					if r.Method == http.MethodGet {
						name, _, _ := strings.Cut(strings.TrimPrefix(r.URL, "/users/u"), "?")
						return 200, nil, fmt.Sprintf(`{"id":"id-%s","userPrincipalName":"u%s"}`, name, name)
					}
					if !last.IsZero() && time.Since(last) < 900*time.Millisecond {
						t.Errorf("%v after the last", time.Since(last))
					}
					requests, last = requests+1, time.Now()
					var body struct{ UserIDs []string }
					_ = json.Unmarshal(r.Body, &body)
					if slices.ContainsFunc(body.UserIDs, func(id string) bool { return c.refuse != "" && strings.HasPrefix(id, c.refuse) }) {
						return 400, nil, `{"error":{"code":"BadRequest","message":"a user is unknown"}}`
					}
					for _, id := range body.UserIDs {
						named[id]++
					}
					return 204, nil, ""
				}}
				entries, _, err := callMany(t, t.Context(), far, engine.Call{Command: "msgraph-user-risk-confirm", Args: map[string]any{"user": users(130), "confirm": 130}})
				counts := statuses(t, entries, err)
				if counts[engine.Succeeded] != 130-c.failed || counts[engine.Failed] != c.failed || len(named) != 130-c.failed || requests != c.requests {
					t.Errorf("%v in %d requests, %d users", counts, requests, len(named))
				}
				for id, n := range named {
					if n != 1 {
						t.Errorf("%s was named %d times", id, n)
					}
				}
			})
		})
	}
}

// The logs take five requests in ten seconds.
func TestLogsArePaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var at []time.Time
		far := &batchSide{item: func(r graphtest.BatchItem) (int, map[string]string, string) {
			if strings.HasPrefix(r.URL, "/users/") {
				name, _, _ := strings.Cut(strings.TrimPrefix(r.URL, "/users/"), "?")
				return 200, nil, fmt.Sprintf(`{"id":"id-%s"}`, name)
			}
			at = append(at, time.Now())
			return 200, nil, `{"value":[{"id":"s"}]}`
		}}
		entries, took, err := callMany(t, t.Context(), far, engine.Call{Command: "msgraph-user-sign-ins-list", Args: map[string]any{"user": users(12)}})
		if counts := statuses(t, entries, err); counts[engine.Succeeded] != 12 || len(at) != 12 {
			t.Fatalf("%v, %v", counts, err)
		}
		for i := range at {
			if i >= 5 && at[i].Sub(at[i-5]) < 10*time.Second {
				t.Errorf("six within %v", at[i].Sub(at[i-5]))
			}
		}
		if took > 21*time.Second {
			t.Errorf("took %v", took)
		}
	})
}
