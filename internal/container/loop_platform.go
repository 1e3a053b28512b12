package container

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"

	"msgraph-user/internal/bounded"
	"msgraph-user/internal/rawjson"
	"msgraph-user/internal/xsoar"
)

// errorMarks begin an answer of the platform that is an error's text, not JSON.
// Newer platforms write the second.
var errorMarks = [][]byte{[]byte("$$##"), []byte("[ERROR-fd5a7750-7182-4b38-90ba-091824478903]")}

// platform is the far side of a Loop: it sends commands and answers questions. It
// takes part while a command runs, and not between commands: then nobody would
// answer.
type platform struct {
	in *lineReader

	mu       sync.Mutex // held for a question and its answer; between commands nobody asks
	out      *bufio.Writer
	failed   error  // of writing
	running  bool   // a command is under way
	instance string // of the command under way
	owed     int    // answers to questions that nobody waits for any more
	newer    bool   // it gives the integration context with a version
}

func newPlatform(in io.Reader, out io.Writer, maxLine int) *platform {
	return &platform{in: newLineReader(in, maxLine), out: bufio.NewWriterSize(out, 64<<10)}
}

func (p *platform) close() { p.in.close() }

// command waits for the line that asks for the next command.
func (p *platform) command(ctx context.Context) ([]byte, error) { return p.next(ctx) }

// begin lets the command of an instance talk to the platform.
func (p *platform) begin(instance string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.running, p.instance = true, instance
}

// results sends entries, if there are any. The error is that of encoding them;
// nothing was sent then.
func (p *platform) results(entries []xsoar.Entry) error {
	if len(entries) == 0 {
		return nil
	}
	message, err := encodeLine(resultMessage{"result", entries})
	if err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.write(message)
	return nil
}

// complete ends the command. The error is that of writing.
func (p *platform) complete() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.running = false
	p.write([]byte(`{"type":"completed"}` + "\n"))
	p.flush()
	return p.failed
}

// log passes a diagnostic on. The platform's one answer to it says nothing.
func (p *platform) log(ctx context.Context, level slog.Level, message string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.running {
		// A line that is not taken is no reason to fail a command.
		_, _ = p.exchange(ctx, logMessage{"log", platformLevel(level), logArgs{[]string{message}}})
	}
}

// platformLevel returns the platform's name of the level; it knows no warning.
func platformLevel(level slog.Level) string {
	switch {
	case level < slog.LevelInfo:
		return "debug"
	case level < slog.LevelError:
		return "info"
	}
	return "error"
}

// GetIntegrationContext asks the platform for the context of the instance whose
// command runs; it has no other.
func (p *platform) GetIntegrationContext(ctx context.Context, instance string) (map[string]any, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	answer, err := p.execute(ctx, instance, "getIntegrationContext", struct{}{})
	if err != nil {
		return nil, err
	}
	var value map[string]any
	if err := decodeExact(answer, &value); err != nil {
		return nil, errors.New("the integration context from the platform is not a JSON object")
	}
	value, p.newer = unversioned(value)
	return value, nil
}

// unversioned returns the integration context itself where the platform wrapped it
// together with its version, as platforms from 6.0 do.
func unversioned(value map[string]any) (inner map[string]any, versioned bool) {
	if value == nil { // it has none yet
		return map[string]any{}, false
	}
	wrapped, found := value["context"]
	_, version := value["version"]
	if !found || len(value) > 2 || len(value) == 2 && !version {
		return value, false
	}
	if inner, ok := wrapped.(map[string]any); ok {
		return inner, true
	}
	return map[string]any{}, true
}

