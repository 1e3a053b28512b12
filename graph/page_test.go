package graph_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"msgraph-user/graph"
	"msgraph-user/internal/failure"
)

func (f *farSide) answerPage(next string, ids ...string) {
	items := make([]string, len(ids))
	for i, id := range ids {
		items[i] = fmt.Sprintf("{%q:%q}", "id", id)
	}
	link := ""
	if next != "" {
		link = fmt.Sprintf(`"@odata.nextLink":%q,`, next)
	}
	f.answer(http.StatusOK, `{"@odata.context":"c",`+link+`"value":[`+strings.Join(items, ",")+`]}`)
}

// readAll ranges over all pages and returns the items and the error that ended it.
func readAll(ctx context.Context, c *graph.Client, r graph.Request, limit int) (items string, err error) {
	for page, err := range c.Pages(ctx, r, limit) {
		if err != nil {
			return items, err
		}
		for _, item := range page.Value {
			items += string(item)
		}
	}
	return items, nil
}

func TestPagesGoOnToTheLastWithTheirHeaders(t *testing.T) {
	far := newFarSide(t)
	far.answerPage(far.URL+"/v1.0/users?$skiptoken=2", "a", "b")
	far.answerPage(far.URL + "/v1.0/users?$skiptoken=3")
	far.answerPage("", "c")
	items, err := readAll(t.Context(), far.client, graph.ListUsers(graph.ListOptions{Advanced: true}), 0)
	if err != nil || items != `{"id":"a"}{"id":"b"}{"id":"c"}` {
		t.Errorf("got %s, %v", items, err)
	}
	for i, r := range far.sent() {
		if r.Header.Get("ConsistencyLevel") != "eventual" || r.Header.Get("Authorization") == "" {
			t.Errorf("page %d went without its headers", i+1)
		}
	}
}

func TestPageHoldsWhatIsBesideItsItems(t *testing.T) {
	far := newFarSide(t)
	far.answer(http.StatusOK, `{"@odata.deltaLink":"d","@odata.count":2,"value":[],"x":1.0}`)
	page, err := far.client.Page(t.Context(), graph.UserDelta("id"))
	if err != nil || page.DeltaLink != "d" || page.NextLink != "" || page.Value == nil {
		t.Fatalf("got %+v, %v", page, err)
	}
	if rest, err := page.Rest.MarshalJSON(); err != nil || string(rest) != `{"@odata.deltaLink":"d","@odata.count":2,"x":1.0}` {
		t.Errorf("rest %s, %v", rest, err)
	}
}

// TestPagesThatDoNotEnd says what stops a list that would be read forever, or
// elsewhere. What was read before has been handed out.
func TestPagesThatDoNotEnd(t *testing.T) {
	tests := []struct {
		name     string
		next     []string // the links of the pages, below the origin
		limit    int
		mentions string
	}{
		{"the same link twice", []string{"/v1.0/users?$skiptoken=2", "/v1.0/users?$skiptoken=2"}, 0, "same page twice"},
		{"the same token in another link", []string{"/v1.0/users?$skiptoken=2", "/v1.0/users?$top=1&$skiptoken=2"}, 0, "same page twice"},
		{"two that point at one another", []string{"/v1.0/users?$skiptoken=2", "/v1.0/users?$skiptoken=3", "/v1.0/users?$skiptoken=2"}, 0, "same page twice"},
		{"more than the limit", []string{"/v1.0/users?$skiptoken=2", "/v1.0/users?$skiptoken=3"}, 2, "more than 2 pages"},
		{"a link elsewhere", []string{".evil.example/v1.0/users"}, 0, "not followed"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			far := newFarSide(t)
			for _, next := range test.next {
				far.answerPage(far.URL+next, "a")
			}
			items, err := readAll(t.Context(), far.client, graph.ListUsers(graph.ListOptions{}), test.limit)
			if e := wantFailure(t, err, failure.Refused); !strings.Contains(e.Message, test.mentions) {
				t.Errorf("message %q", e.Message)
			}
			if want := strings.Repeat(`{"id":"a"}`, len(test.next)); items != want {
				t.Errorf("items %s, want %s", items, want)
			}
		})
	}
}

func TestPagesStopWithTheirReader(t *testing.T) {
	far := newFarSide(t)
	far.answerPage(far.URL+"/v1.0/users?$skiptoken=2", "a")
	for range far.client.Pages(t.Context(), graph.ListUsers(graph.ListOptions{}), 0) {
		break
	}
	far.only()
}

func TestPagesStopWithTheContext(t *testing.T) {
	far := newFarSide(t)
	far.answerPage(far.URL+"/v1.0/users?$skiptoken=2", "a")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var last error
	for _, err := range far.client.Pages(ctx, graph.ListUsers(graph.ListOptions{}), 0) {
		last = err
		cancel()
	}
	wantFailure(t, last, failure.Canceled)
	far.only()
}

func TestAnswerWithoutAValueIsNoPage(t *testing.T) {
	for _, body := range []string{`{}`, `{"value":null}`, `{"value":{}}`, `{"value":"x"}`} {
		far := newFarSide(t)
		far.answer(http.StatusOK, body)
		_, err := far.client.Page(t.Context(), graph.ListUsers(graph.ListOptions{}))
		wantFailure(t, err, failure.Refused)
	}
}
