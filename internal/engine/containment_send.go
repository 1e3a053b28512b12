package engine

import (
	"context"
	"net/http"
	"slices"
	"time"

	"msgraph-user/graph"
	"msgraph-user/internal/failure"
)

// send takes the stages of all users, and reads each change again. Each user goes from
// stage to stage without waiting for the others. The error says why nothing more was
// sent.
func (c *containing) send(ctx context.Context) error {
	var jobs []*job
	for _, u := range c.open() {
		jobs = append(jobs, c.goOn(u)...)
	}
	jobs = append(jobs, c.fromPool()...)
	stopped := dispatch(ctx, c.inv.instance, c.inv.options.Now, jobs, func(batch []*job) error { return c.beforeBatch(ctx, batch) }, func(*job) {})
	dispatch(ctx, c.inv.instance, c.inv.options.Now, c.proveJoined(), nil, func(*job) {})
	c.copySame()
	return stopped
}

// goOn returns what a user needs next: the changes of the stage that may be sent now,
// or, after the last stage, the reads that prove them. None while others are under way.
func (c *containing) goOn(u *containedUser) []*job {
	for u.waiting == 0 {
		if u.at == len(u.stages) {
			u.at++
			if !u.proving {
				return c.prove(u)
			}
		}
		if u.at > len(u.stages) {
			return nil
		}
		turn := u.stages[u.at].turn()
		if len(turn) == 0 {
			u.at++
			if jobs := c.again(u); len(jobs) > 0 {
				return jobs
			}
			continue
		}
		u.waiting = len(turn)
		if turn[0].Joins != nil {
			c.pool = append(c.pool, turn...)
			c.ahead--
			if u.at < len(u.stages)-1 {
				return c.fromPool()
			}
			return append(c.fromPool(), c.prove(u)...) // what comes before is read meanwhile
		}
		jobs := make([]*job, len(turn))
		for i, a := range turn {
			jobs[i] = c.job(a)
			jobs[i].urgent = u.at > 0 // the first step of all users comes before the second of one
			if before := u.moved[a.Moves]; !before.read.IsZero() {
				jobs[i].notBefore = before.read.Add(time.Second) // Graph keeps whole seconds
			}
		}
		return jobs
	}
	return nil
}

// again returns the changes of a user that Graph refused, and that it may make now that
// the step they wait for is taken.
func (c *containing) again(u *containedUser) []*job {
	var jobs []*job
	for _, st := range u.stages[:u.at] {
		for _, a := range st.changes {
			if !a.mayWorkNow() {
				continue
			}
			a.recorded, a.status, a.err, a.sent = false, "", nil, time.Time{} // the first answer is kept
			jobs = append(jobs, c.job(a))
			jobs[len(jobs)-1].urgent = true
		}
	}
	u.waiting = len(jobs)
	return jobs
}

// mayWorkNow reports whether a refused change is to be sent again. Nothing is, after the
// last step: that one may have to stay the last.
func (a *alteration) mayWorkNow() bool {
	if a.After == "" || a.status != Failed || a.http != http.StatusForbidden {
		return false
	}
	u := a.owner
	at := slices.IndexFunc(u.stages[:u.at], func(st *stage) bool {
		return st.Step == a.After && slices.ContainsFunc(st.changes, func(b *alteration) bool { return b.status == Succeeded })
	})
	return at >= 0 && (at == u.at-1 || u.at < len(u.stages))
}

// turn returns the changes of the lowest turn that are still to be sent.
func (st *stage) turn() []*alteration {
	var turn []*alteration
	for _, a := range st.changes {
		if !a.unsent() {
			continue
		}
		if len(turn) > 0 && a.Turn < turn[0].Turn {
			turn = turn[:0]
		}
		if len(turn) == 0 || a.Turn == turn[0].Turn {
			turn = append(turn, a)
		}
	}
	return turn
}

// fromPool returns requests for the changes in the pool: as many as fill one, and the
// rest once nobody is to come.
func (c *containing) fromPool() []*job {
	var jobs []*job
	for len(c.pool) > 0 {
		limit := c.pool[0].Joins.Limit
		if len(c.pool) < limit && c.ahead > 0 {
			break
		}
		n := min(limit, len(c.pool))
		jobs = append(jobs, c.job(c.pool[:n:n]...))
		c.pool = c.pool[n:]
	}
	return jobs
}

