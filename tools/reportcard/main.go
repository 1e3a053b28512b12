// Command reportcard runs the clients of test/clients, which are other people's
// libraries, against the practice tenant, and writes what they can do into
// docs/report-card.md:
//
//	go run ./tools/reportcard                    Python and Node
//	go run ./tools/reportcard -with go,java      these too
//	go run ./tools/reportcard -check             and fail where the document says something else
//
// It installs the clients, at the versions that test/clients names, below the
// user's cache directory. Rows of clients that do not run stay as they are.
package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

const (
	sources  = "test/clients"
	document = "docs/report-card.md"
)

func main() {
	with := flag.String("with", "", "run these `LANGUAGES` too: go, java")
	only := flag.String("only", "", "run these `LANGUAGES` alone")
	check := flag.Bool("check", false, "fail where the document differs, and leave it as it is")
	flag.Parse()
	languages := []string{"python", "node"}
	if *only != "" {
		languages = strings.Split(*only, ",")
	}
	if *with != "" {
		languages = append(languages, strings.Split(*with, ",")...)
	}
	if err := run(languages, *check); err != nil {
		fmt.Fprintln(os.Stderr, "reportcard:", err)
		os.Exit(1)
	}
}

func run(languages []string, check bool) error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	work, err := os.MkdirTemp("", "reportcard")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	program, err := buildProgram(ctx, work)
	if err != nil {
		return err
	}
	var lines []line
	for _, language := range languages {
		c, ok := clients[language]
		if !ok {
			return fmt.Errorf("there are no clients in %q", language)
		}
		said, err := c.run(ctx, program, filepath.Join(work, language))
		if err != nil {
			return fmt.Errorf("%s: %w", language, err)
		}
		lines = append(lines, said...)
	}
	failed := failures(lines)
	if check {
		failed = nil // the document says so, or differs
	}
	return errors.Join(keep(lines, check), failed)
}

// failures lists what a client could not do.
func failures(lines []line) error {
	var all []error
	for _, l := range lines {
		if !l.OK {
			all = append(all, fmt.Errorf("%s: %s: %s", l.Client, l.Name, l.Said))
		}
	}
	fmt.Printf("%d things were tried, %d failed\n", len(lines), len(all))
	return errors.Join(all...)
}

// keep writes the document, or compares it.
func keep(lines []line, check bool) error {
	was, err := os.ReadFile(document)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	is := render(merge(parse(was), lines))
	switch {
	case bytes.Equal(was, is):
		return nil
	case check:
		return fmt.Errorf("%s is not what the clients said: run go run ./tools/reportcard", document)
	}
	return os.WriteFile(document, is, 0o644)
}

// merge replaces the lines of the clients that ran.
func merge(was, now []line) []line {
	ran := map[string]bool{}
	for _, l := range now {
		ran[l.Language+" "+l.Client] = true
	}
	was = slices.DeleteFunc(was, func(l line) bool { return ran[l.Language+" "+l.Client] })
	return append(was, now...)
}
