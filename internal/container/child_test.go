package container

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"msgraph-user/internal/xsoar"
)

// recorded makes a program that writes down its process id and becomes the one
// under test. pids returns what was written so far.
func recorded(t *testing.T) (binary string, pids func() []int) {
	t.Helper()
	list := filepath.Join(t.TempDir(), "pids")
	return writeScript(t, fmt.Sprintf("echo $$ >> %s\nexec %s \"$@\"", list, program)), func() (started []int) {
		t.Helper()
		text, err := os.ReadFile(list)
		if err != nil {
			t.Fatal(err)
		}
		for _, field := range strings.Fields(string(text)) {
			pid, err := strconv.Atoi(field)
			if err != nil {
				t.Fatal(err)
			}
			started = append(started, pid)
		}
		return started
	}
}

// writeScript makes a program of a shell script.
func writeScript(t *testing.T, text string) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "program")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+text+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

func kill(t *testing.T, pid int) {
	t.Helper()
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
}

// onlyEntry checks that a command gave one entry, and returns its type and text.
func onlyEntry(t *testing.T, entries []map[string]any) (xsoar.EntryType, string) {
	t.Helper()
	if len(entries) != 1 {
		t.Fatalf("%d entries: %v", len(entries), entries)
	}
	kind, _ := entries[0]["Type"].(float64)
	return xsoar.EntryType(kind), fmt.Sprint(entries[0]["Contents"])
}

func (c *container) mustSucceed() {
	c.t.Helper()
	if kind, contents := onlyEntry(c.t, c.run(newCall("test-module", nil))); kind != xsoar.Note || contents != "ok" {
		c.t.Fatalf("test-module: %d %s", kind, contents)
	}
}

func TestChildStaysForTheNextCommand(t *testing.T) {
	binary, pids := recorded(t)
	c := inPython(t, "MSGRAPH_USER_BIN="+binary)
	for range 3 {
		c.mustSucceed()
	}
	if started := pids(); len(started) != 1 {
		t.Errorf("%d processes for three commands", len(started))
	}
}

func TestChildKilledBetweenCommands(t *testing.T) {
	binary, pids := recorded(t)
	c := inPython(t, "MSGRAPH_USER_BIN="+binary)
	for round := range 5 {
		c.mustSucceed()
		started := pids()
		if len(started) != round+1 {
			t.Fatalf("%d processes in round %d", len(started), round)
		}
		kill(t, started[round])
	}
	c.mustSucceed()
}

func TestChildKilledDuringACommand(t *testing.T) {
	binary, pids := recorded(t)
	c := inPython(t, "MSGRAPH_USER_BIN="+binary)
	for round := range 3 {
		// While the command waits for the integration context it is under way.
		c.answer = func(message) (string, bool) {
			kill(t, pids()[2*round])
			return "{}", true
		}
		kind, contents := onlyEntry(t, c.run(newCall("msgraph-user-get", args{"user": "zoe.groesse@larkspur.example"})))
		if kind != xsoar.Error || !strings.Contains(contents, "ended before it answered") || !strings.Contains(contents, "check whether") {
			t.Errorf("the killed command: %d %s", kind, contents)
		}
		c.answer = nil
		c.mustSucceed()
		kill(t, pids()[2*round+1]) // for the next round to begin with a new one
	}
}

// The container's standard error stays open for as long as any process of it lives.
func TestChildDoesNotOutliveTheContainer(t *testing.T) {
	c := inPython(t)
	c.mustSucceed()
	if err := c.process.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(c.stderr); err != nil {
		t.Fatal(err)
	}
}

func TestProgramThatCannotServe(t *testing.T) {
	for name, c := range map[string]struct {
		environment []string
		says        string
	}{
		"is not there":       {[]string{"MSGRAPH_USER_BIN=/nowhere/msgraph-user"}, "Use the image that has it, or let MSGRAPH_USER_BIN name it."},
		"ends at once":       {[]string{"MSGRAPH_USER_FLAGS=--no-such-flag"}, "ended at once (exit status 2)"},
		"is not on the PATH": {[]string{"MSGRAPH_USER_BIN=", "PATH=/nowhere"}, "msgraph-user cannot be started"},
	} {
		t.Run(name, func(t *testing.T) {
			container := inPython(t, c.environment...)
			for range 2 {
				kind, contents := onlyEntry(t, container.run(newCall("test-module", nil)))
				if kind != xsoar.Error || !strings.Contains(contents, c.says) {
					t.Errorf("%d %s", kind, contents)
				}
			}
		})
	}
}

