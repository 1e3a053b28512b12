package container

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// program is the program under test; TestMain builds it.
var program string

func TestMain(m *testing.M) {
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "msgraph-user")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(dir)
		program = filepath.Join(dir, "msgraph-user")
		build := exec.Command("go", "build", "-o", program, "../..")
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := build.CombinedOutput(); err != nil {
			fmt.Fprintf(os.Stderr, "building the program: %v\n%s", err, out)
			return 1
		}
		return m.Run()
	}())
}

// A call is what the platform sends for a command.
type call struct {
	Script  string         `json:"script"`
	Native  bool           `json:"native"`
	Command string         `json:"command"`
	Args    map[string]any `json:"args"`
	Params  map[string]any `json:"params"`
	Context map[string]any `json:"context"`
}

// newCall makes a call in the way that the platform fills one.
func newCall(command string, args map[string]any) call {
	return call{Command: command, Args: args, Params: map[string]any{}, Context: map[string]any{
		"Inv": map[string]any{"id": "42"}, "Incidents": []any{}, "ParentEntry": nil, "ExecutionContext": map[string]any{},
		"IntegrationInstance": "entra_practice", "IntegrationBrand": "Microsoft Graph User",
	}}
}

// message is what a container says.
type message struct {
	Type    string           `json:"type"`
	Command string           `json:"command"`
	Args    map[string]any   `json:"args"`
	Results []map[string]any `json:"results"`
}

// container is a running container with the platform at the other end.
type container struct {
	t       *testing.T
	dir     string // its working directory
	process *exec.Cmd
	in      io.WriteCloser
	out     *bufio.Reader
	stderr  *os.File // ends when every process of the container has

	script  string
	context map[string]any // the integration context that the platform keeps
	// answer, where set, is asked for the answer to a question first.
	answer func(message) (line string, ok bool)
}

// inPython starts a container with the platform's Python loop, which runs script.py.
func inPython(t *testing.T, environment ...string) *container {
	t.Helper()
	python, err := findPython()
	if err != nil {
		t.Skip("there is no python3 to run the script:", err)
	}
	script, err := os.ReadFile("script.py")
	if err != nil {
		t.Fatal(err)
	}
	loop, err := filepath.Abs(filepath.Join("testdata", "container_loop.py"))
	if err != nil {
		t.Fatal(err)
	}
	c := start(t, exec.Command(python, loop), append([]string{"MSGRAPH_USER_BIN=" + program}, environment...))
	c.script = string(script)
	return c
}

// findPython finds the interpreter itself, where python3 may be a script that picks one.
var findPython = sync.OnceValues(func() (string, error) {
	path, err := exec.Command("python3", "-c", "import sys; print(sys.executable)").Output()
	return strings.TrimSpace(string(path)), err
})

// inGo starts a container in which the program itself is the loop.
func inGo(t *testing.T, environment ...string) *container {
	t.Helper()
	return start(t, exec.Command(program, "loop"), environment)
}

// loops are the two ways to run the program in a container, by name.
var loops = map[string]func(*testing.T, ...string) *container{"script.py": inPython, "loop": inGo}

// practice lets the program work on the practice tenant, with a ready configuration.
const practice = "MSGRAPH_USER_FLAGS=--emulator"

// start starts a container in a directory of its own, and ends it with the test.
func start(t *testing.T, process *exec.Cmd, environment []string) *container {
	t.Helper()
	c := &container{t: t, dir: t.TempDir(), process: process, context: map[string]any{}}
	c.launch(c.dir, append(append(os.Environ(), practice), environment...))
	return c
}

// launch starts the process of c with its streams in the hands of the test.
func (c *container) launch(dir string, environment []string) {
	t, process := c.t, c.process
	t.Helper()
	process.Dir, process.Env = dir, environment
	var err error
	if c.in, err = process.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := process.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	c.out = bufio.NewReader(out)
	var stderr *os.File
	if c.stderr, stderr, err = os.Pipe(); err != nil {
		t.Fatal(err)
	}
	process.Stderr = stderr
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	stderr.Close()
	t.Cleanup(c.end)
}

// end ends the input, and waits until all processes are gone.
func (c *container) end() {
	c.in.Close()
	said, err := io.ReadAll(c.stderr)
	if err != nil {
		c.t.Error(err)
	}
	if len(said) > 0 {
		c.t.Logf("stderr: %s", said)
	}
	_ = c.process.Wait() // its status is the business of the test that cares
	c.stderr.Close()
}

// run sends a command and answers its questions until it is completed. It returns
// the entries; an exception is a failure of the test.
func (c *container) run(asked call) []map[string]any {
	c.t.Helper()
	asked.Script = c.script
	c.send(asked)
	var entries []map[string]any
	for {
		m := c.receive()
		switch m.Type {
		case "completed":
			return entries
		case "result":
			entries = append(entries, m.Results...)
		case "executeCommand", "log":
			c.reply(m)
		default:
			c.t.Fatalf("%s: the container said %+v", asked.Command, m)
		}
	}
}

func (c *container) reply(m message) {
	c.t.Helper()
	if c.answer != nil {
		if line, ok := c.answer(m); ok {
			c.sendLine(line)
			return
		}
	}
	switch m.Command {
	case "getIntegrationContext":
		c.send(c.context)
	case "setIntegrationContext":
		c.context = m.Args["value"].(map[string]any)
		c.send(map[string]any{})
	default:
		c.send(nil)
	}
}

func (c *container) send(v any) {
	c.t.Helper()
	line, err := json.Marshal(v)
	if err != nil {
		c.t.Fatal(err)
	}
	c.sendLine(string(line))
}

func (c *container) sendLine(line string) {
	c.t.Helper()
	if _, err := io.WriteString(c.in, line+"\n"); err != nil {
		c.t.Fatal(err)
	}
}

func (c *container) receive() message {
	c.t.Helper()
	line, err := c.out.ReadBytes('\n')
	if err != nil {
		c.t.Fatalf("the container ended: %v", err)
	}
	var m message
	if err := json.Unmarshal(line, &m); err != nil {
		c.t.Fatalf("the container said %q: %v", line, err)
	}
	return m
}
