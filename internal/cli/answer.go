package cli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/pflag"

	"msgraph-user/internal/contextdata"
	"msgraph-user/internal/rawjson"
	"msgraph-user/internal/terminal"
	"msgraph-user/internal/xsoar"
)

// answerForm is how call prints an answer.
type answerForm struct {
	json, context bool
	template      string
}

func (f *answerForm) register(set *pflag.FlagSet) {
	set.BoolVar(&f.json, "json", false, "print the entries as JSON")
	set.BoolVar(&f.context, "context", false, "print the context that the entries make, as JSON")
	set.StringVar(&f.template, "template", "", "print each entry's contents through a Go text `TEMPLATE`, such as {{.displayName}}; the function json prints a value as JSON")
}

// isForMachines reports whether the form is data, and not text for a person.
func (f *answerForm) isForMachines() bool { return f.json || f.context }

// printer returns what prints an answer in its form. The error is one of usage.
func (f *answerForm) printer(p *program, out io.Writer) (func([]xsoar.Entry) error, error) {
	if f.json && f.context || f.template != "" && (f.json || f.context) {
		return nil, usagef("--json, --context and --template exclude each other")
	}
	switch {
	case f.json:
		return func(entries []xsoar.Entry) error { return printJSON(out, entries) }, nil
	case f.context:
		return func(entries []xsoar.Entry) error {
			var data contextdata.Data
			if err := data.Add(entries...); err != nil {
				return err
			}
			return printJSON(out, &data)
		}, nil
	case f.template != "":
		fill, err := parseGoTemplate(f.template)
		if err != nil {
			return nil, usageError{err}
		}
		return func(entries []xsoar.Entry) error { return printTemplate(out, fill, entries) }, nil
	}
	return func(entries []xsoar.Entry) error {
		return printEntries(terminal.ScreenOn(out, p.streams.Getenv), entries)
	}, nil
}

// printJSON prints a value as JSON that is safe to look at.
func printJSON(w io.Writer, value any) error {
	encoded, err := rawjson.MarshalIndent(value)
	if err == nil {
		_, err = w.Write(append(terminal.JSON(encoded), '\n'))
	}
	return err
}

// printEntries prints what a person reads of each entry, and saves files in the
// working directory.
func printEntries(screen terminal.Screen, entries []xsoar.Entry) error {
	for _, entry := range entries {
		text := screen.Draw(entry)
		if entry.Type == xsoar.File {
			note, err := saveFile(entry)
			if err != nil {
				return err
			}
			text = note + "\n"
		}
		if next := terminal.FollowUp(entry, "msgraph-user call ", shellQuote); next != "" {
			text += next + "\n"
		}
		if _, err := io.WriteString(screen, text); err != nil {
			return err
		}
	}
	return nil
}

// shellQuote writes a value as a shell takes it for one word.
func shellQuote(value string) string {
	return "'" + strings.ReplaceAll(value, "'", `'\''`) + "'"
}

// saveFile writes a file entry under its own name, or that name with a number where
// it is taken: no other file is lost, and no answer. It says so.
func saveFile(entry xsoar.Entry) (note string, err error) {
	name := filepath.Base(entry.File)
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	for n := 2; errors.Is(err, fs.ErrExist) && n <= 1000; n++ {
		name = numbered(filepath.Base(entry.File), n)
		file, err = os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	}
	if err != nil {
		return "", fmt.Errorf("save the file of the answer: %w", err)
	}
	_, err = file.Write(entry.FileData)
	if closed := file.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return "", fmt.Errorf("save the file of the answer: %w", err)
	}
	return fmt.Sprintf("Saved %s (%d bytes).", terminal.Line(name), len(entry.FileData)), nil
}

// numbered puts a number in front of the extension of a file's name.
func numbered(name string, n int) string {
	base, packed := strings.CutSuffix(name, ".gz")
	extension := filepath.Ext(base)
	if packed {
		return fmt.Sprintf("%s-%d%s.gz", strings.TrimSuffix(base, extension), n, extension)
	}
	return fmt.Sprintf("%s-%d%s", strings.TrimSuffix(base, extension), n, extension)
}
