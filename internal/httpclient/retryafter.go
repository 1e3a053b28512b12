package httpclient

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// RetryAfter returns how long the headers of an answer ask to wait: seconds, or
// the time until an HTTP date (RFC 9110, 10.2.3). A date is measured against the
// answer's own Date where it has one, so that clocks may differ; a date gone by
// is no wait. ok is false where nothing usable is said.
func RetryAfter(h http.Header, now time.Time) (wait time.Duration, ok bool) {
	value := strings.TrimSpace(h.Get("Retry-After"))
	if value == "" {
		return 0, false
	}
	if seconds, err := strconv.ParseFloat(value, 64); err == nil {
		if !(seconds >= 0) {
			return 0, false
		}
		return time.Duration(min(seconds, maxRetryAfter.Seconds()) * float64(time.Second)), true
	}
	at, err := http.ParseTime(value)
	if err != nil {
		return 0, false
	}
	if date, err := http.ParseTime(h.Get("Date")); err == nil {
		now = date
	}
	return min(max(0, at.Sub(now)), maxRetryAfter), true
}

// maxRetryAfter keeps a nonsensical Retry-After within what a Duration and a
// person can hold.
const maxRetryAfter = 365 * 24 * time.Hour
