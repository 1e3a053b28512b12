// Package journal keeps how far a change of many has come in a file, so that the
// same change can go on after the process died.
//
// The file holds a JSON value a line: first the identity of the change, then the
// notes of its steps. It is readable by its owner only, and one process at a time
// writes it.
package journal

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/gofrs/flock"

	"msgraph-user/internal/bounded"
	"msgraph-user/internal/engine"
	"msgraph-user/internal/failure"
	"msgraph-user/internal/rawjson"
)

// version is the form of the file.
const version = 1

// head is the first line.
type head struct {
	Version  int    `json:"journal"`
	Identity string `json:"identity"`
	engine.Description
}

// File is a journal in a file.
type File struct {
	path   string
	file   *os.File
	lock   *flock.Flock
	length int64 // of the whole lines in the file
	about  engine.Description
}

var _ engine.Journal = (*File)(nil)

// Open opens or creates the journal at path and locks it. The error says where
// another process has it.
func Open(path string) (*File, error) {
	if err := bounded.CheckRegular(path); err != nil {
		return nil, fmt.Errorf("open the journal: %w", err)
	}
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the journal: %w", err)
	}
	lock := flock.New(path + ".lock")
	locked, err := lock.TryLock()
	if err == nil && !locked {
		err = fmt.Errorf("another process works with the journal %s: wait until it ends", path)
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return &File{path: path, file: file, lock: lock}, nil
}

// Describe takes in what a new journal says of its change.
func (f *File) Describe(about engine.Description) { f.about = about }

// Close closes the file and gives the lock back.
func (f *File) Close() error {
	return errors.Join(f.file.Close(), f.lock.Unlock())
}

// maxSize bounds what is read of a journal: a change of a million steps.
const maxSize = 1 << 30

// Begin reads the notes of an earlier run of the change that identity names. The
// error, a *failure.Error, says that the file is another change's or not a journal:
// it is left as it is then.
func (f *File) Begin(identity string) ([]engine.Note, error) {
	if _, err := f.file.Seek(0, io.SeekStart); err != nil {
		return nil, f.unusable("cannot be read: "+err.Error(), err)
	}
	content, _, err := bounded.ReadRegular(f.file, f.path, maxSize)
	if err != nil {
		return nil, f.unusable("cannot be read: "+err.Error(), err)
	}
	// A line that a kill left unfinished says nothing: what it is about was not sent.
	whole := content[:bytes.LastIndexByte(content, '\n')+1]
	if len(content) > 0 && len(whole) == 0 && !bytes.HasPrefix([]byte(headStart), content[:min(len(content), len(headStart))]) {
		return nil, f.unusable("is not a journal of this program", nil)
	}
	notes, err := f.parse(whole, identity)
	if err != nil {
		return nil, err
	}
	return notes, f.prepare(len(whole), identity)
}

// headStart is how the first line begins.
const headStart = `{"journal":`

// parse reads whole lines.
func (f *File) parse(content []byte, identity string) ([]engine.Note, error) {
	if len(content) == 0 {
		return nil, nil
	}
	first, notes, err := read(content)
	switch {
	case first.Version != version:
		return nil, f.unusable("is not a journal of this program", err)
	case first.Identity != identity:
		return nil, f.unusable("is the journal of another command, list or instance", nil)
	case err != nil:
		return nil, f.unusable("is damaged", err)
	}
	return notes, nil
}

func read(content []byte) (first head, notes []engine.Note, err error) {
	decoder := json.NewDecoder(bytes.NewReader(content))
	if err := decoder.Decode(&first); err != nil {
		return head{}, nil, err
	}
	for decoder.More() {
		var note engine.Note
		if err := decoder.Decode(&note); err != nil {
			return first, nil, err
		}
		notes = append(notes, note)
	}
	return first, notes, nil
}

// Is reports whether content begins as a journal does.
func Is(content []byte) bool { return bytes.HasPrefix(content, []byte(headStart)) }

// Read reads the content of a journal: what change it belongs to, and its notes. A line
// that a kill left unfinished is passed over. The error says that it is none.
func Read(content []byte) (engine.Description, []engine.Note, error) {
	first, notes, err := read(content[:bytes.LastIndexByte(content, '\n')+1])
	if err == nil && first.Version != version {
		err = errors.New("it is no journal of this program")
	}
	return first.Description, notes, err
}

// prepare makes the file ready for more lines after the first length bytes.
func (f *File) prepare(length int, identity string) error {
	if err := errors.Join(f.file.Chmod(0o600), f.file.Truncate(int64(length))); err != nil {
		return f.unusable("cannot be written: "+err.Error(), err)
	}
	f.length = int64(length)
	if length > 0 {
		return nil
	}
	return f.write(head{version, identity, f.about})
}

func (f *File) unusable(why string, cause error) error {
	return &failure.Error{
		Kind:    failure.BadConfiguration,
		Message: fmt.Sprintf("The journal %s %s. Nothing was sent.", f.path, why),
		Advice:  "Name another file with --journal, or run the command that it belongs to.",
		Cause:   cause,
	}
}

// Write appends notes in one piece and waits until they are on the disk.
func (f *File) Write(notes []engine.Note) error {
	values := make([]any, len(notes))
	for i, note := range notes {
		values[i] = note
	}
	return f.write(values...)
}

func (f *File) write(values ...any) error {
	var lines bytes.Buffer
	for _, value := range values {
		line, err := rawjson.Marshal(value)
		if err != nil {
			return err
		}
		lines.Write(append(line, '\n'))
	}
	_, err := f.file.Write(lines.Bytes())
	if err == nil {
		err = f.file.Sync()
	}
	if err != nil {
		// No half of a line may stand before the next one.
		return errors.Join(err, f.file.Truncate(f.length))
	}
	f.length += int64(lines.Len())
	return nil
}
