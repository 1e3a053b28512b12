package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"msgraph-user/internal/bounded"
	"msgraph-user/internal/definition"
	"msgraph-user/internal/engine"
	"msgraph-user/internal/failure"
	"msgraph-user/internal/records"
)

// ofAllRows are the arguments that belong to all rows of a file.
var ofAllRows = []string{"confirm", "dry_run"}

// readEach makes the runs of a command from a file of rows, and the arguments that
// belong to all of them. What is wrong with one row is that row's own error; what is
// wrong with the file, or with an argument, is the error that is returned.
func (p *program) readEach(ctx context.Context, path, command string, pairs []string) (rows []engine.Row, all map[string]any, err error) {
	described, err := describe(command)
	if err != nil {
		return nil, nil, err
	}
	arguments, all, err := p.rowArguments(ctx, described, pairs, path == "-")
	if err != nil {
		return nil, nil, err
	}
	file, err := p.readRows(ctx, path)
	if err != nil {
		return nil, nil, usageError{fmt.Errorf("--each %s: %w", path, err)}
	}
	if err := checkColumns(arguments, file.Columns); err != nil {
		return nil, nil, err
	}
	rows = make([]engine.Row, len(file.Rows))
	for n, row := range file.Rows {
		rows[n].Args, rows[n].Err = fill(arguments, row)
	}
	return rows, all, nil
}

// describe returns what integration.yml says of a command.
func describe(command string) (*definition.Command, error) {
	defined := definition.Load()
	described, ok := defined.Command(command)
	if !ok {
		return nil, usagef("there is no command %q%s", command, didYouMean(defined.Suggest(command)))
	}
	return described, nil
}

func (p *program) readRows(ctx context.Context, path string) (records.File, error) {
	var data []byte
	var err error
	if path == "-" {
		data, err = bounded.ReadAll(ctx, p.streams.Stdin, "standard input", bounded.Data)
	} else {
		data, err = bounded.ReadFile(ctx, path, bounded.Data)
	}
	if err != nil {
		return records.File{}, err
	}
	return records.Read(data)
}

// rowArguments reads the arguments of a command whose values name columns. One that
// stands for a value kept elsewhere is the same for all rows, whatever it holds.
func (p *program) rowArguments(ctx context.Context, described *definition.Command, pairs []string, stdinTaken bool) (arguments map[string]rowValue, all map[string]any, err error) {
	given, err := p.readPairs(ctx, pairs)
	if err != nil {
		return nil, nil, err
	}
	arguments, all = map[string]rowValue{}, map[string]any{}
	delimiter, _ := given["updated_fields_delimiter"].(string)
	for _, pair := range pairs {
		name, written, _ := strings.Cut(pair, "=")
		text := given[name].(string)
		switch {
		case written == "-" && stdinTaken:
			return nil, nil, usagef("%s and --each cannot both be read from standard input", name)
		case standsForAnother(written):
			arguments[name] = constant(text)
			continue
		}
		t, err := parseTemplate(text)
		if err == nil && len(t.columns()) > 0 && slices.Contains(ofAllRows, name) {
			err = errors.New("it belongs to all rows, so no column can name it")
		}
		if err != nil {
			return nil, nil, usageError{fmt.Errorf("%s: %w", name, err)}
		}
		if slices.Contains(ofAllRows, name) {
			all[name] = text
			continue
		}
		argument, _ := described.Argument(name)
		if arguments[name], err = rowValueOf(argument, name, t, delimiter); err != nil {
			return nil, nil, usageError{fmt.Errorf("%s: %w", name, err)}
		}
	}
	return arguments, all, nil
}

// checkColumns holds the columns that arguments name to those of the header. A call
// that names none would do the same for every row.
func checkColumns(arguments map[string]rowValue, header []string) error {
	named := 0
	for name, value := range arguments {
		for _, column := range value.columns() {
			named++
			if header != nil && !slices.Contains(header, column) {
				return usageError{fmt.Errorf("%s: %w", name, records.NoColumn(column, header))}
			}
		}
	}
	if named == 0 {
		return usagef("no argument names a column, as in user={{.userPrincipalName}}, so every row would do the same")
	}
	return nil
}

// fill makes the arguments of one row.
func fill(arguments map[string]rowValue, row records.Row) (map[string]any, error) {
	if row.Err != nil {
		return nil, &failure.Error{Kind: failure.BadArgument, Message: sentence(row.Err), Cause: row.Err}
	}
	args := make(map[string]any, len(arguments))
	for name, value := range arguments {
		given, err := value.of(row)
		if failed, ok := errors.AsType[*failure.Error](err); ok {
			return nil, failed
		}
		if err != nil {
			return nil, failure.Argument(name, "%s: %s", name, sentence(err))
		}
		args[name] = given
	}
	return args, nil
}

// sentence writes an error as a sentence.
func sentence(err error) string { return strings.TrimSuffix(err.Error(), ".") + "." }
