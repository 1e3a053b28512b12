package main

import (
	"cmp"
	"debug/elf"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// printWeights prints what each dependency weighs in the program: the code and the
// constants of its packages, by the table of symbols. What the linker adds for all of
// them (types, tables of functions) is not shared out.
func printWeights() (err error) {
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	program := filepath.Join(dir, "program")
	build := exec.Command("go", "build", "-trimpath", "-o", program, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux") // in the form that weigh reads
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("build: %w\n%s", err, out)
	}
	modules, err := modulesByPackage()
	if err != nil {
		return err
	}
	weights, err := weigh(program, modules)
	if err != nil {
		return err
	}
	fmt.Println("| module | KB |\n| --- | --- |")
	for _, module := range slices.SortedFunc(maps.Keys(weights), func(a, b string) int { return cmp.Compare(weights[b], weights[a]) }) {
		fmt.Printf("| %s | %d |\n", module, weights[module]/1000)
	}
	return nil
}

// modulesByPackage returns the module of each package of the program.
func modulesByPackage() (map[string]string, error) {
	out, err := exec.Command("go", "list", "-deps", "-f", "{{.ImportPath}} {{if .Module}}{{.Module.Path}}{{else}}the standard library{{end}}", ".").Output()
	if err != nil {
		return nil, fmt.Errorf("list packages: %w", err)
	}
	modules := map[string]string{"main": "msgraph-user"}
	for line := range strings.Lines(string(out)) {
		pkg, module, _ := strings.Cut(strings.TrimSpace(line), " ")
		modules[pkg] = module
	}
	return modules, nil
}

// weigh sums up the symbols of each module. Memory that is empty at the start has no
// place in the file.
func weigh(program string, modules map[string]string) (map[string]uint64, error) {
	file, err := elf.Open(program)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	symbols, err := file.Symbols()
	if err != nil {
		return nil, err
	}
	weights := map[string]uint64{}
	for _, symbol := range symbols {
		if at := int(symbol.Section); at >= len(file.Sections) || file.Sections[at].Type == elf.SHT_NOBITS {
			continue
		}
		if module, known := modules[packageOf(symbol.Name)]; known {
			weights[module] += symbol.Size
		}
	}
	return weights, nil
}

// packageOf returns the package of a symbol: the part before the first point after the
// last slash, with the linker's escapes undone.
func packageOf(symbol string) string {
	path, _, _ := strings.Cut(symbol, "[")
	slash := strings.LastIndexByte(path, '/') + 1
	name, _, _ := strings.Cut(path[slash:], ".")
	if pkg, err := url.PathUnescape(path[:slash] + name); err == nil {
		return pkg
	}
	return path[:slash] + name
}
