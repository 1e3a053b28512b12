package engine

import (
	"cmp"
	"context"
	"errors"
	"strings"

	"msgraph-user/graph"
	"msgraph-user/internal/audit"
	"msgraph-user/internal/cleanname"
	"msgraph-user/internal/definition"
	"msgraph-user/internal/failure"
	"msgraph-user/internal/xsoar"
)

// targets returns the distinct users that the arguments name, in their order:
// cleaned, and without letter case. A user principal name holds no comma. A command
// that does not take many has one target at most.
func targets(cmd Command, args definition.Arguments) ([]string, error) {
	if cmd.Target == "" {
		return nil, nil
	}
	named := []string{args.Text(cmd.Target)}
	if cmd.Many {
		named = args.List(cmd.Target, ",")
	}
	var users []string
	seen := map[string]bool{}
	for _, given := range named {
		user, err := cleanname.Clean(given)
		if err != nil {
			return nil, failure.Argument(cmd.Target, "%s: %v.", cmd.Target, err)
		}
		if err := graph.CheckID(cmd.Target, user); err != nil {
			return nil, err
		}
		if key := cmd.key(user); !seen[key] {
			seen[key] = true
			users = append(users, user)
		}
	}
	return users, nil
}

// key is what tells targets apart: users without letter case, ids of things as they
// are.
func (cmd Command) key(target string) string {
	if cmd.Things {
		return target
	}
	return strings.ToLower(target)
}

// target is one user, or one row, of a call of many.
type target struct {
	inv      *Invocation
	alone    bool // what could be joined with others was refused, and is sent by itself
	row      int  // its number among the rows, from 1; 0 where there are none
	steps    []Step
	outcomes []Outcome // of the steps that have ended, in their order
	group    []*job    // the steps that are sent together now
	awaited  int       // how many of these have not ended
	status   Status    // "" while steps are left
	err      error
	detail   string        // what there is to say of a success; mostly nothing
	replayed bool          // an earlier run did it: nothing of its answers is at hand
	entries  []xsoar.Entry // of a row that was run by itself
	end      audit.End     // writes the second line of the audit trail
}

// many is a call of several users.
type many struct {
	service   *Service
	inv       *Invocation // of the call; each target has its own
	targets   []*target
	settled   int
	unwritten []Note // for the journal
}

// runMany runs a command for several users, or rows: each has its own outcome.
func (s *Service) runMany(ctx context.Context, inv *Invocation) ([]xsoar.Entry, error) {
	m := &many{service: s, inv: inv}
	inv.recorded = true
	m.addTargets()
	if err := m.takePlaces(); err != nil {
		return nil, m.refuse(err)
	}
	if inv.changes() {
		if err := m.resume(ctx); err != nil {
			return nil, err
		}
		if err := m.guard(ctx); err != nil {
			return nil, m.refuse(err)
		}
		if inv.Args.Bool(dryRun) {
			return m.showPlan(ctx)
		}
		if err := m.openTrail(); err != nil {
			return nil, err
		}
	}
	if err := m.resumeReads(ctx); err != nil {
		return nil, err
	}
	began := inv.options.Now()
	working, cancel := inv.schedule.working(ctx)
	defer cancel()
	stopped := m.run(working)
	m.readBack(ctx, began)
	m.closeTrail()
	if errors.Is(stopped, errRunOver) && ctx.Err() == nil {
		return m.goOnLater()
	}
	m.giveUpOpen(cmp.Or(ctx.Err(), stopped))
	if err := cmp.Or(stopped, m.writeNotes()); err != nil && !errors.Is(err, errRunOver) {
		return nil, m.untold(err)
	}
	entries, err := m.entries(ctx)
	return entries, m.endRuns(ctx, err)
}

// addTargets makes a target of each user, or of each row.
func (m *many) addTargets() {
	for _, user := range m.inv.users {
		own := *m.inv
		own.Args = m.inv.Args.With(m.inv.command.Target, user)
		m.targets = append(m.targets, &target{inv: &own})
	}
	for i, row := range m.inv.rows {
		own := *m.inv
		own.Args = row.args
		t := &target{inv: &own, row: i + 1}
		if row.err != nil {
			t.settle(Failed, row.err)
		}
		m.targets = append(m.targets, t)
	}
}

// prepare makes the steps of each user that was not refused.
func (m *many) prepare() {
	for _, t := range m.open() {
		if t.steps != nil {
			continue
		}
		var err error
		if t.steps, err = m.inv.command.Steps(t.inv); err != nil {
			t.settle(statusOf(err), err)
		}
	}
}

// open returns the targets that have not ended.
func (m *many) open() []*target {
	var open []*target
	for _, t := range m.targets {
		if t.status == "" {
			open = append(open, t)
		}
	}
	return open
}

func (t *target) settle(status Status, err error) { t.status, t.err = status, err }

