// Command bench builds the program, measures it against the least that anybody could
// do, and prints a table with ratios. Everything is measured in one run on one machine,
// in turn with what it is compared to:
//
//	go run ./tools/bench
//
// It ends with status 1 where a bound is missed; with -counts, only where a bound is
// missed that is no ratio of times, since a busy machine may spoil those. With -weights
// it prints what each dependency weighs in the program.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"runtime"
	"slices"
)

func main() {
	counts := flag.Bool("counts", false, "fail for counts and sizes only, not for ratios of times")
	weights := flag.Bool("weights", false, "print what each dependency weighs in the program, and measure nothing")
	flag.Parse()
	if *weights {
		if err := printWeights(); err != nil {
			fmt.Fprintln(os.Stderr, "bench:", err)
			os.Exit(1)
		}
		return
	}
	rows, err := measure()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
	fmt.Printf("%s, %d cores, %s\n\n", runtime.GOARCH, runtime.NumCPU(), runtime.Version())
	printTable(os.Stdout, rows)
	if slices.ContainsFunc(rows, func(r row) bool { return !r.kept() && !(r.clock && *counts) }) {
		fmt.Fprintln(os.Stderr, "bench: a bound is missed")
		os.Exit(1)
	}
}

func measure() (rows []row, err error) {
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	far, farTLS := newFarSide(false), newFarSide(true)
	defer far.Close()
	defer farTLS.Close()
	s, err := buildServers(dir, far)
	if err != nil {
		return nil, err
	}
	for _, part := range []func() ([]row, error){
		func() ([]row, error) { return measureSize(s.ours[0]) },
		func() ([]row, error) { return measureStarts(s) },
		func() ([]row, error) { return measureCalls(s) },
		measurePages,
		func() ([]row, error) { return measureBulk(far) },
		func() ([]row, error) { return measureLoop(s.ours[0], farTLS) },
		measureTenant,
	} {
		more, err := part()
		if err != nil {
			return nil, err
		}
		rows = append(rows, more...)
	}
	return rows, nil
}

func measureSize(program string) ([]row, error) {
	info, err := os.Stat(program)
	if err != nil {
		return nil, err
	}
	return []row{bounded("the program, stripped", float64(info.Size())/1e6, "MB", 20)}, nil
}
