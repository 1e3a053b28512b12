package docs

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The texts that troubleshooting.md quotes in its first column are those that the
// program has, and its AADSTS numbers are known to it.
func TestQuotedErrorsExist(t *testing.T) {
	source := sourceText(t)
	data, err := os.ReadFile("../../docs/troubleshooting.md")
	if err != nil {
		t.Fatal(err)
	}
	quoted := regexp.MustCompile("`([^`]+)`")
	number := regexp.MustCompile(`^\d+$`)
	quotes := 0
	for line := range strings.Lines(string(data)) {
		if !strings.HasPrefix(line, "| ") {
			continue
		}
		first, _, _ := strings.Cut(line[2:], " |")
		for _, quote := range quoted.FindAllStringSubmatch(first, -1) {
			quotes++
			if !strings.Contains(source, quote[1]) {
				t.Errorf("no error says %q", quote[1])
			}
		}
		for _, part := range strings.Split(first, ", ") {
			if number.MatchString(part) && !strings.Contains(source, "{"+part+", \"") {
				t.Errorf("AADSTS%s is not known", part)
			}
		}
	}
	if quotes < 15 {
		t.Errorf("only %d texts are quoted", quotes)
	}
}

// sourceText is the program's source, without its tests.
func sourceText(t *testing.T) string {
	t.Helper()
	var all strings.Builder
	for _, dir := range []string{"auth", "graph", "handlers", "internal"} {
		err := filepath.WalkDir(filepath.Join("..", "..", dir), func(path string, _ fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			text, err := os.ReadFile(path)
			all.Write(text)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return all.String()
}
