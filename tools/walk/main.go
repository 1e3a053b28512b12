// Command walk counts what one call passes: it builds the program of a source tree
// with coverage, disables one account over JSON-RPC on the practice tenant, and
// prints how many packages and functions of the program were entered for it beyond
// those that a start enters, how many folders stand at the top, and how many lines
// of code there are. Two trees compare side by side:
//
//	go run ./tools/walk . ../another-tree
package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

const (
	nothing = ""
	oneCall = `{"jsonrpc":"2.0","id":1,"method":"msgraph-user-account-disable","params":{"args":{"user":"aiko.tanaka@larkspur.example"}}}` + "\n"
)

func main() {
	trees := os.Args[1:]
	if len(trees) == 0 {
		trees = []string{"."}
	}
	for _, tree := range trees {
		report, err := measure(tree)
		if err != nil {
			fmt.Fprintln(os.Stderr, "walk:", err)
			os.Exit(1)
		}
		fmt.Printf("%s\n%s", tree, report)
	}
}

// measure returns the figures of a source tree.
func measure(tree string) (string, error) {
	dir, err := os.MkdirTemp("", "walk")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(dir)
	program := filepath.Join(dir, "program")
	build := exec.Command("go", "build", "-cover", "-coverpkg=./...", "-o", program, ".")
	build.Dir = tree
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%s: %v %s", tree, err, out)
	}
	idle, err := entered(program, filepath.Join(dir, "idle"), nothing)
	if err != nil {
		return "", err
	}
	called, err := entered(program, filepath.Join(dir, "called"), oneCall)
	if err != nil {
		return "", err
	}
	functions, packages := 0, map[string]bool{}
	for function := range called {
		if !idle[function] {
			functions++
			packages[filepath.Dir(strings.SplitN(function, ":", 2)[0])] = true
		}
	}
	folders, lines, err := size(tree)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("  functions entered for one call  %d\n  packages                        %d\n  folders at the top              %d\n  lines of Go without tests       %d\n",
		functions, len(packages), folders, lines), nil
}

// entered runs the program on input and returns the functions that it entered,
// without those of the practice tenant.
func entered(program, data, input string) (map[string]bool, error) {
	if err := os.Mkdir(data, 0o700); err != nil {
		return nil, err
	}
	run := exec.Command(program, "serve", "--emulator")
	run.Env = append(os.Environ(), "GOCOVERDIR="+data)
	run.Stdin = strings.NewReader(input)
	if out, err := run.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%v %s", err, out)
	}
	listed, err := exec.Command("go", "tool", "covdata", "func", "-i="+data).Output()
	if err != nil {
		return nil, err
	}
	functions := map[string]bool{}
	for line := range strings.Lines(string(listed)) {
		fields := strings.Fields(line)
		if len(fields) == 3 && fields[2] != "0.0%" && !strings.Contains(fields[0], "/emulator/") {
			functions[fields[0]+fields[1]] = true
		}
	}
	return functions, nil
}

// size counts the folders at the top and the lines of code that git tracks.
func size(tree string) (folders, lines int, err error) {
	list := exec.Command("git", "ls-files")
	list.Dir = tree
	tracked, err := list.Output()
	if err != nil {
		return 0, 0, err
	}
	tops := map[string]bool{}
	for name := range strings.Lines(string(tracked)) {
		name = strings.TrimSpace(name)
		if top, _, below := strings.Cut(name, "/"); below && !strings.HasPrefix(top, ".") {
			tops[top] = true
		}
		if strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go") {
			content, err := os.ReadFile(filepath.Join(tree, name))
			if err != nil {
				return 0, 0, err
			}
			lines += bytes.Count(content, []byte("\n"))
		}
	}
	return len(tops), lines, nil
}
