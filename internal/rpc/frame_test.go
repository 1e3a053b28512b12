package rpc

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

// TestFrames says what a stream is cut into: messages, or the reason why bytes
// are none, until its end.
func TestFrames(t *testing.T) {
	const (
		limit      = 20
		noHeader   = "! A Content-Length header was expected."
		noLength   = "! The headers of a message have no Content-Length, or have a line that is not a header."
		notANumber = "! Content-Length is not a number of bytes."
		cutHeaders = "! The input ended inside the headers of a message."
		tooLong    = "! message over the size limit"
	)
	long := strings.Repeat("x", limit+1)
	for _, c := range []struct {
		name, in string
		want     []string
	}{
		{"nothing", "", nil},
		{"blank lines only", " \r\n\n\t\n", nil},
		{"lines", "a\nb\r\n\n c \n", []string{"a", "b", "c"}},
		{"no line end at the end", "a\nb", []string{"a", "b"}},
		{"a byte order mark", "\xef\xbb\xbfa\nb", []string{"a", "b"}},
		{"half a byte order mark is a bad line", "\xef\xbba\n", []string{"\xef\xbba"}},
		{"a byte order mark before headers", "\xef\xbb\xbfContent-Length: 1\r\n\r\na", []string{"a"}},
		{"a line that only begins like a header", "Cont\na\n", []string{"Cont", "a"}},
		{"a header among lines is a line", "a\nContent-Length: 1\n", []string{"a", "Content-Length: 1"}},
		{"a long line", long + "\na", []string{tooLong, "a"}},
		{"a long line at the end", "a\n" + long, []string{"a", tooLong}},
		{"headers in any case", "CONTENT-LENGTH:1\r\n\r\nacontent-length: 2\n\nbc", []string{"a", "bc"}},
		{"other headers", "Content-Type: x\r\nX: y\r\nContent-Length: 1\r\n\r\na", []string{"a"}},
		{"blank lines between messages", "Content-Length: 1\r\n\r\na\r\n\r\nContent-Length: 1\r\n\r\nb", []string{"a", "b"}},
		{"a body with line ends", "Content-Length: 4\r\n\r\n{\n}\n", []string{"{\n}"}},
		{"the last length counts", "Content-Length: 9\r\nContent-Length: 1\r\n\r\na", []string{"a"}},
		{"a body that is longer than announced", "Content-Length: 1\r\n\r\nabcContent-Length: 1\r\n\r\nd", []string{"a", noHeader, "d"}},
		{"no length", "Content-Type: x\r\n\r\nabcContent-Length: 1\r\n\r\nd", []string{noLength, "d"}},
		{"no number", "Content-Length: -1\r\n\r\nabcContent-Length: 1\r\n\r\nd", []string{notANumber, "d"}},
		{"a number of no size", "Content-Length: 99999999999999999999\r\n\r\n", []string{notANumber}},
		{"a line that is no header", "Content-Length: 1\r\nabc\r\nContent-Length: 1\r\n\r\nd", []string{noLength, "d"}},
		{"a header without end", "Content-Type: " + strings.Repeat("x", readBuffer) + "\r\nContent-Length: 1\r\n\r\nd", []string{"! A header line is too long.", "d"}},
		{"letters that look like a header", "Content-x\r\ncccContent-Length: 1\r\n\r\nd", []string{noLength, "d"}},
		{"a long body", "Content-Length: 21\r\n\r\n" + long + "Content-Length: 1\r\n\r\nd", []string{tooLong, "d"}},
		{"a long body that is cut off", "Content-Length: 9223372036854775807\r\n\r\nabc", []string{tooLong}},
		{"a body that is cut off", "Content-Length: 3\r\n\r\na", []string{"! The input ended after 1 of the 3 bytes that Content-Length announced."}},
		{"headers that are cut off", "Content-Length: 3\r\n", []string{cutHeaders}},
		{"a header that is cut off", "Content-Length: 3", []string{cutHeaders}},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, in := range []io.Reader{
				strings.NewReader(c.in), iotest.OneByteReader(strings.NewReader(c.in)), iotest.DataErrReader(strings.NewReader(c.in)),
			} {
				if got := cut(t, in, limit); !slices.Equal(got, c.want) {
					t.Errorf("%q\nis cut into %q\nwant %q", c.in, got, c.want)
				}
			}
		})
	}
}

// cut reads in to its end; what is no message begins with "!".
func cut(t *testing.T, in io.Reader, limit int) (frames []string) {
	reader := newFrameReader(in, limit)
	for {
		message, err := reader.next()
		var broken *frameError
		switch {
		case err == nil:
			frames = append(frames, string(message))
		case errors.Is(err, errTooLong), errors.As(err, &broken):
			frames = append(frames, "! "+err.Error())
		case errors.Is(err, io.EOF):
			return frames
		default:
			t.Fatal(err)
		}
	}
}

func TestAReadErrorEndsTheStream(t *testing.T) {
	gone := errors.New("gone")
	for _, in := range []string{"", "a\n", "Content-Length: 5\r\n\r\na", "Content-Len", "Content-Length: 5\r\n", "Content-Length: 99\r\n\r\na"} {
		reader := newFrameReader(io.MultiReader(strings.NewReader(in), iotest.ErrReader(gone)), 20)
		var err error
		for range 10 {
			if _, err = reader.next(); errors.Is(err, gone) {
				break
			}
		}
		if !errors.Is(err, gone) {
			t.Errorf("%q, then a failure: %v", in, err)
		}
	}
}
