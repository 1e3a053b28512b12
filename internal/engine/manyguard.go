package engine

import (
	"cmp"
	"context"
	"fmt"
	"strconv"

	"msgraph-user/graph"
	"msgraph-user/internal/failure"
)

// Arguments that every change of many has.
const (
	confirmArgument = "confirm" // the number of users that are meant
	dryRun          = "dry_run" // show what would be sent
)

// guard refuses what the instance's guard rails forbid, before any change is sent:
// the whole call where the instance is read-only or the users are too many, and
// each protected user alone.
func (m *many) guard(ctx context.Context) error {
	if err := m.inv.checkReadOnly(); err != nil {
		return err
	}
	if err := m.checkProtected(ctx); err != nil {
		return err
	}
	if m.inv.Args.Bool(dryRun) {
		return nil
	}
	return m.checkNumber()
}

// checkNumber refuses more users than max_users until confirm names their number.
func (m *many) checkNumber() error {
	limit, count := m.inv.instance.settings.MaxUsers, m.distinct()
	if !m.inv.Args.Has(confirmArgument) {
		if limit <= 0 || count <= limit {
			return nil
		}
		e := failure.Parameter("max_users", "%s names %d users, and this instance changes %d at most in one run (max_users). Nothing was changed.", m.inv.Command, count, limit)
		e.Advice = fmt.Sprintf("If you mean all of them, run the command again with confirm=%d. dry_run=true shows what would be sent.", count)
		return e
	}
	return m.inv.checkConfirmed(count)
}

// checkConfirmed refuses a number that is not that of the users.
func (inv *Invocation) checkConfirmed(count int) error {
	confirmed, err := inv.Args.Number(confirmArgument)
	if err != nil || confirmed == count {
		return err
	}
	e := failure.Parameter("max_users", "confirm is %d, but the call names %d different users. Nothing was changed.", confirmed, count)
	e.Advice = fmt.Sprintf("Check the list. If it is right, run the command again with confirm=%d.", count)
	return e
}

// key is the same for two targets that are one user.
func (t *target) key() string {
	return cmp.Or(t.inv.address, t.inv.command.key(t.inv.subject()), strconv.Itoa(t.row))
}

// distinct counts the different users.
func (m *many) distinct() int {
	users := map[string]bool{}
	for _, t := range m.targets {
		if t.row == 0 || m.inv.rows[t.row-1].err == nil {
			users[t.key()] = true
		}
	}
	return len(users)
}

// checkProtected looks at all users together and settles those that are protected
// or unknown. Two names of one user become one target.
func (m *many) checkProtected(ctx context.Context) error {
	if !m.inv.protectsTarget() {
		return nil
	}
	var jobs []*job
	owner := map[*job]*target{}
	for _, t := range m.open() {
		if rule, ok := m.inv.instance.protects(t.inv.User()); ok {
			t.settle(Refused, protectedUser(t.inv.User(), rule))
			m.note(t, len(t.outcomes), t.status, t.err)
			continue
		}
		if m.inv.command.Recognizes {
			continue
		}
		j := &job{inv: t.inv, step: &Step{}, request: graph.GetUser(t.inv.User(), nameProperties)}
		owner[j] = t
		jobs = append(jobs, j)
	}
	dispatch(ctx, m.inv.instance, m.inv.options.Now, jobs, nil, func(*job) {})
	if err := ctx.Err(); err != nil {
		for _, t := range m.open() {
			t.settle(NotTried, err)
		}
		return m.cutShort(err, m.records())
	}
	for _, j := range jobs {
		t := owner[j]
		t.steps = nil // they name the object that was looked at
		if t.looked(j); t.status != "" {
			m.note(t, len(t.outcomes), t.status, t.err)
		}
	}
	m.mergeByID()
	return nil
}

// looked takes in what the look at a user's names showed. A user that Graph does not
// know is unknown, or a failure, as without guard rails.
func (t *target) looked(j *job) {
	switch {
	case j.outcome.Status == Succeeded:
		if err := t.inv.recognize(j.outcome.Object); err != nil {
			t.settle(Refused, err)
		}
	case j.outcome.Status == NotTried, j.outcome.Status == NotFound:
		t.fail(j.outcome)
	default:
		t.settle(Refused, fmt.Errorf("cannot find out whether %s is a protected user: %w", t.inv.User(), j.outcome.Err))
	}
}

// mergeByID drops a target whose object an earlier target has too.
func (m *many) mergeByID() {
	if m.inv.call.Rows != nil {
		return // each row is a run of its own
	}
	seen := map[string]bool{}
	distinct := m.targets[:0]
	for _, t := range m.targets {
		if id := t.inv.address; id != "" {
			if seen[id] {
				continue
			}
			seen[id] = true
		}
		distinct = append(distinct, t)
	}
	m.targets = distinct
}
