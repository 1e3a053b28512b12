package httpclient_test

import (
	"net/http"
	"slices"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"msgraph-user/internal/httpclient"

	"pgregory.net/rapid"
)

// Whatever happens, a call that must not be repeated goes out again only after
// an outcome that means "not done".
func TestNothingIsBlindlyRepeated(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		out := httpclient.Outcome{Repeatable: rapid.Bool().Draw(t, "repeatable"), Arrived: true}
		dated := rapid.Bool().Draw(t, "dated")
		if rapid.Bool().Draw(t, "lost") {
			out.Err = rapid.SampledFrom([]error{httpclient.ErrCut, syscall.ECONNRESET, syscall.EPIPE}).Draw(t, "error")
		} else {
			out.Response = &httpclient.Response{Status: rapid.IntRange(200, 599).Draw(t, "status"), Header: http.Header{}}
			if dated {
				out.Response.Header.Set("Retry-After", "1")
			}
		}
		notDone := out.Response != nil && (out.Response.Status == 429 || (out.Response.Status == 503 && dated))
		if again := httpclient.CheckOutcome(out) != httpclient.Deliver; again && !out.Repeatable && !notDone {
			t.Fatalf("a create is sent again after %+v", out)
		}
	})
}

func TestWhatNeverArrivedIsTriedAgain(t *testing.T) {
	for _, repeatable := range []bool{true, false} {
		out := httpclient.Outcome{Err: syscall.ECONNREFUSED, Repeatable: repeatable}
		if got := httpclient.CheckOutcome(out); got != httpclient.TryAgain {
			t.Errorf("repeatable %t: decision %d", repeatable, got)
		}
	}
}

func TestBackoffStaysWithinItsBounds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		first := time.Duration(rapid.Int64Range(1, int64(time.Minute)).Draw(t, "first"))
		longest := time.Duration(rapid.Int64Range(int64(first), int64(time.Hour)).Draw(t, "longest"))
		random := rapid.Float64Range(0, 0.999999).Draw(t, "random")
		retry := rapid.IntRange(1, 200).Draw(t, "retry")
		backoff := httpclient.ExponentialBackoff(first, longest, func() float64 { return random })
		got := backoff(retry)
		if got < 0 || got > longest {
			t.Fatalf("retry %d waits %v, want between 0 and %v", retry, got, longest)
		}
		if next := backoff(retry + 1); next < got {
			t.Fatalf("with the same luck, retry %d waits %v and the next %v", retry, got, next)
		}
	})
}

// The limiter neither loses a place nor lets too many through, whatever the host
// does and whoever gives up.
func TestLimiterKeepsCountUnderAnything(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		steps := rapid.SliceOfN(rapid.SampledFrom([]step{
			answers(200, "{}"), answers(429, ""), answers(429, "", "Retry-After", "3"), answers(503, "", "Retry-After", "1"),
			answers(504, ""), reset, cut, silent, stalls,
		}), 1, 12).Draw(r, "steps")
		calls := rapid.IntRange(1, 20).Draw(r, "calls")
		timeouts := rapid.SliceOfN(rapid.IntRange(0, 40), calls, calls).Draw(r, "timeouts")
		synctest.Test(t, func(t *testing.T) {
			host := &script{steps: append(slices.Clone(steps), answers(200, "{}"))}
			client := newClient(host)
			sendWithin(t.Context(), client, timeouts)
			s := client.Stats()
			if s.InFlight != 0 || s.Waiting != 0 || s.Limit < 1 || s.Limit > httpclient.DefaultInFlight || int(s.Requests) != host.count() {
				r.Fatalf("after all has ended: %+v, %d requests arrived", s, host.count())
			}
		})
	})
}
