package engine

import (
	"context"
	"slices"
	"strings"

	"msgraph-user/internal/definition"
	"msgraph-user/internal/failure"
	"msgraph-user/internal/xsoar"
)

// row is one run of a call of rows.
type row struct {
	args  definition.Arguments
	err   error  // what is wrong with the arguments
	named string // what its target's argument holds where the arguments are wrong
}

// ofAllRows are the arguments that belong to all rows of a call: those of changes.
func ofAllRows(name string, cmd Command) *definition.Command {
	if cmd.Changes == nil {
		return &definition.Command{Name: name + ", which changes nothing,"}
	}
	return &definition.Command{Name: name, Args: []definition.Argument{
		{Name: confirmArgument, Meaning: definition.Number},
		{Name: dryRun, Predefined: []string{"true", "false"}},
	}}
}

// canBatchRows reports whether the rows of a call can be sent together: not where
// they are no steps, nor where one looks up where it begins.
func (inv *Invocation) canBatchRows() bool {
	if inv.command.Steps == nil {
		return false
	}
	return inv.command.Many || inv.command.Long == nil || !slices.ContainsFunc(inv.rows, func(r row) bool { return r.err == nil && inv.command.Long(r.args) })
}

// checkRows checks the arguments of each row. What is wrong with one is its own
// error; the others go on.
func checkRows(cmd Command, described *definition.Command, given []Row) []row {
	rows := make([]row, len(given))
	for i, one := range given {
		if rows[i].err = one.Err; one.Err != nil {
			continue
		}
		args, err := described.Arguments(one.Args)
		if err == nil {
			args, err = oneTarget(cmd, args)
		}
		rows[i] = row{args: args, err: err}
		if err != nil {
			rows[i].named = named(one.Args[cmd.Target])
		}
	}
	return rows
}

// named is an argument of one row as its record shows it.
func named(value any) string {
	switch value := value.(type) {
	case string:
		return strings.TrimSpace(value)
	case []any:
		if len(value) == 1 {
			return named(value[0])
		}
	}
	return ""
}

// oneTarget cleans the user of a row, which has exactly one: the value of a column is
// a name, not a list.
func oneTarget(cmd Command, args definition.Arguments) (definition.Arguments, error) {
	if cmd.Target == "" {
		return args, nil
	}
	users, err := targets(cmd, args)
	if err != nil {
		return args, err
	}
	if len(users) != 1 {
		return args, failure.Argument(cmd.Target, "%s names %d users: a row has one.", cmd.Target, len(users))
	}
	return args.With(cmd.Target, users[0]), nil
}

// runRows runs a command that cannot be sent together, a row after the other.
func (s *Service) runRows(ctx context.Context, inv *Invocation) ([]xsoar.Entry, error) {
	m := &many{service: s, inv: inv}
	m.addTargets()
	if inv.changes() {
		if inv.Args.Bool(dryRun) {
			return nil, failure.Argument(dryRun, "%s cannot show what it would send.", inv.Command)
		}
		if err := m.checkNumber(); err != nil {
			return nil, m.refuse(err)
		}
	}
	for _, t := range m.open() {
		if ctx.Err() != nil {
			t.settle(NotTried, ctx.Err())
			continue
		}
		entries, err := s.runGuarded(ctx, t.inv)
		if t.settle(t.inv.record(err).Status, err); err == nil {
			t.entries = entries
		}
		m.settled++
		m.progress()
	}
	return m.entries(ctx)
}

// changes reports whether the call, or a row of it, changes something.
func (inv *Invocation) changes() bool {
	if inv.rows == nil {
		return changes(inv.command, inv.Args)
	}
	for _, row := range inv.rows {
		if row.err == nil && changes(inv.command, row.args) {
			return true
		}
	}
	return false
}
