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

// book is the users of 100 pages, as they stand in the bodies of answers.
type book [most][]byte

// most is how many pages the longest list has.
const most = 100

func newBook() *book {
	var b book
	for page := range b {
		var users bytes.Buffer
		for n := page * pageSize; n < (page+1)*pageSize; n++ {
			if n > page*pageSize {
				users.WriteByte(',')
			}
			fmt.Fprintf(&users, `{"id":"00000000-0000-4000-8000-%012x","displayName":"Person No. %d","jobTitle":"Analyst","mobilePhone":null,"mail":"person%d@larkspur.example"}`, n, n, n)
		}
		b[page] = users.Bytes()
	}
	return &b
}

// collection is a Graph that has one list of users: pages of a book.
type collection struct {
	book         *book
	first, pages int
}

func (c collection) people() int { return c.pages * pageSize }

// page returns the body of a page.
func (c collection) page(n int) []byte {
	body := []byte(`{"@odata.context":"https://graph.microsoft.com/v1.0/$metadata#users"`)
	if n+1 < c.pages {
		body = fmt.Appendf(body, `,"@odata.nextLink":"%s?$top=%d&$skiptoken=%d"`, listURL, pageSize, n+1)
	}
	body = append(append(body, `,"value":[`...), c.book[c.first+n]...)
	return append(body, `]}`...)
}

// RoundTrip answers a page, and any sign-in with a token.
func (c collection) RoundTrip(r *http.Request) (*http.Response, error) {
	body := []byte(`{"token_type":"Bearer","expires_in":3600,"access_token":"x"}`)
	if strings.HasSuffix(r.URL.Path, "/users") {
		n, _ := strconv.Atoi(r.URL.Query().Get("$skiptoken")) // the first page has none
		body = c.page(n)
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
	lengths := []int{1, 10, most}
	each := map[int][]time.Duration{}
	var ours, bare []time.Duration
	var peak uint64
	users := newBook()
	held := inUse() // the pages themselves, which a server would hold
	for range rounds {
		for _, pages := range lengths {
			took, used, err := listed(users, pages)
			if err != nil {
				return nil, err
			}
			each[pages] = append(each[pages], took/time.Duration(pages*pageSize))
			if pages == most {
				ours, peak = append(ours, took), max(peak, used-min(held, used))
			}
		}
		all := collection{users, 0, most}
		took, err := timed(all.people(), 1, all.bare)
		if err != nil {
			return nil, fmt.Errorf("the bare loop: %w", err)
		}
		bare = append(bare, took)
	}
	dearest, cheapest := time.Duration(0), time.Hour
	var figures []string
	for _, pages := range lengths {
		cost := median(each[pages])
		dearest, cheapest = max(dearest, cost), min(cheapest, cost)
		figures = append(figures, shown(cost))
	}
	page, err := measurePage(users)
	return []row{
		compared(fmt.Sprintf("list %d users, %d a page, and a loop that only unmarshals", most*pageSize, pageSize), ours, bare, 2),
		bounded("memory of that list, page by page", float64(peak)/(1<<20), "MiB", 64),
		{what: fmt.Sprintf("a user in lists of %d, %d and %d: dearest to cheapest", pageSize, 10*pageSize, most*pageSize), ours: strings.Join(figures, ", "),
			value: float64(dearest) / float64(cheapest), bound: 1.2, form: "%.2f times", clock: true},
		page,
	}, err
}

// listed lists all users of the book in lists of some pages, and returns what one list
// took and the memory in use at most. Lists of each length read as many bytes in all, so
// that no length has its pages nearer to the processor than another.
func listed(users *book, pages int) (time.Duration, uint64, error) {
	far := &collection{users, 0, pages} // the next pages of the book each time
	service := engine.New(engine.Options{Commands: handlers.Commands(), Definition: definition.Load(), Params: emulator.Parameters(""), InProcess: far})
	defer service.Close(context.Background())
	if _, err := far.ours(service); err != nil { // signs in
		return 0, 0, fmt.Errorf("msgraph-user-list: %w", err)
	}
	watch := watchMemory()
	took, err := timed(far.people(), most/pages, func() (int, error) {
		far.first = (far.first + pages) % most
		return far.ours(service)
	})
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
