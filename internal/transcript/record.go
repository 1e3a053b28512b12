package transcript

import (
	"encoding/json"
	"fmt"
	"io"
	"sync"
	"time"

	"msgraph-user/internal/definition"
	"msgraph-user/internal/rpc"
)

// Recorder writes a transcript. It is safe for concurrent use.
type Recorder struct {
	mu       sync.Mutex
	out      io.Writer
	redactor *Redactor
	now      func() time.Time
	started  time.Time
	err      error
}

// NewRecorder begins a transcript on w, which is written to without a buffer, so
// that what was said survives a crash. version is the program's. The definition
// says which arguments and parameters are secret.
func NewRecorder(w io.Writer, definition *definition.Integration, version string, now func() time.Time) (*Recorder, error) {
	r := &Recorder{out: w, redactor: NewRedactor(definition), now: now, started: now()}
	r.write(header{format, "msgraph-user", version, r.started.UTC().Format(time.RFC3339)})
	return r, r.err
}

// Observe keeps a message. It is made for rpc.Server.Observe.
func (r *Recorder) Observe(direction rpc.Direction, message []byte) {
	from := fromServer
	if direction == rpc.Received {
		from = fromClient
	}
	r.keep(from, message)
}

// Err returns the error that ended the writing, if one did. What came after it is
// lost.
func (r *Recorder) Err() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.err
}

func (r *Recorder) keep(from string, message []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	l := line{From: from, At: r.now().Sub(r.started).Round(time.Millisecond).Seconds()}
	if json.Valid(message) {
		l.Message = r.redactor.message(from, message)
	} else {
		l.Unreadable = len(message)
	}
	r.write(l)
}

// write appends a line, unless an earlier one failed.
func (r *Recorder) write(l any) {
	if r.err != nil {
		return
	}
	encoded, err := json.Marshal(l)
	if err == nil {
		_, err = r.out.Write(append(encoded, '\n'))
	}
	if err != nil {
		r.err = fmt.Errorf("write the transcript: %w", err)
	}
}
