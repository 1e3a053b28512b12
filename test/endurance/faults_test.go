package endurance_test

import (
	"encoding/json"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"msgraph-user/internal/graphtest"
)

// newcomer is a create of a user.
func newcomer(p *program) map[string]any {
	return p.Request("msgraph-user-create", of("display_name", "New Hire", "mail_nickname", "new.hire", "password", "Practice-Pa55word",
		"user_principal_name", "new.hire@larkspur.example"), nil)
}

// A create whose answer is lost is not sent again: the error says that it may have
// happened and how to see. The script makes it happen again in every run.
func TestALostCreateIsToldAndNotRepeated(t *testing.T) {
	t.Parallel()
	script := file(t, "script.yml", "- on: POST /v1.0/users\n  nth: 1\n  do: lost\n")
	var first string
	for range 2 {
		p := startProgram(t, "serve", "--emulator", "--fault-script", script)
		p.Send(newcomer(p))
		lost := p.Receive()
		if lost.Code() != -32004 || !strings.Contains(lost.Error.Message, "may have been made") || !strings.Contains(lost.Error.Message, "new.hire@larkspur.example") {
			t.Fatalf("answered %s", lost.Text)
		}
		if first == "" {
			first = lost.Text
		}
		if lost.Text != first {
			t.Errorf("another run: %s, not %s", lost.Text, first)
		}
		if a := p.Call("msgraph-user-get", of("user", "new.hire@larkspur.example"), nil); a.Error != nil || !strings.Contains(a.Text, "New Hire") {
			t.Errorf("it was made, but: %s", a.Text)
		}
		p.Send(newcomer(p))
		if a := p.Receive(); a.Code() != -32002 || !strings.Contains(a.Error.Message, "already exists") {
			t.Errorf("made twice: %s", a.Text)
		}
	}
}

// A wait beyond the deadline is told at once, to this instance alone.
func TestThrottlingBeyondTheDeadline(t *testing.T) {
	t.Parallel()
	script := file(t, "script.json", `[{"on":"GET /v1.0/users/*","nth":"2","do":"throttle","retry-after":120}]`)
	p := startProgram(t, "serve", "--emulator", "--fault-script", script)
	get := func(instance string) graphtest.Reply {
		request := p.Request("msgraph-user-get", of("user", colleague), nil)
		request["params"].(map[string]any)["context"] = map[string]any{"IntegrationInstance": instance}
		p.Send(request)
		return p.Receive()
	}
	if a := get("one"); a.Error != nil {
		t.Errorf("the first: %s", a.Text)
	}
	began := time.Now()
	for range 2 { // the answer, and the pause that all calls of the instance share
		if a := get("one"); a.Code() != -32003 || a.Error.Data["retryAfter"].(float64) < 110 {
			t.Errorf("throttled: %s", a.Text)
		}
	}
	if a := get("another"); a.Error != nil {
		t.Errorf("another instance: %s", a.Text)
	}
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("it took %v", took)
	}
}

// Whoever watches the program sees numbers at --metrics, on this machine only, and
// one line a request in the log.
func TestWhatAWatcherSees(t *testing.T) {
	t.Parallel()
	script := file(t, "script.json", `[{"on":"GET /v1.0/users/*","nth":"1","do":"unavailable"}]`)
	p := startProgram(t, "serve", "--emulator", "--fault-script", script, "--metrics", "0", "--log-level", "debug", "--log-format", "json")
	if a := p.Call("msgraph-user-get", of("user", colleague), nil); a.Error != nil {
		t.Fatal(a.Text)
	}
	p.Call("msgraph-user-get", of("user", "."), nil)
	found := regexp.MustCompile(`"url":"(http://127\.0\.0\.1:\d+/metrics)"`).FindStringSubmatch(p.Stderr.String())
	if found == nil {
		t.Fatalf("no address in %s", p.Stderr)
	}
	response, err := http.Get(found[1])
	if err != nil {
		t.Fatal(err)
	}
	defer http.DefaultClient.CloseIdleConnections()
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{
		"msgraph_user_calls_total 2\n", `msgraph_user_errors_total{kind="argument"} 1` + "\n", "msgraph_user_token_renewals_total 1\n",
		"msgraph_user_graph_requests_total 2\n", "msgraph_user_graph_retries_total 1\n", "msgraph_user_graph_requests_in_flight 0\n",
	} {
		if !strings.Contains(string(body), "\n"+line) {
			t.Errorf("no %q in\n%s", line, body)
		}
	}
	checkRequestLine(t, p.Stderr.String())
}

func checkRequestLine(t testing.TB, log string) {
	t.Helper()
	lines := 0
	for text := range strings.Lines(log) {
		var line map[string]any
		if err := json.Unmarshal([]byte(text), &line); err != nil {
			t.Errorf("%v in %q", err, text)
		}
		if line["msg"] != "graph request" {
			continue
		}
		lines++
		if line["method"] != "GET" || line["path"] != "/v1.0/users/{user}" || line["status"] != 200.0 || line["retries"] != 1.0 ||
			line["request_id"] == "" || line["time"] == nil {
			t.Errorf("the line of a request is %s", text)
		}
	}
	if lines != 1 {
		t.Errorf("%d lines for one request to Graph", lines)
	}
}

func TestLimitsThatAreNone(t *testing.T) {
	t.Parallel()
	for _, flag := range []string{"--max-line=0", "--max-commands=-1", "--max-waiting=-1", "--grace=-1s", "--metrics=nowhere:at:all"} {
		p := startProgram(t, "serve", "--emulator", flag)
		if status := p.Exit(); status == 0 {
			t.Errorf("%s: exit status %d", flag, status)
		}
	}
}

// What is more than may run waits, and what is more than may wait is refused.
func TestCommandsBeyondTheLimits(t *testing.T) {
	t.Parallel()
	p := startProgram(t, "serve", "--emulator", "--fault-script", slowGet(t, "200ms"), "--max-commands", "1", "--max-waiting", "1")
	for range 3 {
		p.Send(p.Request("msgraph-user-get", of("user", colleague), nil))
	}
	codes := map[string]int{}
	for range 3 {
		a := p.Receive()
		codes[a.ID.String()] = a.Code()
	}
	if codes["1"] != 0 || codes["2"] != 0 || codes["3"] != -32003 {
		t.Errorf("answered %v", codes)
	}
}
