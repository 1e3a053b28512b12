package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// build compiles a package of this module as it is documented, and returns its path.
func build(dir, pkg string) (string, error) {
	program := filepath.Join(dir, "bench-"+strings.Trim(filepath.Base(pkg), "."))
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", program, pkg)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build %s: %w\n%s", pkg, err, out)
	}
	return program, nil
}

// process is a server on standard input and output that is asked line by line.
type process struct {
	cmd  *exec.Cmd
	in   io.WriteCloser
	out  *bufio.Reader
	line []byte // the question, the same each time
}

// startProcess starts a program, which will be asked question.
func startProcess(question string, program string, args ...string) (*process, error) {
	p := &process{cmd: exec.Command(program, args...), line: []byte(question + "\n")}
	p.cmd.Env = append(os.Environ(), "MSGRAPH_USER_FLAGS=")
	var err error
	if p.in, err = p.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p.out = bufio.NewReaderSize(out, 1<<20)
	return p, p.cmd.Start()
}

func (p *process) ask() error {
	_, err := p.in.Write(p.line)
	return err
}

// answer reads one answer. It must be a result.
func (p *process) answer() ([]byte, error) {
	line, err := p.out.ReadSlice('\n')
	if err == nil && !bytes.Contains(line, []byte(`"result":`)) {
		err = fmt.Errorf("unexpected answer %.200s", line)
	}
	return line, err
}

// calls makes n calls, with width of them in flight, and returns how long they took.
func (p *process) calls(n, width int) (time.Duration, error) {
	began := time.Now()
	for range min(n, width) {
		if err := p.ask(); err != nil {
			return 0, err
		}
	}
	for answered := range n {
		if _, err := p.answer(); err != nil {
			return 0, err
		}
		if answered+width < n {
			if err := p.ask(); err != nil {
				return 0, err
			}
		}
	}
	return time.Since(began), nil
}

// memory is what the process holds now, in bytes; 0 where the system does not tell.
func (p *process) memory() int64 {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	_, after, _ := strings.Cut(string(status), "VmRSS:")
	fields := strings.Fields(after)
	if len(fields) == 0 {
		return 0
	}
	kib, err := strconv.ParseInt(fields[0], 10, 64)
	if err != nil {
		return 0
	}
	return kib << 10
}

// end closes the input and waits for the end.
func (p *process) end() error { return errors.Join(p.in.Close(), p.cmd.Wait()) }
