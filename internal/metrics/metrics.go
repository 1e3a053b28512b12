// Package metrics shows what a service did to whoever watches it, in the text
// format of Prometheus
// (https://prometheus.io/docs/instrumenting/exposition_formats/).
package metrics

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"

	"msgraph-user/internal/engine"
)

// Path is where a Handler shows the numbers.
const Path = "/metrics"

// Handler answers GET Path with what read returns at that moment, and nothing else.
func Handler(read func() engine.Stats) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+Path, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
		_ = Write(w, read()) // a watcher that is gone needs no answer
	})
	return mux
}

// metric is one number with what a watcher is told of it.
type metric struct {
	name, kind, help string
	value            float64
}

const (
	counter = "counter"
	gauge   = "gauge"
)

// Write writes s. Every name and kind of error is always there, so that a rule on
// it works from the first scrape on.
func Write(w io.Writer, s engine.Stats) error {
	out := &printer{w: w}
	for _, m := range []metric{
		{"msgraph_user_calls_total", counter, "Commands that have ended, well or not.", float64(s.Calls)},
		{"msgraph_user_running_calls", gauge, "Commands that run now.", float64(s.Running)},
		{"msgraph_user_graph_requests_total", counter, "Requests to Microsoft Graph, retries included.", float64(s.Requests)},
		{"msgraph_user_graph_retries_total", counter, "Requests to Microsoft Graph that were sent again.", float64(s.Retries)},
		{"msgraph_user_graph_throttled_total", counter, "Answers of Microsoft Graph that asked to wait.", float64(s.Throttled)},
		{"msgraph_user_graph_throttled_seconds_total", counter, "How long Microsoft Graph asked to wait.", s.ThrottledSeconds},
		{"msgraph_user_graph_requests_in_flight", gauge, "Requests to Microsoft Graph under way now.", float64(s.InFlight)},
		{"msgraph_user_graph_requests_waiting", gauge, "Requests to Microsoft Graph that wait for their turn.", float64(s.Waiting)},
		{"msgraph_user_token_renewals_total", counter, "Sign-ins that brought a token.", float64(s.TokenRenewals)},
		{"msgraph_user_instances", gauge, "Instances that are kept ready.", float64(s.Instances)},
	} {
		out.describe(m)
		out.printf("%s %s\n", m.name, strconv.FormatFloat(m.value, 'f', -1, 64))
	}
	out.errors(s.Errors)
	out.commands(s.Commands)
	return out.err
}

// printer writes until the first error, which it keeps.
type printer struct {
	w   io.Writer
	err error
}

func (p *printer) printf(format string, a ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format, a...)
	}
}

func (p *printer) describe(m metric) {
	p.printf("# HELP %s %s\n# TYPE %s %s\n", m.name, m.help, m.name, m.kind)
}

func (p *printer) errors(byKind map[string]int64) {
	m := metric{name: "msgraph_user_errors_total", kind: counter, help: "Commands that failed, by the kind of error."}
	p.describe(m)
	for _, kind := range slices.Sorted(maps.Keys(byKind)) {
		p.printf("%s{kind=%q} %d\n", m.name, kind, byKind[kind])
	}
}

// commands writes how many calls of each command failed, and a histogram of how long
// they took, whose count is that of all calls.
func (p *printer) commands(byName map[string]engine.CommandStats) {
	names := slices.Sorted(maps.Keys(byName))
	failed := metric{name: "msgraph_user_command_errors_total", kind: counter, help: "Calls that failed, by command."}
	p.describe(failed)
	for _, name := range names {
		p.printf("%s{command=%q} %d\n", failed.name, name, byName[name].Failed)
	}
	took := metric{name: "msgraph_user_command_duration_seconds", kind: "histogram", help: "How long calls took, by command."}
	p.describe(took)
	for _, name := range names {
		c := byName[name]
		for n, bound := range engine.DurationBounds {
			p.printf("%s_bucket{command=%q,le=\"%s\"} %d\n", took.name, name, strconv.FormatFloat(bound, 'f', -1, 64), c.Within[n])
		}
		p.printf("%s_bucket{command=%q,le=\"+Inf\"} %d\n", took.name, name, c.Calls)
		p.printf("%s_sum{command=%q} %s\n", took.name, name, strconv.FormatFloat(c.Seconds, 'f', -1, 64))
		p.printf("%s_count{command=%q} %d\n", took.name, name, c.Calls)
	}
}
