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
		return changesSince(inv, first.Request, link)
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

// deltaPath takes the path of a delta to its short form: Graph writes it in either
// (https://learn.microsoft.com/graph/api/user-delta).
var deltaPath = strings.NewReplacer("microsoft.graph.", "", "()", "", "%28%29", "")

// changesSince is the request of a link to changes: one of the users' delta, and of
// no other list.
func changesSince(inv *engine.Invocation, first graph.Request, link string) (graph.Request, error) {
	next, err := inv.Graph().Continue(first, link, "delta_link")
	if err == nil && (next.Version != first.Version || !strings.EqualFold(deltaPath.Replace(next.Path), first.Path)) {
		e := failure.Argument("delta_link", "delta_link is no link to the changes of users: this command reads %s.", first.Template)
		e.Advice = "Take the DeltaLink that this command stored. Where a name in remember keeps such a link, take another name."
		return graph.Request{}, e
	}
	return next, err
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
	if outcomes[0].GoesOn {
		return shownChanges(inv, users, map[string]any{}), nil
	}
	if link == "" {
		return nil, &failure.Error{Kind: failure.Refused,
			Message: "Graph's answer ends without a link to the next changes.",
			Advice:  "Run the command again: a link that was given or is kept stays good."}
	}
	if _, err := changesSince(inv, graph.UserDelta(changeProperties(inv)), link); err != nil {
		return nil, err
	}
	if name := inv.Args.Text("remember"); name != "" {
		inv.After(func(ctx context.Context) error { return inv.Remember(ctx, deltaLinks, name, link) })
	}
	return shownChanges(inv, users, map[string]any{changesPath: map[string]any{"DeltaLink": link}}), nil
}

func shownChanges(inv *engine.Invocation, users []rawjson.Object, context map[string]any) []xsoar.Entry {
	if len(users) > 0 {
		context[userPath] = deltaContext(users)
	}
	readable := xsoar.Table("Changed users", users, deltaColumns(changeProperties(inv)))
	return shown(users, readable, context)
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
