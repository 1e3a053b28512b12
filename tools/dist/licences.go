package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// licences returns the licences and notices of all modules that the program for
// this system holds, and of Go itself: who hands the program on has to hand them on
// too.
func (s system) licences() ([]byte, error) {
	command := exec.Command("go", "list", "-deps", "-f", "{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}}\t{{.Dir}}{{end}}{{end}}", ".")
	command.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS="+s.goos, "GOARCH="+s.goarch)
	command.Stderr = os.Stderr
	out, err := command.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w", err)
	}
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return nil, fmt.Errorf("go env: %w", err)
	}
	modules := []string{"Go\t" + strings.TrimSpace(string(root))}
	for line := range strings.Lines(string(out)) {
		if line = strings.TrimSpace(line); line != "" {
			modules = append(modules, line)
		}
	}
	slices.Sort(modules)
	var text bytes.Buffer
	for _, module := range slices.Compact(modules) {
		name, folder, _ := strings.Cut(module, "\t")
		if err := writeLicences(&text, name, folder); err != nil {
			return nil, err
		}
	}
	return text.Bytes(), nil
}

// writeLicences writes the licence files of the module in folder. A module without
// any is an error: nobody may hand it on.
func writeLicences(text *bytes.Buffer, name, folder string) error {
	found := 0
	for _, pattern := range []string{"LICENSE*", "LICENCE*", "COPYING*", "NOTICE*"} {
		paths, err := filepath.Glob(filepath.Join(folder, pattern))
		if err != nil {
			return err
		}
		for _, path := range paths {
			content, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			fmt.Fprintf(text, "==== %s: %s\n\n%s\n\n", name, filepath.Base(path), bytes.TrimSpace(content))
			found++
		}
	}
	if found == 0 {
		return fmt.Errorf("%s has no licence in %s", name, folder)
	}
	return nil
}