// SetIntegrationContext has the platform replace the context of the instance whose
// command runs.
func (p *platform) SetIntegrationContext(ctx context.Context, instance string, value map[string]any) error {
	if value == nil {
		value = map[string]any{}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	args := setArgs{Value: value}
	if p.newer {
		args.Version = &anyVersion
	}
	_, err := p.execute(ctx, instance, "setIntegrationContext", args)
	return err
}

// credentials asks the platform for a connector's credentials.
func (p *platform) credentials(ctx context.Context, method string) (value any, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	answer, err := p.exchange(ctx, executeMessage{"executeCommand", "getUCPCredentials", credentialsArgs{method}})
	if err != nil {
		return nil, err
	}
	if decodeExact(answer, &value) != nil {
		return nil, errors.New("the platform's answer is not JSON")
	}
	return value, nil
}

// file asks the platform where the bytes of a file entry lie for this container, and
// reads them.
func (p *platform) file(ctx context.Context, entry string) ([]byte, error) {
	p.mu.Lock()
	answer, err := p.exchange(ctx, executeMessage{"executeCommand", "getFilePath", fileArgs{entry}})
	p.mu.Unlock()
	if err != nil {
		return nil, err
	}
	var found struct{ Path string }
	if err := json.Unmarshal(answer, &found); err != nil || found.Path == "" {
		return nil, errors.New("the platform does not say where the file is")
	}
	return bounded.ReadFile(ctx, found.Path, bounded.Data)
}

// execute has the platform run a command of its own for an instance.
func (p *platform) execute(ctx context.Context, instance, command string, args any) ([]byte, error) {
	switch {
	case !p.running:
		return nil, errors.New("the platform answers only while a command runs, and no command is running")
	case p.instance != instance:
		return nil, fmt.Errorf("the platform runs a command of an instance other than %q", instance)
	}
	return p.exchange(ctx, executeMessage{"executeCommand", command, args})
}

// exchange sends a question and returns the one line that answers it.
func (p *platform) exchange(ctx context.Context, question any) ([]byte, error) {
	message, err := encodeLine(question)
	if err != nil {
		return nil, err
	}
	p.write(message)
	if p.flush(); p.failed != nil {
		return nil, fmt.Errorf("writing to the platform: %w", p.failed)
	}
	answer, err := p.next(ctx)
	switch {
	case err != nil && ctx.Err() != nil:
		p.owed++
		return nil, ctx.Err()
	case errors.Is(err, io.EOF):
		return nil, errors.New("the platform closed the connection and sent no answer")
	case err != nil:
		return nil, fmt.Errorf("reading the platform's answer: %w", err)
	}
	for _, mark := range errorMarks {
		if text, found := bytes.CutPrefix(answer, mark); found {
			return nil, fmt.Errorf("the platform refused: %s", bytes.TrimSpace(text))
		}
	}
	return answer, nil
}

// next returns the next line that is neither a ping, which it answers, nor an
// answer that nobody waits for.
func (p *platform) next(ctx context.Context) ([]byte, error) {
	for {
		var line lineRead
		select {
		case line = <-p.in.lines:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		switch {
		case bytes.Equal(line.text, []byte("ping")):
			p.write([]byte(`{"type":"pong"}` + "\n"))
			p.flush()
		case p.owed > 0 && (line.err == nil || errors.Is(line.err, errLineTooLong)):
			p.owed--
		default:
			return line.text, line.err
		}
	}
}

// write puts a line into the buffer. After a failure nothing is written any more.
func (p *platform) write(line []byte) {
	if p.failed == nil {
		_, p.failed = p.out.Write(line)
	}
}

func (p *platform) flush() {
	if p.failed == nil {
		p.failed = p.out.Flush()
	}
}

// The messages to the platform.
type (
	resultMessage struct {
		Type    string        `json:"type"`
		Results []xsoar.Entry `json:"results"`
	}
	executeMessage struct {
		Type    string `json:"type"`
		Command string `json:"command"`
		Args    any    `json:"args"`
	}
	logMessage struct {
		Type    string  `json:"type"`
		Command string  `json:"command"`
		Args    logArgs `json:"args"`
	}
	logArgs struct {
		Args []string `json:"args"`
	}
	credentialsArgs struct {
		Method string `json:"method_unique_id"`
	}
	fileArgs struct {
		ID string `json:"id"`
	}
	setArgs struct {
		Value   map[string]any  `json:"value"`
		Version *contextVersion `json:"version,omitempty"`
		Sync    bool            `json:"sync,omitempty"`
	}
	contextVersion struct {
		Version        int `json:"version"`
		SequenceNumber int `json:"sequenceNumber"`
		PrimaryTerm    int `json:"primaryTerm"`
	}
)

// anyVersion replaces an integration context whatever version it has.
var anyVersion = contextVersion{-1, -1, -1}

// decodeExact reads a JSON value with its numbers as they stand.
func decodeExact(data []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	return decoder.Decode(into)
}

// encodeLine encodes v as one line.
func encodeLine(v any) ([]byte, error) {
	line, err := rawjson.Marshal(v)
	return append(line, '\n'), err
}
