package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"time"

	"msgraph-user/emulator"
	"msgraph-user/handlers"
	"msgraph-user/internal/definition"
	"msgraph-user/internal/engine"
	"msgraph-user/internal/xsoar"
)

const (
	pageSize = 999
	rounds   = 5

	listURL = "https://graph.microsoft.com/v1.0/users"
)

// collection is a Graph that has one list of users, in pages that are made already.
type collection struct {
	people int
	pages  [][]byte
}

func newCollection(people int) collection {
	c := collection{people: people}
	for first := 0; first < people; first += pageSize {
		var page bytes.Buffer
		page.WriteString(`{"@odata.context":"https://graph.microsoft.com/v1.0/$metadata#users"`)
		if first+pageSize < people {
			fmt.Fprintf(&page, `,"@odata.nextLink":"%s?$top=%d&$skiptoken=%d"`, listURL, pageSize, len(c.pages)+1)
		}
		page.WriteString(`,"value":[`)
		for n := first; n < min(first+pageSize, people); n++ {
			if n > first {
				page.WriteByte(',')
			}
			fmt.Fprintf(&page, `{"id":"00000000-0000-4000-8000-%012x","displayName":"Person No. %d","jobTitle":"Analyst","mobilePhone":null,"mail":"person%d@larkspur.example"}`, n, n, n)
		}
		page.WriteString(`]}`)
		c.pages = append(c.pages, page.Bytes())
	}
	return c
}

// RoundTrip answers a page, and any sign-in with a token.
func (c collection) RoundTrip(r *http.Request) (*http.Response, error) {
	body := []byte(`{"token_type":"Bearer","expires_in":3600,"access_token":"x"}`)
	if strings.HasSuffix(r.URL.Path, "/users") {
		n, _ := strconv.Atoi(r.URL.Query().Get("$skiptoken")) // the first page has none
		body = c.pages[n]
	}
	return &http.Response{StatusCode: http.StatusOK, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: r, ContentLength: int64(len(body)),
		Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(bytes.NewReader(body))}, nil
}

// bare reads and unmarshals all pages, and does nothing else.
func (c collection) bare() (count int, err error) {
	client := &http.Client{Transport: c}
	for next := listURL; next != ""; {
		answer, err := client.Get(next)
		if err != nil {
			return 0, err
		}
		body, err := io.ReadAll(answer.Body)
		answer.Body.Close()
		if err != nil {
			return 0, err
		}
		var page struct {
			Value []map[string]any `json:"value"`
			Next  string           `json:"@odata.nextLink"`
		}
		if err := json.Unmarshal(body, &page); err != nil {
			return 0, err
		}
		count, next = count+len(page.Value), page.Next
	}
	return count, nil
}

// ours lists the same pages with msgraph-user-list, each handed over as it comes.
func (c collection) ours(service *engine.Service) (count int, err error) {
	_, err = service.Run(context.Background(), engine.Call{
		Command: "msgraph-user-list", Args: map[string]any{"limit": "all", "page_size": pageSize},
		Emit: func(_ context.Context, entries []xsoar.Entry) error {
			for _, entry := range entries {
				page, _ := entry.Contents.([]json.RawMessage)
				count += len(page)
			}
			return nil
		},
	})
	return count, err
}

// measurePages lists people by a bare loop and by msgraph-user-list in turn, and gives
// what a user costs in lists of three lengths.
func measurePages() ([]row, error) {
	const most = 100_000
	lengths := []int{1_000, 10_000, most}
	each := map[int][]time.Duration{}
	var ours, bare []time.Duration
	var peak uint64
	far := map[int]collection{}
	for _, people := range lengths {
		far[people] = newCollection(people)
	}
	held := inUse() // the pages themselves, which a server would hold
	for range rounds {
		for _, people := range lengths {
			took, used, err := far[people].listed()
			if err != nil {
				return nil, err
			}
			each[people] = append(each[people], took/time.Duration(people))
			if people == most {
				ours, peak = append(ours, took), max(peak, used-min(held, used))
			}
		}
		took, err := timed(most, 1, func() (int, error) { return far[most].bare() })
		if err != nil {
			return nil, fmt.Errorf("the bare loop: %w", err)
		}
		bare = append(bare, took)
	}
	dearest, cheapest := time.Duration(0), time.Hour
	figures := ""
	for _, people := range lengths {
		cost := median(each[people])
		dearest, cheapest = max(dearest, cost), min(cheapest, cost)
		figures += fmt.Sprintf("%s, ", shown(cost))
	}
	rows := []row{
		compared(fmt.Sprintf("list %d users, %d a page, and a loop that only unmarshals", most, pageSize), ours, bare, 2),
		bounded("memory of that list, page by page", float64(peak)/(1<<20), "MiB", 64),
		{what: "a user in lists of 1,000, 10,000 and 100,000: dearest to cheapest", ours: strings.TrimSuffix(figures, ", "), value: float64(dearest) / float64(cheapest), bound: 1.2, form: "%.2f times", clock: true},
	}
	page, err := measurePage()
	return append(rows, page), err
}

// listed lists all people once, or as often as a measurement needs, and tells the
// memory in use at most.
func (c collection) listed() (time.Duration, uint64, error) {
	defined := definition.Load()
	service := engine.New(engine.Options{Commands: handlers.Commands(), Definition: defined, Params: emulator.Parameters(""), InProcess: c})
	defer service.Close(context.Background())
	if _, err := c.ours(service); err != nil { // signs in
		return 0, 0, fmt.Errorf("msgraph-user-list: %w", err)
	}
	times := max(1, 20_000/c.people)
	watch := watchMemory()
	took, err := timed(c.people, times, func() (int, error) { return c.ours(service) })
	return took, watch(), err
}

// timed runs something several times and returns how long one took.
func timed(people, times int, run func() (int, error)) (time.Duration, error) {
	runtime.GC()
	began := time.Now()
	for range times {
		if count, err := run(); err != nil || count != people {
			return 0, fmt.Errorf("%d users, want %d: %w", count, people, err)
		}
	}
	return time.Since(began) / time.Duration(times), nil
}

// inUse is what the heap takes of the machine's memory, in bytes.
func inUse() uint64 {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.HeapInuse
}

// watchMemory looks at the memory in use now and then, until the returned function is
// called for the most that was seen.
func watchMemory() func() uint64 {
	stop, done, most := make(chan struct{}), make(chan struct{}), uint64(0)
	go func() {
		defer close(done)
		tick := time.NewTicker(2 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-stop:
				return
			case <-tick.C:
				var stats runtime.MemStats
				runtime.ReadMemStats(&stats)
				most = max(most, stats.HeapInuse+stats.StackInuse)
			}
		}
	}()
	stopped := false
	return func() uint64 {
		if !stopped {
			stopped = true
			close(stop)
			<-done
		}
		return most
	}
}
