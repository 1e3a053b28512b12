package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/google/uuid"

	"msgraph-user/graph"
	"msgraph-user/internal/audit"
	"msgraph-user/internal/containment"
	"msgraph-user/internal/failure"
)

// irreversible is the What of a note about a step that nothing takes back, and that the
// arguments do not allow.
const irreversible = "a step that cannot be taken back"

// runNote is the target of the one note of a journal: it names the run.
const runNote = "run"

// findRecord finds the record of a run that goes on: the one that the arguments name,
// or the journal.
func (c *containing) findRecord(ctx context.Context) (err error) {
	run := c.asked.GoesOn
	if c.inv.Args.Bool(dryRun) && run == "" {
		return nil
	}
	if run == "" {
		if run, err = c.fromJournal(); err != nil {
			return err
		}
	}
	if c.store, err = c.findStore(run != ""); err != nil || run == "" {
		return err
	}
	c.record, c.earlier, err = containment.Continue(ctx, c.store, run)
	switch {
	case errors.Is(err, containment.ErrFinished):
	case err != nil:
		return noRecord(run, err)
	}
	began := c.earlier.Run
	if began.Command != c.inv.Command || began.Instance != c.inv.call.Instance || began.Tenant != c.inv.instance.config.TenantID {
		c.record = nil
		e := failure.Argument("run_id", "The run %s is one of another command or instance: %s.", run, began.Command)
		e.Advice = "Use the command and the instance that the run began with."
		return e
	}
	return c.askAsBefore(began)
}

// askAsBefore takes what is asked for from the record of the run.
func (c *containing) askAsBefore(began containment.Run) error {
	if given := c.asked.Users; len(given) > 0 && !slices.EqualFunc(given, began.Users, func(a, b string) bool { return c.inv.command.key(a) == c.inv.command.key(b) }) {
		return failure.Argument(c.inv.command.Target, "The run %s is about other users. Leave the argument out: the run knows its users.", began.RunID)
	}
	c.asked.Users, c.asked.Steps, c.asked.Groups, c.asked.Undoes, c.asked.Refused = began.Users, began.Steps, began.Groups, began.Undoes, nil
	if began.Since != nil {
		c.asked.Since = *began.Since
	}
	for _, note := range c.earlier.Notes {
		if note.What == irreversible && !slices.Contains(c.asked.Refused, note.Step) {
			c.asked.Refused = append(c.asked.Refused, note.Step)
		}
	}
	return nil
}

// fromJournal returns the run that a journal names; "" where there is no journal, or a
// new one.
func (c *containing) fromJournal() (string, error) {
	if c.inv.call.Journal == nil {
		return "", nil
	}
	for _, user := range c.asked.Users {
		own := *c.inv
		own.Args = c.inv.Args.With(c.inv.command.Target, user)
		c.targets = append(c.targets, &target{inv: &own})
	}
	notes, err := c.inv.call.Journal.Begin(c.identity())
	c.targets = nil
	for _, note := range notes {
		if note.Target == runNote {
			return note.Message, nil
		}
	}
	return "", err
}

// findStore returns where the record lives; nil where it goes with the answer alone.
func (c *containing) findStore(goesOn bool) (containment.Store, error) {
	if c.inv.Args.Text("record") == "file" && !goesOn {
		return nil, nil
	}
	return c.inv.records()
}

// beginRecord begins the record, or goes on with it, tells the id of the run, and keeps
// what was read. Nothing is sent where it has no room.
func (c *containing) beginRecord(ctx context.Context) (err error) {
	now := c.inv.options.Now().UTC()
	if c.earlier != nil {
		if err := c.record.Add(containment.Attempt{Number: len(c.earlier.Attempts) + 2, Operator: c.operator(ctx), Time: now}); err != nil {
			return unrecorded(err)
		}
	} else if err := c.newRecord(ctx, now); err != nil {
		return err
	}
	if err := c.record.Reserve(c.estimate()); err != nil {
		e := failure.Argument(c.inv.command.Target, "The record of this run has no room where it would be kept (%v), so nothing was sent.", err)
		e.Advice = "Contain fewer users in one run, start the program with --state FILE, or use record=file: the file of the answer is then the only record."
		return e
	}
	if err := c.flush(ctx); err != nil {
		return err
	}
	c.tellRun()
	return nil
}