// job is the request that makes changes: one, or several that are joined.
func (c *containing) job(changes ...*alteration) *job {
	first := changes[0]
	own := *first.owner.target.inv
	j := &job{inv: &own, step: &Step{}, request: first.Request, changes: changes}
	if first.Joins != nil {
		ids := make([]string, len(changes))
		for i, a := range changes {
			ids[i] = a.Joins.ID
		}
		j.request = first.Joins.Request(ids)
	}
	j.next = func() []*job { return c.ended(j) }
	return j
}

// beforeBatch records the changes of a batch before it goes out.
func (c *containing) beforeBatch(ctx context.Context, batch []*job) error {
	for _, j := range batch {
		for _, a := range j.changes {
			if a.recorded {
				continue
			}
			a.recorded, a.sent = true, c.inv.options.Now()
			if err := c.recordChange(a, j.request); err != nil {
				return unrecorded(err)
			}
		}
	}
	return c.flush(ctx)
}

// ended takes in how a request ended, and returns what follows for its users.
func (c *containing) ended(j *job) []*job {
	if e := failure.Of(j.outcome.Err); j.outcome.Err != nil && len(j.changes) > 1 && (e.Status == http.StatusBadRequest || e.Status == http.StatusNotFound) {
		return c.apart(j.changes) // nobody knows whose fault it is
	}
	var jobs []*job
	for _, a := range j.changes {
		if other, ok := a.instead(j.outcome.Err); ok {
			c.settle(a, j) // the answer to the first request is kept too
			a.Request, a.recorded, a.status, a.err, a.sent = other, false, "", nil, time.Time{}
			jobs = append(jobs, c.job(a))
			continue
		}
		c.settle(a, j)
		a.owner.waiting--
		if read := c.readMoved(a); read != nil {
			jobs = append(jobs, read)
			continue
		}
		jobs = append(jobs, c.goOn(a.owner)...)
	}
	return jobs
}

// apart sends changes that were refused together one by one.
func (c *containing) apart(changes []*alteration) []*job {
	var jobs []*job
	for _, a := range changes {
		jobs = append(jobs, c.job(a))
	}
	return jobs
}

func (a *alteration) instead(err error) (graph.Request, bool) {
	if err == nil || a.Instead == nil {
		return graph.Request{}, false
	}
	return a.Instead(failure.Of(err))
}

// settle takes in how a change ended.
func (c *containing) settle(a *alteration, j *job) {
	outcome := j.outcome
	switch {
	case outcome.Err != nil && graph.Gone(j.request, outcome.Err):
		outcome = Outcome{Status: Succeeded}
	case outcome.Status == Succeeded && a.Accept != nil:
		outcome.Err = a.Accept(outcome)
		outcome.Status = statusOf(outcome.Err)
	}
	a.status, a.err = outcome.Status, outcome.Err
	a.requestID, a.http = j.inv.requestID, j.status
	if e := failure.Of(outcome.Err); outcome.Err != nil {
		a.requestID, a.http = e.RequestID, e.Status
	}
	a.owner.target.inv.requestID = a.requestID
	c.recordAnswer(a)
}

// readMoved returns the read of a time that a change has moved, where a later stage
// moves it again: only so can the two be told apart.
func (c *containing) readMoved(a *alteration) *job {
	if a.Moves == "" || a.status != Succeeded || !a.owner.movesLater(a.Moves) {
		return nil
	}
	a.owner.waiting++
	j := readJob(a.owner.target.inv, a.Read)
	j.urgent = true
	j.next = func() []*job {
		if at, ok := timeIn(j.outcome.Object, a.Moves); ok {
			a.owner.moved[a.Moves] = movement{was: at, read: c.inv.options.Now()}
		}
		a.owner.waiting--
		return c.goOn(a.owner)
	}
	return j
}

func (u *containedUser) movesLater(member string) bool {
	for _, st := range u.stages[min(u.at+1, len(u.stages)):] {
		for _, a := range st.changes {
			if a.Moves == member && a.unsent() {
				return true
			}
		}
	}
	return false
}
