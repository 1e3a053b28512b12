package definition

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/olebedev/when/rules"
	"github.com/olebedev/when/rules/en"

	"msgraph-user/internal/failure"
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
var duration = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)^(\d+\s+(?:second|minute|hour|day|week)s?)(?:\s+from\s+now)?$`)
})

// StartTime returns when something begins that the argument name says, seen from
// now: now where it is absent. The error is a *failure.Error that names the
// argument.
func (a Arguments) StartTime(name string, now time.Time) (time.Time, error) {
	return parseStartTime(name, a.Text(name), now)
}

// Since returns from when on something counts that the argument name says, seen from
// now; the zero time where it is absent. An amount of time lies in the past: "7 days"
// is "7 days ago". A time to come is an error. The error is a *failure.Error that
// names the argument.
func (a Arguments) Since(name string, now time.Time) (time.Time, error) {
	return parseSince(name, a.Text(name), now)
}

func parseSince(argument, text string, now time.Time) (time.Time, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return time.Time{}, nil
	}
	at, ok := parseISO(text)
	if !ok {
		spoken := strings.ToLower(text)
		if amount().MatchString(text) {
			spoken += " ago"
		}
		at, ok = parseSpoken(spoken, now)
	}
	if !ok {
		return time.Time{}, failure.Argument(argument,
			"%q is not a time that the program understands. Write it as \"7 days\", \"3 days ago\", 2026-03-26 or 2026-03-26T09:00:00Z.", text)
	}
	if at.After(now) {
		return time.Time{}, failure.Argument(argument,
			"%q is %s, which lies in the future. Give a time that has passed, such as \"7 days\".", text, at.UTC().Format(time.RFC3339))
	}
	return at, nil
}

// amount matches an amount of time alone.
var amount = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)^\d+\s+(?:second|minute|hour|day|week|month|year)s?$`)
})

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
			"%q is not a time that the program understands. Write it as 2026-03-26T09:00:00Z, or as \"in 2 days\" or \"tomorrow 9:00\".", text)
	}
	if at.Before(now) {
		return time.Time{}, failure.Argument(argument,
			"%q is %s, which is in the past. Give a time in the future, or \"now\".", text, at.UTC().Format(time.RFC3339))
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
	if amount := duration().FindStringSubmatch(text); amount != nil {
		text = "in " + amount[1]
	}
	matches := spokenMatches(text)
	if len(matches) == 0 {
		return time.Time{}, false
	}
	context := &rules.Context{Text: text}
	for _, match := range matches {
		if _, err := match.Apply(context, &spokenOptions, now.UTC()); err != nil {
			return time.Time{}, false
		}
	}
	at, err := context.Time(now.UTC())
	if err != nil {
		return time.Time{}, false
	}
	return at, plausible(text, at, now)
}

// spokenOptions are the hours that words stand for, and how many letters may lie
// between the parts of a time.
var spokenOptions = rules.Options{Distance: 5, Afternoon: 15, Evening: 18, Morning: 8, Noon: 12}

// spokenMatches finds the parts of an English time in text, in the order in which
// the rules are to be applied; none unless together they cover all of it. The
// rules are used without the library's own parser, which takes a text of which it
// understood any part, and brings the rules of five languages into every start of
// the program.
func spokenMatches(text string) []*rules.Match {
	var found []*rules.Match
	for _, rule := range en.All {
		if match := rule.Find(text); match != nil {
			found = append(found, match)
		}
	}
	covered := 0
	for i, match := range slices.SortedFunc(slices.Values(found), func(a, b *rules.Match) int { return cmp.Compare(a.Left, b.Left) }) {
		if (i == 0 && match.Left > 0) || match.Left > covered+spokenOptions.Distance {
			return nil
		}
		covered = max(covered, match.Right)
	}
	if covered < len(text) {
		return nil
	}
	return found
}

// plausible refuses what the parser makes of amounts that overflow, and of
// months that reach into the next year.
func plausible(text string, at, now time.Time) bool {
	ahead := strings.HasPrefix(strings.ToLower(text), "in ")
	return at.After(now.AddDate(-10, 0, 0)) && at.Before(now.AddDate(10, 0, 0)) && !(ahead && at.Before(now))
}
