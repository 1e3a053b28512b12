package handlers

import (
	"fmt"
	"regexp"
	"strings"
	"sync"
	"time"

	"msgraph-user/graph"
	"msgraph-user/internal/engine"
	"msgraph-user/internal/failure"
	"msgraph-user/internal/rawjson"
	"msgraph-user/internal/xsoar"
)

func listDeleted(inv *engine.Invocation) ([]engine.Step, error) {
	if _, err := spanOf(inv); err != nil {
		return nil, err
	}
	return []engine.Step{{Request: graph.ListDeletedUsers(), Read: engine.Collection}}, nil
}

var deletedColumns = []xsoar.Column{
	{Heading: "ID", Member: "id"}, {Heading: "Name", Member: "displayName"}, {Heading: "User Principal Name", Member: "userPrincipalName"},
	{Heading: "Deleted", Member: "deletedDateTime"}, {Heading: "Type", Member: "userType"},
}

// showDeleted shows the deleted users, the latest first. Graph sorts them by nothing,
// so that the limit counts here.
func showDeleted(inv *engine.Invocation, outcomes []engine.Outcome) ([]xsoar.Entry, error) {
	asked, err := spanOf(inv)
	if err != nil {
		return nil, err
	}
	whole := outcomes[0]
	whole.Items = nil
	for _, user := range newestFirst(outcomes[0].Items, "deletedDateTime") {
		if at, err := time.Parse(time.RFC3339, user.Text("deletedDateTime")); err != nil || !at.Before(asked.since) {
			whole.Items = append(whole.Items, user)
		}
	}
	if n := int(asked.limit); n > 0 && len(whole.Items) > n {
		whole.Items, whole.Truncated = whole.Items[:n], true
	}
	readable := xsoar.Table(fmt.Sprintf("Deleted users: %d", len(whole.Items)), whole.Items, deletedColumns) + more(inv, whole)
	if len(whole.Items) == 0 {
		return shown(nil, readable, nil), nil
	}
	objects := make([]rawjson.Object, len(whole.Items))
	for i, user := range whole.Items {
		name := rawjson.Member{Name: "User", Value: rawjson.Quote(nameBefore(user))}
		objects[i] = append(rawjson.Object{name}, xsoar.ContextObject(user)...)
	}
	return shown(whole.Items, readable, listed(whole, xsoar.Keyed(userPath+".Deleted", "ID"), objects)), nil
}

// deletedName matches the user principal name of a deleted user, before which Entra
// puts the object id without its dashes.
var deletedName = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[0-9a-fA-F]{32}(.+)$`) })

// nameBefore is the user principal name that a deleted user had.
func nameBefore(user rawjson.Object) string {
	name := user.Text("userPrincipalName")
	if match := deletedName().FindStringSubmatch(name); match != nil {
		return match[1]
	}
	return name
}

// restoreUser finds the deleted user that an id or a name means, and restores that one.
func restoreUser(inv *engine.Invocation) ([]engine.Step, error) {
	return []engine.Step{{
		Request: graph.ListDeletedUsers(), Read: engine.Collection,
		Then: func(before []engine.Outcome) ([]engine.Step, error) {
			user, err := theDeleted(inv, last(before))
			if err != nil {
				return nil, err
			}
			if err := inv.Recognize(replaced(user, "userPrincipalName", nameBefore(user))); err != nil {
				return nil, err
			}
			id := user.Text("id")
			return []engine.Step{{
				Request: graph.Restore(id),
				Undo:    []graph.Request{graph.DeleteUser(id)},
				Prove: &engine.Proof{Read: graph.GetUser(id, "id"), Shows: func(answer engine.Outcome, _ time.Time) bool {
					return strings.EqualFold(answer.Object.Text("id"), id)
				}},
				ReadBack: true,
				Done:     fmt.Sprintf("%s is restored, with groups, roles, licences and assignments of applications.", nameBefore(user)),
				Advice:   "An account that was enabled is enabled again: msgraph-user-account-disable disables it.",
			}}, nil
		},
	}}, nil
}

// theDeleted returns the one deleted user that the argument user means.
func theDeleted(inv *engine.Invocation, deleted engine.Outcome) (rawjson.Object, error) {
	var found []rawjson.Object
	for _, user := range deleted.Items {
		for _, name := range []string{user.Text("id"), user.Text("userPrincipalName"), nameBefore(user), user.Text("mail")} {
			if strings.EqualFold(name, inv.User()) {
				found = append(found, user)
				break
			}
		}
	}
	switch {
	case len(found) == 1:
		return found[0], nil
	case len(found) == 0:
		e := failure.Argument("user", "No deleted user has the name or the id %s.", inv.User())
		e.Advice = "msgraph-user-list-deleted shows them. After 30 days a deleted user is gone."
		return nil, e
	}
	ids := make([]string, len(found))
	for i, user := range found {
		ids[i] = fmt.Sprintf("%s (deleted %s)", user.Text("id"), user.Text("deletedDateTime"))
	}
	e := failure.Argument("user", "%d deleted users have the name %s: %s.", len(found), inv.User(), strings.Join(ids, ", "))
	e.Advice = "Give the id of the one that is meant."
	return nil, e
}

// replaced returns object with another text for a member.
func replaced(object rawjson.Object, name, text string) rawjson.Object {
	return append(object.Without(name), rawjson.Member{Name: name, Value: rawjson.Quote(text)})
}
