// Package transcript keeps what a JSON-RPC client and the server said to one
// another, with secrets removed, and plays it again: a bug report that anyone can
// run.
//
// A transcript is a text of JSON lines. The first tells what wrote it, each other
// one holds a message:
//
//	{"transcript":1,"program":"msgraph-user","version":"1.2.0","started":"2026-01-31T09:00:00Z"}
//	{"from":"client","at":0.012,"message":{"jsonrpc":"2.0","id":1,"method":"msgraph-user-get","params":{…}}}
//	{"from":"server","at":0.020,"message":{"jsonrpc":"2.0","id":1,"result":{…}}}
//
// at is the time since the start, in seconds. A line of the client that was no JSON
// could hold a secret in any place; of it only the length is kept, as unreadable.
package transcript

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// format is the number of the transcript's form, in its first line.
const format = 1

// The two sides of a transcript.
const (
	fromClient = "client"
	fromServer = "server"
)

// header is the first line.
type header struct {
	Transcript int    `json:"transcript"`
	Program    string `json:"program"`
	Version    string `json:"version"`
	Started    string `json:"started"`
}

// line is one of the others.
type line struct {
	From       string          `json:"from"`
	At         float64         `json:"at"`
	Message    json.RawMessage `json:"message,omitempty"`
	Unreadable int             `json:"unreadable,omitempty"` // bytes
}

// read reads a whole transcript. The error says which line is wrong.
func read(r io.Reader) ([]line, error) {
	reader := bufio.NewReader(r)
	first, err := reader.ReadBytes('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read the transcript: %w", err)
	}
	var h header
	if json.Unmarshal(first, &h) != nil || h.Transcript == 0 {
		return nil, errors.New("this is not a transcript: its first line must start with {\"transcript\":1")
	}
	if h.Transcript != format {
		return nil, fmt.Errorf("this transcript has form %d, and this program reads form %d", h.Transcript, format)
	}
	var lines []line
	decoder := json.NewDecoder(reader)
	for {
		var l line
		err := decoder.Decode(&l)
		switch {
		case errors.Is(err, io.EOF):
			return lines, nil
		case err != nil:
			return nil, fmt.Errorf("line %d of the transcript: %w", len(lines)+2, err)
		case l.From != fromClient && l.From != fromServer:
			return nil, fmt.Errorf("line %d of the transcript is from neither client nor server", len(lines)+2)
		}
		lines = append(lines, l)
	}
}
