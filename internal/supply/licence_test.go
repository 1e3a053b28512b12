package supply_test

import (
	"bufio"
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// licences are those that allow the use of a dependency in the program, each with
// words that stand in every copy of its text.
var licences = []struct {
	name  string
	words []string
}{
	{"Apache-2.0", []string{"Apache License", "Version 2.0, January 2004", "Grant of Patent License"}},
	{"MIT", []string{"Permission is hereby granted, free of charge, to any person obtaining a copy", `THE SOFTWARE IS PROVIDED "AS IS"`}},
	{"BSD", []string{"Redistribution and use in source and binary forms", "THIS SOFTWARE IS PROVIDED BY", "must reproduce the above copyright notice"}},
	{"ISC", []string{"Permission to use, copy, modify, and/or distribute this software for any purpose with or without fee is hereby granted"}},
}

// onlyInTests are licences that allow the use in tests, which are not handed on as
// a program.
var onlyInTests = []struct {
	name  string
	words []string
}{
	{"MPL-2.0", []string{"Mozilla Public License", "2.0"}},
}

// module is a dependency with where its files are.
type module struct{ path, folder string }

// modules returns those that the packages of a listing come from, on one system.
func modules(t *testing.T, system string, arguments ...string) []module {
	t.Helper()
	listing := append([]string{"list", "-deps", "-f", "{{with .Module}}{{if not .Main}}{{.Path}}\t{{.Dir}}{{end}}{{end}}"}, arguments...)
	command := exec.Command("go", listing...)
	command.Dir = "../.."
	command.Env = append(os.Environ(), "GOOS="+system)
	var problems bytes.Buffer
	command.Stderr = &problems
	out, err := command.Output()
	if err != nil {
		t.Fatalf("go list: %v %s", err, problems.String())
	}
	seen := map[string]bool{}
	var all []module
	for lines := bufio.NewScanner(bytes.NewReader(out)); lines.Scan(); {
		path, folder, ok := strings.Cut(lines.Text(), "\t")
		if ok && !seen[path] {
			seen[path] = true
			all = append(all, module{path, folder})
		}
	}
	return all
}

// licence returns the name of the licence that the module's files hold, or "".
func (m module) licence(t *testing.T, tests bool) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(m.folder, "*"))
	if err != nil {
		t.Fatal(err)
	}
	allowed := licences
	if tests {
		allowed = append(allowed[:len(allowed):len(allowed)], onlyInTests...)
	}
	for _, file := range files {
		name := strings.ToUpper(filepath.Base(file))
		if !strings.HasPrefix(name, "LICEN") && !strings.HasPrefix(name, "COPYING") && !strings.HasPrefix(name, "UNLICEN") {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			continue // a folder
		}
		plain := strings.Join(strings.Fields(string(text)), " ")
		for _, licence := range allowed {
			if holdsAll(plain, licence.words) {
				return licence.name
			}
		}
	}
	return ""
}

func holdsAll(text string, words []string) bool {
	for _, w := range words {
		if !strings.Contains(strings.ToLower(text), strings.ToLower(w)) {
			return false
		}
	}
	return true
}

func TestEveryDependencyHasALicenceThatAllowsItsUse(t *testing.T) {
	for name, c := range map[string]struct {
		system    string
		arguments []string
		tests     bool
	}{
		"program":            {"linux", []string{"."}, false},
		"program on Windows": {"windows", []string{"."}, false},
		"program on macOS":   {"darwin", []string{"."}, false},
		"tests":              {"linux", []string{"-test", "./..."}, true},
	} {
		found := modules(t, c.system, c.arguments...)
		if len(found) < 5 {
			t.Errorf("%s: only %d modules found", name, len(found))
		}
		for _, m := range found {
			licence := m.licence(t, c.tests)
			if licence == "" {
				t.Errorf("%s: %s has no licence that is known to allow its use: look into %s", name, m.path, m.folder)
			}
			t.Logf("%s: %s: %s", name, m.path, licence)
		}
	}
}
