package engine

import (
	"fmt"
	"time"

	"msgraph-user/internal/containment"
	"msgraph-user/internal/failure"
	"msgraph-user/internal/rawjson"
)

// slowRounds is how often a change is read again that shows late anyway.
const slowRounds = 2

// prove returns the reads that show whether the changes of a user took effect. Those
// that are joined with others' are read for all together.
func (c *containing) prove(u *containedUser) []*job {
	u.proving = true
	var open []*alteration
	for _, st := range u.stages {
		for _, a := range st.changes {
			if a.Joins == nil && a.provable() {
				open = append(open, a)
			}
		}
	}
	if len(open) == 0 {
		c.userDone(u)
		return nil
	}
	return c.reads(open, 0, time.Time{}, func() { c.userDone(u) })
}

// provable reports whether a change was sent and nothing was read of it yet.
func (a *alteration) provable() bool {
	return a.proven == "" && a.same == nil && a.status != "" && a.status != NotTried
}

// proveJoined returns the reads of all joined changes.
func (c *containing) proveJoined() []*job {
	var open []*alteration
	for _, u := range c.users {
		for _, st := range u.stages {
			for _, a := range st.changes {
				if a.Joins != nil && a.provable() {
					open = append(open, a)
				}
			}
		}
	}
	return c.reads(open, 0, time.Time{}, func() {})
}

// reads returns the reads for changes, one for all that need the same. done is called
// when nothing is left to be read.
func (c *containing) reads(open []*alteration, round int, notBefore time.Time, done func()) []*job {
	var jobs []*job
	groups := map[string][]*alteration{}
	for _, a := range open {
		key := readKey(a.Read.Request)
		if groups[key] == nil {
			j := readJob(a.owner.target.inv, a.Read)
			j.notBefore = notBefore
			j.next = func() []*job {
				a.owner.unread--
				still := c.judge(groups[key], complete(j.outcome), round)
				if len(still) == 0 {
					if a.owner.unread == 0 {
						done()
					}
					return nil
				}
				return c.reads(still, round+1, c.inv.options.Now().Add(replication[round]), done)
			}
			a.owner.unread++
			jobs = append(jobs, j)
		}
		groups[key] = append(groups[key], a)
	}
	return jobs
}

// judge takes in what a read shows of changes, and returns those to be read again.
func (c *containing) judge(changes []*alteration, outcome Outcome, round int) (still []*alteration) {
	for _, a := range changes {
		if !c.judgeOne(a, outcome, round) {
			still = append(still, a)
		}
	}
	return still
}

// judgeOne reports whether it is known what became of a change.
func (c *containing) judgeOne(a *alteration, outcome Outcome, round int) bool {
	missing := failure.NotFound(outcome.Err) && a.Read.Read == Object
	last := round == len(replication) || a.Slow != "" && round >= slowRounds || a.status != Succeeded && a.status != InDoubt
	switch {
	case outcome.Err != nil && !missing:
		a.unknown(c.inv.options.Now(), "it could not be read again: "+c.inv.Scrub(failure.Of(outcome.Err).Message))
	case a.Done.Holds(a.Read.Read == Collection, containment.Seen{Missing: missing, Object: outcome.Object, Items: outcome.Items}):
		a.proven = containment.Yes
		if a.status == InDoubt {
			a.status, a.err = Succeeded, nil
			c.recordAnswer(a)
		}
	case !last:
		return false
	case a.Slow != "" && a.status == Succeeded:
		a.unknown(c.inv.options.Now(), a.Slow)
	default:
		a.proven, a.reason = containment.No, "Graph shows the state before"
	}
	c.recordProof(a)
	return true
}

func (a *alteration) unknown(now time.Time, reason string) {
	a.proven, a.reason, a.when = containment.Unknown, reason, now.Add(slowness).Truncate(time.Second).UTC()
}

// copySame gives a change that another user's stands for the end of that one.
func (c *containing) copySame() {
	for _, u := range c.users {
		for _, st := range u.stages {
			for _, a := range st.changes {
				if s := a.same; s != nil {
					a.status, a.err, a.requestID, a.proven, a.reason, a.when = s.status, s.err, s.requestID, s.proven, s.reason, s.when
				}
			}
		}
	}
}

// readTimes takes in the times that were read before the first change.
func (u *containedUser) readTimes() {
	for _, st := range u.stages {
		for _, a := range st.changes {
			if a.Moves == "" {
				continue
			}
			if at, ok := timeIn(u.User, a.Moves); ok {
				u.moved[a.Moves] = movement{was: at}
			}
		}
	}
}

// notBefore is the earliest time that a change, sent now, gives what it moves. Graph's
// clock may differ from this one's, so that what counts is what was read before.
func (a *alteration) notBefore() time.Time {
	earliest := a.sent.Truncate(time.Second)
	before, known := a.owner.moved[a.Moves]
	moved := before.was.Add(time.Second)
	if known && (!before.read.IsZero() || moved.Before(earliest)) {
		return moved
	}
	return earliest
}

func timeIn(object rawjson.Object, member string) (time.Time, bool) {
	at, err := time.Parse(time.RFC3339, object.Text(member))
	return at, err == nil
}

// shownProof is what the answer says of a proof: true, false, or why it is not known.
func shownProof(proven containment.Proven, reason string, when time.Time) any {
	switch proven {
	case containment.Yes:
		return true
	case containment.No:
		return false
	}
	return fmt.Sprintf("unknown: %s, %s", reason, when.UTC().Format(time.RFC3339))
}
