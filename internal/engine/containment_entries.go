package engine

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"msgraph-user/internal/containment"
	"msgraph-user/internal/failure"
	"msgraph-user/internal/rawjson"
	"msgraph-user/internal/xsoar"
)

// ContainmentPath is where a containment goes in the context, UndoPath where an undo does.
const (
	ContainmentPath = "MSGraphUser.Containment(val.RunID && val.RunID == obj.RunID)"
	UndoPath        = "MSGraphUser.ContainmentUndo(val.RunID && val.RunID == obj.RunID)"
)

// ContainmentResult is a run as the context has it.
type ContainmentResult struct {
	RunID  string       `json:"RunID"`
	Undoes string       `json:"Undoes,omitempty"` // of an undo: the run that it takes back
	Users  []UserResult `json:"Users"`
	Steps  []StepResult `json:"Steps"`
	Seal   string       `json:"Seal"` // of the record
}

// UserResult is what became of one user.
type UserResult struct {
	User      string   `json:"User"`
	Contained *bool    `json:"Contained,omitempty"` // of a containment
	Restored  *bool    `json:"Restored,omitempty"`  // of an undo
	Left      []string `json:"Left"`                // the steps that are not done, or are disproved
}

// StepResult is what became of one step for one user.
type StepResult struct {
	User    string `json:"User"`
	Step    string `json:"Step"`
	Status  Status `json:"Status"`
	Proven  any    `json:"Proven"` // true, false, or "unknown: REASON, TIME"
	Message string `json:"Message,omitempty"`
	undo    string
	err     error
}

// done reports whether a step is done and not disproved.
func (s StepResult) done() bool { return s.Status == Succeeded && s.Proven != false }

// settleUsers ends the users whose steps were taken.
func (c *containing) settleUsers() {
	for _, u := range c.open() {
		counts := map[Status]int{}
		first := map[Status]error{}
		for _, step := range c.stepsOf(u) {
			switch {
			case step.done():
			case step.Status == Succeeded:
				counts[InDoubt]++
				first[InDoubt] = cmp.Or(first[InDoubt], disproved(step))
			default:
				counts[step.Status]++
				first[step.Status] = cmp.Or(first[step.Status], step.err)
			}
		}
		status := worst(counts)
		err := first[status]
		if status == NotTried && u.isChanged() {
			status, err = Failed, partlyDone(c.stepsOf(u)) // not tried means that nothing was sent
		}
		u.target.settle(status, err)
	}
}

// isChanged reports whether a change of the user was made.
func (u *containedUser) isChanged() bool {
	return slices.ContainsFunc(u.stages, func(st *stage) bool {
		return slices.ContainsFunc(st.changes, func(a *alteration) bool { return a.status == Succeeded })
	})
}

// partlyDone is the error of a user some of whose steps were not tried any more.
func partlyDone(steps []StepResult) error {
	var left []string
	for _, step := range steps {
		if !step.done() && !slices.Contains(left, step.Step) {
			left = append(left, step.Step)
		}
	}
	return &failure.Error{Kind: failure.Refused, Message: "Some steps are done, these are not: " + strings.Join(left, ", ") + "."}
}

// disproved is the error of a step that Graph took and does not show.
func disproved(step StepResult) error {
	return &failure.Error{Kind: failure.Refused, InDoubt: true, Message: fmt.Sprintf("Graph took the step %s of %s, but does not show it.", step.Step, step.User)}
}

// stepsOf returns what became of the steps of a user.
func (c *containing) stepsOf(u *containedUser) []StepResult {
	name := u.target.inv.User()
	var steps []StepResult
	if !u.planned {
		for _, step := range slices.Concat(c.asked.Steps, c.asked.Refused) {
			steps = append(steps, StepResult{User: name, Step: step, Status: u.target.status, Proven: false, Message: c.text(u.target.err), err: u.target.err})
		}
		return steps
	}
	for _, st := range u.stages {
		steps = append(steps, c.stepOf(name, st))
	}
	for _, step := range c.asked.Refused {
		e := failure.Argument("allow_irreversible", "The step %s cannot be taken back, and was not taken.", step)
		e.Advice = "allow_irreversible=true takes it."
		steps = append(steps, StepResult{User: name, Step: step, Status: Refused, Proven: false, Message: e.Message, err: e})
	}
	return steps
}

func (c *containing) text(err error) string {
	if err == nil {
		return ""
	}
	return c.inv.Scrub(failure.Of(err).Error())
}

// stepOf puts the changes of a step together.
func (c *containing) stepOf(user string, st *stage) StepResult {
	result := StepResult{User: user, Step: st.Step, Status: Succeeded, Proven: true}
	if st.Err != nil {
		result.Status, result.err, result.Message = statusOf(st.Err), st.Err, c.text(st.Err)
		result.Proven = shownProof(containment.Unknown, "the step could not be planned", c.inv.options.Now())
		return result
	}
	counts, made, undoable := map[Status]int{}, 0, 0
	for _, a := range st.changes {
		if counts[a.ended()]++; a.ended() != Succeeded {
			result.err = cmp.Or(result.err, a.err, error(errStillOpen))
			result.Message = strings.TrimSpace(result.Message + " " + a.What + ": " + c.text(a.err))
		}
		if a.ended() == Succeeded || a.ended() == InDoubt {
			made++
			undoable += min(1, len(a.Undo)+a.undoable)
		}
	}
	result.Status, result.Proven = worst(counts), provenTogether(st.changes, c.inv.options.Now())
	if result.Status == Succeeded {
		result.Message = st.Advice
	}
	switch {
	case len(st.changes) == 0:
		result.undo = "nothing to do"
	case made == 0:
		result.undo = "nothing was done"
	case undoable == made:
		result.undo = "yes"
	case undoable > 0:
		result.undo = fmt.Sprintf("%d of %d", undoable, made)
	default:
		result.undo = "no"
	}
	return result
}

