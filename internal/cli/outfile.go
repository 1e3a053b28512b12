package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// outFile is a file that takes its place when it is whole: until then the one that
// was there stays.
type outFile struct {
	path      string
	temporary *os.File // nil once it has its place, or is given up
}

// createOut makes the file that --out names, before anything is sent: an answer must
// not be lost for want of a place.
func createOut(path string) (*outFile, error) {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return nil, usagef("--out %s: it is no file", path)
	}
	temporary, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*") // mode 0600
	if err != nil {
		return nil, fmt.Errorf("--out %s: %w", path, err)
	}
	return &outFile{path, temporary}, nil
}

var _ io.Writer = (*outFile)(nil)

// Write adds to the file.
func (f *outFile) Write(data []byte) (int, error) { return f.temporary.Write(data) }

// place puts the file in its place.
func (f *outFile) place() error {
	temporary := f.temporary
	f.temporary = nil
	err := errors.Join(temporary.Sync(), temporary.Close())
	if err == nil {
		err = os.Rename(temporary.Name(), f.path)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("--out %s: %w", f.path, err), os.Remove(temporary.Name()))
	}
	return nil
}

// giveUp removes what was written, unless the file has its place.
func (f *outFile) giveUp() {
	if f != nil && f.temporary != nil {
		_ = f.temporary.Close()
		_ = os.Remove(f.temporary.Name())
	}
}
