package endurance_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"msgraph-user/emulator"
	"msgraph-user/handlers"
	"msgraph-user/internal/definition"
	"msgraph-user/internal/engine"
	"msgraph-user/internal/graphtest"
	"msgraph-user/internal/rpc"
)

// largeGraph is a Graph whose every list of users is an answer of size bytes.
func largeGraph(t testing.TB, size int) *httptest.Server {
	t.Helper()
	var users bytes.Buffer
	users.WriteString(`{"value":[`)
	for n := 0; users.Len() < size-1000; n++ {
		if n > 0 {
			users.WriteByte(',')
		}
		fmt.Fprintf(&users, `{"id":"00000000-0000-4000-8000-%012d","displayName":"Person %d","userPrincipalName":"person.%d@larkspur.example","mail":"person.%d@larkspur.example","jobTitle":null,"department":"%s"}`,
			n, n, n, n, strings.Repeat("d", 400))
	}
	users.WriteString(`]}`)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if r.Method == http.MethodPost {
			_, _ = w.Write([]byte(`{"access_token":"t","expires_in":3600}`))
			return
		}
		_, _ = w.Write(users.Bytes())
	}))
	t.Cleanup(server.Close)
	return server
}

// Eight answers of the greatest size at once are held one after the other.
func TestEightLargeAnswersAtOnce(t *testing.T) {
	const calls = 8
	size, bound := 16<<20, 640<<20
	if graphtest.Long() {
		size, bound = 64<<20, 1<<30 // what docs/operations.md promises
	}
	graph := largeGraph(t, size)
	p := startProgram(t, "serve", "--timeout", "5m")
	for range calls {
		p.Send(p.Request("msgraph-user-list", nil, emulator.Parameters(graph.URL)))
	}
	for range calls {
		line, err := p.Out.ReadBytes('\n')
		if err != nil || len(line) < size || !bytes.Contains(line[:100], []byte(`"result"`)) {
			t.Fatalf("%v: %d bytes, %.300s", err, len(line), line)
		}
	}
	peak := p.peakMemory()
	t.Logf("%d answers of %d MiB at once took %d MiB", calls, size>>20, peak>>20)
	if peak > bound*memoryFactor {
		t.Errorf("that is more than %d MiB", bound>>20)
	}
}

// The answers of a batch are kept up to a bound, and what is beyond it is refused
// before it runs.
func TestABatchOf10000Lists(t *testing.T) {
	const calls, bound = 10_000, 200 << 20
	p := startProgram(t, "serve", "--emulator", "--timeout", "5m")
	var batch strings.Builder
	for id := range calls {
		if id > 0 {
			batch.WriteByte(',')
		}
		fmt.Fprintf(&batch, `{"jsonrpc":"2.0","id":%d,"method":"msgraph-user-list","params":{}}`, id)
	}
	p.Write("[" + batch.String() + "]\n")
	line, err := p.Out.ReadBytes('\n')
	if err != nil {
		t.Fatal(err)
	}
	peak := p.peakMemory()
	lists, refused := bytes.Count(line, []byte(`"result":{"entries"`)), bytes.Count(line, []byte("This request was not run."))
	t.Logf("a batch of %d lists took %d MiB, its answer is %d MiB: %d lists, %d refused", calls, peak>>20, len(line)>>20, lists, refused)
	if peak > bound*memoryFactor {
		t.Errorf("that is more than %d MiB", bound>>20)
	}
}

// A rush is so many commands, and so many of them at once.
const rushCalls, rushAtOnce = 10_000, 500

// TestTenThousandCommandsLeaveNothingBehind has 500 commands under way until 10,000
// are answered, and compares what the process holds at half of them and at the end.
func TestTenThousandCommandsLeaveNothingBehind(t *testing.T) {
	tenant := startProgram(t, "emulator").Line()
	defined := definition.Load()
	service := engine.New(engine.Options{Commands: handlers.Commands(), Definition: defined, Params: emulator.Parameters(tenant)})
	server := &rpc.Server{Runner: service, Commands: defined.CommandNames(), MaxInFlight: rushAtOnce}
	in, requests := io.Pipe()
	answers, out := io.Pipe()
	served := make(chan error, 1)
	go func() {
		served <- server.Serve(t.Context(), in, out)
		out.Close()
	}()
	lines := bufio.NewReader(answers)
	half := rush(t, requests, lines, rushCalls/2)
	end := rush(t, requests, lines, rushCalls/2)
	requests.Close()
	if err := errors.Join(<-served, service.Close(t.Context())); err != nil {
		t.Error(err)
	}
	t.Logf("after %d commands: %v; after %d: %v", rushCalls/2, half, rushCalls, end)
	if end.heap > half.heap+5<<20 || end.descriptors > half.descriptors || end.goroutines > half.goroutines {
		t.Errorf("the second half grew from %v to %v", half, end)
	}
}

// rush makes n calls, rushAtOnce at a time, and measures once all are answered.
func rush(t *testing.T, requests io.Writer, answers *bufio.Reader, n int) resources {
	t.Helper()
	ask := func(id int) {
		if _, err := fmt.Fprintf(requests, `{"jsonrpc":"2.0","id":%d,"method":"msgraph-user-get","params":{"args":{"user":"%s"}}}`+"\n", id, colleague); err != nil {
			t.Error(err)
		}
	}
	go func() {
		for id := range rushAtOnce {
			ask(id)
		}
	}()
	for id := range n {
		line, err := answers.ReadString('\n')
		if err != nil || !strings.Contains(line, "Aiko Tanaka") {
			t.Fatalf("%v: %.300s", err, line)
		}
		if id+rushAtOnce < n {
			ask(id + rushAtOnce)
		}
	}
	return settled(t)
}

// settled measures when the number of goroutines falls no more.
func settled(t *testing.T) (now resources) {
	t.Helper()
	last := measure()
	eventually(t, "goroutines end", func() bool {
		last, now = now, measure()
		return now.goroutines == last.goroutines && now.descriptors == last.descriptors
	})
	return now
}
