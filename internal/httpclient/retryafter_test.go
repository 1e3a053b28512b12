package httpclient_test

import (
	"net/http"
	"testing"
	"time"

	"msgraph-user/internal/httpclient"
)

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)
	tests := []struct {
		value, date string
		want        time.Duration
		ok          bool
	}{
		{"", "", 0, false},
		{"soon", "", 0, false},
		{"NaN", "", 0, false},
		{"-1", "", 0, false},
		{"0", "", 0, true},
		{" 12 ", "", 12 * time.Second, true},
		{"1.5", "", 1500 * time.Millisecond, true},
		{"86400", "", 24 * time.Hour, true},
		{"86401", "", 0, false},
		{"1e300", "", 0, false},
		{"1e1", "", 0, false},
		{"Inf", "", 0, false},
		{"0x10", "", 0, false},
		{"1_0", "", 0, false},
		{"+5", "", 0, false},
		{"1.2.3", "", 0, false},
		{".", "", 0, false},
		{"99999999999999999999999", "", 0, false},
		{"Tue, 24 Nov 2099 10:00:30 GMT", "", 0, false},
		{"Tue, 24 Nov 2026 10:00:30 GMT", "", 30 * time.Second, true},
		{"Tue, 24 Nov 2026 09:00:00 GMT", "", 0, true},
		{"Tue, 24 Nov 2026 12:00:30 GMT", "Tue, 24 Nov 2026 12:00:00 GMT", 30 * time.Second, true}, // the host's clock is ahead
		{"Tue, 24 Nov 2026 10:00:30 GMT", "yesterday", 30 * time.Second, true},
	}
	for _, test := range tests {
		h := http.Header{"Retry-After": {test.value}, "Date": {test.date}}
		got, ok := httpclient.RetryAfter(h, now)
		if got != test.want || ok != test.ok {
			t.Errorf("%q with date %q: %v %t, want %v %t", test.value, test.date, got, ok, test.want, test.ok)
		}
	}
}

func FuzzRetryAfter(f *testing.F) {
	for _, seed := range []string{"", "7", "1e9", "-0", "0x1p-2", "Tue, 24 Nov 2026 10:00:30 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Inf"} {
		f.Add(seed, seed)
	}
	now := time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, value, date string) {
		wait, ok := httpclient.RetryAfter(http.Header{"Retry-After": {value}, "Date": {date}}, now)
		if wait < 0 || wait > 365*24*time.Hour || (!ok && wait != 0) {
			t.Errorf("%q, %q: %v %t", value, date, wait, ok)
		}
	})
}
