package rpc

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
)

// newServer serves the scripted commands.
func newServer(runner script) *Server {
	return &Server{
		Runner: runner, Commands: runner.names(), Name: "test", Version: "1",
		Suggest: func(method string) []string {
			if strings.HasPrefix(method, "ech") {
				return []string{"echo"}
			}
			return nil
		},
		Discover: func() any { return map[string]string{"openrpc": "1.3.2"} },
		Log:      slog.New(slog.DiscardHandler),
	}
}

// testPeer is the other end of a session. It lives in a synctest bubble, so that
// settled means: nothing moves any more.
type testPeer struct {
	t      *testing.T
	in     *io.PipeWriter
	out    *sink
	stop   context.CancelFunc
	served chan struct{} // closed when Serve returned err
	err    error
}

func connect(t *testing.T, server *Server) *testPeer {
	t.Helper()
	reader, writer := io.Pipe()
	ctx, stop := context.WithCancel(t.Context())
	p := &testPeer{t: t, in: writer, out: newSink(), stop: stop, served: make(chan struct{})}
	go func() {
		defer close(p.served)
		p.err = server.Serve(ctx, reader, p.out)
		reader.CloseWithError(io.ErrClosedPipe) // as a process that exits
	}()
	t.Cleanup(func() {
		p.out.open()
		writer.Close()
		stop()
		<-p.served
	})
	return p
}

// send writes the lines and returns when nothing moves any more.
func (p *testPeer) send(lines ...string) {
	p.t.Helper()
	for _, line := range lines {
		p.write(line + "\n")
	}
	synctest.Wait()
}

func (p *testPeer) write(text string) {
	p.t.Helper()
	if _, err := io.WriteString(p.in, text); err != nil {
		p.t.Fatalf("the server takes no more input: %v", err)
	}
}

// end closes the input and returns what Serve does.
func (p *testPeer) end() error {
	p.in.Close()
	return p.wait()
}

// wait returns what Serve does.
func (p *testPeer) wait() error {
	<-p.served
	return p.err
}

// expect compares what came since the last look, line by line.
func (p *testPeer) expect(lines ...string) {
	p.t.Helper()
	want := strings.Join(lines, "\n")
	if got := strings.TrimSuffix(p.out.take(), "\n"); got != want {
		p.t.Errorf("the server wrote\n%s\nwant\n%s", got, want)
	}
}

// sink is the peer's reading side. While it is shut, writes wait, as on a full pipe.
type sink struct {
	mu     sync.Mutex
	opened sync.Cond
	shut   bool
	text   bytes.Buffer
	writes int
}

func newSink() *sink {
	s := &sink{}
	s.opened.L = &s.mu
	return s
}

func (s *sink) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.shut {
		s.opened.Wait()
	}
	s.writes++
	return s.text.Write(b)
}

func (s *sink) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.shut = true
}

func (s *sink) open() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.shut = false
	s.opened.Broadcast()
}

// take returns what was written since the last call.
func (s *sink) take() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	text := s.text.String()
	s.text.Reset()
	return text
}
