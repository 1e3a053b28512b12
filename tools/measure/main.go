// Command measure builds the program and prints the table of figures that the
// README shows, as it comes out on this machine:
//
//	go run ./tools/measure
package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"
)

const (
	starts = 20  // processes started, for the first answer
	calls  = 500 // made in each, for the later ones
)

func main() {
	rows, err := measure()
	if err != nil {
		fmt.Fprintln(os.Stderr, "measure:", err)
		os.Exit(1)
	}
	fmt.Printf("| what (%s, %d cores) | figure |\n| --- | --- |\n", runtime.GOARCH, runtime.NumCPU())
	for _, r := range rows {
		fmt.Printf("| %s | %s |\n", r.what, r.figure)
	}
}

type row struct{ what, figure string }

func measure() ([]row, error) {
	dir, err := os.MkdirTemp("", "measure")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	program := filepath.Join(dir, "msgraph-user")
	build := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", program, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("build: %w\n%s", err, out)
	}
	info, err := os.Stat(program)
	if err != nil {
		return nil, err
	}
	rows := []row{{"the program, all in one file", fmt.Sprintf("%.1f MB", float64(info.Size())/1e6)}}
	for _, add := range []func(string) ([]row, error){measureServe, measureLoop, measureTenant} {
		more, err := add(program)
		if err != nil {
			return nil, err
		}
		rows = append(rows, more...)
	}
	return rows, nil
}

const (
	question     = `{"jsonrpc":"2.0","id":1,"method":"msgraph-user-get","params":{"args":{"user":"aiko.tanaka@larkspur.example"}}}` + "\n"
	loopQuestion = `{"script":"","command":"msgraph-user-get","args":{"user":"aiko.tanaka@larkspur.example"},"params":{"self_deployed":true,"creds_auth_id":{"password":"11111111-1111-1111-1111-111111111111"},"creds_tenant_id":{"password":"22222222-2222-2222-2222-222222222222"},"creds_enc_key":{"password":"emulator-secret"}},"context":{"Inv":{"id":"1"},"IntegrationInstance":"i"}}` + "\n"
)

func measureServe(program string) ([]row, error) {
	t, err := timed(question, func(w io.Writer, r *bufio.Reader) error {
		line, err := r.ReadString('\n')
		if err == nil && !strings.Contains(line, "Aiko Tanaka") {
			err = errors.New("unexpected answer " + line)
		}
		return err
	}, program, "serve", "--emulator")
	return t.rows("serve"), err
}

func measureLoop(program string) ([]row, error) {
	stored := "{}"
	t, err := timed(loopQuestion, func(w io.Writer, r *bufio.Reader) error { return playPlatform(w, r, &stored) }, program, "loop", "--emulator")
	return t.rows("the platform's container loop"), err
}

// playPlatform answers what the loop asks until the command is completed.
func playPlatform(w io.Writer, r *bufio.Reader, stored *string) error {
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return err
		}
		answer := "{}"
		switch {
		case strings.Contains(line, `"completed"`):
			return nil
		case strings.Contains(line, `"entryLog"`), strings.Contains(line, `"type":"result"`):
			continue
		case strings.Contains(line, `"getIntegrationContext"`):
			answer = *stored
		case strings.Contains(line, `"setIntegrationContext"`):
			_, value, _ := strings.Cut(line, `"value":`)
			*stored = strings.TrimRight(value, "}\n") + "}"
		}
		if _, err := io.WriteString(w, answer+"\n"); err != nil {
			return err
		}
	}
}

// timings are what came out of several runs of a program.
type timings struct {
	first, later []time.Duration
	memory       []int64 // the most that a process held, in bytes
}

func (t timings) rows(door string) []row {
	if len(t.first) == 0 {
		return nil
	}
	slices.Sort(t.first)
	slices.Sort(t.later)
	slices.Sort(t.memory)
	return []row{
		{door + ": from start to the first answer, practice tenant included (median)", milliseconds(t.first[len(t.first)/2])},
		{door + ": each further call (median)", milliseconds(t.later[len(t.later)/2])},
		{fmt.Sprintf("%s: memory at most, in %d calls (median)", door, calls), fmt.Sprintf("%.0f MB", float64(t.memory[len(t.memory)/2])/1e6)},
	}
}

func milliseconds(d time.Duration) string { return fmt.Sprintf("%.2f ms", float64(d)/1e6) }

// timed starts a program several times and asks it several questions each.
func timed(question string, read func(io.Writer, *bufio.Reader) error, program string, args ...string) (timings, error) {
	var t timings
	for range starts {
		began := time.Now()
		cmd := exec.Command(program, args...)
		stdin, err := cmd.StdinPipe()
		if err != nil {
			return t, err
		}
		stdout, err := cmd.StdoutPipe()
		if err != nil {
			return t, err
		}
		if err := cmd.Start(); err != nil {
			return t, err
		}
		out := bufio.NewReaderSize(stdout, 1<<20)
		for n := range calls {
			if n > 0 {
				began = time.Now()
			}
			if _, err := io.WriteString(stdin, question); err != nil {
				return t, err
			}
			if err := read(stdin, out); err != nil {
				return t, err
			}
			if n == 0 {
				t.first = append(t.first, time.Since(began))
			} else {
				t.later = append(t.later, time.Since(began))
			}
		}
		if err := errors.Join(stdin.Close(), cmd.Wait()); err != nil {
			return t, err
		}
		t.memory = append(t.memory, maxMemory(cmd.ProcessState))
	}
	return t, nil
}

// maxMemory is the most that an ended process held at once. Linux counts it in
// KiB.
func maxMemory(state *os.ProcessState) int64 {
	usage, ok := state.SysUsage().(*syscall.Rusage)
	if !ok {
		return 0
	}
	return usage.Maxrss << 10
}
