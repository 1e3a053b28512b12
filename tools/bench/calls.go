package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

const (
	question = `{"jsonrpc":"2.0","id":1,"method":"msgraph-user-get","params":{"args":{"user":"aiko.tanaka@larkspur.example"}}}`
	userPath = "/v1.0/users/aiko.tanaka@larkspur.example"

	oneByOne = 2_000  // calls of a round, one at a time
	together = 10_000 // calls of a round, with width in flight
	width    = 16
	starts   = 15
)

// servers are ours and the floors, each as a line that starts it.
type servers struct {
	ours, floor, plain []string
}

// buildServers compiles the three, and lets the floors answer lines as long as ours.
func buildServers(dir string, far *farSide) (servers, error) {
	var s servers
	params, err := json.Marshal(far.params())
	if err != nil {
		return s, err
	}
	file := filepath.Join(dir, "params.json")
	if err := os.WriteFile(file, params, 0o600); err != nil {
		return s, err
	}
	built := map[string]string{}
	for _, pkg := range []string{".", "./tools/bench/floor", "./tools/bench/plainfloor"} {
		if built[pkg], err = build(dir, pkg); err != nil {
			return s, err
		}
	}
	s.ours = []string{built["."], "serve", "--params", file}
	p, err := startProcess(question, s.ours[0], s.ours[1:]...)
	if err != nil {
		return s, err
	}
	if err := p.ask(); err != nil {
		return s, err
	}
	line, err := p.answer()
	if err != nil {
		return s, err
	}
	length := strconv.Itoa(len(line))
	s.floor = []string{built["./tools/bench/floor"], far.URL + userPath, length}
	s.plain = []string{built["./tools/bench/plainfloor"], far.URL + userPath, length}
	return s, p.end()
}

// measureCalls asks the three in turn, round by round, so that a busy machine is busy
// for all of them.
func measureCalls(s servers) ([]row, error) {
	running := map[string]*process{}
	for name, line := range map[string][]string{"ours": s.ours, "floor": s.floor, "plain": s.plain} {
		p, err := startProcess(question, line[0], line[1:]...)
		if err != nil {
			return nil, err
		}
		defer p.end() //nolint:errcheck // what was measured is measured
		if _, err := p.calls(200, width); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		running[name] = p
	}
	single, many := map[string][]time.Duration{}, map[string][]time.Duration{}
	for range rounds {
		for _, name := range []string{"plain", "floor", "ours"} {
			took, err := running[name].calls(oneByOne, 1)
			if err != nil {
				return nil, err
			}
			single[name] = append(single[name], took/oneByOne)
			if took, err = running[name].calls(together, width); err != nil {
				return nil, err
			}
			many[name] = append(many[name], took/together)
		}
	}
	memory := running["ours"].memory()
	rows := []row{
		compared("get, one at a time", single["ours"], single["floor"], 1.35),
		compared("get, one at a time, the floor without the library", single["ours"], single["plain"], 0),
		compared(fmt.Sprintf("get, %d in flight, time a call", width), many["ours"], many["floor"], 1/0.7),
		compared(fmt.Sprintf("get, %d in flight, the floor without the library", width), many["ours"], many["plain"], 0),
	}
	return append(rows, bounded(fmt.Sprintf("memory after %d gets", rounds*(oneByOne+together)), float64(memory)/1e6, "MB", 25)), nil
}

// measureStarts starts ours and the floor in turn, each until its first answer.
func measureStarts(s servers) ([]row, error) {
	first := func(line []string) (time.Duration, error) {
		began := time.Now()
		p, err := startProcess(question, line[0], line[1:]...)
		if err != nil {
			return 0, err
		}
		if err := p.ask(); err != nil {
			return 0, err
		}
		if _, err := p.answer(); err != nil {
			return 0, err
		}
		took := time.Since(began)
		return took, p.end()
	}
	var ours, floor []time.Duration
	for range starts {
		took, err := first(s.ours)
		if err != nil {
			return nil, err
		}
		ours = append(ours, took)
		if took, err = first(s.floor); err != nil {
			return nil, err
		}
		floor = append(floor, took)
	}
	milliseconds := func(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
	return []row{{
		what: "start to first answer", ours: shown(median(ours)), other: shown(median(floor)), clock: true,
		value: milliseconds(median(ours)), bound: max(8, 2*milliseconds(median(floor))), form: "%.1f ms",
	}}, nil
}
