package engine

import (
	"context"
	"errors"
	"slices"
	"time"

	"msgraph-user/internal/containment"
	"msgraph-user/internal/failure"
)

const (
	// inFlight is how long a request may still be under way whose sender is gone.
	inFlight = 10 * time.Second
	// landing is how long such a request is given to arrive.
	landing = time.Second
)

// awaitLanding waits where a run that was cut off may have requests under way, so that
// what is read afterwards shows what they did.
func (c *containing) awaitLanding(ctx context.Context) error {
	if c.earlier == nil {
		return nil
	}
	recent := c.inv.options.Now().Add(-inFlight)
	if slices.ContainsFunc(c.earlier.Changes, func(change containment.Change) bool {
		_, answered := c.earlier.Answers[change.Number]
		return !answered && change.Time.After(recent)
	}) {
		return c.inv.options.Wait(ctx, landing)
	}
	return nil
}

// takeEarlier takes in what earlier attempts did for a user. What is planned from
// the present state takes the place of what failed; what was made is not made again.
func (c *containing) takeEarlier(u *containedUser) {
	if c.earlier == nil {
		return
	}
	for _, change := range c.earlier.Changes {
		if change.UserID != u.ID {
			continue
		}
		if st := u.stageOf(change); st != nil {
			st.takeEarlier(c.restored(u, change))
		}
	}
}

// stageOf returns the stage that a change of the record belongs to. A step that is
// taken twice has two.
func (u *containedUser) stageOf(change containment.Change) *stage {
	var found *stage
	for _, st := range u.stages {
		if st.Step != change.Step {
			continue
		}
		if found == nil || slices.ContainsFunc(st.Changes, func(a Alteration) bool { return a.What == change.What }) {
			found = st
		}
	}
	return found
}

// restored is a change of the record, as it ended.
func (c *containing) restored(u *containedUser, change containment.Change) *alteration {
	a := &alteration{owner: u, step: change.Step, recorded: true, number: change.Number, sent: change.Time, status: InDoubt}
	a.What, a.Object, a.Done, a.Back, a.Undated, a.AddedSince, a.Left = change.What, change.Object, change.Done, change.Back, change.Undated, change.AddedSince, change.Left
	a.undoable = len(change.Undo)
	if read, err := change.Read.Graph(); err == nil {
		a.Read.Request = read
	}
	if change.Read.List {
		a.Read.Read = Collection
	}
	if answer, ok := c.earlier.Answers[change.Number]; ok {
		a.status, a.requestID, a.http = Status(answer.Status), answer.RequestID, answer.HTTP
		if a.status != Succeeded {
			a.err = &failure.Error{Kind: failure.Refused, Status: answer.HTTP, Code: answer.Code, Message: answer.Message, RequestID: answer.RequestID}
		}
	} else {
		a.err = inDoubtAfterKill()
	}
	if proof, ok := c.earlier.Proofs[change.Number]; ok && proof.Proven == containment.Yes {
		a.proven = proof.Proven
	}
	return a
}

// takeEarlier takes a change of an earlier attempt in.
func (st *stage) takeEarlier(a *alteration) {
	at := slices.IndexFunc(st.changes, func(planned *alteration) bool {
		return planned.number == 0 && planned.What == a.What && planned.Object == a.Object
	})
	switch {
	case a.status != Succeeded && a.status != InDoubt:
		return
	case at < 0: // the present state shows nothing to do
		st.changes = append(st.changes, a)
	case !st.changes[at].Once:
		return // the present state shows that it is to be done
	case a.status == Succeeded || a.Done.Holds(false, containment.Seen{Object: a.owner.User}):
		st.changes[at] = a
	}
}

// noRecord is the error of a run whose record cannot go on.
func noRecord(run string, err error) error {
	switch {
	case errors.Is(err, containment.ErrUnknownRun):
		return unknownRun(run, "Only a run whose record is kept can go on.")
	case errors.Is(err, containment.ErrOnlySeal):
		return unknownRun(run, "It was run with record=file, so that it cannot go on.")
	}
	return unusableRun(run, err)
}
