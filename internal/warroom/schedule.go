package warroom

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"msgraph-user/internal/engine"
	"msgraph-user/internal/terminal"
	"msgraph-user/internal/xsoar"
)

// usualInterval is the time to the next run of a command that names none.
const usualInterval = 30 * time.Second

// scheduledIn returns the entry that asks for another run.
func scheduledIn(entries []xsoar.Entry) (xsoar.Entry, bool) {
	for _, entry := range entries {
		if entry.PollingCommand != "" {
			return entry, true
		}
	}
	return xsoar.Entry{}, false
}

// goOn runs a scheduled command again and again, as the platform does, until it is
// over, its time is, or the person interrupts it. What it answers in between is shown
// in the line of progress only.
func (s *Session) goOn(ctx context.Context, first ranCommand, next xsoar.Entry) error {
	deadline, bounded := first.at.Add(seconds(next.Timeout, 0)), next.Timeout != ""
	for {
		ran, err := s.runLater(ctx, first, next)
		if err != nil {
			return fmt.Errorf("%w. %s", err, terminal.FollowUp(next, "!", Quote))
		}
		again, ok := scheduledIn(ran.entries)
		if ran.err != nil || !ok {
			return s.conclude(ran)
		}
		if next = again; bounded && !s.Now().Before(deadline) {
			return fmt.Errorf("%s is not over after its time. %s", next.PollingCommand, terminal.FollowUp(next, "!", Quote))
		}
	}
}

// runLater waits until a scheduled command is due, and runs it.
func (s *Session) runLater(ctx context.Context, first ranCommand, next xsoar.Entry) (ranCommand, error) {
	wait := seconds(next.NextRun, usualInterval)
	err := s.cancellable(ctx, fmt.Sprintf("%s, again in %s", next.PollingCommand, wait), func(ctx context.Context, progress *terminal.Progress) error {
		progress.Report(engine.Progress{Message: terminal.Readable(next)})
		return s.Wait(ctx, wait)
	})
	if err != nil {
		return ranCommand{}, errors.New("no longer waited for")
	}
	line := Line{Command: next.PollingCommand}
	for name, value := range next.PollingArgs {
		line.Args = append(line.Args, Argument{name, fmt.Sprint(value)})
	}
	sortArguments(line.Args)
	ran := ranCommand{changes: first.changes}
	if command, ok := s.Definition.Command(next.PollingCommand); ok {
		ran.line = line.kept(command)
		ran.sent = ran.line
	}
	return s.runCancellable(ctx, ran, engine.Call{Command: next.PollingCommand, Args: next.PollingArgs}), nil
}

// seconds reads a number of seconds as entries have it.
func seconds(text string, otherwise time.Duration) time.Duration {
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		return otherwise
	}
	return time.Duration(n) * time.Second
}

// sortArguments sorts arguments by name, so that a line reads the same each time.
func sortArguments(args []Argument) {
	slices.SortFunc(args, func(a, b Argument) int { return cmp.Compare(a.Name, b.Name) })
}
