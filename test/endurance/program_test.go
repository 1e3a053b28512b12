package endurance_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"msgraph-user/internal/cli"
)

const (
	// asProgram is the environment variable that makes the test binary the program.
	asProgram = "MSGRAPH_USER_TEST_AS_PROGRAM"
	// longRuns is the one that switches on what takes minutes.
	longRuns = "MSGRAPH_USER_LONG"
	// patience is how long anything may take that takes moments.
	patience = 30 * time.Second
)

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		os.Exit(runProgram())
	}
	goleak.VerifyTestMain(m)
}

// runProgram is main.go's, with integration.yml of the source tree.
func runProgram() int {
	yml, err := os.ReadFile(filepath.Join("..", "..", "integration.yml"))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return cli.Main(yml, cli.System())
}

// program is a process of the program.
type program struct {
	t      testing.TB
	cmd    *exec.Cmd
	in     io.WriteCloser
	out    *bufio.Reader
	pipe   *os.File // behind out
	stderr *syncBuffer
	nextID int
	status chan int
}

// startProgram starts a process with args, which is killed when the test ends.
func startProgram(t testing.TB, args ...string) *program {
	t.Helper()
	return startProgramWith(t, nil, args...)
}

// startProgramWith is startProgram with a standard error of the test's own; nil: one
// that is read.
func startProgramWith(t testing.TB, stderr *os.File, args ...string) *program {
	t.Helper()
	p := &program{t: t, cmd: exec.Command(os.Args[0], args...), stderr: &syncBuffer{}, status: make(chan int, 1)}
	p.cmd.Env = append(os.Environ(), asProgram+"=1", "GORACE=atexit_sleep_ms=50")
	p.cmd.Stderr = p.stderr
	if stderr != nil {
		p.cmd.Stderr = stderr
	}
	var err error
	if p.in, err = p.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	outRead, outWrite, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	p.cmd.Stdout, p.out, p.pipe = outWrite, bufio.NewReaderSize(outRead, 1<<20), outRead
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	outWrite.Close()
	go func() {
		_ = p.cmd.Wait() // the status says it
		p.status <- p.cmd.ProcessState.ExitCode()
	}()
	t.Cleanup(func() {
		_ = p.cmd.Process.Kill() // it may have ended
		p.in.Close()
		outRead.Close()
		p.exit()
	})
	return p
}

// exit returns the exit status, -1 for an end by a signal.
func (p *program) exit() int {
	p.t.Helper()
	select {
	case status := <-p.status:
		p.status <- status
		return status
	case <-time.After(patience):
		p.t.Fatalf("the program did not end: %s", p.stderr)
		return 0
	}
}

// closeOutput stops reading for good.
func (p *program) closeOutput() { p.pipe.Close() }

// send writes one message.
func (p *program) send(message any) {
	p.t.Helper()
	data, err := json.Marshal(message)
	if err != nil {
		p.t.Fatal(err)
	}
	p.write(string(data) + "\n")
}

func (p *program) write(text string) {
	p.t.Helper()
	if _, err := io.WriteString(p.in, text); err != nil {
		p.t.Fatalf("writing to the program: %v %s", err, p.stderr)
	}
}

// answer is what came back for a request.
type answer struct {
	ID     json.Number `json:"id"`
	Result struct {
		Entries []struct {
			Contents      any
			HumanReadable string
			EntryContext  map[string]any
			PollingArgs   map[string]any
		} `json:"entries"`
	} `json:"result"`
	Error *struct {
		Code    int            `json:"code"`
		Message string         `json:"message"`
		Data    map[string]any `json:"data"`
	} `json:"error"`
	line string
}

// code is that of the error, or 0.
func (a answer) code() int {
	if a.Error == nil {
		return 0
	}
	return a.Error.Code
}

func readAnswer(line []byte) (answer, error) {
	a := answer{line: string(line)}
	err := json.Unmarshal(line, &a)
	return a, err
}

// receive reads one message.
func (p *program) receive() answer {
	p.t.Helper()
	line, err := p.out.ReadBytes('\n')
	if err != nil {
		p.t.Fatalf("no answer: %v %s", err, p.stderr)
	}
	a, err := readAnswer(line)
	if err != nil {
		p.t.Fatalf("%v in %s", err, line)
	}
	return a
}

// line reads one line of text.
func (p *program) line() string {
	p.t.Helper()
	line, err := p.out.ReadString('\n')
	if err != nil {
		p.t.Fatalf("no line: %v %s", err, p.stderr)
	}
	return strings.TrimSpace(line)
}

// request makes the request of a command, with an id of its own. params may be nil.
func (p *program) request(command string, args, params map[string]any) map[string]any {
	p.nextID++
	given := map[string]any{"args": args}
	if params != nil {
		given["params"] = params
	}
	return map[string]any{"jsonrpc": "2.0", "id": p.nextID, "method": command, "params": given}
}

// call runs a command and returns its answer.
func (p *program) call(command string, args, params map[string]any) answer {
	p.t.Helper()
	p.send(p.request(command, args, params))
	return p.receive()
}

// of makes arguments of names and values in turn.
func of(pairs ...string) map[string]any {
	args := map[string]any{}
	for i := 0; i < len(pairs); i += 2 {
		args[pairs[i]] = pairs[i+1]
	}
	return args
}

// with returns a copy of params with one more.
func with(params map[string]any, name string, value any) map[string]any {
	more := map[string]any{name: value}
	for n, v := range params {
		if n != name {
			more[n] = v
		}
	}
	return more
}

// file writes a file of the test's own.
func file(t testing.TB, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// eventually waits until done, which something in another process brings about.
func eventually(t testing.TB, what string, done func() bool) {
	t.Helper()
	deadline := time.After(patience)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !done() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("in vain: %s", what)
		}
	}
}

// syncBuffer collects what a process writes.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}
