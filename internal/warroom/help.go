package warroom

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"msgraph-user/internal/definition"
)

// help explains a command, searches for a text, or lists everything.
func (s *Session) help(_ context.Context, line Line) error {
	text, err := s.helpText(line)
	if err != nil {
		return err
	}
	return s.page(text)
}

func (s *Session) helpText(line Line) (string, error) {
	if len(line.Words) == 0 {
		return s.Screen.DrawCommands(s.Definition) + "\n" + s.Screen.Bold("Commands of the War Room itself") + "\n" + s.drawBuiltins(s.builtinNames()), nil
	}
	name := strings.TrimPrefix(line.Words[0], "!")
	if command, ok := s.Definition.Command(name); ok {
		return s.Screen.DrawCommand(command, "!"), nil
	}
	if _, own := s.builtins()[name]; own && len(line.Words) == 1 {
		return s.drawBuiltins([]string{name}), nil
	}
	if name == helpTopic {
		return s.Screen.DrawProse(s.Definition.DetailedDescription), nil
	}
	found, own := s.Definition.Search(line.Words...), s.searchBuiltins(line.Words)
	if len(found)+len(own) == 0 {
		return "", unknown(name, s.Definition)
	}
	text := s.Screen.DrawFound(s.Definition, found)
	if len(own) > 0 {
		text += s.drawBuiltins(own)
	}
	return text, nil
}

// searchBuiltins returns the session's own commands whose help holds all words.
func (s *Session) searchBuiltins(words []string) []string {
	own := s.builtins()
	return slices.DeleteFunc(s.builtinNames(), func(name string) bool {
		return !definition.HasWords(own[name].Usage+" "+own[name].Purpose, words)
	})
}

// drawBuiltins lists commands of the session itself. One that has two names is listed
// once.
func (s *Session) drawBuiltins(names []string) string {
	var b strings.Builder
	table := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	listed := map[string]bool{}
	all := s.builtins()
	for _, name := range names {
		own := all[name]
		if !listed[own.Usage] {
			listed[own.Usage] = true
			fmt.Fprintf(table, "%s\t%s\n", own.Usage, own.Purpose)
		}
	}
	_ = table.Flush() // a text takes everything
	return b.String()
}

// page shows a text. In a window that is too low for it, it waits for the person after
// each page.
func (s *Session) page(text string) error {
	lines := strings.SplitAfter(text, "\n")
	height := s.Screen.Rows() - 1 // the last one is for the question
	for height > 0 && len(lines) > height {
		if _, err := io.WriteString(s.Screen, strings.Join(lines[:height], "")); err != nil {
			return err
		}
		lines = lines[height:]
		answer, err := s.Editor.Line("-- more: Enter goes on, q stops -- ")
		if err != nil || strings.EqualFold(strings.TrimSpace(answer), "q") {
			return nil // the person has seen enough
		}
	}
	_, err := io.WriteString(s.Screen, strings.Join(lines, ""))
	return err
}
