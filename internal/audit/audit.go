// Package audit keeps the trail of changes: for each command that changes
// something one JSON line before it is sent and one after it is answered, and for
// one that a guard rail stops a single line. A line is on disk before the request
// goes out, so that nothing is done unseen; an entry without its second line was
// cut off, and says so by its outcome "open".
package audit

import (
	"cmp"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"
)

// The outcomes of a line.
const (
	Open    = "open"    // written before the command is sent; stays the last word if the process dies
	Done    = "done"    // the command succeeded
	Failed  = "failed"  // the command failed; Error says how
	Refused = "refused" // a guard rail stopped it, or could not be looked at: no change was sent; Error says why
)

// Origin is where a change came from, as far as it is known.
type Origin struct {
	Instance string `json:"instance,omitempty"` // the name of the integration instance, or of the profile
	Host     string `json:"host,omitempty"`     // the machine that the program runs on
	Operator string `json:"operator,omitempty"` // the person who started the program, as the environment names them
}

// orElse fills what o does not tell.
func (o Origin) orElse(other Origin) Origin {
	return Origin{cmp.Or(o.Instance, other.Instance), cmp.Or(o.Host, other.Host), cmp.Or(o.Operator, other.Operator)}
}

// Line is one line of the trail.
type Line struct {
	Time    time.Time `json:"time"`
	ID      string    `json:"id"` // the same in both lines of a command
	Outcome string    `json:"outcome"`
	Origin
	Incident string `json:"incident,omitempty"`
	Command  string `json:"command"`
	Target   string `json:"target,omitempty"`
	// TargetID is the object id of the target, where a guard rail looked at it.
	TargetID string            `json:"targetId,omitempty"`
	Asked    map[string]string `json:"asked,omitempty"` // the arguments, secrets masked
	// RequestID is Graph's id of the last request the command made.
	RequestID string `json:"requestId,omitempty"`
	Error     string `json:"error,omitempty"`
	// Run is the id of a run whose record is sealed, and Seal its seal.
	Run  string `json:"run,omitempty"`
	Seal string `json:"seal,omitempty"`
	// Cut says that the line was cut short by a kill or a full disk, and closed later.
	Cut bool `json:"cut,omitempty"`
}

// Trail appends lines to one file. It is safe for concurrent use, and several
// processes may append to the same file. A file that was moved, deleted or replaced
// is noticed before the next line, which goes where the file should be.
type Trail struct {
	mu     sync.Mutex
	file   logFile
	now    func() time.Time
	origin Origin
}

// OpenFile opens or creates the trail at path, which has to be a regular file or
// none. origin is what lines tell that say nothing else themselves. A file that others
// may read is closed to them; where that is not possible, it is refused.
func OpenFile(path string, origin Origin, now func() time.Time) (*Trail, error) {
	t := &Trail{file: logFile{path: path}, now: now, origin: origin}
	if err := t.Reopen(); err != nil {
		return nil, fmt.Errorf("open the audit trail: %w", err)
	}
	return t, nil
}

// Reopen opens the file where it should be, for after it was moved by a log
// rotation. Where that fails, the next line tries again, and no change is made
// before it succeeds.
func (t *Trail) Reopen() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return errors.Join(t.file.close(), t.file.append(nil))
}

// Begin writes the first line of a command and returns what writes the second.
// Where it fails the command must not be sent.
func (t *Trail) Begin(line Line) (end End, err error) {
	ends, err := t.BeginAll([]Line{line})
	if err != nil {
		return nil, err
	}
	return ends[0], nil
}

// End writes the second line of a command: its outcome, Graph's id of its last
// request, and what went wrong, if anything.
type End func(outcome, requestID string, failure error) error

// BeginAll is Begin for several commands that are sent together: their lines come
// to the disk at once.
func (t *Trail) BeginAll(lines []Line) ([]End, error) {
	ends := make([]End, len(lines))
	for i := range lines {
		lines[i].Time, lines[i].ID, lines[i].Outcome = t.now().UTC(), rand.Text(), Open
		ends[i] = t.end(lines[i])
	}
	return ends, t.append(lines...)
}

// end returns what writes the second line of the command of line.
func (t *Trail) end(line Line) End {
	return func(outcome, requestID string, failure error) error {
		line.Time, line.Outcome, line.RequestID, line.Asked = t.now().UTC(), outcome, requestID, nil
		if failure != nil {
			line.Error = failure.Error()
		}
		return t.append(line)
	}
}

// Refuse writes the one line of a command that was not sent because of reason.
func (t *Trail) Refuse(line Line, reason error) error {
	line.Time, line.ID, line.Outcome, line.Error = t.now().UTC(), rand.Text(), Refused, reason.Error()
	return t.append(line)
}

// Seal writes the one line that holds the seal of a run's record.
func (t *Trail) Seal(line Line) error {
	line.Time, line.ID, line.Outcome = t.now().UTC(), rand.Text(), Done
	return t.append(line)
}

// append writes lines in one piece and waits until they are on disk.
func (t *Trail) append(lines ...Line) error {
	var data []byte
	for _, line := range lines {
		line.Origin = line.orElse(t.origin)
		encoded, err := json.Marshal(line)
		if err != nil {
			return fmt.Errorf("write the audit trail: %w", err)
		}
		data = append(append(data, encoded...), '\n')
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.file.append(data); err != nil {
		return fmt.Errorf("write the audit trail: %w", err)
	}
	return nil
}

// Close closes the file.
func (t *Trail) Close() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.file.close()
}
