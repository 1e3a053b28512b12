package engine

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"

	"msgraph-user/internal/failure"
)

// Journal keeps how far a change of many has come, so that the same change can go
// on after the process died. internal/journal has one that is a file.
type Journal interface {
	// Begin takes the identity of a change and returns the notes of an earlier run
	// of the same. The error says that the journal is another change's, or cannot be
	// read: nothing is sent then.
	Begin(identity string) ([]Note, error)
	// Write writes notes in one piece and returns when they are on the disk. After
	// an error nothing more is sent.
	Write([]Note) error
}

// Description is what a journal may say of its change, for whoever takes it back.
type Description struct {
	Command  string `json:"command,omitempty"`
	Instance string `json:"instance,omitempty"`
	Tenant   string `json:"tenant,omitempty"`
	// Args are the arguments of the change, and Rows those of each row, secrets masked.
	Args map[string]string   `json:"args,omitempty"`
	Rows []map[string]string `json:"rows,omitempty"`
}

// described is a journal that keeps a Description.
type described interface{ Describe(Description) }

// describe tells a journal that asks for it what the change is.
func (m *many) describe(journal Journal) {
	keeps, ok := journal.(described)
	if !ok {
		return
	}
	d := Description{Command: m.inv.Command, Instance: m.inv.call.Instance, Tenant: m.inv.instance.config.TenantID, Args: m.inv.redacted()}
	delete(d.Args, m.inv.command.Target) // the notes name the users
	for _, row := range m.inv.rows {
		own := *m.inv
		own.Args = row.args
		d.Rows = append(d.Rows, own.redacted())
	}
	keeps.Describe(d)
}

// Note is what a journal keeps of one step of one user.
type Note struct {
	Target string    `json:"target"`       // the user, or "row N"
	ID     string    `json:"id,omitempty"` // the user's object id, where a guard rail looked
	Step   int       `json:"step"`         // its place among the user's steps, from 0
	Time   time.Time `json:"time"`
	// Status is Sent before the step's batch goes out, and how the step ended after.
	Status    Status       `json:"status"`
	Reads     bool         `json:"reads,omitempty"` // of Sent: the step changes nothing
	Ended     bool         `json:"ended,omitempty"` // it was the last step, and all succeeded
	Kind      failure.Kind `json:"kind,omitempty"`  // of the error, as what follows
	HTTP      int          `json:"http,omitempty"`
	Parameter string       `json:"parameter,omitempty"`
	Code      string       `json:"code,omitempty"`
	Message   string       `json:"message,omitempty"` // also of a success, where there is something to say
	Advice    string       `json:"advice,omitempty"`
	RequestID string       `json:"requestId,omitempty"`
}

// Sent is the Status of a note whose step was sent and has no answer yet.
const Sent Status = "sent"

// identity tells changes apart: by all targets and arguments that are no secret.
func (m *many) identity() string {
	type unit struct {
		Target string
		Args   map[string]string
	}
	var units []unit
	for _, t := range m.targets {
		args := t.inv.Args.Redacted()
		delete(args, confirmArgument)
		delete(args, runArgument)
		units = append(units, unit{m.nameOf(t), args})
	}
	return m.inv.identity(units)
}

// nameOf is what the journal calls a target.
func (m *many) nameOf(t *target) string {
	if t.row > 0 {
		return fmt.Sprintf("row %d", t.row)
	}
	return t.inv.command.key(t.inv.subject())
}

// resume takes in what an earlier run left in the journal: what is done is not
// repeated, what was sent without an answer is looked up.
func (m *many) resume(ctx context.Context) error {
	journal := m.inv.call.Journal
	if journal == nil || m.inv.Args.Bool(dryRun) {
		return nil
	}
	if m.inv.changes() {
		if err := m.inv.checkReadOnly(); err != nil {
			return m.refuse(err)
		}
	}
	m.describe(journal)
	notes, err := journal.Begin(m.identity())
	if err != nil {
		return err
	}
	last := map[string]map[int]Note{}
	for _, note := range notes {
		if last[note.Target] == nil {
			last[note.Target] = map[int]Note{}
		}
		last[note.Target][note.Step] = note
	}
	for _, t := range m.open() {
		for _, note := range last[m.nameOf(t)] {
			t.inv.address = note.ID // the steps name the object that was looked at
		}
	}
	m.prepare()
	var open []lookup
	for _, t := range m.open() {
		if sent := t.replay(last[m.nameOf(t)]); sent != nil {
			open = append(open, lookup{t, *sent})
		}
	}
	m.lookUp(ctx, open)
	return nil
}

// replay takes the notes of a target in, and returns the one that was sent and has
// no answer, if any.
func (t *target) replay(notes map[int]Note) *Note {
	if !t.inv.changes() || slices.ContainsFunc(t.steps, func(s Step) bool { return s.Then != nil }) {
		t.replayUnknown(notes)
		return nil
	}
	for _, at := range slices.Sorted(maps.Keys(notes)) {
		note := notes[at]
		if t.ends(note) {
			return nil
		}
		if at != len(t.outcomes) || at >= len(t.steps) {
			break
		}
		switch note.Status {
		case Succeeded:
			t.outcomes = append(t.outcomes, Outcome{Status: Succeeded})
			t.inv.requestID = note.RequestID
		case Sent:
			if t.steps[at].Request.Method == http.MethodGet {
				return nil // a read is read again
			}
			return &note
		}
	}
	if len(t.outcomes) == len(t.steps) {
		t.replayed = true
		t.settle(Succeeded, nil)
	}
	return nil
}

