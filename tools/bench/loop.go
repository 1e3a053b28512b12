package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"
)

const loopCommands = 50

// measureLoop plays the platform for the program's own loop, and for a loop in Python
// that runs the script of integration.yml, both over TLS.
func measureLoop(program string, far *farSide) ([]row, error) {
	call := map[string]any{
		"script": "", "integration": true, "command": "msgraph-user-get", "args": map[string]any{"user": "aiko.tanaka@larkspur.example"},
		"params": far.params(), "context": map[string]any{"Inv": map[string]any{"id": "1"}, "IntegrationInstance": "bench"},
	}
	native, err := playLoop(call, far, program, "loop")
	if err != nil {
		return nil, fmt.Errorf("the program's loop: %w", err)
	}
	rows := []row{
		told("the loop, natively over TLS: first command", shown(native.first)),
		told("the loop, natively over TLS: a later command", shown(native.later)),
		bounded(fmt.Sprintf("connections of %d commands in the loop", loopCommands), float64(native.connections), "", 1),
	}
	python, err := exec.LookPath("python3")
	if err != nil {
		return append(rows, told("the loop by the script", "not measured: no python3")), nil
	}
	script, err := os.ReadFile("internal/container/script.py")
	if err != nil {
		return nil, err
	}
	call["script"] = string(script)
	if err := os.Setenv("MSGRAPH_USER_BIN", program); err != nil { // for the script
		return nil, err
	}
	byScript, err := playLoop(call, far, python, "internal/container/testdata/container_loop.py")
	if err != nil {
		return nil, fmt.Errorf("the loop by the script: %w", err)
	}
	return append(rows,
		told("the loop by the script: first command", shown(byScript.first)),
		told("the loop by the script: a later command", shown(byScript.later)),
	), nil
}

type loopTimes struct {
	first, later time.Duration
	connections  int32
}

// playLoop gives a loop its commands and answers what it asks.
func playLoop(call map[string]any, far *farSide, program string, args ...string) (loopTimes, error) {
	var t loopTimes
	line, err := json.Marshal(call)
	if err != nil {
		return t, err
	}
	before := far.connections.Load()
	began := time.Now()
	p, err := startProcess(string(line), program, args...)
	if err != nil {
		return t, err
	}
	stored := "{}"
	var later []time.Duration
	for n := range loopCommands {
		if n > 0 {
			began = time.Now()
		}
		if err := p.ask(); err != nil {
			return t, err
		}
		if err := p.played(&stored); err != nil {
			return t, errors.Join(err, p.end())
		}
		if n == 0 {
			t.first = time.Since(began)
		} else {
			later = append(later, time.Since(began))
		}
	}
	t.later, t.connections = median(later), far.connections.Load()-before
	return t, p.end()
}

// played answers what the loop asks until the command is completed.
func (p *process) played(stored *string) error {
	for {
		line, err := p.out.ReadString('\n')
		if err != nil {
			return err
		}
		answer := "{}"
		switch {
		case strings.Contains(line, `"completed"`):
			return nil
		case strings.Contains(line, `"type":"exception"`), strings.Contains(line, `"Type":4`):
			return fmt.Errorf("the loop says %.500s", line)
		case strings.Contains(line, `"entryLog"`), strings.Contains(line, `"result"`):
			continue
		case strings.Contains(line, `"getIntegrationContext"`):
			answer = *stored
		case strings.Contains(line, `"setIntegrationContext"`):
			_, value, _ := strings.Cut(line, `"value":`)
			*stored = strings.TrimRight(value, "}\n ") + "}"
		}
		if _, err := io.WriteString(p.in, answer+"\n"); err != nil {
			return err
		}
	}
}
