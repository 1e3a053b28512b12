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
	people   = 100_000
	pageSize = 999
	rounds   = 5

	listURL = "https://graph.microsoft.com/v1.0/users"
)

// collection is a Graph that has one list of users, in pages that are made already.
type collection struct{ pages [][]byte }

func newCollection() collection {
	var c collection
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

// measure takes the two in turn, so that a busy machine is busy for both.
func measure() ([]measurement, error) {
	defined, err := definition.Load()
	if err != nil {
		return nil, err
	}
	far := newCollection()
	service := engine.New(engine.Options{Commands: handlers.Commands(), Definition: defined, Params: emulator.Parameters(""), InProcess: far})
	m := measurement{what: fmt.Sprintf("list %d users, %d a page", people, pageSize), allowed: 2, maxBytes: 64 << 20}
	var ours, bare []time.Duration
	held := inUse() // the pages themselves, which a server would hold
	for range rounds {
		took, err := timed(func() (int, error) { return far.bare() })
		if err != nil {
			return nil, fmt.Errorf("the bare loop: %w", err)
		}
		bare = append(bare, took)
		watch := watchMemory()
		took, err = timed(func() (int, error) { return far.ours(service) })
		if err != nil {
			return nil, fmt.Errorf("msgraph-user-list: %w", err)
		}
		ours = append(ours, took)
		m.peak = max(m.peak, watch()-min(held, watch()))
	}
	m.ours, m.bare = median(ours), median(bare)
	return []measurement{m}, nil
}

func timed(run func() (int, error)) (time.Duration, error) {
	runtime.GC()
	began := time.Now()
	count, err := run()
	if err == nil && count != people {
		err = fmt.Errorf("%d users, want %d", count, people)
	}
	return time.Since(began), err
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
