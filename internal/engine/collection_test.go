package engine

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"msgraph-user/graph"
	"msgraph-user/internal/failure"
	"msgraph-user/internal/rawjson"
)

// pageOf is a page of objects with these ids.
func pageOf(next string, ids ...string) graph.Page {
	page := graph.Page{Value: []json.RawMessage{}, NextLink: next, Rest: rawjson.Object{
		{Name: "@odata.context", Value: json.RawMessage(`"c"`)},
		{Name: "@odata.nextLink", Value: json.RawMessage(`"` + next + `"`)},
	}}
	for _, id := range ids {
		page.Value = append(page.Value, json.RawMessage(fmt.Sprintf(`{"id":%q,"displayName":%q}`, id, id)))
	}
	return page
}

// withheldPage is a last page of groups that show only their ids.
func withheldPage(ids ...string) graph.Page {
	page := pageOf("")
	for _, id := range ids {
		page.Value = append(page.Value, json.RawMessage(fmt.Sprintf(`{"@odata.type":"#microsoft.graph.group","id":%q,"displayName":null,"groupTypes":[]}`, id)))
	}
	return page
}

// What becomes of the pages of a collection, for one user and for many.
func TestWhatIsReadOfACollection(t *testing.T) {
	for _, c := range []struct {
		name      string
		reading   Reading
		limit     int
		pages     []graph.Page
		read      string // the ids
		unread    int    // pages that are not asked for
		truncated bool
		next      string
		advice    string
	}{
		{name: "an empty collection", reading: Collection, pages: []graph.Page{pageOf("")}},
		{name: "to the end", reading: Collection, pages: []graph.Page{pageOf("2", "a", "b"), pageOf("3"), pageOf("", "c")}, read: "a b c"},
		{name: "to the limit of the step", reading: Collection, limit: 3, pages: []graph.Page{pageOf("2", "a", "b"), pageOf("3", "c", "d"), pageOf("", "e")}, read: "a b c", unread: 1, truncated: true},
		{name: "to the limit of the options", reading: Collection, pages: []graph.Page{pageOf("2", "a", "b", "c", "d", "e")}, read: "a b c d", truncated: true},
		{name: "exactly the limit, with more behind it", reading: Collection, limit: 2, pages: []graph.Page{pageOf("2", "a", "b"), pageOf("", "c")}, read: "a b", unread: 1, truncated: true},
		{name: "exactly the limit, and no more", reading: Collection, limit: 2, pages: []graph.Page{pageOf("2", "a"), pageOf("", "b")}, read: "a b"},
		{name: "a page leaves its next link", reading: Page, limit: 1, pages: []graph.Page{pageOf("2", "a", "b"), pageOf("", "c")}, read: "a b", unread: 1, next: "2"},
		{name: "a stream has no limit", reading: Stream, limit: 1, pages: []graph.Page{pageOf("2", "a", "b", "c"), pageOf("", "d", "e")}, read: "a b c d e"},
		{name: "withheld members are counted over all pages", reading: Collection, pages: []graph.Page{pageOf("2", "a"), withheldPage("b", "c")}, read: "a b c", advice: "2 of 3 members"},
		{name: "and of those that are read", reading: Collection, limit: 1, pages: []graph.Page{withheldPage("a", "b")}, read: "a", truncated: true, advice: "1 of 1 members"},
		{name: "and on a page", reading: Page, pages: []graph.Page{withheldPage("a")}, read: "a", advice: "1 of 1 members"},
	} {
		t.Run(c.name, func(t *testing.T) {
			inv := invocation(t, Command{}, nil)
			inv.options.MaxItems, inv.options.Log = 4, slog.New(slog.DiscardHandler)
			var o Outcome
			unread := len(c.pages)
			for more := true; more; {
				var err error
				if more, err = inv.addPage(t.Context(), &o, c.pages[len(c.pages)-unread], c.reading, c.limit); err != nil {
					t.Fatal(err)
				}
				unread--
			}
			var ids []string
			for i, item := range o.Items {
				ids = append(ids, item.Text("id"))
				if raw, err := item.MarshalJSON(); err != nil || string(raw) != string(o.Page.Value[i]) {
					t.Errorf("item %d is %s, and %s as it came (%v)", i, raw, o.Page.Value[i], err)
				}
			}
			if got := strings.Join(ids, " "); got != c.read || o.Count != len(ids) || len(o.Page.Value) != len(ids) {
				t.Errorf("read %q (count %d, %d as they came), want %q", got, o.Count, len(o.Page.Value), c.read)
			}
			if unread != c.unread || o.Truncated != c.truncated || o.Page.NextLink != c.next {
				t.Errorf("%d pages unread, truncated %v, next %q; want %d, %v, %q", unread, o.Truncated, o.Page.NextLink, c.unread, c.truncated, c.next)
			}
			if o.Page.Value == nil || len(o.Page.Rest) != 1 || o.Page.Rest.Text("@odata.context") != "c" {
				t.Errorf("value %v, beside it %v", o.Page.Value, o.Page.Rest)
			}
			advice := strings.Join(inv.told.advice, " ")
			if !strings.HasPrefix(advice, c.advice) || (advice == "") != (c.advice == "") || advice != "" && !strings.Contains(advice, "Directory.Read.All") {
				t.Errorf("advises %q, want %q", advice, c.advice)
			}
		})
	}
}

// A group whose empty properties are beside its name is not withheld, nor is an object
// that has nothing but its id.
func TestWhatIsNoWithheldMember(t *testing.T) {
	for _, member := range []string{`{"@odata.type":"#microsoft.graph.group","id":"2","displayName":"Sales","groupTypes":[]}`, `{"id":"3"}`} {
		object, err := rawjson.ParseObject([]byte(member))
		if err != nil || isWithheld(object) {
			t.Errorf("%s: %v", member, err)
		}
	}
}

func TestAnItemThatIsNoObjectIsGraphsFault(t *testing.T) {
	_, err := items([]json.RawMessage{json.RawMessage(`{}`), json.RawMessage(`"x"`)})
	e, ok := errors.AsType[*failure.Error](err)
	if !ok || e.Kind != failure.Refused || !strings.Contains(e.Message, "Graph returned a list whose item 2 is not an object") {
		t.Errorf("got %v", err)
	}
}
