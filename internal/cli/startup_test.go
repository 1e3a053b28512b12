//go:build unix

package cli

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"msgraph-user/internal/graphtest"
)

// startReads are the ways in which a file gets into a start; FILE stands for its
// path, and a dash for standard input.
var startReads = map[string][]string{
	"--params":            {"call", "--params", "FILE", "test-module"},
	"file: in --params":   {"call", "--params", "REFERS", "test-module"},
	"--state":             {"call", "--emulator", "--state", "FILE", "test-module"},
	"--state of a tenant": {"emulator", "--state", "FILE"},
	"--emulator=SEED":     {"call", "--emulator=FILE", "test-module"},
	"--seed":              {"emulator", "--seed", "FILE"},
	"--fault-script":      {"call", "--emulator", "--fault-script", "FILE", "test-module"},
	"--audit":             {"call", "--emulator", "--audit", "FILE", "msgraph-user-account-disable", "user=x"},
	"replay FILE":         {"replay", "FILE"},
	"password=@FILE":      {"call", "--emulator", "msgraph-user-change-password", "user=x", "password=@FILE"},
	"password=-":          {"call", "--emulator", "msgraph-user-change-password", "user=x", "password=-"},
}

// startWith runs the program with path in the place of FILE, and returns how it
// ended.
func startWith(t *testing.T, ctx context.Context, args []string, path string, stdin io.Reader) (status int, stderr string) {
	t.Helper()
	refers := filepath.Join(t.TempDir(), "refers.yaml")
	if err := os.WriteFile(refers, []byte("creds_enc_key: {password: 'file:"+path+"'}"), 0o600); err != nil {
		t.Fatal(err)
	}
	var given []string
	for _, arg := range args {
		given = append(given, strings.NewReplacer("FILE", path, "REFERS", refers).Replace(arg))
	}
	var errs graphtest.Buffer
	ended := make(chan int, 1)
	yml := graphtest.IntegrationYML(t)
	go func() {
		ended <- run(ctx, yml, Streams{Args: given, Stdin: stdin, Stdout: io.Discard, Stderr: &errs, Getenv: func(string) string { return "" }})
	}()
	select {
	case status = <-ended:
	case <-time.After(20 * time.Second):
		t.Fatal("the program hangs")
	}
	return status, errs.String()
}

// A pipe that nobody writes to does not keep the program past a signal.
func TestAStartEndsWithASignal(t *testing.T) {
	for name, args := range startReads {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "pipe")
			if err := syscall.Mkfifo(path, 0o600); err != nil {
				t.Fatal(err)
			}
			stdin, silent := io.Pipe()
			defer silent.Close()
			ctx, signalled := context.WithCancel(t.Context())
			signalled()
			if status, stderr := startWith(t, ctx, args, path, stdin); status == exitDone {
				t.Errorf("it ends as if all were well: %s", stderr)
			}
		})
	}
}

// zeros is a device that never ends.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// A device that never ends is refused, and does not fill the memory.
func TestAStartDoesNotFillMemory(t *testing.T) {
	if _, err := os.Stat("/dev/zero"); err != nil {
		t.Skip("this system has no /dev/zero")
	}
	const most = 400 << 20 // bytes; the emulator makes its tenant besides
	for name, args := range startReads {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			status, stderr := startWith(t, t.Context(), args, "/dev/zero", zeros{})
			runtime.ReadMemStats(&after)
			if status == exitDone || !strings.Contains(stderr, "larger than it may be") && !strings.Contains(stderr, "regular file") {
				t.Errorf("status %d: %s", status, stderr)
			}
			if took := after.TotalAlloc - before.TotalAlloc; took > most {
				t.Errorf("%d MiB were taken", took>>20)
			}
		})
	}
}
