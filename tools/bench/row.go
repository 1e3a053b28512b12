package main

import (
	"fmt"
	"io"
	"slices"
	"time"
)

// row is a line of the table: a figure, and what it is held to.
type row struct {
	what         string
	ours, other  string  // as they are printed; other is empty where there is nothing to compare
	value, bound float64 // bound is the most that value may be; 0: it is only told
	form         string  // how value and bound are printed
	clock        bool    // a ratio of times, which a busy machine may spoil
}

func (r row) kept() bool { return r.bound == 0 || r.value <= r.bound }

// compared is a row of times that were taken in turn. Its value is the median of the
// ratios of each pair.
func compared(what string, ours, other []time.Duration, bound float64) row {
	ratios := make([]float64, len(ours))
	for i := range ours {
		ratios[i] = float64(ours[i]) / float64(other[i])
	}
	return row{what: what, ours: shown(median(ours)), other: shown(median(other)), value: median(ratios), bound: bound, form: "%.2f times", clock: true}
}

// bounded is a row of one figure in a unit.
func bounded(what string, value float64, unit string, bound float64) row {
	return row{what: what, value: value, bound: bound, form: "%.1f " + unit}
}

// told is a row that only tells a figure.
func told(what, figure string) row { return row{what: what, ours: figure} }

func shown(d time.Duration) string {
	switch {
	case d < time.Millisecond:
		return fmt.Sprintf("%.1f µs", float64(d)/1e3)
	case d < time.Second:
		return fmt.Sprintf("%.1f ms", float64(d)/1e6)
	}
	return fmt.Sprintf("%.2f s", d.Seconds())
}

// median returns the middle of an odd number of values, which it leaves in their order.
func median[T time.Duration | float64](values []T) T {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}

// printTable writes the rows as a table in Markdown, which docs/performance.md shows.
func printTable(w io.Writer, rows []row) {
	fmt.Fprintln(w, "| what | ours | compared to | figure | bound |\n| --- | --- | --- | --- | --- |")
	for _, r := range rows {
		figure, bound := "", ""
		if r.form != "" {
			figure = fmt.Sprintf(r.form, r.value)
		}
		if r.bound != 0 {
			bound = fmt.Sprintf(r.form, r.bound)
		}
		if !r.kept() {
			bound += " MISSED"
		}
		fmt.Fprintf(w, "| %s | %s | %s | %s | %s |\n", r.what, r.ours, r.other, figure, bound)
	}
}
