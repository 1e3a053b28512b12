package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"msgraph-user/failure"
	"msgraph-user/xsoar"
)

func (p *program) callCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "call COMMAND [name=value …]",
		Short:   "Run one command and print its answer",
		Example: "  msgraph-user call --emulator msgraph-user-list filter=\"startswith(displayName,'A')\"",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usagef("call needs the name of a command; msgraph-user commands lists them")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return p.call(cmd.Context(), args[0], args[1:], asJSON) },
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the entries as JSON")
	return cmd
}

func (p *program) call(ctx context.Context, name string, pairs []string, asJSON bool) error {
	args, err := parsePairs(pairs)
	if err != nil {
		return err
	}
	e, err := p.engine(ctx)
	if err != nil {
		return err
	}
	defer e.close()
	entries, err := e.service.Run(ctx, xsoar.Call{Command: name, Args: args})
	if err != nil {
		return wrongUsage(err)
	}
	if asJSON {
		encoder := json.NewEncoder(p.streams.Stdout)
		encoder.SetEscapeHTML(false)
		encoder.SetIndent("", "  ")
		return encoder.Encode(entries)
	}
	return printEntries(p.streams.Stdout, entries)
}

// wrongUsage tells a mistyped command or argument from a command that failed.
func wrongUsage(err error) error {
	var e *failure.Error
	if !errors.As(err, &e) {
		return err
	}
	switch e.Kind {
	case failure.UnknownCommand:
		return usagef("%s%s", strings.TrimSuffix(e.Message, "."), didYouMean(e.Suggestions))
	case failure.BadArgument:
		return usageError{err}
	}
	return err
}

// parsePairs reads name=value arguments.
func parsePairs(pairs []string) (map[string]any, error) {
	args := map[string]any{}
	for _, pair := range pairs {
		name, value, found := strings.Cut(pair, "=")
		if !found || name == "" {
			return nil, usagef("%q is no name=value", pair)
		}
		if _, twice := args[name]; twice {
			return nil, usagef("%s is given twice", name)
		}
		args[name] = value
	}
	return args, nil
}

// printEntries prints what a person reads of each entry, and saves files in the
// working directory.
func printEntries(w io.Writer, entries []xsoar.Entry) error {
	for _, entry := range entries {
		if entry.Type == xsoar.File {
			if err := saveFile(w, entry); err != nil {
				return err
			}
			continue
		}
		if _, err := fmt.Fprintln(w, strings.TrimRight(readable(entry), "\n")); err != nil {
			return err
		}
	}
	return nil
}

// readable is the text of an entry: the one made for people, else its contents.
func readable(entry xsoar.Entry) string {
	if entry.HumanReadable != "" {
		return entry.HumanReadable
	}
	if text, ok := entry.Contents.(string); ok {
		return text
	}
	data, err := json.MarshalIndent(entry.Contents, "", "  ")
	if err != nil {
		return fmt.Sprint(entry.Contents)
	}
	return string(data)
}

// saveFile writes a file entry under its own name, never over another file.
func saveFile(w io.Writer, entry xsoar.Entry) error {
	name := filepath.Base(entry.File)
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("save the file of the answer: %w", err)
	}
	if _, err := file.Write(entry.FileData); err != nil {
		file.Close()
		return fmt.Errorf("save the file of the answer: %w", err)
	}
	if err := file.Close(); err != nil {
		return fmt.Errorf("save the file of the answer: %w", err)
	}
	_, err = fmt.Fprintf(w, "Saved %s (%d bytes).\n", name, len(entry.FileData))
	return err
}
