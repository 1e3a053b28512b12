package auth

import (
	"errors"
	"io"
	"io/fs"
)

var (
	errNotRegular = errors.New("not a regular file")
	errTooLong    = errors.New("larger than it may be")
)

// readFile returns the content of a regular file of at most limit bytes.
func (t *tokenClient) readFile(name string, limit int64) ([]byte, error) {
	file, err := t.open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	content, _, err := readRegular(name, file, limit)
	return content, err
}

// readRegular returns the content of file, which has to be a regular one of at
// most limit bytes, and what the system says of it, nil where it is no such file.
// The error names the file.
func readRegular(name string, file fs.File, limit int64) ([]byte, fs.FileInfo, error) {
	info, err := file.Stat()
	if err != nil {
		return nil, nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, nil, &fs.PathError{Op: "read", Path: name, Err: errNotRegular}
	}
	content, err := io.ReadAll(io.LimitReader(file, limit+1))
	if err == nil && int64(len(content)) > limit {
		return nil, info, &fs.PathError{Op: "read", Path: name, Err: errTooLong}
	}
	return content, info, err
}
