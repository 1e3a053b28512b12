package warroom

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"msgraph-user/internal/contextdata"
	"msgraph-user/internal/terminal"
	"msgraph-user/internal/xsoar"
)

// errLeave ends the session.
var errLeave = errors.New("leave")

// helpTopic is what help is asked for to read the integration's own help text.
const helpTopic = "setup"

// Builtin is a command of the session itself.
type Builtin struct {
	Usage, Purpose string
	Do             func(*Session, context.Context, Line) error
}

// builtins are the session's own commands, by name.
func (s *Session) builtins() map[string]Builtin {
	own := map[string]Builtin{
		"clear":   {"clear", "clear the screen; what the commands stored stays", (*Session).clear},
		"context": {"context [PATH]", "what the commands stored so far, such as context MSGraphUser.ID", (*Session).showContext},
		"exit":    {"exit", "end the War Room, as quit and Ctrl-D do", leave},
		"export":  {"export FILE", "save the session: FILE.md to read, with a timeline, FILE.jsonl to replay", (*Session).export},
		"find":    {"find TEXT", "people whose name, address or sign-in name begins with TEXT", (*Session).find},
		"help":    {"help [COMMAND|TEXT]", "what there is, what a command takes and gives, or what TEXT is found in; help " + helpTopic + ": how to set an instance up", (*Session).help},
		"raw":     {"raw", "the last answer as it came", (*Session).showRaw},
	}
	own["?"], own["quit"] = own["help"], own["exit"]
	maps.Copy(own, s.More)
	return own
}

func leave(*Session, context.Context, Line) error { return errLeave }

func (s *Session) builtinNames() []string { return slices.Sorted(maps.Keys(s.builtins())) }

func (s *Session) showContext(_ context.Context, line Line) error {
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

func (s *Session) showRaw(context.Context, Line) error {
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

// clearScreen moves to the first line and erases what is shown, in the terms of
// ECMA-48.
const clearScreen = "\x1b[H\x1b[2J"

// clear clears a window. What is no window keeps what it has.
func (s *Session) clear(context.Context, Line) error {
	if !s.Screen.IsWindow() {
		return nil
	}
	_, err := io.WriteString(s.Screen, clearScreen)
	return err
}

// peopleProperties are what is shown of the people that are found.
const peopleProperties = "id,displayName,userPrincipalName,jobTitle,accountEnabled"

// find lists the people with a name that begins with a text.
func (s *Session) find(ctx context.Context, line Line) error {
	text := strings.Join(line.Words, " ")
	if text == "" || len(line.Args) > 0 {
		return errors.New("find needs the beginning of a name, such as find Ivy")
	}
	var either []string
	for _, property := range []string{"displayName", "givenName", "surname", "mail", "userPrincipalName"} {
		either = append(either, fmt.Sprintf("startswith(%s,'%s')", property, strings.ReplaceAll(text, "'", "''")))
	}
	return s.perform(ctx, Line{Command: "msgraph-user-list", Args: []Argument{
		{"filter", strings.Join(either, " or ")}, {"properties", peopleProperties},
	}})
}
