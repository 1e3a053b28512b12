package graphtest

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

const (
	// AsProgram is the environment variable that makes a test binary the program: its
	// TestMain looks for it.
	AsProgram = "MSGRAPH_USER_TEST_AS_PROGRAM"
	// SourceRoot is the environment variable that names the top of the source tree where
	// a process does not run within it.
	SourceRoot = "MSGRAPH_USER_TEST_ROOT"
	// Patience is how long anything may take that takes moments.
	Patience = 30 * time.Second
)

// Root returns the top of the source tree.
func Root() (string, error) {
	if root := os.Getenv(SourceRoot); root != "" {
		return root, nil
	}
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for ; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", errors.New("no go.mod is above the working directory")
		}
	}
}

// IntegrationYML reads the file that main.go embeds.
func IntegrationYML(t testing.TB) []byte {
	t.Helper()
	yml, err := readIntegration()
	if err != nil {
		t.Fatal(err)
	}
	return yml
}

func readIntegration() ([]byte, error) {
	root, err := Root()
	if err != nil {
		return nil, err
	}
	return os.ReadFile(filepath.Join(root, "integration.yml"))
}

// Main does what main.go does: it hands integration.yml to the command line, and
// returns its exit status.
func Main(commandLine func(yml []byte) int) int {
	yml, err := readIntegration()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return commandLine(yml)
}

// Self returns a command that runs the test binary as the program.
func Self(args ...string) *exec.Cmd {
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(os.Environ(), AsProgram+"=1", "GORACE=atexit_sleep_ms=50")
	return cmd
}

// Program is a process with a session over its standard input and output.
type Program struct {
	*Session
	Process *os.Process
	Output  *os.File // behind Out

	status chan int
}

// Start starts cmd; the process is killed when the test ends. Where cmd names no
// standard error, the session keeps what is written there.
func Start(t testing.TB, cmd *exec.Cmd) *Program {
	t.Helper()
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, childOut, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	p := &Program{Session: NewSession(t, in, out), Output: out, status: make(chan int, 1)}
	cmd.Stdout = childOut
	if cmd.Stderr == nil {
		cmd.Stderr = p.Stderr
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p.Process = cmd.Process
	childOut.Close()
	go func() {
		_ = cmd.Wait() // the status says it
		p.status <- cmd.ProcessState.ExitCode()
	}()
	t.Cleanup(func() {
		_ = p.Process.Kill() // it may have ended
		p.In.Close()
		p.CloseOutput()
		p.Exit()
	})
	return p
}

// Exit waits for the end, and returns the exit status; -1 for an end by a signal.
func (p *Program) Exit() int {
	p.t.Helper()
	select {
	case status := <-p.status:
		p.status <- status
		return status
	case <-time.After(Patience):
		p.t.Fatalf("the program did not end: %s", p.Stderr)
		return 0
	}
}

// Ended reports whether the process has ended.
func (p *Program) Ended() bool { return len(p.status) > 0 }

// CloseOutput stops reading for good.
func (p *Program) CloseOutput() { p.Output.Close() }
