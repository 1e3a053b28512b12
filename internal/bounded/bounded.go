// Package bounded reads what a program is given at its start: a file, a pipe, a
// device, standard input. A limit bounds the memory, a context the time, so that
// neither /dev/zero nor a pipe that nobody writes to keeps the program.
package bounded

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// The bounds of what is read at a start, in bytes.
const (
	Settings = 4 << 20   // parameters, fault scripts, history
	Secret   = 1 << 20   // a value that is kept in a file of its own
	Value    = 32 << 20  // an argument; as much as a message may have
	Data     = 512 << 20 // the people of a tenant, a transcript
)

// maxStream bounds what is read of a pipe or device, whose size nobody knows
// beforehand.
const maxStream = 64 << 20

// The reasons why a source is not read, for errors.Is.
var (
	ErrTooLong    = errors.New("it is larger than it may be")
	ErrNotRegular = errors.New("it is not a regular file")
)

// ReadFile returns the content of the file, pipe or device at path: at most limit
// bytes, ErrTooLong where there are more. It returns when ctx ends, also while it
// waits for somebody to open the other end of a pipe.
func ReadFile(ctx context.Context, path string, limit int64) ([]byte, error) {
	return Await(ctx, path, func() ([]byte, error) {
		file, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		defer file.Close()
		info, err := file.Stat()
		if err != nil {
			return nil, err
		}
		if !info.Mode().IsRegular() {
			limit = min(limit, maxStream)
		}
		return read(file, path, info.Size(), limit)
	})
}

// ReadAll returns what is left of r, called name in errors: at most limit bytes,
// ErrTooLong where there is more. It returns when ctx ends; the read that is under
// way goes on in the background, and what it takes is lost.
func ReadAll(ctx context.Context, r io.Reader, name string, limit int64) ([]byte, error) {
	return Await(ctx, name, func() ([]byte, error) { return read(r, name, 0, min(limit, maxStream)) })
}

// ReadRegular returns the content of file, which has to be a regular one of at most
// limit bytes, and what the system says of it; nil where that is no regular file.
func ReadRegular(file fs.File, name string, limit int64) ([]byte, fs.FileInfo, error) {
	info, err := file.Stat()
	if err != nil {
		return nil, nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, nil, &fs.PathError{Op: "read", Path: name, Err: ErrNotRegular}
	}
	content, err := read(file, name, info.Size(), limit)
	return content, info, err
}

// CheckRegular returns an error where something other than a regular file stands at
// path. To open a pipe may take forever. A file that does not exist is none.
func CheckRegular(path string) error {
	info, err := os.Stat(path)
	if err == nil && !info.Mode().IsRegular() {
		return &fs.PathError{Op: "read", Path: path, Err: ErrNotRegular}
	}
	return nil
}

// read reads at most limit bytes; size is how many are announced.
func read(r io.Reader, name string, size, limit int64) ([]byte, error) {
	tooLong := func() error {
		return &fs.PathError{Op: "read", Path: name, Err: fmt.Errorf("%w: more than %d bytes", ErrTooLong, limit)}
	}
	if size > limit {
		return nil, tooLong()
	}
	content, err := readChunks(io.LimitReader(r, limit+1), int(max(size, 0))+bytes.MinRead)
	switch {
	case err != nil:
		return nil, err
	case int64(len(content)) > limit:
		return nil, tooLong()
	}
	return content, nil
}

// chunkSize is how much is read at once of what announces no size: a buffer that
// doubles takes several times what it holds.
const chunkSize = 1 << 20

// readChunks reads r to its end, first so many bytes at once, then chunk by chunk.
func readChunks(r io.Reader, first int) ([]byte, error) {
	var chunks [][]byte
	for size := first; ; size = chunkSize {
		chunk := make([]byte, size)
		n, err := io.ReadFull(r, chunk)
		chunks = append(chunks, chunk[:n])
		switch {
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
			if len(chunks) == 1 {
				return chunks[0], nil
			}
			return bytes.Join(chunks, nil), nil
		case err != nil:
			return nil, err
		}
	}
}

// Await runs do in a goroutine of its own, which a system call may hold, and returns
// its result, or, where ctx ends first, an error that wraps the cause and names what
// was to be read.
func Await(ctx context.Context, name string, do func() ([]byte, error)) ([]byte, error) {
	type result struct {
		content []byte
		err     error
	}
	done := make(chan result, 1)
	go func() {
		content, err := do()
		done <- result{content, err}
	}()
	select {
	case r := <-done:
		return r.content, r.err
	case <-ctx.Done():
		return nil, &fs.PathError{Op: "read", Path: name, Err: context.Cause(ctx)}
	}
}

// Line returns the next line of in with its end. A last line without an end counts.
// One of more than limit bytes is read past and answered ErrTooLong; the next one
// can be read after it. No more than limit bytes are held.
func Line(in *bufio.Reader, limit int) ([]byte, error) {
	var line []byte
	tooLong := false
	for {
		part, err := in.ReadSlice('\n')
		if tooLong = tooLong || len(line)+len(part) > limit; tooLong {
			line = nil
		} else {
			line = append(line, part...)
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case tooLong:
			return nil, ErrTooLong
		case errors.Is(err, io.EOF) && len(line) > 0:
			return line, nil
		}
		return line, err
	}
}
