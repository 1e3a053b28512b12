package cli

import (
	"os"
	"testing"

	"msgraph-user/internal/xsoar"
)

// A file whose name is taken is saved under the next free one: neither is lost.
func TestSavedFilesReplaceNothing(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, c := range []struct{ name, saved string }{
		{"investigation-a.b_c.html", "investigation-a.b_c.html"}, {"investigation-a.b_c.html", "investigation-a.b_c-2.html"}, {"investigation-a.b_c.html", "investigation-a.b_c-3.html"},
		{"run.jsonl.gz", "run.jsonl.gz"}, {"run.jsonl.gz", "run-2.jsonl.gz"}, {"plain", "plain"}, {"plain", "plain-2"}, {"../../up.zip", "up.zip"},
	} {
		note, err := saveFile(xsoar.Entry{Type: xsoar.File, File: c.name, FileData: []byte(c.saved)})
		if err != nil || note == "" {
			t.Fatalf("%s: %q %v", c.name, note, err)
		}
		if data, err := os.ReadFile(c.saved); err != nil || string(data) != c.saved {
			t.Errorf("%s is not saved as %s: %q %v", c.name, c.saved, data, err)
		}
	}
}
