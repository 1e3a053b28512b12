package engine

import (
	"context"
	"fmt"

	"msgraph-user/graph"
	"msgraph-user/internal/failure"
	"msgraph-user/internal/xsoar"
)

// takePlaces gives each target its place in the record of a call that goes on later,
// and refuses more than a record has room for, before anything is sent.
func (m *many) takePlaces() error {
	s := m.inv.schedule
	if s == nil {
		return nil
	}
	if count := len(m.targets); count > recordTargets {
		e := failure.Argument(m.inv.command.Target, "%s names %d: a call in the platform takes %d at most. Nothing was sent.", m.inv.command.Target, count, recordTargets)
		e.Advice = fmt.Sprintf("Split the list into parts of %d, or run msgraph-user call, which has no limit.", recordTargets)
		return e
	}
	s.places = make(map[string]int, len(m.targets))
	for place, t := range m.targets {
		s.places[m.nameOf(t)] = place
	}
	s.writes = m.inv.changes()
	m.inv.call.Journal = s
	return nil
}

// resumeReads takes in what earlier runs have read.
func (m *many) resumeReads(ctx context.Context) error {
	if m.inv.schedule == nil || m.inv.changes() {
		return nil
	}
	return m.resume(ctx)
}

// isLeft reports whether a step that ended so is the next run's: the time of this one
// was over before it was answered. What was sent stands in the record as sent.
func (m *many) isLeft(t *target, outcome Outcome) bool {
	if !m.inv.schedule.over() || outcome.Status == Succeeded {
		return false
	}
	switch failure.Of(outcome.Err).Kind {
	case failure.Internal, failure.Unreachable, failure.Canceled:
	default:
		return false
	}
	if outcome.Status == NotTried {
		m.note(t, len(t.outcomes), NotTried, nil)
	}
	return true
}

// goOnLater answers that a later call goes on.
func (m *many) goOnLater() ([]xsoar.Entry, error) {
	m.show()
	if err := m.writeNotes(); err != nil {
		m.giveUpOpen(err)
		return nil, m.untold(err)
	}
	done := len(m.targets) - len(m.open())
	text := fmt.Sprintf("%s: %d of %d done. The platform goes on in %d seconds.", m.inv.Command, done, len(m.targets), nextRun)
	entry := xsoar.Entry{Type: xsoar.Note, ContentsFormat: xsoar.FormatText, Contents: text, HumanReadable: text}
	if context := m.context(nil); len(context) > 1 {
		delete(context, BulkPath)
		entry.EntryContext = context
	}
	entries, err := m.inv.schedule.leave([]xsoar.Entry{entry})
	if err != nil {
		m.giveUpOpen(err)
		return nil, m.untold(err)
	}
	return entries, nil
}

// giveUpOpen ends the targets that nothing goes on with, because of err.
func (m *many) giveUpOpen(err error) {
	for _, t := range m.open() {
		status := NotTried
		if m.inv.schedule.isSent(m.nameOf(t)) {
			status = InDoubt
		}
		t.settle(status, err)
	}
}

// endRuns removes the record of a call that has ended with err, which it returns. One
// that was cut short may still go on.
func (m *many) endRuns(ctx context.Context, err error) error {
	s := m.inv.schedule
	if err == nil {
		s.forget()
	} else if s != nil && s.kept && ctx.Err() == nil {
		if failed := s.remove(ctx); failed != nil {
			m.inv.options.Log.Warn("the record of a run that has ended could not be removed", "command", m.inv.Command, "error", failed)
		}
	}
	return err
}

// isSent reports whether a step of a target was sent and has no answer.
func (s *schedule) isSent(name string) bool {
	if s == nil {
		return false
	}
	at, known := s.now.at[s.places[name]]
	if !known {
		return false
	}
	steps := s.now.Targets[at].Steps
	return steps[len(steps)-1] == Sent
}

// next returns the request for the page from which a list goes on: r, where it begins.
func (s *schedule) next(r graph.Request) (graph.Request, error) {
	if s == nil {
		return r, nil
	}
	if s.identity == "" {
		args := s.inv.Args.Redacted()
		delete(args, runArgument)
		if err := s.load(s.inv.identity(args)); err != nil {
			return r, err
		}
	}
	link := s.now.Link
	if s.now.Link = ""; link == "" { // it has expired where it is asked for again: the list begins again
		s.now.Count = 0
		return r, nil
	}
	return s.inv.instance.graph.Continue(r, link, runArgument)
}

// pauses takes in a page of a list, and reports whether the rest is left to a later run.
func (s *schedule) pauses(page graph.Page) bool {
	if s == nil {
		return false
	}
	s.now.Count += len(page.Value)
	if page.NextLink == "" || !s.over() {
		return false
	}
	s.now.Link = page.NextLink
	return true
}

// endList ends a run of a list.
func (s *schedule) endList(entries []xsoar.Entry) ([]xsoar.Entry, error) {
	if s.identity == "" || len(entries) == 0 { // no list that goes on was read
		return entries, nil
	}
	if s.now.Link == "" {
		s.forget()
		return entries, nil
	}
	entries[0].HumanReadable += fmt.Sprintf("\n%d items so far. The platform goes on in %d seconds.\n", s.now.Count, nextRun)
	return s.leave(entries)
}
