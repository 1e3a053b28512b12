// Package atomicfile writes files that take their place whole: until then the one that
// was there stays.
package atomicfile

import (
	"errors"
	"os"
	"path/filepath"
)

// File is a file that is written beside its place.
type File struct {
	path      string
	temporary *os.File // nil once it has its place, or is discarded
}

// Create makes the file that is to take the place at path. Only its owner can read it.
func Create(path string) (*File, error) {
	temporary, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*") // mode 0600
	if err != nil {
		return nil, err
	}
	return &File{path, temporary}, nil
}

// Write adds to the file.
func (f *File) Write(data []byte) (int, error) { return f.temporary.Write(data) }

// Commit puts the file in its place, and returns when it is on the disk. After an error
// it is gone, and what was there stays. (google/renameio does the same, but not on
// Windows, for which this program is built too.)
func (f *File) Commit() error {
	temporary := f.temporary
	f.temporary = nil
	err := errors.Join(temporary.Sync(), temporary.Close())
	if err == nil {
		err = os.Rename(temporary.Name(), f.path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(temporary.Name()))
	}
	SyncFolder(filepath.Dir(f.path))
	return nil
}

// Discard removes what was written, unless the file has its place. It does nothing for
// nil.
func (f *File) Discard() {
	if f != nil && f.temporary != nil {
		_ = f.temporary.Close()
		_ = os.Remove(f.temporary.Name())
		f.temporary = nil
	}
}

// Replace puts content in the place of the file at path.
func Replace(path string, content []byte) error {
	f, err := Create(path)
	if err != nil {
		return err
	}
	if _, err := f.Write(content); err != nil {
		f.Discard()
		return err
	}
	return f.Commit()
}

// SyncFolder puts the names of files in a folder on the disk. Not every file system and
// system can; the files themselves are whole either way.
func SyncFolder(path string) {
	if folder, err := os.Open(path); err == nil {
		_ = folder.Sync()
		_ = folder.Close()
	}
}
