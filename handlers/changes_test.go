package handlers_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"msgraph-user/internal/engine"
	"msgraph-user/internal/failure"
	"msgraph-user/internal/xsoar"
)

const (
	deltaURL  = "https://graph.microsoft.com/v1.0/users/delta"
	deltaLink = deltaURL + "?$deltatoken=next"
)

// deltaSide answers pages of a delta and keeps what it was asked.
func deltaSide(pages ...string) *farSide {
	far := &farSide{}
	for i, page := range pages {
		answer := fmt.Sprintf(`{"value":%s,"@odata.nextLink":"%s?$skiptoken=%d"}`, page, deltaURL, i+2)
		if i == len(pages)-1 {
			answer = fmt.Sprintf(`{"value":%s,"@odata.deltaLink":%q}`, page, deltaLink)
		}
		far.exchanges = append(far.exchanges, exchange{On: "GET " + deltaURL, Status: 200, JSON: []byte(answer)})
	}
	return far
}

// A delta is read through empty pages to its end; the last state of a user counts.
func TestListChanges(t *testing.T) {
	far := deltaSide(`[{"id":"1","displayName":"old"},{"id":"2","displayName":"B"}]`, `[]`, `[{"id":"1","displayName":"new"},{"id":"3","@removed":{"reason":"changed"}}]`)
	entries, _, err := ask(t, far, "msgraph-user-list-changes", nil, instanceParams())
	if err != nil {
		t.Fatal(err)
	}
	shown, _ := json.Marshal(entries[0].EntryContext)
	want := `{"MSGraphUser":[{"ID":"1","DisplayName":"new"},{"ID":"2","DisplayName":"B"},{"ID":"3","Status":"deleted"}],"MSGraphUserChanges":{"DeltaLink":"` + deltaLink + `"}}`
	if string(shown) != strings.ReplaceAll(want, "&", `\u0026`) {
		t.Errorf("got %s, want %s", shown, want)
	}
}

// A link of another list, given or kept, is no link to the changes of users.
func TestChangesOfAnotherList(t *testing.T) {
	for _, link := range []string{"https://graph.microsoft.com/v1.0/groups/delta?$deltatoken=1", "https://graph.microsoft.com/v1.0/users?$top=1",
		"https://graph.microsoft.com/beta/users/delta?$deltatoken=1", "https://graph.microsoft.com/v1.0/users/delta/x"} {
		store := &contextStore{value: map[string]any{"access_token": "cached-token", "valid_until": recordedNow + 3000, "delta_links": map[string]any{"watch": link}}}
		for name, args := range map[string]map[string]any{"given": {"delta_link": link}, "kept": {"remember": "watch"}} {
			far := deltaSide(`[{"id":"1"}]`)
			_, err := serviceOf(t, far).Run(t.Context(), engine.Call{Command: "msgraph-user-list-changes", Args: args, Params: instanceParams(), Store: store})
			if e := failure.Of(err); err == nil || e.Argument != "delta_link" || !strings.Contains(e.Advice, "DeltaLink") || len(far.seen()) > 0 {
				t.Errorf("%s, %s: %v, asked %v", link, name, err, far.seen())
			}
		}
	}
}

// Graph writes the path of a delta in several forms.
func TestChangesInEveryFormOfTheLink(t *testing.T) {
	for _, path := range []string{"users/delta", "users/delta()", "users/microsoft.graph.delta()", "Users/delta"} {
		far := deltaSide(`[{"id":"1"}]`)
		far.exchanges[0].On = "GET https://graph.microsoft.com/v1.0/" + path
		if _, _, err := ask(t, far, "msgraph-user-list-changes", map[string]any{"delta_link": "https://graph.microsoft.com/v1.0/" + path + "?$deltatoken=1"}, instanceParams()); err != nil {
			t.Errorf("%s: %v", path, err)
		}
	}
}

// An answer without a link is an error, and the link that is kept stays.
func TestChangesWithoutALinkToTheNext(t *testing.T) {
	for _, end := range []string{"", `,"@odata.deltaLink":""`, `,"@odata.deltaLink":"https://graph.microsoft.com/v1.0/groups/delta?$deltatoken=1"`} {
		far := &farSide{exchanges: []exchange{{On: "GET " + deltaURL, Status: 200, JSON: []byte(`{"value":[{"id":"1"}]` + end + `}`)}}}
		store := &contextStore{value: map[string]any{"access_token": "cached-token", "valid_until": recordedNow + 3000, "delta_links": map[string]any{"watch": deltaLink}}}
		_, err := serviceOf(t, far).Run(t.Context(), engine.Call{Command: "msgraph-user-list-changes", Args: map[string]any{"remember": "watch"}, Params: instanceParams(), Store: store})
		if links, _ := store.value["delta_links"].(map[string]any); err == nil || links["watch"] != deltaLink {
			t.Errorf("%s: %v, kept %v", end, err, links)
		}
	}
}

