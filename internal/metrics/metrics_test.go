package metrics_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"msgraph-user/internal/engine"
	"msgraph-user/internal/metrics"
)

const shown = `# HELP msgraph_user_calls_total Commands that have ended, well or not.
# TYPE msgraph_user_calls_total counter
msgraph_user_calls_total 12345678
# HELP msgraph_user_running_calls Commands that run now.
# TYPE msgraph_user_running_calls gauge
msgraph_user_running_calls 2
# HELP msgraph_user_graph_requests_total Requests to Microsoft Graph, retries included.
# TYPE msgraph_user_graph_requests_total counter
msgraph_user_graph_requests_total 9
# HELP msgraph_user_graph_retries_total Requests to Microsoft Graph that were sent again.
# TYPE msgraph_user_graph_retries_total counter
msgraph_user_graph_retries_total 3
# HELP msgraph_user_graph_throttled_total Answers of Microsoft Graph that asked to wait.
# TYPE msgraph_user_graph_throttled_total counter
msgraph_user_graph_throttled_total 4
# HELP msgraph_user_graph_throttled_seconds_total How long Microsoft Graph asked to wait.
# TYPE msgraph_user_graph_throttled_seconds_total counter
msgraph_user_graph_throttled_seconds_total 1.5
# HELP msgraph_user_graph_requests_in_flight Requests to Microsoft Graph under way now.
# TYPE msgraph_user_graph_requests_in_flight gauge
msgraph_user_graph_requests_in_flight 5
# HELP msgraph_user_graph_requests_waiting Requests to Microsoft Graph that wait for their turn.
# TYPE msgraph_user_graph_requests_waiting gauge
msgraph_user_graph_requests_waiting 6
# HELP msgraph_user_token_renewals_total Sign-ins that brought a token.
# TYPE msgraph_user_token_renewals_total counter
msgraph_user_token_renewals_total 7
# HELP msgraph_user_instances Instances that are kept ready.
# TYPE msgraph_user_instances gauge
msgraph_user_instances 8
# HELP msgraph_user_errors_total Commands that failed, by the kind of error.
# TYPE msgraph_user_errors_total counter
msgraph_user_errors_total{kind="refused"} 0
msgraph_user_errors_total{kind="unknown command"} 1
# HELP msgraph_user_command_errors_total Calls that failed, by command.
# TYPE msgraph_user_command_errors_total counter
msgraph_user_command_errors_total{command="msgraph-user-get"} 1
# HELP msgraph_user_command_duration_seconds How long calls took, by command.
# TYPE msgraph_user_command_duration_seconds histogram
msgraph_user_command_duration_seconds_bucket{command="msgraph-user-get",le="0.05"} 0
msgraph_user_command_duration_seconds_bucket{command="msgraph-user-get",le="0.1"} 0
msgraph_user_command_duration_seconds_bucket{command="msgraph-user-get",le="0.25"} 2
msgraph_user_command_duration_seconds_bucket{command="msgraph-user-get",le="0.5"} 2
msgraph_user_command_duration_seconds_bucket{command="msgraph-user-get",le="1"} 2
msgraph_user_command_duration_seconds_bucket{command="msgraph-user-get",le="2.5"} 2
msgraph_user_command_duration_seconds_bucket{command="msgraph-user-get",le="5"} 2
msgraph_user_command_duration_seconds_bucket{command="msgraph-user-get",le="10"} 2
msgraph_user_command_duration_seconds_bucket{command="msgraph-user-get",le="30"} 2
msgraph_user_command_duration_seconds_bucket{command="msgraph-user-get",le="60"} 2
msgraph_user_command_duration_seconds_bucket{command="msgraph-user-get",le="300"} 3
msgraph_user_command_duration_seconds_bucket{command="msgraph-user-get",le="+Inf"} 4
msgraph_user_command_duration_seconds_sum{command="msgraph-user-get"} 500.5
msgraph_user_command_duration_seconds_count{command="msgraph-user-get"} 4
`

func TestMetrics(t *testing.T) {
	server := httptest.NewServer(metrics.Handler(func() engine.Stats {
		return engine.Stats{
			Calls: 12345678, Running: 2, Requests: 9, Retries: 3, Throttled: 4, ThrottledSeconds: 1.5, InFlight: 5, Waiting: 6,
			TokenRenewals: 7, Instances: 8, Errors: map[string]int64{"unknown command": 1, "refused": 0},
			Commands: map[string]engine.CommandStats{"msgraph-user-get": {Calls: 4, Failed: 1, Seconds: 500.5, Within: []int64{0, 0, 2, 2, 2, 2, 2, 2, 2, 2, 3}}},
		}
	}))
	defer server.Close()
	for path, want := range map[string]int{metrics.Path: http.StatusOK, "/": http.StatusNotFound, "/debug/pprof/": http.StatusNotFound} {
		response, err := http.Get(server.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		response.Body.Close()
		if err != nil || response.StatusCode != want {
			t.Errorf("%s: %s, %v", path, response.Status, err)
		}
		if path == metrics.Path && (string(body) != shown || !strings.HasPrefix(response.Header.Get("Content-Type"), "text/plain; version=0.0.4")) {
			t.Errorf("%s\n%s", response.Header.Get("Content-Type"), body)
		}
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, io.ErrShortWrite }

func TestAWriterThatFailsIsTold(t *testing.T) {
	if err := metrics.Write(full{}, engine.Stats{}); !errors.Is(err, io.ErrShortWrite) {
		t.Errorf("%v", err)
	}
}
