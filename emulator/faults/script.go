package faults

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"gopkg.in/yaml.v3"
)

// Kind is what happens to a request.
type Kind string

// The faults. Answer, which only a script can ask for, sends an answer of the
// script's own instead of the tenant's.
const (
	Throttle    Kind = "throttle"
	Unavailable Kind = "unavailable"
	Reset       Kind = "reset"
	Truncate    Kind = "truncate"
	Lost        Kind = "lost"
	Latency     Kind = "latency"
	Answer      Kind = "answer"
	none        Kind = ""
)

// Rule is one line of a script: which request, which of its occurrences, what happens.
//
//   - on: PATCH /v1.0/users/*
//     nth: 2
//     do: lost
type Rule struct {
	// On is a method (or *) and a path: * stands for one segment, ** at the end for
	// any number of them. It is compared with the decoded path without query.
	On string
	// Nth says which of the requests that On matches: "2", "2-4", "3-" (from the
	// third on). Empty means every one.
	Nth string
	Do  Kind

	RetryAfter *int              // throttle, unavailable: seconds; left out, the answer has no Retry-After
	Latency    time.Duration     // how long to wait first; Do latency needs it
	Status     int               // answer
	Headers    map[string]string // answer
	Body       string            // answer

	method   string
	segments []string
	from, to int // to 0: no end
}

// Script is a list of exact faults. Each rule counts the requests that it
// matches; the first rule whose count is due decides.
type Script []Rule

// ruleText is a rule as the file has it.
type ruleText struct {
	On         string            `yaml:"on"`
	Nth        string            `yaml:"nth"`
	Do         Kind              `yaml:"do"`
	RetryAfter *int              `yaml:"retry-after"`
	Latency    string            `yaml:"latency"`
	Status     int               `yaml:"status"`
	Headers    map[string]string `yaml:"headers"`
	Body       string            `yaml:"body"`
}

// ParseScript reads a script: a YAML or JSON list of rules with the members on,
// nth, do, retry-after, latency, status, headers and body. The error says which
// rule is wrong and why.
func ParseScript(text []byte) (Script, error) {
	d := yaml.NewDecoder(bytes.NewReader(text))
	d.KnownFields(true)
	var list []ruleText
	if err := d.Decode(&list); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("fault script: %w", err)
	}
	script := make(Script, 0, len(list))
	for i, t := range list {
		r, err := t.rule()
		if err != nil {
			return nil, fmt.Errorf("fault script: rule %d: %w", i+1, err)
		}
		script = append(script, r)
	}
	return script, nil
}

func (t ruleText) rule() (Rule, error) {
	r := Rule{On: t.On, Nth: t.Nth, Do: t.Do, RetryAfter: t.RetryAfter, Status: t.Status, Headers: t.Headers, Body: t.Body}
	if t.Latency != "" {
		if err := parseDuration(t.Latency, &r.Latency); err != nil {
			return r, fmt.Errorf("latency: %w", err)
		}
	}
	if err := r.readOn(); err != nil {
		return r, err
	}
	if err := r.readNth(); err != nil {
		return r, err
	}
	return r, r.check()
}

func (r *Rule) readOn() error {
	fields := strings.Fields(r.On)
	if len(fields) != 2 || !strings.HasPrefix(fields[1], "/") {
		return fmt.Errorf("on: %q is not a method and a path, such as GET /v1.0/users/*", r.On)
	}
	r.method, r.segments = strings.ToUpper(fields[0]), strings.Split(fields[1], "/")
	for i, s := range r.segments {
		if s == "**" && i != len(r.segments)-1 {
			return fmt.Errorf("on: %q has ** before its end", r.On)
		}
	}
	return nil
}

func (r *Rule) readNth() error {
	if r.Nth == "" {
		r.from = 1
		return nil
	}
	first, last, span := strings.Cut(r.Nth, "-")
	var err error
	if r.from, err = strconv.Atoi(first); err != nil || r.from < 1 {
		return fmt.Errorf("nth: %q is not a number from 1 on, a span such as 2-4, or 3- for the third and all after", r.Nth)
	}
	switch {
	case !span:
		r.to = r.from
	case last != "":
		if r.to, err = strconv.Atoi(last); err != nil || r.to < r.from {
			return fmt.Errorf("nth: %q does not end where it begins or later", r.Nth)
		}
	}
	return nil
}

func (r *Rule) check() error {
	switch r.Do {
	case Throttle, Unavailable, Reset, Truncate, Lost:
	case Latency:
		if r.Latency <= 0 {
			return errors.New("do: latency needs the member latency, such as 12s")
		}
	case Answer:
		if r.Status < 200 || r.Status > 599 {
			return fmt.Errorf("status: %d is not a status from 200 to 599", r.Status)
		}
	default:
		return fmt.Errorf("do: there is no fault %q: use throttle, unavailable, reset, truncate, lost, latency or answer", r.Do)
	}
	if r.RetryAfter != nil && (*r.RetryAfter < 0 || *r.RetryAfter > maxRetryAfter) {
		return fmt.Errorf("retry-after: %d is not from 0 to %d seconds", *r.RetryAfter, maxRetryAfter)
	}
	return nil
}

func (r *Rule) matches(q *http.Request) bool {
	if r.method != "*" && r.method != q.Method {
		return false
	}
	got := strings.Split(q.URL.Path, "/")
	for i, want := range r.segments {
		if want == "**" {
			return true
		}
		if i >= len(got) || (want != "*" && want != got[i]) {
			return false
		}
	}
	return len(got) == len(r.segments)
}

// due reports whether the rule acts on the nth request that it matches.
func (r *Rule) due(nth int) bool { return nth >= r.from && (r.to == 0 || nth <= r.to) }
