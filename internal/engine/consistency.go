package engine

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"msgraph-user/graph"
	"msgraph-user/internal/failure"
	"msgraph-user/internal/rawjson"
)

// newFor is how long a user counts as new. Graph gives no figure for how long its
// copies of the directory may lag behind; more than a minute is not reported.
const newFor = time.Minute

// replication is how often a new user is looked for again before a 404 about them
// is believed, and after which waits.
var replication = []time.Duration{250 * time.Millisecond, 500 * time.Millisecond, time.Second, 2 * time.Second, 4 * time.Second}

// newUsers are the users that an instance created lately. An application's
// request may come to a copy of the directory that has not heard of them, and is
// then answered 404 (https://learn.microsoft.com/graph/best-practices-concept).
// The zero newUsers are none.
type newUsers struct {
	mu    sync.Mutex
	users []newlyMade
}

// newlyMade is one of them, under every name that Graph knows.
type newlyMade struct {
	names []string // in lower case
	until time.Time
}

func (n *newUsers) add(now time.Time, names ...string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.users = slices.DeleteFunc(n.users, func(u newlyMade) bool { return !now.Before(u.until) })
	u := newlyMade{until: now.Add(newFor)}
	for _, name := range names {
		if name != "" {
			u.names = append(u.names, strings.ToLower(name))
		}
	}
	n.users = append(n.users, u)
}

// forget removes a user that was deleted, so that a 404 about them counts at once.
func (n *newUsers) forget(name string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.users = slices.DeleteFunc(n.users, func(u newlyMade) bool { return slices.Contains(u.names, strings.ToLower(name)) })
}

// namesOf returns all names of the new user who is called name; none where nobody
// new is.
func (n *newUsers) namesOf(now time.Time, name string) []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, u := range n.users {
		if now.Before(u.until) && slices.Contains(u.names, strings.ToLower(name)) {
			return u.names
		}
	}
	return nil
}

// retryNew sends a request, and sends it again while Graph says that it does not
// know a user that this instance created a moment ago. A 404 did nothing, so that
// a write may be sent again as well.
func (inv *Invocation) retryNew(ctx context.Context, r graph.Request, send func() error) error {
	err := send()
	for _, pause := range replication {
		if !failure.NotFound(err) || !inv.missesNewUser(r, err) {
			break
		}
		inv.Report("Waiting for the directory to show the new user.")
		if err := inv.options.Wait(ctx, pause); err != nil {
			return err
		}
		err = send()
	}
	if err == nil && r.Method == http.MethodDelete && r.Template == "/users/{user}" {
		inv.instance.newUsers.forget(r.User())
	}
	return err
}

// missesNewUser reports whether a 404 is about a new user. One that quotes
// something else, such as a manager that the user does not have, is not.
func (inv *Invocation) missesNewUser(r graph.Request, err error) bool {
	message := strings.ToLower(err.Error())
	for _, name := range []string{r.User(), inv.Args.Text("manager")} {
		names := inv.instance.newUsers.namesOf(inv.options.Now(), name)
		named := slices.ContainsFunc(names, func(name string) bool { return strings.Contains(message, name) })
		if named || len(names) > 0 && !strings.Contains(message, "'") {
			return true
		}
	}
	return false
}

// untilShown asks again while the answer about a new user shows other values than
// those that were set: the copy of the directory that answered has not heard of the
// change.
func (inv *Invocation) untilShown(ctx context.Context, outcome Outcome, set rawjson.Object, ask func() Outcome) Outcome {
	for _, pause := range replication {
		if outcome.Err != nil || len(inv.instance.newUsers.namesOf(inv.options.Now(), inv.User())) == 0 || !outdated(outcome.Object, set) {
			break
		}
		if err := inv.options.Wait(ctx, pause); err != nil {
			return Outcome{Err: err}
		}
		outcome = ask()
	}
	return outcome
}

// outdated reports whether a user shows a text or a boolean that differs from
// what was set. Other values, and times, Graph may write its own way.
func outdated(user, set rawjson.Object) bool {
	return slices.ContainsFunc(set, func(m rawjson.Member) bool {
		shown := user.Get(m.Name)
		if shown == nil {
			return false
		}
		wanted, isText := rawjson.Text(m.Value)
		was, wasText := rawjson.Text(shown)
		switch {
		case isText && wasText:
			return was != wanted && !strings.HasSuffix(was, "Z")
		case isText:
			return wanted != "" && rawjson.IsNull(shown)
		}
		return boolean(m.Value) && boolean(shown) && string(shown) != string(m.Value)
	})
}

func boolean(value json.RawMessage) bool { return string(value) == "true" || string(value) == "false" }
