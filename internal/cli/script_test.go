package cli

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"msgraph-user/internal/graphtest"
)

// promptEnd lets a program that was built with the race detector end at once, and
// not a second later.
const promptEnd = "atexit_sleep_ms=0"

func TestMain(m *testing.M) {
	if os.Getenv(graphtest.AsProgram) != "" {
		os.Exit(programMain())
	}
	// The tests wait more than they compute: for the pace of Graph's logs and of risk.
	if err := flag.Set("test.parallel", "8"); err != nil {
		panic(err)
	}
	testscript.Main(m, map[string]func(){"msgraph-user": func() { os.Exit(programMain()) }})
}

func programMain() int {
	return graphtest.Main(func(yml []byte) int { return Main(yml, System()) })
}

func sourceRoot(t testing.TB) string {
	t.Helper()
	root, err := graphtest.Root()
	if err != nil {
		t.Fatal(err)
	}
	return root
}

// TestScripts runs the program as a person types it. The scripts are in
// testdata/script; besides testscript's own commands they know:
//
//	exits STATUS PROGRAM ARGUMENT…   run, and compare the exit status
//	start VARIABLE PROGRAM ARGUMENT… run in the background until the script ends, with the first line that it prints in $VARIABLE
//	mode OCTAL FILE                  compare a file's permissions
func TestScripts(t *testing.T) {
	root := sourceRoot(t)
	testscript.Run(t, testscript.Params{
		Dir: filepath.Join("testdata", "script"),
		Setup: func(env *testscript.Env) error {
			env.Setenv(graphtest.SourceRoot, root)
			env.Setenv("GORACE", promptEnd)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": scriptExits, "start": scriptStart, "mode": scriptMode,
		},
	})
}

func scriptExits(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: exits STATUS PROGRAM ARGUMENT…")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	got := 0
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("exit status %d, want %d", got, want)
	}
}

func scriptStart(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: start VARIABLE PROGRAM ARGUMENT…")
	}
	path, err := exec.LookPath(filepath.Join(filepath.SplitList(ts.Getenv("PATH"))[0], args[1]))
	ts.Check(err)
	cmd := exec.Command(path, args[2:]...)
	cmd.Dir = ts.Getenv("WORK")
	cmd.Env = append(os.Environ(), graphtest.SourceRoot+"="+ts.Getenv(graphtest.SourceRoot))
	stdout, err := cmd.StdoutPipe()
	ts.Check(err)
	ts.Check(cmd.Start())
	ts.Defer(func() {
		_ = cmd.Process.Kill() // it may have ended by itself
		_ = cmd.Wait()
	})
	line, err := bufio.NewReader(stdout).ReadString('\n')
	ts.Check(err)
	ts.Setenv(args[0], strings.TrimSpace(line))
}

func scriptMode(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: mode OCTAL FILE")
	}
	info, err := os.Stat(ts.MkAbs(args[1]))
	ts.Check(err)
	if got := fmt.Sprintf("%o", info.Mode().Perm()); got != args[0] {
		ts.Fatalf("%s has the permissions %s, want %s", args[1], got, args[0])
	}
}