// newRecord writes the first lines of a record: what is asked for, and what was read.
func (c *containing) newRecord(ctx context.Context, now time.Time) (err error) {
	run := containment.Run{RunID: uuid.NewString(), Instance: c.inv.call.Instance, Tenant: c.inv.instance.config.TenantID, Command: c.inv.Command,
		Undoes: c.asked.Undoes, Operator: c.operator(ctx), Users: c.asked.Users, Steps: c.asked.Steps, Groups: c.asked.Groups, Began: now}
	if !c.asked.Since.IsZero() {
		since := c.asked.Since.UTC()
		run.Since = &since
	}
	c.dropExpired(ctx, now)
	if c.record, err = containment.New(c.store, run); err != nil {
		return unrecorded(err)
	}
	for _, line := range c.readLines(now) {
		if err := c.record.Add(line); err != nil {
			return unrecorded(err)
		}
	}
	if c.inv.call.Journal == nil {
		return nil
	}
	m := Note{Target: runNote, Time: now, Status: Sent, Message: run.RunID}
	if err := c.inv.call.Journal.Write([]Note{m}); err != nil {
		return unrecorded(err)
	}
	return nil
}

// dropExpired ends the retention of old records. Where that fails, they stay until the
// next run.
func (c *containing) dropExpired(ctx context.Context, now time.Time) {
	if c.store == nil {
		return
	}
	if err := c.store.Drop(ctx, containment.Expired(now)); err != nil {
		c.inv.options.Log.Warn("records of old runs could not be dropped", "error", err.Error())
	}
}

// readLines are the lines about what was read before the first change.
func (c *containing) readLines(now time.Time) []containment.Line {
	var lines []containment.Line
	for _, u := range c.users {
		user := containment.User{Given: u.target.inv.User(), ID: u.ID, Name: u.User.Text("userPrincipalName"), Time: now}
		if u.target.status != "" {
			user.Status, user.Message = string(u.target.status), c.inv.Scrub(failure.Of(u.target.err).Message)
		}
		lines = append(lines, user)
		for _, st := range u.stages {
			if len(st.Before) > 0 {
				lines = append(lines, containment.Before{User: user.Given, UserID: u.ID, Step: st.Step, What: st.Step, Values: st.Before, Time: now})
			}
			lines = append(lines, c.notes(u, st, now)...)
		}
		if u.target.status != "" {
			continue
		}
		for _, step := range c.asked.Refused {
			lines = append(lines, containment.Note{User: user.Given, UserID: u.ID, Step: step, Status: string(Refused), What: irreversible, Time: now})
		}
	}
	return lines
}

// notes are the lines about what of a step is not sent.
func (c *containing) notes(u *containedUser, st *stage, now time.Time) []containment.Line {
	note := containment.Note{User: u.target.inv.User(), UserID: u.ID, Step: st.Step, Time: now}
	if st.Err != nil {
		note.Status, note.Message = string(statusOf(st.Err)), c.inv.Scrub(failure.Of(st.Err).Message)
		return []containment.Line{note}
	}
	if len(st.changes) == 0 {
		note.Status, note.Message = string(Succeeded), "nothing to do"
		return []containment.Line{note}
	}
	var lines []containment.Line
	for _, a := range st.changes {
		if a.Err != nil {
			note.What, note.Status, note.Message = a.What, string(a.status), c.inv.Scrub(failure.Of(a.Err).Message)
			lines = append(lines, note)
		}
	}
	return lines
}

// operator is who is signed in; empty for an application.
func (c *containing) operator(ctx context.Context) string { return c.signedIn(ctx) }

// lineBytes is about how long the lines of one change are together: the change, its
// answer and its proof.
const lineBytes = 2000

// estimate is about how many bytes the lines of the changes will have.
func (c *containing) estimate() int {
	n := 0
	for _, u := range c.users {
		for _, st := range u.stages {
			for _, a := range st.changes {
				if a.unsent() {
					n++
				}
			}
		}
	}
	return n * lineBytes
}

// tellRun tells the id of the run, so that it is known whatever comes.
func (c *containing) tellRun() {
	text := fmt.Sprintf("The run is %s. %s", c.record.RunID(), c.howToGoOn())
	c.inv.options.Log.Info(text, "command", c.inv.Command, "instance", c.inv.call.Instance)
	if c.inv.call.Log != nil {
		c.inv.call.Log(slog.LevelInfo, text)
	}
	switch {
	case c.inv.call.Notice != nil:
		c.inv.call.Notice(text)
	case c.inv.call.Progress != nil:
		c.inv.call.Progress(Progress{Total: len(c.users), Message: text})
	}
}

