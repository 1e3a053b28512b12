//go:build linux || darwin

package audit_test

import (
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"msgraph-user/internal/audit"
)

// roomFor lets files of this process grow to size bytes, as on a disk that is full
// then: a write that goes beyond is done in part, and fails.
func roomFor(t *testing.T, size uint64) {
	t.Helper()
	signal.Ignore(syscall.SIGXFSZ)
	var was syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &was); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: size, Max: was.Max}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &was); err != nil {
			t.Error(err)
		}
	})
}

// Where the disk is full in the middle of a line, the change is refused, and the
// trail is as it was before.
func TestFullDiskRefuses(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	trail := open(t, path)
	begin(t, trail, "before")
	t.Run("full", func(t *testing.T) {
		roomFor(t, 300)
		_, err := trail.Begin(audit.Line{Command: strings.Repeat("c", 500)})
		if err == nil {
			t.Error("a change would go unseen")
		}
		if info, err := os.Stat(path); err != nil || info.Size() >= 300 {
			t.Errorf("half a line stays: %v bytes (%v)", info.Size(), err)
		}
	})
	begin(t, trail, "after")
	got := lines(t, path)
	if len(got) != 2 || got[0].Command != "before" || got[1].Command != "after" {
		t.Errorf("%+v", got)
	}
}

// A disk that is full when a cut line is to be closed refuses the change too.
func TestFullDiskBeforeACutLine(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	trail := open(t, path)
	begin(t, trail, "before")
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := file.WriteString(`{"command":"cu`); err != nil {
		t.Fatal(err)
	}
	info, err := file.Stat()
	if err != nil {
		t.Fatal(err)
	}
	file.Close()
	t.Run("full", func(t *testing.T) {
		roomFor(t, uint64(info.Size())+3)
		if _, err := trail.Begin(audit.Line{Command: "c"}); err == nil {
			t.Error("a change would go unseen")
		}
	})
	begin(t, trail, "after")
	if got := lines(t, path); len(got) != 3 || got[1].Command != "cu" || !got[1].Cut || got[2].Command != "after" {
		t.Errorf("%+v", got)
	}
}
