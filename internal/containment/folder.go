package containment

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"msgraph-user/internal/atomicfile"
	"msgraph-user/internal/bounded"
)

// Folder is a Store that keeps each record in a file of a folder, readable by its
// owner only. One process at a time may use it: the folder of a state file is behind
// that file's lock.
type Folder struct{ path string }

// NewFolder returns the store in the folder at path, which the first record makes.
func NewFolder(path string) *Folder { return &Folder{path} }

// ending is how the names of records in a Folder end.
const ending = ".jsonl"

func (f *Folder) file(run string) (string, error) {
	if !IsRunID(run) {
		return "", fmt.Errorf("%q: %w", run, ErrUnknownRun)
	}
	return filepath.Join(f.path, run+ending), nil
}

// Append adds lines at the end of the file, and waits until they are on the disk. What
// a kill left after the first have bytes is cut off.
func (f *Folder) Append(_ context.Context, run string, have int, lines []byte) (err error) {
	path, err := f.file(run)
	if err != nil {
		return err
	}
	flags := os.O_RDWR
	if have == 0 {
		if err := os.MkdirAll(f.path, 0o700); err != nil {
			return err
		}
		flags |= os.O_CREATE | os.O_EXCL
	}
	file, err := os.OpenFile(path, flags, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	if err := file.Truncate(int64(have)); err != nil {
		return err
	}
	if _, err := file.WriteAt(lines, int64(have)); err != nil {
		return errors.Join(err, file.Truncate(int64(have)))
	}
	if err := file.Sync(); err != nil {
		return err
	}
	if have == 0 {
		atomicfile.SyncFolder(f.path)
	}
	return nil
}

// Read returns the record of a run.
func (f *Folder) Read(ctx context.Context, run string) ([]byte, error) {
	path, err := f.file(run)
	if err != nil {
		return nil, err
	}
	content, err := bounded.ReadFile(ctx, path, contentLimit)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%q: %w", run, ErrUnknownRun)
	}
	return content, err
}

// List returns the ids of the runs in the folder.
func (f *Folder) List(context.Context) ([]string, error) {
	entries, err := os.ReadDir(f.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var runs []string
	for _, entry := range entries {
		if run, ok := strings.CutSuffix(entry.Name(), ending); ok && IsRunID(run) {
			runs = append(runs, run)
		}
	}
	return runs, err
}

// Drop removes the files of the runs that drop reports true for. A file whose first
// line does not say when its run began goes by its own time.
func (f *Folder) Drop(ctx context.Context, drop func(string, time.Time) bool) error {
	runs, err := f.List(ctx)
	for _, run := range runs {
		path := filepath.Join(f.path, run+ending)
		if began, known := f.began(path); known && drop(run, began) {
			err = errors.Join(err, os.Remove(path))
		}
	}
	return err
}

// began returns when the run of a file began.
func (f *Folder) began(path string) (time.Time, bool) {
	file, err := os.Open(path)
	if err != nil {
		return time.Time{}, false
	}
	defer file.Close()
	var first Run
	if json.NewDecoder(file).Decode(&first) == nil && !first.Began.IsZero() {
		return first.Began, true
	}
	info, err := file.Stat()
	if err != nil {
		return time.Time{}, false
	}
	return info.ModTime(), true
}

// Fits reports true: a folder has room.
func (f *Folder) Fits([]byte, int) bool { return true }
