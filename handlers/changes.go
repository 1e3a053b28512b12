package handlers

import (
	"context"
	"net/http"
	"strings"

	"msgraph-user/graph"
	"msgraph-user/internal/engine"
	"msgraph-user/internal/failure"
	"msgraph-user/internal/rawjson"
	"msgraph-user/internal/xsoar"
)

const (
	changesPath = "MSGraphUserChanges"
	// deltaLinks is the member of the integration context that keeps links by name.
	deltaLinks = "delta_links"
)

// listChanges reads the users that changed since a link, or all users where there
// is none, to the end.
func listChanges(inv *engine.Invocation) ([]engine.Step, error) {
	name, link := inv.Args.Text("remember"), inv.Args.Text("delta_link")
	first := engine.Step{Request: graph.UserDelta(changeProperties(inv)), Read: engine.Stream}
	if name == "" && link == "" {
		return []engine.Step{first}, nil
	}
	since := first
	since.Lookup = func(ctx context.Context) (graph.Request, error) {
		if link == "" {
			var err error
			if link, err = inv.Remembered(ctx, deltaLinks, name); err != nil || link == "" {
				return first.Request, err
			}
		}
		return inv.Graph().Continue(first.Request, link, "delta_link")
	}
	since.Instead = func(e *failure.Error) []engine.Step {
		if !expired(e) {
			return nil
		}
		again := first
		again.Advice = "The link to the changes has expired: Graph keeps it for seven days. All users are listed, as on the first run."
		return []engine.Step{again}
	}
	return []engine.Step{since}, nil
}

// expired reports whether Graph has forgotten the state that a link names
// (https://learn.microsoft.com/graph/delta-query-overview).
func expired(e *failure.Error) bool {
	return e.Status == http.StatusGone || e.Status == http.StatusBadRequest && strings.EqualFold(e.Code, "syncStateNotFound")
}

// changeProperties are the properties that are shown of a changed user.
func changeProperties(inv *engine.Invocation) string {
	if !inv.Args.Has("properties") {
		return listProperties + ",userPrincipalName"
	}
	return deltaProperties(inv)
}

func showChanges(inv *engine.Invocation, outcomes []engine.Outcome) ([]xsoar.Entry, error) {
	users, link := lastOfEach(outcomes[0].Items), outcomes[0].Page.DeltaLink
	if name := inv.Args.Text("remember"); name != "" {
		inv.After(func(ctx context.Context) error { return inv.Remember(ctx, deltaLinks, name, link) })
	}
	context := map[string]any{changesPath: map[string]any{"DeltaLink": link}}
	if len(users) > 0 {
		context[userPath] = deltaContext(users)
	}
	readable := xsoar.Table("Changed users", users, deltaColumns(changeProperties(inv)))
	return shown(users, readable, context), nil
}

// lastOfEach keeps the last state of each user: one may come twice in a delta
// (https://learn.microsoft.com/graph/delta-query-overview).
func lastOfEach(users []rawjson.Object) []rawjson.Object {
	at := map[string]int{}
	last := []rawjson.Object{}
	for _, user := range users {
		id := user.Text("id")
		if n, ok := at[id]; ok {
			last[n] = user
			continue
		}
		at[id] = len(last)
		last = append(last, user)
	}
	return last
}
