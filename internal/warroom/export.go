package warroom

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"msgraph-user/internal/engine"
	"msgraph-user/internal/rpc"
	"msgraph-user/internal/terminal"
	"msgraph-user/internal/transcript"
	"msgraph-user/internal/xsoar"
)

// export saves the session in a file that does not exist yet, for nobody else to
// read: it holds what the commands answered.
func (s *Session) export(_ context.Context, line Line) error {
	if len(line.Words) != 1 {
		return errors.New("export needs the name of one file, such as export case.md")
	}
	name := line.Words[0]
	write := s.writeMarkdown
	switch filepath.Ext(name) {
	case ".md":
	case ".jsonl":
		write = s.writeTranscript
	default:
		return fmt.Errorf("%q does not say which format to use: name it FILE.md to read it, or FILE.jsonl to replay it", name)
	}
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("export the session: %w", err)
	}
	err = write(file)
	if closed := file.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return fmt.Errorf("export the session: %w", err)
	}
	_, err = fmt.Fprintf(s.Screen, "Saved %s.\n", name)
	return err
}

func (s *Session) writeMarkdown(w io.Writer) error {
	redactor := transcript.NewRedactor(s.Definition)
	var b strings.Builder
	s.writeSummary(&b, redactor)
	for _, x := range s.run {
		fmt.Fprintf(&b, "\n## %s\n\n```\n%s\n```\n\n", x.at.UTC().Format(time.RFC3339), x.line)
		if x.err != nil {
			fmt.Fprintf(&b, "**Error:** %s\n", xsoar.Plain(redactor.Text(x.err.Error())))
		}
		for _, entry := range x.entries {
			if entry.File != "" {
				fmt.Fprintf(&b, "File: %s (%d bytes)\n", entry.File, len(entry.FileData))
				continue
			}
			if err := redactor.Entry(entry); err != nil {
				return err
			}
			b.WriteString(redactor.Text(strings.TrimRight(terminal.Readable(entry), "\n")) + "\n")
		}
	}
	_, err := io.WriteString(w, terminal.Printable(b.String()))
	return err
}

// writeTranscript writes the session as a JSON-RPC client would have had it.
func (s *Session) writeTranscript(w io.Writer) error {
	recorder, err := transcript.NewRecorder(w, s.Definition, s.Version, s.Now)
	if err != nil {
		return err
	}
	for n, x := range s.run {
		request, err := x.request(n + 1)
		if err != nil {
			return err
		}
		server := &rpc.Server{
			Runner:   x,
			Commands: s.Definition.CommandNames(),
			Observe:  recorder.Observe,
		}
		if err := server.Serve(context.Background(), bytes.NewReader(request), io.Discard); err != nil {
			return err
		}
	}
	return recorder.Err()
}

// request is the line as a JSON-RPC request.
func (x ranCommand) request(id int) ([]byte, error) {
	line, err := ParseLine(x.sent)
	if err != nil {
		return nil, err
	}
	args, err := line.arguments()
	if err != nil {
		return nil, err
	}
	return json.Marshal(map[string]any{"jsonrpc": "2.0", "id": id, "method": line.Command, "params": map[string]any{"args": args}})
}

// Run answers what the command answered when it ran.
func (x ranCommand) Run(context.Context, engine.Call) ([]xsoar.Entry, error) { return x.entries, x.err }
