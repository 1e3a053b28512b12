package rpc

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"sync/atomic"
)

// framing is how messages are told apart on the stream.
type framing int32

const (
	framingUnknown framing = iota
	framingLines           // one message a line
	framingHeaders         // Content-Length headers before each message, as in the Language Server Protocol
)

// What Content-Length framing is recognised by, and what a lost reader looks for.
const (
	headerPrefix  = "content-"
	contentLength = "content-length:"
)

// readBuffer is the size of the buffer before in; a line that fits costs one copy.
const readBuffer = 64 << 10

// errTooLong reports a message over the limit. The stream goes on behind it.
var errTooLong = errors.New("message over the size limit")

// frameError reports bytes that are no frame. The stream goes on behind them.
type frameError struct{ message string }

func (e *frameError) Error() string { return e.message }

// frameReader cuts a stream into messages, in whichever framing the peer uses.
type frameReader struct {
	in    *bufio.Reader
	limit int // bytes of the longest message

	mode atomic.Int32 // a framing; the writing side asks for it

	// What the next read begins with: the rest of a message that was too long,
	// or the search for the next header after a broken one. It is put off so
	// that the error is answered without waiting for those bytes.
	pastLine  bool
	pastBytes int64
	lost      bool

	scratch []byte // memory of a line that was too long, for the next such line
}

func newFrameReader(in io.Reader, limit int) *frameReader {
	return &frameReader{in: bufio.NewReaderSize(in, readBuffer), limit: limit}
}

// framing returns the framing of the peer, lines before its first byte came.
func (f *frameReader) framing() framing { return framing(f.mode.Load()) }

// next returns the next message that is not blank. errTooLong and *frameError
// concern one message; any other error ends the stream, io.EOF properly.
func (f *frameReader) next() ([]byte, error) {
	if f.framing() == framingUnknown {
		if err := f.recognise(); err != nil {
			return nil, err
		}
	}
	if err := f.catchUp(); err != nil {
		return nil, err
	}
	if f.framing() == framingHeaders {
		return f.nextBody()
	}
	return f.nextLine()
}

// recognise decides the framing by the first bytes that are not blank. A byte
// order mark, which some shells write, is passed over.
func (f *frameReader) recognise() error {
	if bom, _ := f.in.Peek(1); len(bom) == 1 && bom[0] == 0xEF && f.startsWith("\xEF\xBB\xBF") {
		_, _ = f.in.Discard(3) // they are in the buffer
	}
	if err := f.skipBlank(); err != nil {
		return err
	}
	mode := framingLines
	if f.startsWith(headerPrefix) {
		mode = framingHeaders
	}
	f.mode.Store(int32(mode))
	return nil
}

// startsWith reports whether the stream goes on with prefix, in any letter case.
// It waits for no more bytes than it takes to know.
func (f *frameReader) startsWith(prefix string) bool {
	for n := 1; n <= len(prefix); n++ {
		window, err := f.in.Peek(n)
		if err != nil || !bytes.EqualFold(window, []byte(prefix[:n])) {
			return false
		}
	}
	return true
}

func (f *frameReader) skipBlank() error {
	for {
		b, err := f.in.ReadByte()
		if err != nil {
			return err
		}
		if !isBlank(b) {
			return f.in.UnreadByte()
		}
	}
}

// isBlank reports whether b is white space of JSON.
func isBlank(b byte) bool { return b == ' ' || b == '\t' || b == '\r' || b == '\n' }

func trimBlank(b []byte) []byte { return bytes.Trim(b, " \t\r\n") }

// catchUp reads past what the message before left behind.
func (f *frameReader) catchUp() error {
	for f.pastLine {
		_, err := f.in.ReadSlice('\n')
		f.pastLine = errors.Is(err, bufio.ErrBufferFull)
		if err != nil && !f.pastLine {
			return err
		}
	}
	if f.pastBytes > 0 {
		n, err := io.CopyN(io.Discard, f.in, f.pastBytes)
		f.pastBytes -= n
		if err != nil {
			return err
		}
	}
	if f.lost {
		return f.findHeader()
	}
	return nil
}

// nextLine returns the next line that is not blank, without its line end.
func (f *frameReader) nextLine() ([]byte, error) {
	for {
		line, err := f.line()
		if err != nil {
			return nil, err
		}
		if line = trimBlank(line); len(line) > f.limit {
			return nil, errTooLong
		} else if len(line) > 0 {
			return line, nil
		}
	}
}

