package bounded_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"msgraph-user/internal/bounded"
)

func write(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestFilesAreReadToTheirLimit(t *testing.T) {
	path := write(t, "0123456789")
	if got, err := bounded.ReadFile(t.Context(), path, 10); err != nil || string(got) != "0123456789" {
		t.Errorf("a file of its limit: %q %v", got, err)
	}
	if _, err := bounded.ReadFile(t.Context(), path, 9); !errors.Is(err, bounded.ErrTooLong) || !strings.Contains(err.Error(), path) {
		t.Errorf("a file over its limit: %v", err)
	}
	if _, err := bounded.ReadFile(t.Context(), path+"-not-there", 9); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file that is not there: %v", err)
	}
}

func TestADeviceDoesNotFillMemory(t *testing.T) {
	if _, err := os.Stat("/dev/zero"); err != nil {
		t.Skip("this system has no /dev/zero")
	}
	if _, err := bounded.ReadFile(t.Context(), "/dev/zero", 1000); !errors.Is(err, bounded.ErrTooLong) {
		t.Errorf("%v", err)
	}
}

// endless gives bytes for ever.
type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

func TestStreamsAreReadToTheirLimit(t *testing.T) {
	if _, err := bounded.ReadAll(t.Context(), endless{}, "standard input", 1000); !errors.Is(err, bounded.ErrTooLong) {
		t.Errorf("an endless stream: %v", err)
	}
	if got, err := bounded.ReadAll(t.Context(), strings.NewReader("abc"), "standard input", 3); err != nil || string(got) != "abc" {
		t.Errorf("%q %v", got, err)
	}
}

func TestReadingEndsWithItsContext(t *testing.T) {
	silent, writer := io.Pipe()
	defer writer.Close()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := bounded.ReadAll(ctx, silent, "standard input", 10); !errors.Is(err, context.Canceled) {
		t.Errorf("a pipe that says nothing: %v", err)
	}
}

func TestOnlyARegularFile(t *testing.T) {
	folder := t.TempDir()
	if err := bounded.CheckRegular(folder); !errors.Is(err, bounded.ErrNotRegular) {
		t.Errorf("a folder: %v", err)
	}
	if err := errors.Join(bounded.CheckRegular(write(t, "")), bounded.CheckRegular(filepath.Join(folder, "new"))); err != nil {
		t.Error(err)
	}
	file, err := os.Open(folder)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if _, info, err := bounded.ReadRegular(file, folder, 10); !errors.Is(err, bounded.ErrNotRegular) || info != nil {
		t.Errorf("a folder: %v %v", info, err)
	}
}

func TestLinesAreHeldToTheirLimit(t *testing.T) {
	in := bufio.NewReaderSize(strings.NewReader("one\n"+strings.Repeat("x", 100)+"\n\nlast"), 16)
	var got []string
	for {
		line, err := bounded.Line(in, 20)
		if errors.Is(err, io.EOF) {
			break
		}
		if errors.Is(err, bounded.ErrTooLong) {
			line = []byte("(too long)")
		} else if err != nil {
			t.Fatal(err)
		}
		got = append(got, string(bytes.TrimRight(line, "\n")))
	}
	if strings.Join(got, "|") != "one|(too long)||last" {
		t.Errorf("%q", got)
	}
}
