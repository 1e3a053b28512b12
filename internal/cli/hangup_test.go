//go:build unix

package cli

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// SIGHUP opens the audit trail where it should be, and the server goes on.
func TestHangupReopensTheAuditTrail(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	s := start(t, "--emulator", "--audit", path)
	disable := func() {
		t.Helper()
		if a := s.Call("msgraph-user-account-disable", map[string]any{"user": plainUser}, nil); a.Error != nil {
			t.Fatal(a.Text)
		}
	}
	disable()
	if err := os.Rename(path, path+".1"); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(os.Getpid(), syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(20 * time.Second); ; {
		s.Call("test-module", nil, nil) // the server goes on, and nothing is changed
		if _, err := os.Stat(path); err == nil {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("it is not opened again")
		}
	}
	disable()
	for name, file := range map[string]string{"before": path + ".1", "after": path} {
		if data, err := os.ReadFile(file); err != nil || strings.Count(string(data), "\n") != 2 {
			t.Errorf("%s the rotation: %s (%v)", name, data, err)
		}
	}
}
