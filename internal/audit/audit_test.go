package audit_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"msgraph-user/internal/audit"
)

func now() time.Time { return time.Date(2026, 11, 24, 3, 0, 0, 0, time.UTC) }

func open(t *testing.T, path string) *audit.Trail {
	t.Helper()
	trail, err := audit.OpenFile(path, now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { trail.Close() })
	return trail
}

func lines(t *testing.T, path string) []audit.Line {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var read []audit.Line
	for scanner := bufio.NewScanner(file); scanner.Scan(); {
		var line audit.Line
		if err := json.Unmarshal(scanner.Bytes(), &line); err != nil {
			t.Fatalf("%v in %q", err, scanner.Text())
		}
		read = append(read, line)
	}
	return read
}

func TestTwoLinesACommand(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	trail := open(t, path)
	end, err := trail.Begin(audit.Line{Command: "msgraph-user-delete", Target: "a@b", Incident: "42", Asked: map[string]string{"user": "a@b"}})
	if err != nil {
		t.Fatal(err)
	}
	if got := lines(t, path); len(got) != 1 || got[0].Outcome != audit.Open || got[0].Target != "a@b" {
		t.Fatalf("before the request is sent: %+v", got)
	}
	if err := end(audit.Failed, "r-1", errors.New("Graph refused")); err != nil {
		t.Fatal(err)
	}
	got := lines(t, path)
	if len(got) != 2 || got[1].ID != got[0].ID || got[1].Outcome != audit.Failed || got[1].RequestID != "r-1" || got[1].Error != "Graph refused" {
		t.Errorf("after it was answered: %+v", got)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v (%v)", info.Mode(), err)
	}
}

func TestARefusedCommandHasOneLine(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	if err := open(t, path).Refuse(audit.Line{Command: "msgraph-user-delete", Target: "a@b"}, errors.New("a@b is protected")); err != nil {
		t.Fatal(err)
	}
	got := lines(t, path)
	if len(got) != 1 || got[0].Outcome != audit.Refused || got[0].Target != "a@b" || got[0].Error != "a@b is protected" || got[0].ID == "" || !got[0].Time.Equal(now()) {
		t.Errorf("the trail says %+v", got)
	}
}

func TestCutLineStandsAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	if err := os.WriteFile(path, []byte(`{"command":"cut in the mid`), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := open(t, path).Begin(audit.Line{Command: "c"}); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if parts := strings.Split(strings.TrimSuffix(string(data), "\n"), "\n"); len(parts) != 2 || !json.Valid([]byte(parts[1])) {
		t.Errorf("the file holds %q", data)
	}
}

func TestParallelCommands(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	first, second := open(t, path), open(t, path) // as two processes would
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			trail := first
			if i%2 == 1 {
				trail = second
			}
			end, err := trail.Begin(audit.Line{Command: strings.Repeat("c", 500)})
			if err == nil {
				err = end(audit.Done, "", nil)
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	outcomes := map[string]int{}
	for _, line := range lines(t, path) {
		outcomes[line.ID]++
	}
	if len(outcomes) != 20 {
		t.Errorf("%d commands in the trail", len(outcomes))
	}
	for id, n := range outcomes {
		if n != 2 {
			t.Errorf("%s has %d lines", id, n)
		}
	}
}

func TestFullDiskRefuses(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("/dev/full does not exist on this system")
	}
	trail, err := audit.OpenFile("/dev/full", now)
	if err == nil {
		defer trail.Close()
		_, err = trail.Begin(audit.Line{Command: "c"})
	}
	if err == nil {
		t.Error("a change would go unseen")
	}
}

func TestReadableByJQ(t *testing.T) {
	jq, err := exec.LookPath("jq")
	if err != nil {
		t.Skip("jq is not installed")
	}
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	end, err := open(t, path).Begin(audit.Line{Command: "c", Target: `quote " and | bar`})
	if err != nil {
		t.Fatal(err)
	}
	if err := end(audit.Done, "", nil); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(jq, "-r", ".target", path).Output()
	if err != nil || string(out) != "quote \" and | bar\nquote \" and | bar\n" {
		t.Errorf("%q (%v)", out, err)
	}
}
