package endurance_test

import (
	"fmt"
	"io"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"msgraph-user/internal/graphtest"
)

// peakMemory is the most memory that a process had so far, in bytes.
func (p *program) peakMemory() int {
	p.t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.Process.Pid))
	if err != nil {
		p.t.Skipf("this system does not tell what a process holds: %v", err)
	}
	found := regexp.MustCompile(`VmHWM:\s+(\d+) kB`).FindSubmatch(status)
	if found == nil {
		p.t.Fatalf("no peak in %s", status)
	}
	kilobytes, err := strconv.Atoi(string(found[1]))
	if err != nil {
		p.t.Fatal(err)
	}
	return kilobytes << 10
}

func TestALineOf128MiBCostsNoMoreThanTwiceTheLimit(t *testing.T) {
	t.Parallel()
	const line, limit = 128 << 20, 32 << 20
	p := startProgram(t, "serve", "--emulator")
	if a := p.Call("msgraph-user-get", of("user", colleague), nil); a.Error != nil {
		t.Fatal(a.Text)
	}
	before := p.peakMemory()
	for range 2 {
		part := strings.Repeat("x", 1<<20)
		p.Write(`{"jsonrpc":"2.0","id":1,"method":"`)
		for range line >> 20 {
			p.Write(part)
		}
		p.Write("\n")
		if a := p.Receive(); a.Code() != -32600 || a.ID != "" {
			t.Fatalf("answered %.300s", a.Text)
		}
	}
	if cost := p.peakMemory() - before; cost > 2*limit*memoryFactor {
		t.Errorf("two lines of 128 MiB cost %d MiB", cost>>20)
	}
	if a := p.Call("msgraph-user-get", of("user", colleague), nil); a.Error != nil {
		t.Errorf("after it: %s", a.Text)
	}
}

func TestAShorterLimitOfTheLine(t *testing.T) {
	t.Parallel()
	p := startProgram(t, "serve", "--emulator", "--max-line", "1000")
	p.Write(`{"jsonrpc":"2.0","id":1,"method":"` + strings.Repeat("x", 1000) + "\"}\n")
	if a := p.Receive(); a.Code() != -32600 || !strings.Contains(a.Error.Message, "1000") {
		t.Errorf("answered %s", a.Text)
	}
}

// garbage are lines that are no request.
var garbage = []string{
	"?", "{", "[", `{"jsonrpc":"2.0"`, "\x00\x01\x02", "\xff\xfe", `"text"`, "42", "null", "[]", "[1]", "{}",
	`{"jsonrpc":"1.0","id":1,"method":"stats"}`, `{"jsonrpc":"2.0","id":{},"method":"stats"}`, `{"jsonrpc":"2.0","id":1,"method":7}`,
	"GET / HTTP/1.1", "-----BEGIN PRIVATE KEY-----", strings.Repeat("[", 20_000), strings.Repeat("a", 70_000), "\u2028",
}

func TestGarbageBetweenCalls(t *testing.T) {
	t.Parallel()
	const calls, garbageEach = 10, 30
	p := startProgram(t, "serve", "--emulator")
	go func() {
		line := 0
		for id := range calls {
			for range garbageEach {
				_, _ = io.WriteString(p.In, garbage[line%len(garbage)]+"\n") // a failure shows in the answers
				line++
			}
			_, _ = fmt.Fprintf(p.In, `{"jsonrpc":"2.0","id":%d,"method":"msgraph-user-get","params":{"args":{"user":"%s"}}}`+"\n", id, colleague)
		}
	}()
	answered, refused := map[string]bool{}, 0
	for range calls + calls*garbageEach {
		line := p.Line()
		switch a, err := graphtest.ReadReply([]byte(strings.Trim(line, "[]"))); {
		case err != nil:
			t.Fatalf("%v in %s", err, line)
		case a.ID == "" && (a.Code() == -32700 || a.Code() == -32600):
			refused++
		case a.Error == nil && strings.Contains(line, "Aiko Tanaka"):
			answered[a.ID.String()] = true
		default:
			t.Errorf("answered %.300s", line)
		}
	}
	if len(answered) != calls || refused != calls*garbageEach {
		t.Errorf("%d calls and %d lines of garbage were answered", len(answered), refused)
	}
}

func TestFiftyCallsShareOneSignIn(t *testing.T) {
	t.Parallel()
	const calls = 50
	p := startProgram(t, "serve", "--emulator")
	for range calls {
		p.Send(p.Request("msgraph-user-get", of("user", colleague), nil))
	}
	for range calls {
		if a := p.Receive(); a.Error != nil {
			t.Error(a.Text)
		}
	}
	p.Send(map[string]any{"jsonrpc": "2.0", "id": 0, "method": "stats"})
	if stats := p.Line(); !strings.Contains(stats, `"tokenRenewals":1,`) || !strings.Contains(stats, `"calls":50,`) {
		t.Errorf("%s", stats)
	}
}

// A peer that asks and never reads costs a bounded memory; when it reads again,
// nothing is missing.
func TestAPeerThatStopsReading(t *testing.T) {
	t.Parallel()
	const bound = 64 << 20 // 40 to 48 were seen: the collector decides
	p := startProgram(t, "serve", "--emulator", "--max-commands", "8")
	list := of("properties", "id,displayName,userPrincipalName,mail,jobTitle,department,officeLocation,proxyAddresses,signInActivity,identities")
	first := p.Call("msgraph-user-list", list, nil)
	if first.Error != nil {
		t.Fatal(first.Text)
	}
	calls := 3*bound/memoryFactor/len(first.Text) + 1 // under the race detector, enough to show that none is missing
	before := p.peakMemory()
	var sent atomic.Int64
	go func() {
		for range calls {
			p.Send(p.Request("msgraph-user-list", list, nil))
			sent.Add(1)
		}
	}()
	stats := startProgram(t, "serve", "--emulator") // does its work meanwhile, as a clock that needs no time
	for range 50 {
		stats.Call("msgraph-user-list", list, nil)
	}
	for n := range calls {
		if line := p.Line(); len(line) < len(first.Text)-1 || !strings.Contains(line[:100], `"result"`) {
			t.Fatalf("answer %d, after %d were asked for: %.300s", n, sent.Load(), line)
		}
	}
	cost := p.peakMemory() - before
	if cost > bound*memoryFactor {
		t.Errorf("%d MiB of answers, not read, cost %d MiB", calls*len(first.Text)>>20, cost>>20)
	}
	t.Logf("%d answers of %d KiB cost %d MiB", calls, len(first.Text)>>10, cost>>20)
}
