package audit

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"time"

	"msgraph-user/internal/bounded"
)

// logFile is a file of lines that is appended to, by one process at a time.
type logFile struct {
	path string
	file *os.File // nil where it is not open
}

// append writes whole lines and waits until they are on disk. Where it fails, the
// file holds nothing of them. Without lines it only makes the file ready.
func (l *logFile) append(lines []byte) error {
	unlock, err := l.take()
	if err != nil {
		return err
	}
	defer unlock()
	size, err := l.endCutLine()
	if err != nil || len(lines) == 0 {
		return err
	}
	_, err = l.file.Write(lines)
	if err == nil {
		err = l.file.Sync()
	}
	if err != nil {
		// Where the system does not let us take the piece back, the next append
		// closes it.
		return errors.Join(err, l.file.Truncate(size))
	}
	return nil
}

// attempts bounds how often a file that somebody keeps moving is opened again.
const attempts = 5

// take makes the file that stands at path the open one, for its owner only, and
// locks it.
func (l *logFile) take() (unlock func(), err error) {
	for range attempts {
		if l.file == nil {
			if err := l.open(); err != nil {
				return nil, err
			}
		}
		if unlock, err = lock(l.file); err != nil {
			return nil, err
		}
		if l.isCurrent() {
			err = l.tighten()
			if err != nil {
				unlock()
			}
			return unlock, err
		}
		unlock()
		_ = l.close() // it is no longer the trail; all of it is on the disk
	}
	return nil, fmt.Errorf("%s is replaced again and again", l.path)
}

func (l *logFile) open() (err error) {
	if err := bounded.CheckRegular(l.path); err != nil {
		return err
	}
	l.file, err = os.OpenFile(l.path, os.O_RDWR|os.O_APPEND|os.O_CREATE, 0o600)
	return err
}

// isCurrent reports whether the open file is the one that stands at path.
func (l *logFile) isCurrent() bool {
	there, err := os.Stat(l.path)
	if err != nil {
		return false
	}
	open, err := l.file.Stat()
	return err == nil && os.SameFile(there, open)
}

// tighten closes the file to all but its owner. Windows knows no such permissions.
func (l *logFile) tighten() error {
	isOpen := func() bool {
		info, err := l.file.Stat()
		return err != nil || info.Mode().Perm()&0o077 != 0
	}
	if runtime.GOOS == "windows" || !isOpen() {
		return nil
	}
	err := l.file.Chmod(0o600)
	if err != nil || isOpen() {
		return errors.Join(fmt.Errorf("others may read %s, and it cannot be closed to them", l.path), err)
	}
	return nil
}

// endCutLine closes a last line that a kill or a full disk cut short, so that the
// next one stands alone, and returns the size of the file.
func (l *logFile) endCutLine() (size int64, err error) {
	if size, err = l.file.Seek(0, io.SeekEnd); err != nil || size == 0 {
		return size, err
	}
	rest, err := l.lastLine(size)
	if err != nil || len(rest) == 0 {
		return size, err
	}
	missing, ok := completion(rest)
	if !ok {
		return size, fmt.Errorf("the last line of %s is not from an audit trail: complete it by hand, or name another file", l.path)
	}
	n, err := l.file.WriteString(missing + "\n")
	if err != nil {
		return size, errors.Join(err, l.file.Truncate(size))
	}
	return size + int64(n), l.file.Sync()
}

// lastLine returns what stands after the last line end of a file of size bytes.
func (l *logFile) lastLine(size int64) ([]byte, error) {
	for length := int64(1); ; length *= 64 {
		length = min(length, size)
		tail := make([]byte, length)
		if _, err := l.file.ReadAt(tail, size-length); err != nil {
			return nil, err
		}
		if at := bytes.LastIndexByte(tail, '\n'); at >= 0 {
			return tail[at+1:], nil
		}
		if length == size {
			return tail, nil
		}
		if length > bounded.Value {
			return nil, fmt.Errorf("the last line of %s is longer than any of an audit trail", l.path)
		}
	}
}

// completion returns what makes a whole JSON object of a Line that was cut short,
// and marks it as cut. ok is false where cut is no such line.
func completion(cut []byte) (missing string, ok bool) {
	if json.Valid(cut) {
		return "", true // only its line end is missing
	}
	const told = `"cut":true}`
	for _, escape := range []string{"", `\`, "0", "00", "000", "0000"} {
		for _, value := range []string{"", `"`, `""`, `:""`, `":""`, `"":""`} {
			for _, member := range []string{",", "},", ""} {
				missing = escape + value + member + told
				if json.Valid(append(bytes.Clone(cut), missing...)) {
					return missing, true
				}
			}
		}
	}
	return "", false
}

func (l *logFile) close() error {
	if l.file == nil {
		return nil
	}
	err := l.file.Close()
	l.file = nil
	return err
}

// How long another process that writes is waited for.
const (
	lockPatience = 3 * time.Second
	lockInterval = 5 * time.Millisecond
)
