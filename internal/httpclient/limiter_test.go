package httpclient_test

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"msgraph-user/internal/httpclient"
)

// busyHost takes a while for each request and counts those under way at once. Up
// to capacity it answers; beyond, it throttles.
type busyHost struct {
	takes    time.Duration
	uneven   bool // no two requests take the same time: none ends as another begins
	capacity int

	mu             sync.Mutex
	seen           int
	underWay, most int
	throttled      int
}

func (h *busyHost) RoundTrip(*http.Request) (*http.Response, error) {
	h.mu.Lock()
	h.underWay++
	h.most = max(h.most, h.underWay)
	over := h.underWay > h.capacity
	if over {
		h.throttled++
	}
	takes := h.takes
	if h.uneven {
		h.seen++
		takes += time.Duration(h.seen*7919%10007) * time.Microsecond
	}
	h.mu.Unlock()
	<-time.After(takes) // by the clock of the bubble
	h.mu.Lock()
	h.underWay--
	h.mu.Unlock()
	if over {
		return response(http.StatusTooManyRequests, strings.NewReader("")), nil
	}
	return response(http.StatusOK, strings.NewReader("{}")), nil
}

// sendMany sends n calls at once and waits for all.
func sendMany(t *testing.T, client *httpclient.Client, n int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
	defer cancel()
	var all sync.WaitGroup
	for range n {
		all.Go(func() {
			if _, err := client.Send(ctx, get()); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
}

func TestAtMostEightAreUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		host := &busyHost{takes: time.Second, capacity: 1000}
		began := time.Now()
		sendMany(t, newClient(host), 40)
		if host.most != httpclient.DefaultInFlight || time.Since(began) != 5*time.Second {
			t.Errorf("%d at once, done after %v; want 8 at once in 5s", host.most, time.Since(began))
		}
	})
}

// The client finds what the host bears, and wastes few requests on it.
func TestLimitShrinksUnderThrottlingAndGrowsBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		host := &busyHost{takes: 100 * time.Millisecond, uneven: true, capacity: 4}
		client := newClient(host)
		sendMany(t, client, 400)
		stats := client.Stats()
		if stats.Limit > 5 {
			t.Errorf("the limit is %d for a host that bears 4", stats.Limit)
		}
		if waste := float64(host.throttled) / float64(stats.Requests); waste > 0.05 {
			t.Errorf("%d of %d requests were throttled", host.throttled, stats.Requests)
		}
		host.capacity = 1000
		sendMany(t, client, 300)
		if client.Stats().Limit != httpclient.DefaultInFlight {
			t.Errorf("the limit is %d after good answers, want %d again", client.Stats().Limit, httpclient.DefaultInFlight)
		}
	})
}

func TestOneThrottledCallPausesItsClientAndNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		throttled := newClient(&script{steps: []step{answers(429, "", "Retry-After", "10"), answers(200, "")}})
		other := newClient(&script{steps: []step{answers(200, "")}})
		began := time.Now()
		var all sync.WaitGroup
		send := func(client *httpclient.Client, want time.Duration) {
			all.Go(func() {
				if _, err := client.Send(t.Context(), get()); err != nil {
					t.Error(err)
				}
				if took := time.Since(began); took != want {
					t.Errorf("a call took %v, want %v", took, want)
				}
			})
			synctest.Wait()
		}
		send(throttled, 10*time.Second)
		send(throttled, 10*time.Second)
		send(other, 0)
		all.Wait()
		if s := throttled.Stats(); s.Paused != 10*time.Second || s.Throttled != 1 || s.Requests != 3 || s.Retries != 1 {
			t.Errorf("stats %+v", s)
		}
	})
}

// meteredHost allows so many requests in ten seconds, as Graph does
// (https://learn.microsoft.com/graph/throttling-limits#identity-and-access-service-limits).
type meteredHost struct {
	allowance int

	mu        sync.Mutex
	window    time.Time
	used      int
	throttled int
}

func (h *meteredHost) RoundTrip(*http.Request) (*http.Response, error) {
	<-time.After(2 * time.Millisecond)
	h.mu.Lock()
	defer h.mu.Unlock()
	if now := time.Now(); now.Sub(h.window) >= 10*time.Second {
		h.window, h.used = now, 0
	}
	if h.used++; h.used <= h.allowance {
		return response(http.StatusOK, strings.NewReader("{}")), nil
	}
	h.throttled++
	left := 10*time.Second - time.Since(h.window)
	return response(http.StatusTooManyRequests, strings.NewReader(""), "Retry-After", strconv.FormatFloat(left.Seconds(), 'f', 3, 64)), nil
}

func TestFlatOutAgainstAMeterLittleIsWasted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		host := &meteredHost{allowance: 500}
		client := newClient(host)
		sendMany(t, client, 3000)
		if waste := float64(host.throttled) / float64(client.Stats().Requests); waste > 0.02 {
			t.Errorf("%d of %d requests were throttled", host.throttled, client.Stats().Requests)
		}
	})
}

// A call that was throttled is older than those that came while it was under way.
func TestAThrottledCallGoesFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slowly := func(r *http.Request) (*http.Response, error) {
			<-time.After(time.Second)
			return answers(429, "", "Retry-After", "10")(r)
		}
		host := &script{steps: []step{slowly, answers(200, "")}}
		client := httpclient.NewClient(httpclient.ClientOptions{Transport: host, InFlight: 1})
		var all sync.WaitGroup
		for _, body := range []string{"older", "newer", "newest"} {
			all.Go(func() {
				request := create()
				request.Body = []byte(body)
				if _, err := client.Send(t.Context(), request); err != nil {
					t.Error(err)
				}
			})
			synctest.Wait()
		}
		all.Wait()
		if want := []string{"older", "older", "newer", "newest"}; !slices.Equal(host.sent, want) {
			t.Errorf("sent %q, want %q", host.sent, want)
		}
	})
}

func TestWhoeverLeavesTheLineGivesTheirPlaceBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := httpclient.NewClient(httpclient.ClientOptions{Transport: &busyHost{takes: time.Second, capacity: 10}, InFlight: 2})
		timeouts := make([]int, 50)
		for i := range timeouts {
			timeouts[i] = i / 5
		}
		sendWithin(t.Context(), client, timeouts)
		if s := client.Stats(); s.InFlight != 0 || s.Waiting != 0 {
			t.Errorf("%d under way and %d waiting after all have ended", s.InFlight, s.Waiting)
		}
		sendMany(t, client, 4)
	})
}

// sendWithin sends one call at once for each timeout, in seconds, and waits for
// all to end; how they end is not looked at.
func sendWithin(ctx context.Context, client *httpclient.Client, timeouts []int) {
	var all sync.WaitGroup
	for _, seconds := range timeouts {
		all.Go(func() {
			ctx, cancel := context.WithTimeout(ctx, time.Duration(seconds)*time.Second)
			defer cancel()
			_, _ = client.Send(ctx, get())
		})
	}
	all.Wait()
}
