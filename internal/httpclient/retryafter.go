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
	if strings.Trim(value, "0123456789.") == "" {
		seconds, err := strconv.ParseFloat(value, 64)
		if err != nil || seconds > maxRetryAfter.Seconds() {
			return 0, false
		}
		return time.Duration(seconds * float64(time.Second)), true
	}
	at, err := http.ParseTime(value)
	if err != nil {
		return 0, false
	}
	if date, err := http.ParseTime(h.Get("Date")); err == nil {
		now = date
	}
	if wait = max(0, at.Sub(now)); wait > maxRetryAfter {
		return 0, false
	}
	return wait, true
}

// maxRetryAfter is the longest wait that a host may mean. What asks for more is no
// Retry-After, and no message repeats it.
const maxRetryAfter = 24 * time.Hour
