package emulator_test

import (
	"bufio"
	"context"
	"html"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"msgraph-user/emulator"
	"msgraph-user/emulator/faults"
)

// What faults keep from Graph is shown, and is no request to Graph.
func TestThePageShowsFaults(t *testing.T) {
	script, err := faults.ParseScript([]byte(`[{on: "GET /v1.0/users", do: throttle, retry-after: 3}, {on: "DELETE /v1.0/users/*", do: lost}]`))
	if err != nil {
		t.Fatal(err)
	}
	x := start(t, emulator.Options{FaultScript: script})
	x.do("GET", "/v1.0/users", "")
	r, err := http.NewRequest("DELETE", graph+someone, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+x.token)
	if response, err := x.client.Do(r); err == nil {
		response.Body.Close()
		t.Error("the answer was not lost")
	}
	_, page, _ := x.onPage("GET", "/", "", nil)
	for _, part := range []string{`>429</span> <small>fault: throttle`, `>none</span> <small>fault: lost`, `>204</span></span>`} {
		if !strings.Contains(page, part) {
			t.Errorf("the page lacks %s", part)
		}
	}
	if got := x.Requests(); len(got) != 1 || got[0].Method != "DELETE" {
		t.Errorf("Graph was asked %v", got)
	}
}

// watcher reads the page's events.
type watcher struct {
	t     *testing.T
	lines *bufio.Scanner
}

func (x *tenant) watch(base, from string) (*watcher, func()) {
	x.t.Helper()
	ctx, cancel := context.WithTimeout(x.t.Context(), 20*time.Second)
	r, err := http.NewRequestWithContext(ctx, "GET", base+"/_emulator/page/events", nil)
	if err != nil {
		x.t.Fatal(err)
	}
	if from != "" {
		r.Header.Set("Last-Event-ID", from)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		x.t.Fatal(err)
	}
	return &watcher{x.t, bufio.NewScanner(response.Body)}, func() {
		cancel()
		_ = response.Body.Close()
	}
}

// next returns the next event called name, with its id.
func (w *watcher) next(name string) (id, data string) {
	w.t.Helper()
	event := ""
	for w.lines.Scan() {
		field, value, _ := strings.Cut(w.lines.Text(), ": ")
		switch field {
		case "id":
			id = value
		case "event":
			event, data = value, ""
		case "data":
			data += html.UnescapeString(value)
		case "":
			if event == name {
				return id, data
			}
		}
	}
	w.t.Fatalf("the stream ended without %s: %v", name, w.lines.Err())
	return "", ""
}

func TestThePageIsKeptUpToDate(t *testing.T) {
	x := start(t, emulator.Options{})
	server := httptest.NewServer(x)
	defer server.Close()
	events, stop := x.watch(server.URL, "")
	defer stop()
	events.next("status")
	x.do("PATCH", someone, `{"accountEnabled":false}`)
	if _, row := events.next("people"); !strings.Contains(row, "Dele Okafor") || !strings.Contains(row, `class="state disabled"`) {
		t.Errorf("the row is %s", row)
	}
	seen, list := events.next("changes")
	if !strings.Contains(list, "accountEnabled") {
		t.Errorf("the changes are %s", list)
	}
	stop()

	x.do("PATCH", someone, `{"city":"Lagos"}`) // while nobody watches
	again, stopAgain := x.watch(server.URL, seen)
	defer stopAgain()
	if _, list := again.next("changes"); !strings.Contains(list, "Lagos") {
		t.Errorf("a browser that comes back misses %s", list)
	}
	if err := x.Reset(); err != nil {
		t.Fatal(err)
	}
	again.next("reload")
	x.EndStreams()
	for again.lines.Scan() {
	}
	if err := again.lines.Err(); err != nil {
		t.Errorf("the stream does not end well: %v", err)
	}
}
