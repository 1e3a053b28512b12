package warroom

import (
	"bufio"
	"errors"
	"fmt"
	"io"

	"github.com/peterh/liner"

	"msgraph-user/internal/bounded"
)

// Terminal is the Editor of a person at a terminal: it edits lines, completes
// them, and calls earlier ones up.
type Terminal struct {
	state   *liner.State
	history *History
}

// OpenTerminal takes the terminal of this process. Close gives it back.
func OpenTerminal(history *History) *Terminal {
	t := &Terminal{liner.NewLiner(), history}
	t.state.SetCtrlCAborts(true)
	t.state.SetTabCompletionStyle(liner.TabPrints)
	t.state.SetBeep(false)
	for _, line := range history.Lines() {
		t.state.AppendHistory(line)
	}
	return t
}

// Close gives the terminal back as it was.
func (t *Terminal) Close() error { return t.state.Close() }

// Line reads a line.
func (t *Terminal) Line(prompt string) (string, error) {
	line, err := t.state.Prompt(prompt)
	if errors.Is(err, liner.ErrPromptAborted) {
		return "", ErrInterrupted
	}
	return line, err
}

// Secret reads a line that is not shown.
func (t *Terminal) Secret(prompt string) (string, error) {
	value, err := t.state.PasswordPrompt(prompt)
	if errors.Is(err, liner.ErrPromptAborted) {
		return "", ErrInterrupted
	}
	return value, err
}

// Remember keeps a line, also for the next sitting.
func (t *Terminal) Remember(line string) {
	t.state.AppendHistory(line)
	t.history.Append(line)
}

// CompleteWith has complete asked when the person wants it.
func (t *Terminal) CompleteWith(complete func(string, int) (string, []string, string)) {
	t.state.SetWordCompleter(complete)
}

// Lines is the Editor of a pipe or file: each line as it stands, nothing kept.
type Lines struct {
	in   *bufio.Reader
	echo io.Writer
}

// ReadLines returns the Editor for the lines of in. Each is shown on echo after the
// prompt, so that what comes out reads as a sitting.
func ReadLines(in io.Reader, echo io.Writer) *Lines { return &Lines{bufio.NewReader(in), echo} }

// Line reads a line.
func (l *Lines) Line(prompt string) (string, error) {
	line, err := bounded.Line(l.in, bounded.Value)
	if err != nil {
		return "", err
	}
	text := trimLineEnd(string(line))
	_, err = fmt.Fprintln(l.echo, prompt+text)
	return text, err
}

// Secret fails: what stands in a pipe is shown, or kept in a file.
func (l *Lines) Secret(string) (string, error) {
	return "", errors.New("a secret can be entered only at a terminal")
}

// Remember keeps nothing.
func (l *Lines) Remember(string) {}

// CompleteWith is of no use here.
func (l *Lines) CompleteWith(func(string, int) (string, []string, string)) {}