// ended is how a change ended; NotTried while it has not.
func (a *alteration) ended() Status { return cmp.Or(a.status, NotTried) }

// provenTogether is what is known of several changes: false where one is disproved,
// unknown where one is.
func provenTogether(changes []*alteration, now time.Time) any {
	at := slices.IndexFunc(changes, func(a *alteration) bool { return a.proven == containment.No })
	if at >= 0 {
		return false
	}
	at = slices.IndexFunc(changes, func(a *alteration) bool { return a.proven != containment.Yes })
	if at < 0 {
		return true
	}
	a := changes[at]
	if a.proven == "" {
		return shownProof(containment.Unknown, "it was not read again", now.Add(slowness))
	}
	return shownProof(a.proven, a.reason, a.when)
}

// result is the run as the context has it.
func (c *containing) result() ContainmentResult {
	result := ContainmentResult{RunID: c.record.RunID(), Undoes: c.asked.Undoes, Users: []UserResult{}, Steps: []StepResult{}, Seal: c.seal}
	for _, u := range c.users {
		user := UserResult{User: u.target.inv.User(), Left: []string{}}
		for _, step := range c.stepsOf(u) {
			result.Steps = append(result.Steps, step)
			if step.done() {
				continue
			}
			if !slices.Contains(user.Left, step.Step) {
				user.Left = append(user.Left, step.Step)
			}
		}
		if done := len(user.Left) == 0; c.asked.Undoes != "" {
			user.Restored = &done
		} else {
			user.Contained = &done
		}
		result.Users = append(result.Users, user)
	}
	return result
}

var containmentColumns = []xsoar.Column{
	{Heading: "User", Member: "User"}, {Heading: "Step", Member: "Step"}, {Heading: "Outcome", Member: "Outcome"},
	{Heading: "Proven", Member: "Proven"}, {Heading: "Undo", Member: "Undo"},
}

// entries returns the table, the warning where a user is not contained, and the file. A
// run of which no step was done is an error.
func (c *containing) entries() ([]xsoar.Entry, error) {
	result, records := c.result(), c.records()
	for i, record := range records {
		if c.inv.call.Record != nil {
			c.inv.call.Record(record, Result{Change: true, Err: c.targets[i].err})
		}
	}
	counts := map[Status]int{}
	for _, record := range records {
		counts[record.Status]++
	}
	allUnknown := counts[NotFound] == len(records) && c.inv.instance.settings.HandleError
	if len(result.Steps) > 0 && !slices.ContainsFunc(result.Steps, func(s StepResult) bool { return s.Status == Succeeded }) && !allUnknown {
		return nil, c.failed(records)
	}
	entries := []xsoar.Entry{c.table(result)}
	if warning := c.warning(result); warning != "" {
		c.inv.outcome = worst(counts)
		entries = append(entries, xsoar.Entry{Type: xsoar.Warning, ContentsFormat: xsoar.FormatText, Contents: warning})
	}
	name, data, err := c.record.File()
	if err != nil {
		return nil, c.untold(err)
	}
	return append(entries, xsoar.Entry{Type: xsoar.File, ContentsFormat: xsoar.FormatText, Contents: "", File: name, FileData: data}), nil
}

// table shows what became of each step.
func (c *containing) table(result ContainmentResult) xsoar.Entry {
	rows := make([]rawjson.Object, len(result.Steps))
	for i, step := range result.Steps {
		outcome := string(step.Status)
		if step.Message != "" {
			outcome += ": " + step.Message
		}
		rows[i] = rawjson.Object{
			{Name: "User", Value: rawjson.Quote(xsoar.Plain(step.User))},
			{Name: "Step", Value: rawjson.Quote(step.Step)},
			{Name: "Outcome", Value: rawjson.Quote(xsoar.Plain(outcome))},
			{Name: "Proven", Value: rawjson.Quote(xsoar.Plain(fmt.Sprint(step.Proven)))},
			{Name: "Undo", Value: rawjson.Quote(step.undo)},
		}
	}
	contained := 0
	for _, user := range result.Users {
		if len(user.Left) == 0 {
			contained++
		}
	}
	title := fmt.Sprintf("%s: %d of %d users, run %s", c.inv.Command, contained, len(result.Users), result.RunID)
	columns, path := containmentColumns, ContainmentPath
	if c.asked.Undoes != "" {
		columns, path = columns[:len(columns)-1], UndoPath // an undo is not undone
	}
	readable := xsoar.Table(title, rows, columns)
	readable += c.notDone()
	return xsoar.Entry{Type: xsoar.Note, ContentsFormat: xsoar.FormatJSON, Contents: result, HumanReadable: readable, EntryContext: map[string]any{path: result}}
}

// notDone is what stands below a table about what the command leaves undone.
func (c *containing) notDone() string {
	say := c.inv.command.Containment.NotDone
	if say == nil {
		return ""
	}
	if text := say(c.inv, c.asked); text != "" {
		return "\n" + text + "\n"
	}
	return ""
}

// warning names the users with something left to do, and what that is; "" where nothing is.
func (c *containing) warning(result ContainmentResult) string {
	var left []string
	for _, user := range result.Users {
		if len(user.Left) > 0 {
			left = append(left, user.User+": "+strings.Join(user.Left, ", "))
		}
	}
	if len(left) == 0 {
		return ""
	}
	return fmt.Sprintf("%s left something to do for %d of %d users. %s.", c.inv.Command, len(left), len(result.Users), strings.Join(left, "; "))
}

// userDone counts a user whose changes were read again.
func (c *containing) userDone(*containedUser) {
	c.settled++
	c.progress()
}
