package endurance_test

import (
	"bufio"
	"os"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"
)

// Standard error that nobody reads stops neither the server nor its shutdown, and
// whoever reads it at last learns how many lines are missing.
func TestStandardErrorThatNobodyReads(t *testing.T) {
	t.Parallel()
	const calls = 2000 // a line each, of some 300 bytes: more than a pipe and the program hold
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close()
	p := startProgramTo(t, write, "serve", "--emulator", "--log-level", "debug")
	write.Close()
	for range calls {
		if a := p.Call("msgraph-user-get", of("user", colleague), nil); a.Error != nil {
			t.Fatal(a.Text)
		}
	}
	p.signal(syscall.SIGTERM)
	if status := p.Exit(); status != 0 {
		t.Errorf("exit status %d", status)
	}
	t.Run("and is read at last", func(t *testing.T) {
		read, write, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		defer read.Close()
		p := startProgramTo(t, write, "serve", "--emulator", "--log-level", "debug")
		write.Close()
		for range calls {
			p.Call("msgraph-user-get", of("user", colleague), nil)
		}
		lines := bufio.NewScanner(read)
		dropped := regexp.MustCompile(`were dropped, because nobody read standard error" lines=(\d+)`)
		logged := 0
		for lines.Scan() {
			if found := dropped.FindStringSubmatch(lines.Text()); found != nil {
				n, err := strconv.Atoi(found[1])
				if err != nil || logged+n < calls {
					t.Errorf("%d lines came, and %s are said to be missing", logged, found[1])
				}
				return
			}
			if strings.Contains(lines.Text(), "graph request") {
				logged++
			}
		}
		t.Errorf("%d lines came, and none is said to be missing", logged)
	})
}

// With standard output unread, what cannot be answered is given up when the grace
// period is over, and the exit status says so.
func TestStandardOutputThatNobodyReads(t *testing.T) {
	t.Parallel()
	const grace = time.Second
	for name, calls := range map[string]int{"one answer": 1, "more than is kept": 1000} {
		t.Run(name, func(t *testing.T) {
			p := startProgram(t, "serve", "--emulator", "--grace", grace.String())
			asked := make(chan struct{})
			go func() {
				defer close(asked)
				for range calls {
					if _, err := p.In.Write([]byte(`{"jsonrpc":"2.0","id":1,"method":"rpc.discover"}` + "\n")); err != nil {
						return
					}
				}
			}()
			eventually(t, "nothing more is read, or all is", func() bool { return p.isStuck() })
			p.signal(syscall.SIGTERM)
			if status := p.Exit(); status != 1 || !strings.Contains(p.Stderr.String(), "the peer does not read") {
				t.Errorf("exit status %d: %s", status, p.Stderr)
			}
			p.In.Close()
			<-asked
		})
	}
}

// isStuck reports whether the pipe that the program writes to is full.
func (p *program) isStuck() bool {
	const full = 60 << 10
	raw, err := p.Output.SyscallConn()
	if err != nil {
		p.t.Fatal(err)
	}
	var unread int32
	if err := raw.Control(func(fd uintptr) {
		const bytesToRead = 0x541b // FIONREAD
		syscall.Syscall(syscall.SYS_IOCTL, fd, bytesToRead, uintptr(unsafe.Pointer(&unread)))
	}); err != nil {
		p.t.Fatal(err)
	}
	return unread >= full
}
