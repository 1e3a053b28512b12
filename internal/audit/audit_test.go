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
	trail, err := audit.OpenFile(path, audit.Origin{}, now)
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

// begin writes the first line of a command.
func begin(t *testing.T, trail *audit.Trail, command string) {
	t.Helper()
	if _, err := trail.Begin(audit.Line{Command: command}); err != nil {
		t.Fatal(err)
	}
}

// A line that was cut at any byte is closed where it stands: the file holds one JSON
// value a line, nothing that was written is lost, and the next line stands alone.
func TestCutLineStandsAlone(t *testing.T) {
	whole := `{"time":"2026-11-24T03:00:00Z","id":"X\u00e9\"","outcome":"open","asked":{"user":"a@b","note":"é\\"},"error":"x"}`
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	for cut := range len(whole) + 1 {
		before := `{"outcome":"done"}` + "\n" + whole[:cut]
		if err := os.WriteFile(path, []byte(before), 0o600); err != nil {
			t.Fatal(err)
		}
		begin(t, open(t, path), "next")
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(string(data), before) {
			t.Fatalf("what was written is lost: %s", data)
		}
		rows := strings.Split(strings.TrimSuffix(string(data), "\n"), "\n")
		want := 3
		if cut == 0 {
			want = 2
		}
		for _, row := range rows {
			if !json.Valid([]byte(row)) {
				t.Errorf("cut after %q: no JSON: %s", whole[:cut], row)
			}
		}
		if len(rows) != want || !strings.Contains(rows[want-1], `"next"`) {
			t.Errorf("cut after %q: %q", whole[:cut], rows)
		}
	}
}

func TestAnotherProgramsFileIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "notes.txt")
	if err := os.WriteFile(path, []byte("my notes"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := audit.OpenFile(path, audit.Origin{}, now); err == nil {
		t.Error("it becomes an audit trail")
	}
	if data, err := os.ReadFile(path); err != nil || string(data) != "my notes" {
		t.Errorf("it holds %q (%v)", data, err)
	}
	if _, err := audit.OpenFile(t.TempDir(), audit.Origin{}, now); err == nil {
		t.Error("a folder becomes an audit trail")
	}
}

// Whatever becomes of the file between two changes, the second is in the file that
// stands where the trail should be, or is refused.
func TestTheFileIsGoneWhileServing(t *testing.T) {
	for name, away := range map[string]func(path string) error{
		"moved":    func(path string) error { return os.Rename(path, path+".1") },
		"deleted":  os.Remove,
		"emptied":  func(path string) error { return os.Truncate(path, 0) },
		"replaced": func(path string) error { return errors.Join(os.Remove(path), os.WriteFile(path, nil, 0o644)) },
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "audit.jsonl")
			trail := open(t, path)
			begin(t, trail, "before")
			if err := away(path); err != nil {
				t.Fatal(err)
			}
			begin(t, trail, "after")
			if got := lines(t, path); len(got) != 1 || got[0].Command != "after" {
				t.Errorf("where the trail should be: %+v", got)
			}
			if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("mode %v (%v)", info.Mode(), err)
			}
		})
	}
	t.Run("its folder deleted", func(t *testing.T) {
		folder := filepath.Join(t.TempDir(), "folder")
		if err := os.Mkdir(folder, 0o700); err != nil {
			t.Fatal(err)
		}
		trail := open(t, filepath.Join(folder, "audit.jsonl"))
		if err := os.RemoveAll(folder); err != nil {
			t.Fatal(err)
		}
		if _, err := trail.Begin(audit.Line{Command: "c"}); err == nil {
			t.Error("a change would go unseen")
		}
		if err := os.Mkdir(folder, 0o700); err != nil {
			t.Fatal(err)
		}
		begin(t, trail, "when it is there again")
	})
}

// After a rotation the two lines of a change may stand in two files.
func TestReopen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	trail := open(t, path)
	end, err := trail.Begin(audit.Line{Command: "c"})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.Rename(path, path+".1"), trail.Reopen(), end(audit.Done, "", nil)); err != nil {
		t.Fatal(err)
	}
	first, second := lines(t, path+".1"), lines(t, path)
	if len(first) != 1 || len(second) != 1 || first[0].ID != second[0].ID {
		t.Errorf("%+v, then %+v", first, second)
	}
}

func TestATrailThatOthersReadIsClosedToThem(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	isClosed := func(when string) {
		t.Helper()
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: mode %v (%v)", when, info.Mode(), err)
		}
	}
	if err := os.WriteFile(path, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	trail := open(t, path)
	isClosed("at the start")
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	begin(t, trail, "c")
	isClosed("opened while serving")
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

// Each line tells where the change came from, as far as it is known; what the call says
// of itself goes before.
func TestLinesTellWhereAChangeCameFrom(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	origin := audit.Origin{Instance: "lab", Host: "soc-1", Operator: "ada"}
	trail, err := audit.OpenFile(path, origin, now)
	if err != nil {
		t.Fatal(err)
	}
	defer trail.Close()
	for _, instance := range []string{"", "entra_prod"} {
		end, err := trail.Begin(audit.Line{Origin: audit.Origin{Instance: instance}, Command: "c"})
		if err != nil {
			t.Fatal(err)
		}
		if err := end(audit.Done, "r", nil); err != nil {
			t.Fatal(err)
		}
	}
	for n, instance := range []string{"lab", "lab", "entra_prod", "entra_prod"} {
		if want := (audit.Origin{Instance: instance, Host: "soc-1", Operator: "ada"}); lines(t, path)[n].Origin != want {
			t.Errorf("line %d: %+v, want %+v", n, lines(t, path)[n].Origin, want)
		}
	}
}