// recordChange adds the line of a change that is about to be sent. A change that is
// joined with others' is kept with what is sent for it alone.
func (c *containing) recordChange(a *alteration, sent graph.Request) (err error) {
	if a.Joins != nil {
		sent = a.Request
	}
	if a.Moves != "" {
		a.Done.NotBefore = map[string]time.Time{a.Moves: a.notBefore()}
	}
	change := containment.Change{User: a.owner.target.inv.User(), UserID: a.owner.ID, Step: a.step, What: a.What, Object: a.Object,
		Done: a.Done, Back: a.Back, Undated: a.Undated, AddedSince: a.AddedSince, Left: a.Left, Time: a.sent.UTC()}
	if change.Request, err = containment.RequestOf(sent); err != nil {
		return err
	}
	if change.Undo, err = containment.RequestsOf(a.Undo); err != nil {
		return err
	}
	if change.Read.Request, err = containment.RequestOf(a.Read.Request); err != nil {
		return err
	}
	change.Read.List = a.Read.Read == Collection
	change, err = c.record.Change(change)
	a.number = change.Number
	return err
}

// recordAnswer adds the line of how a change ended.
func (c *containing) recordAnswer(a *alteration) {
	if a.number == 0 {
		return // it was not sent
	}
	answer := containment.Answer{Change: a.number, Status: string(a.status), HTTP: a.http, RequestID: a.requestID, Time: c.inv.options.Now().UTC()}
	if a.err != nil {
		e := failure.Of(a.err)
		answer.Code, answer.Message = e.Code, c.inv.Scrub(e.Message)
	}
	c.add(answer)
}

// recordProof adds the line of what a read showed.
func (c *containing) recordProof(a *alteration) {
	proof := containment.Proof{Change: a.number, Proven: a.proven, Reason: a.reason, Time: c.inv.options.Now().UTC()}
	if a.proven == containment.Unknown {
		proof.When = &a.when
	}
	c.add(proof)
}

// add adds a line whose loss the next flush tells.
func (c *containing) add(line containment.Line) {
	if err := c.record.Add(line); err != nil {
		c.unkept = errors.Join(c.unkept, err)
	}
}

// flush stores the lines so far.
func (c *containing) flush(ctx context.Context) error {
	if c.unkept != nil {
		return unrecorded(c.unkept)
	}
	if err := c.record.Flush(ctx); err != nil {
		return unrecorded(err)
	}
	return nil
}

// keepEnd stores what became of the changes, also where the call's time is over.
func (c *containing) keepEnd(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), keepingTime)
	defer cancel()
	return c.flush(ctx)
}

// keepingTime is how long storing the last lines of a run may take.
const keepingTime = 10 * time.Second

// finish seals the record, here and in the audit trail.
func (c *containing) finish(ctx context.Context) (err error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), keepingTime)
	defer cancel()
	if c.seal, err = c.record.Finish(ctx, containment.Seal{Ended: c.inv.options.Now().UTC()}); err != nil {
		return unrecorded(err)
	}
	c.keepSeal(ctx)
	if c.service.options.Trail == nil {
		return nil
	}
	line := audit.Line{Origin: audit.Origin{Instance: c.inv.call.Instance}, Incident: c.inv.call.Incident, Command: c.inv.Command, Run: c.record.RunID(), Seal: c.seal}
	if err := c.service.options.Trail.Seal(line); err != nil {
		c.service.options.Log.Error("the seal of a run could not be written to the audit trail", "run", c.record.RunID(), "error", err.Error())
	}
	return nil
}

// keepSeal keeps the seal of a run whose record goes with the answer alone, where there is
// a place for it.
func (c *containing) keepSeal(ctx context.Context) {
	store, err := c.inv.records()
	if c.store != nil || err != nil {
		return
	}
	if err := containment.KeepSeal(ctx, store, c.record.Run(), c.seal); err != nil {
		c.inv.options.Log.Warn("the seal of a run could not be kept", "run", c.record.RunID(), "error", err.Error())
	}
}

// unrecorded is the error of a run whose record cannot be written.
func unrecorded(err error) error {
	return &failure.Error{
		Kind:    failure.Internal,
		Message: "The record of the run cannot be written, so nothing more was sent: " + err.Error() + ".",
		Advice:  "Make room for it, and go on with the run by its run_id.",
		Cause:   err,
	}
}
