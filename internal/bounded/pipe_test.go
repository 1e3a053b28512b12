//go:build unix

package bounded_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"msgraph-user/internal/bounded"
)

func pipe(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestAPipeThatNobodyWritesToHoldsNobody(t *testing.T) {
	path := pipe(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := bounded.ReadFile(ctx, path, 10); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	if err := bounded.CheckRegular(path); !errors.Is(err, bounded.ErrNotRegular) {
		t.Errorf("%v", err)
	}
}

// What a shell hands over as <(command) is a pipe too, and is read.
func TestAPipeIsRead(t *testing.T) {
	path := pipe(t)
	written := make(chan error, 1)
	go func() { written <- os.WriteFile(path, []byte("a: b"), 0o600) }()
	got, err := bounded.ReadFile(t.Context(), path, 10)
	if errors.Join(err, <-written) != nil || string(got) != "a: b" {
		t.Errorf("%q %v", got, err)
	}
}
