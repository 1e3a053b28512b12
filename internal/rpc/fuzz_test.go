package rpc

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"
)

// fuzzLimit keeps the messages of the fuzz targets on both sides of the limit.
const fuzzLimit = 300

// sentinel is sent after the fuzzed bytes: it is answered when the reader has
// not lost its way.
const sentinel = `{"jsonrpc":"2.0","id":"sentinel","method":"rpc.discover"}`

const sentinelAnswer = `{"jsonrpc":"2.0","id":"sentinel","result":{"openrpc":"1.3.2"}}`

// serveAll serves in to its end and returns what was written, message by message.
func serveAll(t *testing.T, in []byte) (sent []string) {
	t.Helper()
	server := newServer(script{"echo": echo, "report": report, "raw": raw, "fail": fail})
	server.MaxLine = fuzzLimit
	server.Observe = func(d Direction, message []byte) {
		if d == Sent {
			sent = append(sent, string(message))
		}
	}
	if err := server.Serve(t.Context(), bytes.NewReader(in), newSink()); err != nil {
		t.Fatalf("Serve returned %v", err)
	}
	for _, message := range sent {
		if !json.Valid([]byte(message)) || strings.Contains(message, "\n") {
			t.Errorf("no message on a line: %q", message)
		}
	}
	return sent
}

// endsSession reports whether the bytes may hold a shutdown, however escaped:
// what follows it is rightly not answered as usual.
func endsSession(b []byte) bool {
	return bytes.Contains(b, []byte("shutdown")) || bytes.Contains(b, []byte(`\u`))
}

func FuzzLines(f *testing.F) {
	for _, seed := range []string{
		"", "\n\n", "hello", call("1", "echo"), call("1", "raw") + "\r\n" + cancel("1"), "[" + call("1", "echo") + ",1]",
		"[]", "{}\n{\"a\":", "\xef\xbb\xbf{}", "\xff", "null\n1\n\"\n", strings.Repeat("x", fuzzLimit+1), strings.Repeat("[", 100),
		"Content-Length: 2\r\n\r\n{}", `{"jsonrpc":"2.0","id":{},"method":"echo"}`, `{"id":1,"result":{}}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if endsSession(data) {
			return
		}
		bad := 0
		for line := range bytes.SplitSeq(data, []byte("\n")) {
			line = trimBlank(line)
			if len(line) > fuzzLimit || len(line) > 0 && (!json.Valid(line) || !utf8.Valid(line)) {
				bad++
			}
		}
		// The empty object before it makes it a stream of lines.
		sent := serveAll(t, fmt.Appendf(nil, "{}\n%s\n%s\n", data, sentinel))
		parseErrors, sentinels := 0, 0
		for _, message := range sent {
			if strings.Contains(message, `"id":null,"error":{"code":-32700`) || strings.Contains(message, `is longer than`) {
				parseErrors++
			}
			if message == sentinelAnswer {
				sentinels++
			}
		}
		if parseErrors != bad || sentinels != 1 {
			t.Errorf("%d lines that are no JSON had %d answers; the sentinel %d", bad, parseErrors, sentinels)
		}
	})
}

func FuzzHeaders(f *testing.F) {
	for _, seed := range []string{
		"", "{}", call("1", "echo") + "\x00" + call("2", "raw"), "\x00\x00", "Content-Length: 5\r\n\r\n", "content-",
		strings.Repeat("c", fuzzLimit+1), "\n", "[]\x00[1]",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if endsSession(data) {
			return
		}
		// Whatever the bodies hold, framed properly they cost no other message its place.
		var in []byte
		bad := 0
		for body := range bytes.SplitSeq(data, []byte{0}) {
			in = fmt.Appendf(in, "Content-Length: %d\r\n\r\n%s", len(body), body)
			if trimmed := trimBlank(body); len(body) > fuzzLimit || !json.Valid(trimmed) || !utf8.Valid(trimmed) {
				bad++
			}
		}
		sent := serveAll(t, fmt.Appendf(in, "Content-Length: %d\r\n\r\n%s", len(sentinel), sentinel))
		parseErrors, sentinels := 0, 0
		for _, message := range sent {
			if strings.Contains(message, `"id":null,"error":{"code":-32700`) || strings.Contains(message, `is longer than`) {
				parseErrors++
			}
			if message == sentinelAnswer {
				sentinels++
			}
		}
		if parseErrors != bad || sentinels != 1 {
			t.Errorf("%d bodies that are no JSON had %d answers; the sentinel %d", bad, parseErrors, sentinels)
		}
		// Taken for a stream of its own, the same bytes must end, whatever they are.
		serveAll(t, append([]byte("Content-"), data...))
	})
}

// FuzzMessage holds what the parser finds to what encoding/json finds, and its
// refusals to those of encoding/json.
func FuzzMessage(f *testing.F) {
	for _, seed := range []string{
		`{}`, `{"id":1}`, ` { "method" : [1,{"b":"]}\""}] , "\u0069d":-1.5e3,"":null } `, `{"params":"\\","x":"\\\"","error":true}`,
		`[]`, `[1,"a",[],{}]`, `[[[]],[{"id":1}]]`, `{"id":1,"id":2}`, `{"params":{"a":1,"a":2}}`, `{"id":"\ud800"}`, `1 2`, `{"a":1}}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		data = trimBlank(data)
		var p parser
		got, failed := p.parse(data)
		if valid := json.Valid(data) && utf8.Valid(data); valid != (failed == nil) {
			t.Fatalf("%q is valid: %v, and refused with %v", data, valid, failed)
		}
		if failed != nil {
			return
		}
		messages := []json.RawMessage{data}
		if kindOf(data) == kindArray {
			messages = nil
			if err := json.Unmarshal(data, &messages); err != nil {
				t.Fatal(err)
			}
		}
		if got.isBatch != (kindOf(data) == kindArray) || len(got.messages) != len(messages) {
			t.Fatalf("%s: %d messages, want %d", data, len(got.messages), len(messages))
		}
		for i, message := range messages {
			checkEnvelope(t, got.messages[i], message)
		}
	})
}

func checkEnvelope(t *testing.T, got envelope, message json.RawMessage) {
	if string(got.text) != string(message) {
		t.Fatalf("the message is %s, want %s", got.text, message)
	}
	want := map[string]json.RawMessage{}
	if kindOf(message) == kindObject {
		if err := json.Unmarshal(message, &want); err != nil {
			t.Fatal(err)
		}
	}
	for name, value := range map[string]json.RawMessage{
		"jsonrpc": got.version, "id": got.id, "method": got.method, "params": got.params, "result": got.result, "error": got.failed,
	} {
		if string(value) != string(want[name]) {
			t.Errorf("%s of %s: %s, want %s", name, message, value, want[name])
		}
	}
}

// FuzzPlain holds that taking escapes of HTML off changes no value, and leaves none.
func FuzzPlain(f *testing.F) {
	for _, seed := range []string{"", "<a & b>", `\u003c`, `\\u003c`, "\\\\<", "\u2028", "\"<\"", "é\x00"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		encoded, err := json.Marshal(text)
		if err != nil {
			t.Fatal(err)
		}
		var want, got string
		plain := appendPlain(nil, encoded)
		if err := errors.Join(json.Unmarshal(encoded, &want), json.Unmarshal(plain, &got)); err != nil || got != want {
			t.Errorf("%s became %s (%v)", encoded, plain, err)
		}
		if strings.Count(string(plain), "<") != strings.Count(want, "<") {
			t.Errorf("%s still has escapes", plain)
		}
	})
}
