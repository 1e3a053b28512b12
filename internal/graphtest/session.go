package graphtest

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"strings"
	"sync"
	"testing"
)

// Buffer collects what a program writes while it runs; it may be read meanwhile.
type Buffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write appends p.
func (b *Buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

// String returns what was written so far.
func (b *Buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// Session is a JSON-RPC session with a server at the other end of two streams, one
// message a line. What fails ends the test.
type Session struct {
	In     io.WriteCloser
	Out    *bufio.Reader
	Stderr *Buffer // what the server says there

	t      testing.TB
	lastID int
}

// NewSession returns a session over these streams.
func NewSession(t testing.TB, in io.WriteCloser, out io.Reader) *Session {
	return &Session{t: t, In: in, Out: bufio.NewReaderSize(out, 1<<20), Stderr: &Buffer{}}
}

// Reply is what came back for a request.
type Reply struct {
	ID     json.Number `json:"id"`
	Result struct {
		Entries []Entry `json:"entries"`
	} `json:"result"`
	Error *struct {
		Code    int            `json:"code"`
		Message string         `json:"message"`
		Data    map[string]any `json:"data"`
	} `json:"error"`
	Text string `json:"-"` // the whole line
}

// Entry is a War Room entry.
type Entry struct {
	Type          int
	Contents      any
	HumanReadable string
	EntryContext  map[string]any
	File          string
	FileData      []byte
	PollingArgs   map[string]any
}

// Code is that of the error, or 0.
func (r Reply) Code() int {
	if r.Error == nil {
		return 0
	}
	return r.Error.Code
}

// ReadReply reads a line as a reply.
func ReadReply(line []byte) (Reply, error) {
	r := Reply{Text: string(line)}
	err := json.Unmarshal(line, &r)
	return r, err
}

// Write writes text as it is.
func (s *Session) Write(text string) {
	s.t.Helper()
	if _, err := io.WriteString(s.In, text); err != nil {
		s.t.Fatalf("writing to the program: %v %s", err, s.Stderr)
	}
}

// Send writes one message.
func (s *Session) Send(message any) {
	s.t.Helper()
	data, err := json.Marshal(message)
	if err != nil {
		s.t.Fatal(err)
	}
	s.Write(string(data) + "\n")
}

// Line reads one line, and returns it without its end.
func (s *Session) Line() string {
	s.t.Helper()
	line, err := s.Out.ReadString('\n')
	if err != nil {
		s.t.Fatalf("no line: %v %s", err, s.Stderr)
	}
	return strings.TrimSpace(line)
}

// Receive reads one message.
func (s *Session) Receive() Reply {
	s.t.Helper()
	line := s.Line()
	reply, err := ReadReply([]byte(line))
	if err != nil {
		s.t.Fatalf("%v in %s", err, line)
	}
	return reply
}

// Request makes the request of a command, with an id of its own. params describe the
// instance; nil takes the server's.
func (s *Session) Request(command string, args, params map[string]any) map[string]any {
	s.lastID++
	given := map[string]any{"args": args}
	if params != nil {
		given["params"] = params
	}
	return map[string]any{"jsonrpc": "2.0", "id": s.lastID, "method": command, "params": given}
}

// Call runs a command and returns its reply.
func (s *Session) Call(command string, args, params map[string]any) Reply {
	s.t.Helper()
	s.Send(s.Request(command, args, params))
	return s.Receive()
}
