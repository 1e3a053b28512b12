package container

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"

	"msgraph-user/internal/bounded"
	"msgraph-user/internal/failure"
)

// errLineTooLong is the outcome of a line over the limit. It was read past; the
// next one can be read.
var errLineTooLong = errors.New("the line is too long")

// lineRead is one line without its end, or why there is none.
type lineRead struct {
	text []byte
	err  error
}

// lineReader reads lines in a goroutine of its own, so that waiting for one
// can stop.
type lineReader struct {
	lines chan lineRead
	done  chan struct{}
}

func newLineReader(in io.Reader, limit int) *lineReader {
	r := &lineReader{lines: make(chan lineRead), done: make(chan struct{})}
	go r.run(bufio.NewReaderSize(in, 64<<10), limit)
	return r
}

// close lets the goroutine end, once its Read has.
func (r *lineReader) close() { close(r.done) }

// run hands over every line that holds something, then the error that ended them,
// for as long as anybody asks.
func (r *lineReader) run(in *bufio.Reader, limit int) {
	for {
		text, err := readLine(in, limit)
		if err == nil && len(text) == 0 {
			continue
		}
		for again := true; again; again = err != nil && !errors.Is(err, errLineTooLong) {
			select {
			case r.lines <- lineRead{text, err}:
			case <-r.done:
				return
			}
		}
	}
}

// readLine returns the next line, white space at its ends removed. A last line
// without an end counts. No more than limit bytes are held.
func readLine(in *bufio.Reader, limit int) ([]byte, error) {
	line, err := bounded.Line(in, limit)
	switch line = bytes.TrimSpace(line); {
	case errors.Is(err, bounded.ErrTooLong):
		return nil, tooLongLine(limit)
	case err != nil:
		return nil, err
	}
	return line, nil
}

func tooLongLine(limit int) error {
	return &failure.Error{Kind: failure.BadArgument, Cause: errLineTooLong,
		Message: fmt.Sprintf("The platform sent a command of more than %d MiB, with its incident and its context.", limit>>20),
		Advice:  "Nothing was run. Run the command in an incident with less data."}
}
