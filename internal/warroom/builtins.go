package warroom

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"msgraph-user/internal/contextdata"
	"msgraph-user/internal/terminal"
	"msgraph-user/internal/xsoar"
)

// errLeave ends the session.
var errLeave = errors.New("leave")

// helpTopic is what help is asked for to read the integration's own help text.
const helpTopic = "setup"

// builtin is a command of the session itself.
type builtin struct {
	usage, purpose string
	do             func(*Session, Line) error
}

func builtins() map[string]builtin {
	return map[string]builtin{
		"context": {"context [PATH]", "what the commands stored so far, such as context MSGraphUser.ID", (*Session).showContext},
		"raw":     {"raw", "the last answer as it came", (*Session).showRaw},
		"help":    {"help [COMMAND]", "what there is, what a command takes and gives; help " + helpTopic + ": how to set an instance up", (*Session).help},
		"export":  {"export FILE", "save the session: FILE.md to read, FILE.jsonl to replay", (*Session).export},
		"exit":    {"exit", "end the War Room, as Ctrl-D does", func(*Session, Line) error { return errLeave }},
	}
}

func builtinNames() []string { return slices.Sorted(maps.Keys(builtins())) }

func (s *Session) showContext(line Line) error {
	path := strings.Join(line.Words, " ")
	value, found, err := s.context.Get(path)
	if err != nil {
		return err
	}
	if !found {
		_, err := fmt.Fprintln(s.Screen, s.Screen.Dim("Nothing is stored there."))
		return err
	}
	label := path
	if label == "" {
		label = "context"
	}
	_, err = fmt.Fprint(s.Screen, terminal.Printable(contextdata.Tree(label, value)))
	return err
}

func (s *Session) showRaw(Line) error {
	if len(s.run) == 0 {
		return errors.New("no command has run yet")
	}
	last := s.run[len(s.run)-1]
	for _, entry := range last.entries {
		entry.FileData = nil // its bytes are in the file
		var raw any = entry
		if entry.Type == xsoar.Note {
			raw = entry.Contents
		}
		data, err := json.MarshalIndent(raw, "", "  ")
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintln(s.Screen, terminal.Printable(string(data))); err != nil {
			return err
		}
	}
	return last.err
}

func (s *Session) help(line Line) error {
	if len(line.Words) == 0 {
		return s.helpAll()
	}
	name := strings.TrimPrefix(line.Words[0], "!")
	if name == helpTopic {
		_, err := fmt.Fprint(s.Screen, s.Screen.DrawProse(s.Definition.DetailedDescription))
		return err
	}
	if own, ok := builtins()[name]; ok {
		_, err := fmt.Fprintf(s.Screen, "%s  %s\n", s.Screen.Bold(own.usage), own.purpose)
		return err
	}
	command, ok := s.Definition.Command(name)
	if !ok {
		return unknown(name, s.Definition)
	}
	_, err := fmt.Fprint(s.Screen, s.Screen.DrawCommand(command))
	return err
}

func (s *Session) helpAll() error {
	_, err := fmt.Fprint(s.Screen, s.Screen.DrawCommands(s.Definition))
	if err != nil {
		return err
	}
	fmt.Fprintln(s.Screen, "\n"+s.Screen.Bold("Commands of the War Room itself"))
	table := tabwriter.NewWriter(s.Screen, 0, 0, 2, ' ', 0)
	for _, name := range builtinNames() {
		fmt.Fprintf(table, "%s\t%s\n", builtins()[name].usage, builtins()[name].purpose)
	}
	return table.Flush()
}
