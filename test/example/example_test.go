// Package example holds the worked example of CONTRIBUTING.md: a patch that adds one
// command. Its test applies the patch, builds the program with it, and tries the
// command on the practice tenant.
package example

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const (
	top     = "../.."
	patch   = "add-a-command.patch"
	command = "msgraph-user-get-employment"
)

func TestTheWorkedExample(t *testing.T) {
	patched := t.TempDir()
	changed := changedFiles(t)
	for _, name := range append(changed, "internal/container/script.py") {
		copyFile(t, filepath.Join(top, name), filepath.Join(patched, name))
	}
	for _, folder := range []string{"docs", "internal/definition"} {
		if err := os.MkdirAll(filepath.Join(patched, folder), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	absolute, err := filepath.Abs(patch)
	if err != nil {
		t.Fatal(err)
	}
	run(t, patched, "git", "apply", "--unidiff-zero", absolute)
	run(t, top, "go", "run", "./tools/definition", patched)
	overlay := overlayOf(t, patched, append(changed, "internal/definition/integration_data.go"))
	out := run(t, top, "go", "test", "-v", "-overlay", overlay, "-run", "TestEveryCommandOnThePracticeTenant/^"+command+"$", "./internal/cli")
	if !strings.Contains(out, "--- PASS: TestEveryCommandOnThePracticeTenant/"+command) {
		t.Errorf("the command was not tried:\n%s", out)
	}
}

// The example shows that a command takes three touches: its definition, its handler
// with a line in the registry, and its trial.
func TestTheWorkedExampleTakesThreeTouches(t *testing.T) {
	touches := map[string]bool{}
	for _, name := range changedFiles(t) {
		switch {
		case name == "integration.yml":
			touches["definition"] = true
		case strings.HasPrefix(name, "handlers/"):
			touches["handler"] = true
		case strings.HasSuffix(name, "_test.go"):
			touches["trial"] = true
		default:
			t.Errorf("the example touches %s", name)
		}
	}
	if len(touches) != 3 {
		t.Errorf("the example touches %v", touches)
	}
}

// changedFiles are the files that the patch changes.
func changedFiles(t *testing.T) []string {
	t.Helper()
	content, err := os.ReadFile(patch)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, found := range regexp.MustCompile(`(?m)^\+\+\+ b/(.+)$`).FindAllStringSubmatch(string(content), -1) {
		names = append(names, found[1])
	}
	return names
}

// overlayOf writes what lets the go command take the patched files in place of the
// tree's own.
func overlayOf(t *testing.T, patched string, names []string) string {
	t.Helper()
	replace := map[string]string{}
	for _, name := range names {
		original, err := filepath.Abs(filepath.Join(top, name))
		if err != nil {
			t.Fatal(err)
		}
		replace[original] = filepath.Join(patched, name)
	}
	content, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(patched, "overlay.json")
	if err := os.WriteFile(path, content, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	content, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, content, 0o644); err != nil {
		t.Fatal(err)
	}
}

func run(t *testing.T, dir, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}
