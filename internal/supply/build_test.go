//go:build thorough

package supply_test

import (
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestTheBuildIsReproducible builds the program from two copies of its source in
// two folders. Where MSGRAPH_USER_LONG is set, nothing that was compiled for the
// one serves the other.
func TestTheBuildIsReproducible(t *testing.T) {
	one, another := filepath.Join(t.TempDir(), "one"), filepath.Join(t.TempDir(), "another-folder")
	copySource(t, "../..", one)
	copySource(t, one, another)
	var built [][]byte
	for _, source := range []string{one, another} {
		cache := ""
		if os.Getenv("MSGRAPH_USER_LONG") != "" {
			cache = t.TempDir()
		}
		program := build(t, source, cache)
		content, err := os.ReadFile(program)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(content, []byte(source)) {
			t.Errorf("the program holds the name of the folder it was built in, %s", source)
		}
		built = append(built, content)
	}
	if !bytes.Equal(built[0], built[1]) {
		t.Errorf("two builds differ: %d and %d bytes", len(built[0]), len(built[1]))
	}
	t.Logf("%d bytes", len(built[0]))
}

// copySource copies what a build reads.
func copySource(t *testing.T, from, to string) {
	t.Helper()
	err := filepath.WalkDir(from, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if name := entry.Name(); path != from && (strings.HasPrefix(name, ".") || name == "bin" || name == "node_modules") {
				return fs.SkipDir
			}
			return nil
		}
		if !entry.Type().IsRegular() || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		target := filepath.Join(to, strings.TrimPrefix(path, from))
		if err := os.MkdirAll(filepath.Dir(target), 0o700); err != nil {
			return err
		}
		return os.WriteFile(target, content, 0o600)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// build builds the program as a release is built, and returns where it is. An empty
// cache is the usual one.
func build(t *testing.T, source, cache string) string {
	t.Helper()
	program := filepath.Join(source, "msgraph-user")
	command := exec.Command("go", "build", "-trimpath", "-o", program, ".")
	command.Dir = source
	command.Env = append(os.Environ(), "CGO_ENABLED=0")
	if cache != "" {
		command.Env = append(command.Env, "GOCACHE="+cache)
	}
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v %s", err, out)
	}
	return program
}
