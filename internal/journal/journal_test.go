package journal_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"msgraph-user/internal/engine"
	"msgraph-user/internal/failure"
	"msgraph-user/internal/journal"
)

func open(t *testing.T, path string) *journal.File {
	t.Helper()
	file, err := journal.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = file.Close() }) // some tests close it before
	return file
}

// A file that is no journal, or another change's, is refused and left as it is.
func TestAForeignFileIsLeftAsItIs(t *testing.T) {
	for name, content := range map[string]string{
		"a list without a last line end": "user\na@contoso.example\nb@contoso.example",
		"one line":                       "a@contoso.example",
		"JSON":                           `{"users":[]}` + "\n",
		"another change's":               `{"journal":1,"identity":"other"}` + "\n",
		"another form":                   `{"journal":99,"identity":"this"}` + "\n",
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "file")
			if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
				t.Fatal(err)
			}
			_, err := open(t, path).Begin("this")
			if _, ok := errors.AsType[*failure.Error](err); !ok {
				t.Errorf("got %v", err)
			}
			after, _ := os.ReadFile(path)
			info, err := os.Stat(path)
			if err != nil || string(after) != content || info.Mode().Perm() != 0o644 {
				t.Errorf("the file is %q, mode %v", after, info.Mode())
			}
		})
	}
}

// A line that a kill left unfinished is as if it was never written.
func TestACutLine(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal")
	file := open(t, path)
	if _, err := file.Begin("this"); err != nil {
		t.Fatal(err)
	}
	note := engine.Note{Target: "a@contoso.example", Time: time.Unix(1, 0).UTC(), Status: engine.Sent}
	if err := file.Write([]engine.Note{note}); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err := errors.Join(err, file.Close()); err != nil {
		t.Fatal(err)
	}
	for cut := range len(whole) {
		if err := os.WriteFile(path, whole[:cut], 0o600); err != nil {
			t.Fatal(err)
		}
		file := open(t, path)
		notes, err := file.Begin("this")
		if err != nil || len(notes) > 0 {
			t.Fatalf("cut at %d: %v, %v", cut, notes, err)
		}
		if err := errors.Join(file.Write([]engine.Note{note}), file.Close()); err != nil {
			t.Fatal(err)
		}
		written, err := os.ReadFile(path)
		if err != nil || string(written) != string(whole) {
			t.Fatalf("cut at %d: the file is %q", cut, written)
		}
	}
}

func TestOneProcessAtATime(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal")
	open(t, path)
	if _, err := journal.Open(path); err == nil || !strings.Contains(err.Error(), "another process") {
		t.Errorf("got %v", err)
	}
}

func TestAJournalIsARegularFile(t *testing.T) {
	if _, err := journal.Open("/dev/null"); err == nil {
		t.Error("a device was taken")
	}
}
