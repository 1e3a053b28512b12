package endurance_test

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"msgraph-user/internal/audit"
	"msgraph-user/internal/graphtest"
)

const (
	colleague = "aiko.tanaka@larkspur.example"
	other     = "hanna.lindqvist@larkspur.example"
)

// slowGet lets the practice tenant take its time over reading a user.
func slowGet(t testing.TB, latency string) string {
	return file(t, "script.yml", `[{"on":"GET /v1.0/users/*","do":"latency","latency":"`+latency+`"}]`)
}

// serveSlowly starts a server whose tenant takes latency over reading a user, and
// has it read one. The call is under way when serveSlowly returns.
func serveSlowly(t testing.TB, latency string, args ...string) *program {
	t.Helper()
	p := startProgram(t, append([]string{"serve", "--emulator", "--fault-script", slowGet(t, latency)}, args...)...)
	p.Send(p.Request("msgraph-user-get", of("user", colleague), nil))
	p.awaitUnderWay()
	return p
}

// awaitUnderWay waits until a request to Graph is in flight.
func (p *program) awaitUnderWay() {
	p.t.Helper()
	eventually(p.t, "a request is in flight", func() bool {
		p.Send(map[string]any{"jsonrpc": "2.0", "id": "stats", "method": "stats"})
		return strings.Contains(p.Line(), `"inFlight":1`)
	})
}

func (p *program) signal(s syscall.Signal) {
	p.t.Helper()
	if err := p.Process.Signal(s); err != nil {
		p.t.Fatal(err)
	}
}

func TestTheEndOfInputLetsRunningWorkFinish(t *testing.T) {
	t.Parallel()
	p := serveSlowly(t, "300ms")
	p.In.Close()
	if a := p.Receive(); a.Error != nil || !strings.Contains(a.Text, "Aiko Tanaka") {
		t.Errorf("answered %s", a.Text)
	}
	if status := p.Exit(); status != 0 {
		t.Errorf("exit status %d: %s", status, p.Stderr)
	}
}

func TestSIGTERMLetsRunningWorkFinish(t *testing.T) {
	t.Parallel()
	for _, signal := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
		p := serveSlowly(t, "300ms")
		p.signal(signal)
		if a := p.Receive(); a.Error != nil || !strings.Contains(a.Text, "Aiko Tanaka") {
			t.Errorf("%v: answered %s", signal, a.Text)
		}
		if status := p.Exit(); status != 0 {
			t.Errorf("%v: exit status %d: %s", signal, status, p.Stderr)
		}
	}
}

func TestWorkThatOutlastsTheGracePeriodIsCancelled(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*program){
		"end of input": func(p *program) { p.In.Close() },
		"SIGTERM":      func(p *program) { p.signal(syscall.SIGTERM) },
	} {
		p := serveSlowly(t, "1m", "--grace", "200ms")
		began := time.Now()
		end(p)
		if a := p.Receive(); a.Code() != -32800 {
			t.Errorf("%s: answered %s", name, a.Text)
		}
		if status, took := p.Exit(), time.Since(began); status != 0 || took < 200*time.Millisecond || took > 4*time.Second { // the default is 5
			t.Errorf("%s: exit status %d after %v: %s", name, status, took, p.Stderr)
		}
	}
}

func TestASecondSignalEndsIt(t *testing.T) {
	t.Parallel()
	p := serveSlowly(t, "1m", "--grace", "1m")
	p.signal(syscall.SIGTERM)
	p.Send(map[string]any{"jsonrpc": "2.0", "id": 2, "method": "stats"})
	for a := p.Receive(); a.Code() != -32800; a = p.Receive() { // until the first signal has had its effect
		p.Send(map[string]any{"jsonrpc": "2.0", "id": 2, "method": "stats"})
	}
	eventually(t, "a second signal ends it", func() bool {
		_ = p.Process.Signal(syscall.SIGTERM) // it may have ended
		return p.Ended()
	})
	if status := p.Exit(); status != -1 {
		t.Errorf("exit status %d, want an end by the signal", status)
	}
}

// A peer that is gone from both ends takes nothing with it: the trail says how a
// change ended, though nobody hears of it.
func TestAPeerThatIsGone(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	script := file(t, "script.yml", `[{"on":"DELETE /v1.0/users/*","do":"latency","latency":"1m"}]`)
	p := startProgram(t, "serve", "--emulator", "--audit", path, "--fault-script", script)
	p.Send(p.Request("msgraph-user-delete", of("user", colleague), nil))
	p.awaitUnderWay()
	p.CloseOutput()
	p.Send(map[string]any{"jsonrpc": "2.0", "id": 2, "method": "stats"})
	if status := p.Exit(); status != 1 || !strings.Contains(p.Stderr.String(), "broken pipe") {
		t.Errorf("exit status %d: %s", status, p.Stderr)
	}
	if lines := trail(t, path); len(lines) != 2 || lines[1].Outcome != audit.Failed || !strings.Contains(lines[1].Error, "may have been made") {
		t.Errorf("the trail says %+v", lines)
	}
}

func TestACancelledCallIsAnsweredAtOnce(t *testing.T) {
	t.Parallel()
	p := serveSlowly(t, "1m")
	began := time.Now()
	p.Send(map[string]any{"jsonrpc": "2.0", "method": "$/cancelRequest", "params": map[string]any{"id": 1}})
	a := p.Receive()
	if took := time.Since(began); a.Code() != -32800 || took > graphtest.Patience { // Graph answers after a minute
		t.Errorf("after %v: %s", took, a.Text)
	}
	eventually(t, "the request to Graph ends too", func() bool {
		p.Send(map[string]any{"jsonrpc": "2.0", "id": "stats", "method": "stats"})
		return strings.Contains(p.Line(), `"inFlight":0`)
	})
}

func TestTheDeadlineOfACallEndsIt(t *testing.T) {
	t.Parallel()
	script := file(t, "script.json", `[{"on":"GET /v1.0/users/*","do":"latency","latency":"1m"},
		{"on":"POST /StrongAuthenticationService.svc/Connector//BeginTwoWayAuthentication","do":"latency","latency":"1m"}]`)
	p := startProgram(t, "serve", "--emulator", "--fault-script", script)
	secret := p.Call("msgraph-user-create-mfa-client-secret", nil, nil).Result.Entries[0].Contents.(map[string]any)["MFAClientSecret"].(string)
	token := p.Call("msgraph-user-create-mfa-client-access-token", of("client_secret", secret), nil).Result.Entries[0].Contents.(map[string]any)["AccessToken"].(string)
	for command, args := range map[string]map[string]any{
		"msgraph-user-get":         of("user", colleague),
		"msgraph-user-request-mfa": of("user_mail", colleague, "access_token", token, "timeout", "60"),
	} {
		request := p.Request(command, args, nil)
		request["params"].(map[string]any)["context"] = map[string]any{"timeout": 0.3}
		began := time.Now()
		p.Send(request)
		a := p.Receive()
		if took := time.Since(began); a.Code() != -32004 || a.Error.Data["timeout"] != true || took > graphtest.Patience { // Graph answers after a minute
			t.Errorf("%s, after %v: %s", command, took, a.Text)
		}
	}
}