// A link that Graph has forgotten starts over and says so.
func TestChangesStartOver(t *testing.T) {
	for name, refused := range map[string]exchange{
		"400": refusal("GET", "/users/delta", 400, "syncStateNotFound", "The sync state is not found."),
		"410": refusal("GET", "/users/delta", 410, "resyncRequired", "Start over."),
	} {
		t.Run(name, func(t *testing.T) {
			far := deltaSide(`[{"id":"1"}]`)
			refused.Repeat = false
			far.exchanges = append([]exchange{refused}, far.exchanges...)
			var advice []string
			entries, err := run(t, far, nil, engine.Call{Command: "msgraph-user-list-changes", Args: map[string]any{"delta_link": deltaLink}, Params: instanceParams(),
				Advise: func(text string) { advice = append(advice, text) }})
			if err != nil || len(entries) != 1 || !strings.Contains(strings.Join(advice, ""), "expired") {
				t.Errorf("%v, %v, advice %q", entries, err, advice)
			}
			if asked := far.seen(); len(asked) != 2 || fmt.Sprint(asked[0]["query"]) == fmt.Sprint(asked[1]["query"]) {
				t.Errorf("asked %v", asked)
			}
		})
	}
}

// The link is kept once the caller has the entries, and not before: each change
// comes at least once.
func TestChangesAreRememberedAfterTheyAreHandedOver(t *testing.T) {
	far := deltaSide(`[{"id":"1"}]`)
	second := deltaSide(`[]`)
	far.exchanges = append(far.exchanges, second.exchanges...)
	store := &contextStore{value: map[string]any{"access_token": "cached-token", "valid_until": recordedNow + 3000, "other": "kept"}}
	var after []func(context.Context) error
	service := serviceOf(t, far)
	call := engine.Call{Command: "msgraph-user-list-changes", Args: map[string]any{"remember": "watch"}, Params: instanceParams(), Store: store,
		After: func(do func(context.Context) error) { after = append(after, do) }}
	if _, err := service.Run(t.Context(), call); err != nil {
		t.Fatal(err)
	}
	if store.value["delta_links"] != nil {
		t.Error("the link is kept before the entries are handed over")
	}
	for _, do := range after {
		if err := do(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if links, _ := store.value["delta_links"].(map[string]any); links["watch"] != deltaLink || store.value["other"] != "kept" {
		t.Errorf("the context is %v", store.value)
	}
	if _, err := service.Run(t.Context(), call); err != nil {
		t.Fatal(err)
	}
	if query := fmt.Sprint(far.seen()[1]["query"]); !strings.Contains(query, "next") {
		t.Errorf("the second call asks with %s", query)
	}
}

// All pages: collected for a caller that wants them in the answer, handed over one
// by one to a caller that takes them so.
func TestEveryPageOfUsers(t *testing.T) {
	pages := func() *farSide {
		far := &farSide{}
		for n, next := range []string{`,"@odata.nextLink":"https://graph.microsoft.com/v1.0/users?$skiptoken=2"`, ""} {
			far.exchanges = append(far.exchanges, exchange{On: "GET https://graph.microsoft.com/v1.0/users", Status: 200,
				JSON: []byte(fmt.Sprintf(`{"value":[{"id":"%d"}]%s}`, n, next))})
		}
		return far
	}
	args := map[string]any{"limit": "all", "page_size": 999}
	entries, _, err := ask(t, pages(), "msgraph-user-list", args, instanceParams())
	if err != nil || strings.Count(entries[0].HumanReadable, "\n| ") != 4 {
		t.Errorf("%+v, %v", entries, err)
	}
	far := pages()
	var emitted []xsoar.Entry
	entries, err = run(t, far, nil, engine.Call{Command: "msgraph-user-list", Args: args, Params: instanceParams(), Emit: func(_ context.Context, page []xsoar.Entry) error {
		if len(far.seen()) != len(emitted)+1 {
			t.Errorf("page %d was read ahead", len(emitted)+2)
		}
		emitted = append(emitted, page...)
		return nil
	}})
	if err != nil || len(emitted) != 2 || len(entries) != 1 || entries[0].EntryContext != nil || !strings.Contains(entries[0].Contents.(string), "2 users") {
		t.Errorf("%d emitted, %+v, %v", len(emitted), entries, err)
	}
	if top := fmt.Sprint(far.seen()[0]["query"]); !strings.Contains(top, "999") {
		t.Errorf("asked with %s", top)
	}
}

// A page link that repeats ends the list with an error, and a page of another list
// is none of this one.
func TestPageLinksThatLeadAstray(t *testing.T) {
	again := exchange{On: "GET https://graph.microsoft.com/v1.0/users", Status: 200, Repeat: true,
		JSON: []byte(`{"value":[],"@odata.nextLink":"https://graph.microsoft.com/v1.0/users?$skiptoken=2"}`)}
	if _, _, err := ask(t, &farSide{exchanges: []exchange{again}}, "msgraph-user-list", map[string]any{"limit": "all"}, instanceParams()); err == nil || !strings.Contains(err.Error(), "twice") {
		t.Errorf("a link that repeats: %v", err)
	}
	for _, link := range []string{"https://graph.microsoft.com/v1.0/groups?$skiptoken=2", "https://graph.microsoft.com/v1.0/users/u-1", "https://graph.microsoft.com/beta/users?$skiptoken=2"} {
		far := &farSide{}
		if _, _, err := ask(t, far, "msgraph-user-list", map[string]any{"next_page": link}, instanceParams()); err == nil || len(far.seen()) > 0 || !strings.Contains(err.Error(), "next_page") {
			t.Errorf("%s: %v", link, err)
		}
	}
}

func serviceOf(t *testing.T, far http.RoundTripper) *engine.Service {
	t.Helper()
	return newService(t, far, engine.Options{Now: atRecording})
}
