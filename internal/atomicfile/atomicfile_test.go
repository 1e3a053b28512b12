package atomicfile

import (
	"os"
	"path/filepath"
	"testing"
)

// What a file holds after each way to end: the old content until the new one is whole.
func TestAFileTakesItsPlaceWhole(t *testing.T) {
	for _, c := range []struct {
		name, holds string
		end         func(*File) error
	}{
		{"committed", "new", (*File).Commit},
		{"discarded", "old", func(f *File) error { f.Discard(); return nil }},
		{"discarded after its commit", "new", func(f *File) error { err := f.Commit(); f.Discard(); return err }},
		{"left open", "old", func(*File) error { return nil }},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "file")
			if err := os.WriteFile(path, []byte("old"), 0o644); err != nil {
				t.Fatal(err)
			}
			f, err := Create(path)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Discard()
			if _, err := f.Write([]byte("new")); err != nil {
				t.Fatal(err)
			}
			if err := c.end(f); err != nil {
				t.Fatal(err)
			}
			if got, err := os.ReadFile(path); err != nil || string(got) != c.holds {
				t.Errorf("%q, %v, want %q", got, err, c.holds)
			}
		})
	}
}

func TestAReplacedFileIsPrivateAndLeavesNothingBeside(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	if err := Replace(path, []byte("secret")); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(path, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := Replace(path, nil); err == nil {
		t.Error("a folder is replaced")
	}
	if left, err := os.ReadDir(filepath.Dir(path)); err != nil || len(left) != 1 {
		t.Errorf("%v, %v", left, err)
	}
}
