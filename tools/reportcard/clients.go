package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// line is what a client says of one thing that it tried.
type line struct {
	Language string `json:"language"`
	Client   string `json:"client"` // the library
	Version  string `json:"version"`
	Kind     string `json:"kind"` // sign-in or Graph
	Name     string `json:"name"`
	OK       bool   `json:"ok"`
	Said     string `json:"said"` // the error, where it failed
}

// client is one language's programs in test/clients.
type client struct {
	folder string
	// install prepares the libraries, and returns how a program is called.
	install  func(ctx context.Context, folder string) (command []string, err error)
	programs []string
}

var clients = map[string]client{
	"python": {"python", installPython, []string{"signin_msal.py", "signin_azure.py", "graph_sdk.py"}},
	"node":   {"node", installNode, []string{"signin.mjs", "graph.mjs"}},
	"go":     {"go", func(context.Context, string) ([]string, error) { return []string{"go", "run"}, nil }, []string{"."}},
	"java": {"java", func(context.Context, string) ([]string, error) {
		return []string{"mvn", "-q", "-B", "-Dstyle.color=never", "compile", "exec:java"}, nil
	}, []string{"-Dexec.mainClass=Client"}},
}

// run installs a language's clients, and runs each on a tenant of its own.
func (c client) run(ctx context.Context, built, work string) ([]line, error) {
	folder, err := filepath.Abs(filepath.Join(sources, c.folder))
	if err != nil {
		return nil, err
	}
	command, err := c.install(ctx, folder)
	if err != nil {
		return nil, fmt.Errorf("install: %w", err)
	}
	var lines []line
	for i, program := range c.programs {
		tenant, err := startTenant(ctx, built, filepath.Join(work, fmt.Sprint(i)))
		if err != nil {
			return nil, err
		}
		said, err := runProgram(ctx, folder, append(command, program), tenant.environment())
		tenant.stop()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", program, err)
		}
		lines = append(lines, said...)
	}
	return lines, nil
}

// patience is how long one program may take.
const patience = 3 * time.Minute

// runProgram runs one program and reads its lines. That some say that something
// failed is no error.
func runProgram(ctx context.Context, folder string, command, environment []string) ([]line, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var out, errs bytes.Buffer
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = folder, environment, &out, &errs
	ended := cmd.Run()
	var lines []line
	for scanner := bufio.NewScanner(&out); scanner.Scan(); {
		var l line
		_, object, found := strings.Cut(scanner.Text(), "{")
		if !found {
			fmt.Fprintln(&errs, scanner.Text()) // Maven's, which tells its errors on stdout and colours them
			continue
		}
		if err := json.Unmarshal([]byte("{"+object), &l); err != nil {
			return nil, fmt.Errorf("it says %q, which is no line of a report", scanner.Text())
		}
		fmt.Printf("%-5t %s %s: %s\n", l.OK, l.Client, l.Version, l.Name)
		lines = append(lines, l)
	}
	failed := false
	for _, l := range lines {
		failed = failed || !l.OK
	}
	if len(lines) == 0 || ended != nil && !failed {
		return nil, errors.Join(ended, fmt.Errorf("it says on stderr: %s", errs.String()))
	}
	return lines, nil
}

// installPython makes a virtual environment for the requirements as they are.
func installPython(ctx context.Context, folder string) ([]string, error) {
	requirements := filepath.Join(folder, "requirements.txt")
	content, err := os.ReadFile(requirements)
	if err != nil {
		return nil, err
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(content)
	place := filepath.Join(cache, "msgraph-user", "clients", "python-"+hex.EncodeToString(sum[:6]))
	python := filepath.Join(place, "bin", "python")
	done := filepath.Join(place, "installed")
	if _, err := os.Stat(done); err == nil {
		return []string{python}, nil
	}
	for _, step := range [][]string{
		{"python3", "-m", "venv", place},
		{python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", requirements},
	} {
		if err := say(ctx, folder, step); err != nil {
			return nil, err
		}
	}
	return []string{python}, os.WriteFile(done, nil, 0o644)
}

func installNode(ctx context.Context, folder string) ([]string, error) {
	return []string{"node"}, say(ctx, folder, []string{"npm", "ci", "--silent", "--no-audit", "--no-fund"})
}

// say runs a step of an installation, and keeps what it prints for its error.
func say(ctx context.Context, folder string, step []string) error {
	cmd := exec.CommandContext(ctx, step[0], step[1:]...)
	cmd.Dir = folder
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", strings.Join(step, " "), err, out)
	}
	return nil
}
