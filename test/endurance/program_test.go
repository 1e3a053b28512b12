package endurance_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/goleak"

	"msgraph-user/internal/cli"
	"msgraph-user/internal/graphtest"
)

// longRuns is the environment variable that switches on what takes minutes.
const longRuns = "MSGRAPH_USER_LONG"

func TestMain(m *testing.M) {
	if os.Getenv(graphtest.AsProgram) != "" {
		os.Exit(graphtest.Main(func(yml []byte) int { return cli.Main(yml, cli.System()) }))
	}
	goleak.VerifyTestMain(m)
}

// program is a process of the program, which is killed when the test ends.
type program struct {
	*graphtest.Program
	t testing.TB
}

func startProgram(t testing.TB, args ...string) *program {
	t.Helper()
	return &program{graphtest.Start(t, graphtest.Self(args...)), t}
}

// startProgramTo starts it with a standard error of the test's own.
func startProgramTo(t testing.TB, stderr *os.File, args ...string) *program {
	t.Helper()
	cmd := graphtest.Self(args...)
	cmd.Stderr = stderr
	return &program{graphtest.Start(t, cmd), t}
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
	deadline := time.After(graphtest.Patience)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !done() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("waited too long: %s", what)
		}
	}
}