// run takes the steps of all users: the first of each, then the second, and so on.
// Steps of one user may depend on each other, those of different users never do. The
// error says why nothing more was sent.
func (m *many) run(ctx context.Context) error {
	m.prepare()
	m.settled = len(m.targets) - len(m.open())
	for open := m.open(); len(open) > 0; open = m.open() {
		var jobs []*job
		owner, busy := map[*job]*target{}, map[string]bool{}
		for _, t := range open {
			if t.row > 0 {
				if busy[t.key()] {
					continue // an earlier row changes the same user first
				}
				busy[t.key()] = true
			}
			if err := t.next(); err != nil {
				t.settle(Failed, err)
				continue
			}
			for _, j := range t.group {
				owner[j] = t
			}
			jobs = append(jobs, t.group...)
		}
		before := func(batch []*job) error { return m.beforeBatch(batch, owner) }
		d := newDispatcher(ctx, m.inv.instance, m.inv.options.Now, join(jobs), before, func(j *job) { m.endedTogether(owner, j) })
		d.until = m.inv.schedule.end()
		if stopped := d.run(); stopped != nil {
			return stopped
		}
	}
	return nil
}

// next makes jobs of the next step of the target, and of those that are sent together
// with it.
func (t *target) next() error {
	t.group = jobsOf(t.inv, together(t.steps[len(t.outcomes):]), t.alone)
	t.awaited = len(t.group)
	first := t.group[0]
	if first.step.From == nil {
		return nil
	}
	var err error
	first.request, err = first.step.From(t.outcomes)
	return err
}

// arrived takes in that a step of a target ended. Those that were sent together are
// judged in their order, when all have ended.
func (m *many) arrived(t *target) {
	if t.awaited--; t.awaited > 0 {
		return
	}
	for _, j := range t.group {
		if t.status != "" || m.isLeft(t, j.outcome) {
			return
		}
		m.ended(t, j)
	}
}

// ended takes in how a step of a target ended.
func (m *many) ended(t *target, j *job) {
	outcome := j.step.judged(j.outcome)
	t.inv.remember(nil, outcome.Err)
	if others := j.step.instead(outcome.Err); len(others) > 0 {
		t.steps = append(t.steps[:len(t.outcomes):len(t.outcomes)], others...)
		return
	}
	at := len(t.outcomes)
	if j.step.goesOn(outcome) {
		t.outcomes = append(t.outcomes, outcome)
		m.inv.adviseOn(j.step, outcome)
		t.goOn(j.step)
		m.note(t, at, Succeeded, nil)
	} else {
		t.fail(outcome)
		m.note(t, at, t.status, t.err)
	}
	if t.status != "" {
		m.settled++
		m.progress()
	}
}

// goOn adds the steps that follow from one that ended well, and ends the target after
// its last step.
func (t *target) goOn(step *Step) {
	var err error
	if t.steps, err = step.followed(t.steps, t.outcomes); err != nil {
		t.settle(statusOf(err), afterwards(t.steps, len(t.outcomes), err))
	} else if len(t.outcomes) == len(t.steps) {
		t.settle(Succeeded, nil)
	}
}

// fail ends a target whose step failed. A 404 that does not say that the user is
// unknown is a failure, and so is whatever comes after a part of the change.
func (t *target) fail(outcome Outcome) {
	status, err := outcome.Status, afterwards(t.steps, len(t.outcomes), outcome.Err)
	e := failure.Of(err)
	switch {
	case e.Changed && (status == NotFound || status == NotTried):
		status = Failed
	case t.answers(e):
		status = NotFound
	case status != NotFound:
	case t.inv.lacks(e) && t.inv.hasNone(e):
		t.replayed = true // there is nothing to show but this
		t.detail = e.Message
		t.settle(Succeeded, nil)
		return
	case !t.inv.isUnknown(e) && e.InDoubt:
		status = InDoubt
	case !t.inv.isUnknown(e) || t.inv.lacksManager(e):
		status = Failed
	}
	t.settle(status, err)
}

// answers reports whether the command takes a refusal for the answer that there is no
// such user.
func (t *target) answers(e *failure.Error) bool {
	if t.inv.command.Answers == nil {
		return false
	}
	_, ok := t.inv.command.Answers(t.inv, e)
	return ok
}

func (m *many) progress() {
	if m.inv.call.Progress != nil {
		m.inv.call.Progress(Progress{Done: m.settled, Total: len(m.targets)})
	}
}

// openTrail writes the first line of each change before anything is sent.
func (m *many) openTrail() error {
	trail := m.service.options.Trail
	if trail == nil {
		return nil
	}
	var open []*target
	var lines []audit.Line
	for _, t := range m.targets {
		line := t.inv.auditLine()
		if t.status == Refused {
			m.service.auditRefusal(t.inv, line, t.err)
			continue
		}
		if t.status == "" {
			open, lines = append(open, t), append(lines, line)
		}
	}
	ends, err := trail.BeginAll(lines)
	if err != nil {
		return unaudited(err)
	}
	for i, end := range ends {
		open[i].end = end
	}
	return nil
}

// closeTrail writes the second line of each change.
func (m *many) closeTrail() {
	for _, t := range m.targets {
		if t.end == nil {
			continue
		}
		outcome, reason := audit.Done, t.err
		if t.status != Succeeded {
			outcome = audit.Failed
		}
		if t.status == "" {
			reason = errRunOver
		}
		if err := t.end(outcome, t.inv.requestID, t.inv.scrubbed(reason)); err != nil {
			m.service.options.Log.Error("the audit trail has an entry without an end", "command", t.inv.Command, "error", err.Error())
		}
	}
}

// refuse writes a refusal of the whole call into the audit trail and returns it.
func (m *many) refuse(err error) error {
	if m.service.options.Trail != nil {
		m.service.auditRefusal(m.inv, m.inv.auditLine(), err)
	}
	return err
}
