package definition

import (
	"errors"
	"strings"
	"testing"
	"time"

	"msgraph-user/internal/failure"
)

func TestStartTime(t *testing.T) {
	now := time.Date(2026, 11, 24, 17, 50, 0, 0, time.UTC) // a Tuesday
	for _, c := range []struct{ text, want string }{
		{"now", "2026-11-24T17:50:00Z"},
		{" NOW ", "2026-11-24T17:50:00Z"},
		{"", "2026-11-24T17:50:00Z"},
		{"2030-03-26T00:00:00.000Z", "2030-03-26T00:00:00Z"},
		{"2031-01-02T03:04:05Z", "2031-01-02T03:04:05Z"},
		{"2031-01-02T03:04:05+02:00", "2031-01-02T01:04:05Z"},
		{"2031-01-02 03:04", "2031-01-02T03:04:00Z"},
		{"2031-01-02", "2031-01-02T00:00:00Z"},
		{"in 2 days", "2026-11-26T17:50:00Z"},
		{"2 days", "2026-11-26T17:50:00Z"},
		{"90 minutes from now", "2026-11-24T19:20:00Z"},
		{"in half an hour", "2026-11-24T18:20:00Z"},
		{"tomorrow 9:00", "2026-11-25T09:00:00Z"},
		{"Tomorrow at 9am", "2026-11-25T09:00:00Z"},
		{"friday 14:30", "2026-11-27T14:30:00Z"},
	} {
		got, err := parseStartTime("start_time", c.text, now)
		if err != nil || got.UTC().Format(time.RFC3339) != c.want {
			t.Errorf("%q is %v (%v), want %s", c.text, got, err, c.want)
		}
	}
}

func TestStartTimeRefused(t *testing.T) {
	now := time.Date(2026, 11, 24, 17, 50, 0, 0, time.UTC)
	for text, says := range map[string]string{
		"2020-01-01T00:00:00Z":       "past",
		"2026-11-24T17:49:59Z":       "past",
		"3 days ago":                 "past",
		"yesterday":                  "past",
		"whenever":                   "not a time that",
		"tomorrow 9:00 or later":     "not a time that",
		"in 2 hours and 30 minutes":  "not a time that",
		"12/01/2027":                 "not a time that",
		"2026-13-01T00:00:00Z":       "not a time that",
		"1764000000":                 "not a time that",
		"in 99999999999999999 years": "not a time that",
	} {
		_, err := parseStartTime("start_time", text, now)
		var e *failure.Error
		if !errors.As(err, &e) || e.Kind != failure.BadArgument || e.Argument != "start_time" || !strings.Contains(e.Message, says) {
			t.Errorf("%q: %v, want an argument error that says %q", text, err, says)
		}
	}
}

func FuzzStartTime(f *testing.F) {
	now := time.Date(2026, 11, 24, 17, 50, 0, 0, time.UTC)
	f.Add("tomorrow 9:00")
	f.Add("in 2 days")
	f.Add("2026-12-01T00:00")
	f.Fuzz(func(t *testing.T, text string) {
		if at, err := parseStartTime("start_time", text, now); err == nil && at.Before(now) {
			t.Fatalf("%q was taken for %v, which is past", text, at)
		}
	})
}

func TestSince(t *testing.T) {
	now := time.Date(2026, 11, 24, 17, 50, 0, 0, time.UTC)
	for _, c := range []struct{ text, want string }{
		{"7 days", "2026-11-17T17:50:00Z"},
		{" 7 Days ", "2026-11-17T17:50:00Z"},
		{"3 days ago", "2026-11-21T17:50:00Z"},
		{"1 hour", "2026-11-24T16:50:00Z"},
		{"1 hour ago", "2026-11-24T16:50:00Z"},
		{"90 minutes", "2026-11-24T16:20:00Z"},
		{"2 weeks", "2026-11-10T17:50:00Z"},
		{"1 month", "2026-10-24T17:50:00Z"},
		{"2 months ago", "2026-09-24T17:50:00Z"},
		{"2026-11-01", "2026-11-01T00:00:00Z"},
		{"2026-11-01T12:30:00+02:00", "2026-11-01T10:30:00Z"},
		{"2026-11-24T17:50:00Z", "2026-11-24T17:50:00Z"},
	} {
		got, err := parseSince("since", c.text, now)
		if err != nil || got.UTC().Format(time.RFC3339) != c.want {
			t.Errorf("%q is %v (%v), want %s", c.text, got, err, c.want)
		}
	}
	if got, err := parseSince("since", "", now); err != nil || !got.IsZero() {
		t.Errorf("nothing is %v (%v)", got, err)
	}
	for text, says := range map[string]string{
		"2026-11-24T17:50:01Z": "future",
		"2027-01-01":           "future",
		"tomorrow":             "future",
		"in 3 days":            "future",
		"3 days from now":      "future",
		"lately":               "not a time that the program understands",
		"7 days and a bit":     "not a time that the program understands",
		"99999999999999 days":  "not a time that the program understands",
		"-7 days":              "not a time that the program understands",
		"2026-13-01":           "not a time that the program understands",
	} {
		_, err := parseSince("since", text, now)
		var e *failure.Error
		if !errors.As(err, &e) || e.Kind != failure.BadArgument || e.Argument != "since" || !strings.Contains(e.Message, says) {
			t.Errorf("%q: %v, want an argument error that says %q", text, err, says)
		}
	}
}
