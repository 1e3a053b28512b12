package containment

import (
	"bytes"
	"context"
	"errors"
	"fmt"
)

// Writer writes the record of one run. It belongs to one goroutine.
type Writer struct {
	store   Store // nil: the record is in memory only, and goes with the answer
	run     Run
	content []byte
	stored  int // bytes of content that the store has
	lines   int
	changes int
	last    string // hash of the last line
	seal    string
}

// New begins the record of a run in a store; nil keeps it in memory, for an answer that
// holds the file. Nothing is stored before the first Flush.
func New(store Store, run Run) (*Writer, error) {
	run.Version = Version
	w := &Writer{store: store, run: run}
	return w, w.Add(run)
}

// Continue goes on with the record of a run that was cut off. A line that a kill left
// unfinished is dropped: what it is about was not sent. The error says that the record
// is changed, or that it is finished.
func Continue(ctx context.Context, store Store, run string) (*Writer, *Record, error) {
	content, err := ReadFrom(ctx, store, run)
	if err != nil {
		return nil, nil, err
	}
	content = content[:bytes.LastIndexByte(content, '\n')+1]
	record, err := Parse(content)
	if err != nil {
		return nil, nil, err
	}
	if record.Finished() {
		return nil, record, ErrFinished
	}
	w := &Writer{store: store, run: record.Run, content: content, stored: len(content), lines: record.lines, changes: len(record.Changes), last: record.last}
	return w, record, nil
}

// ErrFinished says that a run has come to its end, so that it cannot go on.
var ErrFinished = errors.New("the run has come to its end")

// RunID returns the id of the run.
func (w *Writer) RunID() string { return w.run.RunID }

// Run returns the first line of the record.
func (w *Writer) Run() Run { return w.run }

// Add adds lines. They are stored with the next Flush.
func (w *Writer) Add(lines ...Line) error {
	for _, line := range lines {
		if w.seal != "" {
			return fmt.Errorf("a line of the kind %s after the seal of run %s", line.kind(), w.run.RunID)
		}
		encoded, err := encode(line, w.last)
		if err != nil {
			return err
		}
		w.content = append(append(w.content, encoded...), '\n')
		w.lines++
		w.last = hash(encoded)
	}
	return nil
}

// Change adds a change and returns it with its number.
func (w *Writer) Change(c Change) (Change, error) {
	w.changes++
	c.Number = w.changes
	return c, w.Add(c)
}

// Reserve reports ErrFull where the store has no room for the lines so far and more
// bytes, so that a run can be refused before its first change.
func (w *Writer) Reserve(more int) error {
	if w.store == nil || w.store.Fits(w.content, more) {
		return nil
	}
	return ErrFull
}

// Flush stores what was added. When it returns, a kill does not lose it; after an error
// nothing more may be sent.
func (w *Writer) Flush(ctx context.Context) error {
	if w.store == nil || w.stored == len(w.content) {
		return nil
	}
	if err := w.store.Append(ctx, w.run.RunID, w.stored, w.content[w.stored:]); err != nil {
		return err
	}
	w.stored = len(w.content)
	return nil
}

// Finish seals the record and stores it. The seal is for keeping elsewhere.
func (w *Writer) Finish(ctx context.Context, last Seal) (seal string, err error) {
	last.RunID, last.Lines, last.Changes = w.run.RunID, w.lines+1, w.changes
	encoded, err := encode(last, w.last)
	if err != nil {
		return "", err
	}
	w.content = append(append(w.content, encoded...), '\n')
	w.seal, _, _ = unseal(encoded)
	return w.seal, w.Flush(ctx)
}

// File returns the record as a file, and its name.
func (w *Writer) File() (name string, data []byte, err error) { return File(w.run.RunID, w.content) }
