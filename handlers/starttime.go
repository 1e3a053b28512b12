package handlers

import (
	"regexp"
	"strings"
	"time"

	"github.com/olebedev/when"
	"github.com/olebedev/when/rules/en"

	"msgraph-user/failure"
)

// isoLayouts are the forms of ISO 8601 that people and playbooks write. Without
// a zone the time is UTC, as everywhere on the platform.
var isoLayouts = []string{
	time.RFC3339Nano,
	"2006-01-02T15:04Z07:00",
	"2006-01-02T15:04:05.999999999",
	"2006-01-02T15:04",
	"2006-01-02 15:04:05Z07:00",
	"2006-01-02 15:04:05",
	"2006-01-02 15:04",
	"2006-01-02",
}

// duration matches an amount of time that lacks the word which says that it
// lies ahead: "2 days", "2 days from now".
var duration = regexp.MustCompile(`(?i)^(\d+\s+(?:second|minute|hour|day|week)s?)(?:\s+from\s+now)?$`)

// parseStartTime reads when something is to begin: ISO 8601, "now", or what
// people say ("in 2 days", "tomorrow 9:00", "friday 14:30"), seen from now. A
// time that lies before now is an error of the argument, and so is a text of
// which only a part was understood: a pass that starts at another time than was
// meant is worse than none.
func parseStartTime(argument, text string, now time.Time) (time.Time, error) {
	text = strings.TrimSpace(text)
	if text == "" || strings.EqualFold(text, "now") {
		return now, nil
	}
	at, ok := parseISO(text)
	if !ok {
		at, ok = parseSpoken(text, now)
	}
	if !ok {
		return time.Time{}, failure.Argument(argument,
			"%q is not understood as a time. Write it as 2026-03-26T09:00:00Z, or as \"in 2 days\" or \"tomorrow 9:00\".", text)
	}
	if at.Before(now) {
		return time.Time{}, failure.Argument(argument,
			"%q is %s, which lies in the past. Give a time to come, or \"now\".", text, at.UTC().Format(time.RFC3339))
	}
	return at, nil
}

func parseISO(text string) (time.Time, bool) {
	for _, layout := range isoLayouts {
		if at, err := time.Parse(layout, text); err == nil {
			return at, true
		}
	}
	return time.Time{}, false
}

func parseSpoken(text string, now time.Time) (time.Time, bool) {
	if amount := duration.FindStringSubmatch(text); amount != nil {
		text = "in " + amount[1]
	}
	parser := when.New(nil)
	parser.Add(en.All...)
	found, err := parser.Parse(text, now.UTC())
	if err != nil || found == nil || len(found.Text) != len(text) {
		return time.Time{}, false
	}
	return found.Time, plausible(text, found.Time, now)
}

// plausible refuses what the parser makes of amounts that overflow, and of
// months that reach into the next year.
func plausible(text string, at, now time.Time) bool {
	ahead := strings.HasPrefix(strings.ToLower(text), "in ")
	return at.After(now.AddDate(-10, 0, 0)) && at.Before(now.AddDate(10, 0, 0)) && !(ahead && at.Before(now))
}
