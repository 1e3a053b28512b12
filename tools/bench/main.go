// Command bench compares what the program does with the least that anybody could do,
// in one run on one machine, and prints a table of the ratios:
//
//	go run ./tools/bench
//
// It ends with status 1 where a ratio or a bound is missed.
package main

import (
	"fmt"
	"os"
	"slices"
	"text/tabwriter"
	"time"
)

// measurement is a row of the table.
type measurement struct {
	what     string
	ours     time.Duration
	bare     time.Duration
	allowed  float64 // how many times as long as the bare loop it may take
	peak     uint64  // bytes of memory in use at most; 0 where it is not measured
	maxBytes uint64
}

// kept reports whether the measurement is within its bounds.
func (m measurement) kept() bool {
	return m.ratio() <= m.allowed && (m.maxBytes == 0 || m.peak <= m.maxBytes)
}

func (m measurement) ratio() float64 { return float64(m.ours) / float64(m.bare) }

func main() {
	measurements, err := measure()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "what\tours\tbare\tratio\tallowed\tmemory\tallowed\t")
	for _, m := range measurements {
		fmt.Fprintf(table, "%s\t%v\t%v\t%.2f\t%.2f\t%.1f MiB\t%d MiB\t\n", m.what,
			m.ours.Round(time.Millisecond), m.bare.Round(time.Millisecond), m.ratio(), m.allowed, float64(m.peak)/(1<<20), m.maxBytes>>20)
	}
	if err := table.Flush(); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
	if slices.ContainsFunc(measurements, func(m measurement) bool { return !m.kept() }) {
		fmt.Fprintln(os.Stderr, "bench: a bound is missed")
		os.Exit(1)
	}
}

// median returns the middle of an odd number of durations.
func median(durations []time.Duration) time.Duration {
	slices.Sort(durations)
	return durations[len(durations)/2]
}