// line returns one line with its line end, in memory of its own. The last line
// may lack the line end.
func (f *frameReader) line() ([]byte, error) {
	chunk, err := f.in.ReadSlice('\n')
	if !errors.Is(err, bufio.ErrBufferFull) {
		f.scratch = nil
		if len(chunk) > 0 {
			return bytes.Clone(chunk), nil
		}
		return nil, err
	}
	line := append(f.scratch[:0], chunk...)
	for errors.Is(err, bufio.ErrBufferFull) {
		chunk, err = f.in.ReadSlice('\n')
		if len(line)+len(chunk) > f.capacity() {
			f.scratch, f.pastLine = line, errors.Is(err, bufio.ErrBufferFull)
			return nil, errTooLong
		}
		line = append(f.grow(line, len(chunk)), chunk...)
	}
	f.scratch = nil
	if cap(line) > 2*len(line) {
		line = bytes.Clone(line)
	}
	return line, nil
}

// capacity is the length of the longest line with "\r\n" after it.
func (f *frameReader) capacity() int { return f.limit + 2 }

// grow makes room for n more bytes. Capacity grows fourfold and ends at the
// limit, so that all the memory a line ever takes stays below twice the limit.
func (f *frameReader) grow(line []byte, n int) []byte {
	need := len(line) + n
	if need <= cap(line) {
		return line
	}
	bigger := make([]byte, len(line), max(need, min(4*cap(line), f.capacity())))
	copy(bigger, line)
	return bigger
}

// nextBody returns the body of the next message with headers.
func (f *frameReader) nextBody() ([]byte, error) {
	length, err := f.readHeader()
	if err != nil {
		var broken *frameError
		f.lost = errors.As(err, &broken)
		return nil, err
	}
	if length > int64(f.limit) {
		f.pastBytes = length
		return nil, errTooLong
	}
	body := make([]byte, length)
	if n, err := io.ReadFull(f.in, body); errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, &frameError{fmt.Sprintf("The input ended after %d of the %d bytes that Content-Length announced.", n, length)}
	} else if err != nil {
		return nil, err
	}
	return trimBlank(body), nil
}

// readHeader reads one block of headers and returns its Content-Length.
func (f *frameReader) readHeader() (int64, error) {
	if err := f.skipBlank(); err != nil {
		return 0, err
	}
	if !f.startsWith(headerPrefix) {
		return 0, &frameError{"A Content-Length header was expected."}
	}
	length := int64(-1)
	for {
		line, err := f.in.ReadSlice('\n')
		if errors.Is(err, bufio.ErrBufferFull) {
			return 0, &frameError{"A header line is too long."}
		} else if errors.Is(err, io.EOF) && len(line) == 0 {
			return 0, &frameError{"The input ended inside the headers of a message."}
		} else if err != nil && len(line) == 0 {
			return 0, err
		}
		name, value, found := bytes.Cut(trimBlank(line), []byte(":"))
		switch {
		case len(name) == 0 && !found && length >= 0:
			return length, nil
		case !found:
			return 0, &frameError{"The headers of a message have no Content-Length, or have a line that is not a header."}
		case !bytes.EqualFold(name, []byte("content-length")):
			continue
		}
		if length, err = parseLength(trimBlank(value)); err != nil {
			return 0, err
		}
	}
}

func parseLength(digits []byte) (int64, error) {
	length, err := strconv.ParseUint(string(digits), 10, 63)
	if err != nil {
		return 0, &frameError{"Content-Length is not a number of bytes."}
	}
	return int64(length), nil
}

// findHeader reads up to the next Content-Length header, wherever it stands:
// after a broken header nobody knows where the body ends.
func (f *frameReader) findHeader() error {
	for {
		window, err := f.in.Peek(len(contentLength))
		if bytes.EqualFold(window, []byte(contentLength)) {
			f.lost = false
			return nil
		}
		skip := len(window)
		if skip > 1 {
			if next := bytes.IndexAny(window[1:], "cC"); next >= 0 {
				skip = next + 1
			}
		}
		if _, discardErr := f.in.Discard(skip); discardErr != nil {
			return discardErr
		}
		if err != nil && skip == len(window) {
			return err
		}
	}
}