// replayUnknown takes the notes of a target in of which what it read is needed, and is
// not at hand any more: to show it, or to know which steps follow. What has not ended
// is read again, and what is left is done; a change without an answer is in doubt.
func (t *target) replayUnknown(notes map[int]Note) {
	for _, at := range slices.Sorted(maps.Keys(notes)) {
		if note := notes[at]; !t.ends(note) && note.Status == Sent && !note.Reads {
			t.settle(InDoubt, inDoubtAfterKill())
			t.inv.requestID = note.RequestID
		}
	}
}

// ends settles a target whose note says how it ended, and reports whether it does.
// What failed ends there only within one call that goes on: who runs a command again
// wants it tried again.
func (t *target) ends(note Note) bool {
	switch note.Status {
	case Succeeded:
		if !note.Ended {
			return false
		}
		t.replayed, t.detail = true, note.Message
		t.settle(Succeeded, nil)
	case NotFound, Refused, InDoubt, NotAvailable:
		t.settle(note.Status, note.err())
	case Failed:
		if t.inv.schedule == nil {
			return false
		}
		t.settle(note.Status, note.err())
	default:
		return false
	}
	t.inv.requestID = note.RequestID
	return true
}

// err is the error that a note keeps.
func (n Note) err() error {
	return &failure.Error{Kind: cmp.Or(n.Kind, failure.Refused), Status: n.HTTP, Parameter: n.Parameter, Code: n.Code,
		Message: n.Message, Advice: n.Advice, RequestID: n.RequestID, InDoubt: n.Status == InDoubt}
}

// lookup is a step that was sent and has no answer.
type lookup struct {
	target *target
	note   Note
}

// lookAfter is how long after it was sent a step is looked up at the earliest. A process
// that is killed leaves requests that still arrive, and a copy of the directory may show
// a change after seconds.
const lookAfter = 10 * time.Second

// lookUp reads whether steps without an answer took effect. Where no read can tell,
// the step is in doubt and is not repeated.
func (m *many) lookUp(ctx context.Context, open []lookup) {
	var jobs []*job
	var asked []lookup
	var last time.Time
	for _, l := range open {
		step := &l.target.steps[l.note.Step]
		if step.Prove == nil {
			l.target.settle(InDoubt, inDoubtAfterKill())
			continue
		}
		jobs = append(jobs, &job{inv: l.target.inv, step: &Step{Read: step.Prove.Reading}, request: step.Prove.Read})
		asked = append(asked, l)
		if l.note.Time.After(last) {
			last = l.note.Time
		}
	}
	if wait := min(last.Add(lookAfter).Sub(m.inv.options.Now()), lookAfter); len(asked) > 0 && wait > 0 {
		m.inv.Report("A request of the earlier run may still be under way: the users are looked at in %v.", wait.Round(time.Second))
		_ = m.inv.options.Wait(ctx, wait) // where ctx ends, the look tells nothing
	}
	dispatch(ctx, m.inv.instance, m.inv.options.Now, jobs, nil, func(*job) {})
	for i, j := range jobs {
		t := asked[i].target
		done, known := t.steps[asked[i].note.Step].Prove.holds(j.outcome, asked[i].note.Time)
		switch {
		case !known:
			t.settle(InDoubt, inDoubtAfterKill())
		case done:
			t.outcomes = append(t.outcomes, Outcome{Status: Succeeded})
			m.note(t, asked[i].note.Step, Succeeded, nil)
			if len(t.outcomes) == len(t.steps) {
				t.replayed = true
				t.settle(Succeeded, nil)
			}
		}
	}
}

func inDoubtAfterKill() error {
	return &failure.Error{
		Kind:    failure.Unreachable,
		Message: "The request was sent in an earlier run that was cut off, so the change may have been made.",
		Advice:  "Check the object, and change it by hand if the change is missing.",
		InDoubt: true,
	}
}

// note keeps a note for the next write.
func (m *many) note(t *target, step int, status Status, err error) {
	if m.inv.call.Journal == nil {
		return
	}
	n := Note{Target: m.nameOf(t), ID: t.inv.address, Step: step, Time: m.inv.options.Now().UTC(), Status: status, RequestID: t.inv.requestID,
		Ended: status == Succeeded && t.status == Succeeded}
	switch {
	case err != nil:
		e := failure.Of(err)
		n.Kind, n.HTTP, n.Parameter, n.Code = e.Kind, e.Status, e.Parameter, e.Code
		n.Message, n.Advice = m.inv.Scrub(e.Message), m.inv.Scrub(e.Advice)
	case n.Ended:
		n.Message = m.inv.Scrub(t.detail)
	}
	m.unwritten = append(m.unwritten, n)
}

// beforeBatch writes the outcomes so far, and that the jobs of a batch are sent,
// before the batch goes out.
func (m *many) beforeBatch(jobs []*job, owner map[*job]*target) error {
	if m.inv.call.Journal == nil {
		return nil
	}
	for _, lead := range jobs {
		for _, j := range lead.all() {
			m.note(owner[j], len(owner[j].outcomes), Sent, nil)
			m.unwritten[len(m.unwritten)-1].Reads = j.request.Method == http.MethodGet
		}
	}
	return m.writeNotes()
}

// writeNotes writes what is not written yet.
func (m *many) writeNotes() error {
	if m.inv.call.Journal == nil || len(m.unwritten) == 0 {
		return nil
	}
	if err := m.inv.call.Journal.Write(m.unwritten); err != nil {
		return &failure.Error{
			Kind:    failure.Internal,
			Message: "The journal cannot be written, so nothing more was sent: " + err.Error() + ".",
			Advice:  "Make room for the file and run the same command again with the same journal.",
			Cause:   err,
		}
	}
	m.unwritten = m.unwritten[:0]
	return nil
}
