package cli

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// integrationYML reads the file that main.go embeds.
func integrationYML(t testing.TB) []byte {
	t.Helper()
	yml, err := os.ReadFile(filepath.Join("..", "..", "integration.yml"))
	if err != nil {
		t.Fatal(err)
	}
	return yml
}

// lockedBuffer collects what a program writes while it runs.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// runProgram runs a command line to its end.
func runProgram(t testing.TB, stdin string, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, errs lockedBuffer
	status = run(t.Context(), integrationYML(t), Streams{Args: args, Stdin: bytes.NewBufferString(stdin), Stdout: &out, Stderr: &errs, Getenv: func(string) string { return "" }})
	return status, out.String(), errs.String()
}

// session is a JSON-RPC session with a running program.
type session struct {
	t      testing.TB
	in     *io.PipeWriter
	out    *bufio.Scanner
	nextID int
	stderr *lockedBuffer
	ended  chan int
}

// answer is what came back for a request.
type answer struct {
	Result struct {
		Entries []entry `json:"entries"`
	} `json:"result"`
	Error *struct {
		Code    int            `json:"code"`
		Message string         `json:"message"`
		Data    map[string]any `json:"data"`
	} `json:"error"`
	line string
}

type entry struct {
	Type          int
	Contents      any
	HumanReadable string
	EntryContext  map[string]any
	File          string
	FileData      []byte
	PollingArgs   map[string]any
}

// start runs serve with further arguments, until the test ends.
func start(t testing.TB, args ...string) *session {
	t.Helper()
	inRead, inWrite := io.Pipe()
	outRead, outWrite := io.Pipe()
	s := &session{t: t, in: inWrite, out: bufio.NewScanner(outRead), stderr: &lockedBuffer{}, ended: make(chan int, 1)}
	s.out.Buffer(nil, 64<<20)
	streams := Streams{Args: append([]string{"serve"}, args...), Stdin: inRead, Stdout: outWrite, Stderr: s.stderr, Getenv: func(string) string { return "" }}
	yml := integrationYML(t)
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		status := run(ctx, yml, streams)
		outWrite.Close()
		s.ended <- status
	}()
	t.Cleanup(func() {
		inWrite.Close()
		for s.out.Scan() { // lets a last answer out
		}
		select {
		case status := <-s.ended:
			if status != exitDone {
				t.Errorf("serve ended with status %d: %s", status, s.stderr)
			}
		case <-time.After(20 * time.Second):
			t.Error("serve did not end at the end of input")
		}
		cancel()
	})
	return s
}

// send writes one line.
func (s *session) send(message any) {
	s.t.Helper()
	data, err := json.Marshal(message)
	if err != nil {
		s.t.Fatal(err)
	}
	if _, err := s.in.Write(append(data, '\n')); err != nil {
		s.t.Fatal(err)
	}
}

// receive reads one line.
func (s *session) receive() answer {
	s.t.Helper()
	if !s.out.Scan() {
		s.t.Fatalf("no answer: %v %s", s.out.Err(), s.stderr)
	}
	var a answer
	if err := json.Unmarshal(s.out.Bytes(), &a); err != nil {
		s.t.Fatalf("%v in %s", err, s.out.Text())
	}
	a.line = s.out.Text()
	return a
}

// call runs a command for the instance that params describe (nil: the ready one).
func (s *session) call(command string, args, params map[string]any) answer {
	s.t.Helper()
	s.nextID++
	given := map[string]any{"args": args}
	if params != nil {
		given["params"] = params
	}
	s.send(map[string]any{"jsonrpc": "2.0", "id": s.nextID, "method": command, "params": given})
	return s.receive()
}