// What holds for a container whichever loop runs in it.
func TestContainers(t *testing.T) {
	for name, start := range loops {
		t.Run(name, func(t *testing.T) {
			t.Run("finds the program on the PATH", func(t *testing.T) {
				c := start(t, "MSGRAPH_USER_BIN=", "PATH="+filepath.Dir(program)+":"+os.Getenv("PATH"))
				c.mustSucceed()
			})
			t.Run("answers a ping", func(t *testing.T) {
				c := start(t)
				c.sendLine("ping")
				if m := c.receive(); m.Type != "pong" {
					t.Errorf("%+v", m)
				}
				c.mustSucceed()
			})
			t.Run("exits after a native command", func(t *testing.T) {
				c := start(t)
				asked := newCall("test-module", nil)
				asked.Native = true
				c.run(asked)
				if _, err := io.ReadAll(c.stderr); err != nil {
					t.Fatal(err)
				}
				if err := c.process.Wait(); err != nil {
					t.Errorf("exit: %v", err)
				}
			})
			t.Run("tells a person of an error once", func(t *testing.T) {
				c := start(t)
				kind, contents := onlyEntry(t, c.run(newCall("msgraph-user-gt", nil)))
				if kind != xsoar.Error || !strings.Contains(contents, "msgraph-user-gt") {
					t.Errorf("%d %s", kind, contents)
				}
			})
			t.Run("says that the platform refused the integration context", func(t *testing.T) {
				c := start(t)
				c.answer = func(message) (string, bool) { return "$$##the store is closed", true }
				kind, contents := onlyEntry(t, c.run(newCall("test-module", nil)))
				if kind != xsoar.Error || !strings.Contains(contents, "integration context could not be read") {
					t.Errorf("%d %s", kind, contents)
				}
				c.answer = nil
				c.mustSucceed()
			})
			t.Run("keeps the members of the integration context that others wrote", func(t *testing.T) {
				c := start(t)
				c.context = map[string]any{"other": map[string]any{"a": "b"}}
				c.mustSucceed()
				if fmt.Sprint(c.context["other"]) != "map[a:b]" || c.context["access_token"] == nil {
					t.Errorf("the context holds %v", c.context["other"])
				}
			})
			t.Run("says that a file cannot be written", func(t *testing.T) {
				c := start(t)
				c.mustSucceed()
				if err := os.Remove(c.dir); err != nil { // nobody can write there now, not even root
					t.Fatal(err)
				}
				kind, contents := onlyEntry(t, c.run(newCall("msgraph-user-tap-policy-create",
					args{"user_id": "zoe.groesse@larkspur.example", "zip_password": "practice-zip-password"}))[:1])
				for _, part := range []string{"was carried out", "TAPPolicyInfo.zip", "working directory"} {
					if kind != xsoar.Error || !strings.Contains(contents, part) {
						t.Errorf("%q is missing: %d %s", part, kind, contents)
					}
				}
			})
		})
	}
}

// The platform starts Python with the path of its loop.
func TestProgramStandsInForPython(t *testing.T) {
	for _, name := range []string{"python", "python3", "python3.12"} {
		t.Run(name, func(t *testing.T) {
			python := filepath.Join(t.TempDir(), name)
			if err := os.Symlink(program, python); err != nil {
				t.Fatal(err)
			}
			start(t, exec.Command(python, "-u", "/tmp/pyrunner/loop.py"), nil).mustSucceed()
			for _, args := range [][]string{{"-c", "print(1)"}, {"-m", "http.server"}, nil} {
				if out, err := exec.Command(python, args...).CombinedOutput(); err == nil || !strings.Contains(string(out), "python") {
					t.Errorf("%v: %v %s", args, err, out)
				}
			}
		})
	}
}
