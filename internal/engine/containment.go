package engine

import (
	"context"
	"time"

	"msgraph-user/graph"
	"msgraph-user/internal/containment"
	"msgraph-user/internal/failure"
	"msgraph-user/internal/rawjson"
	"msgraph-user/internal/secret"
)

// Containment is what a command does that turns off many things of each user. The
// steps of a user are taken in their order, and one that fails stops no other. What is
// there is read and recorded before, and read again after.
type Containment struct {
	// Asks returns what the arguments ask for. It asks nothing of Graph.
	Asks func(context.Context, *Invocation) (Asked, error)
	// Properties are what is read of each user first, beside the names: $select.
	Properties string
	// Reads returns what has to be read of a user, as far as it is known by what was
	// read so far: it is called until it names nothing new. A read that several users
	// need is made once.
	Reads func(*Invocation, *Contained) []Look
	// Plan returns the steps that were asked for, in their order, with what each has to
	// change.
	Plan func(*Invocation, *Contained) []Stage
	// NotDone says what the command leaves undone, and how it is done; may be empty.
	NotDone func(*Invocation, Asked) string
	// Requests returns all requests that Reads and Plan may make, with placeholders for
	// ids: what they need, the command needs.
	Requests func() []graph.Request
}

// Asked is what the arguments of a containment ask for.
type Asked struct {
	Users []string // as they were given
	// Steps are the names of the steps, in the order in which they are taken.
	Steps []string
	// Refused are those of Steps that cannot be taken back, and for which the arguments
	// do not say so.
	Refused []string
	// GoesOn is the run that was cut off and goes on; empty begins a new one.
	GoesOn string
	// Undoes is the run that this one takes back; empty for others. Record is its record.
	Undoes string
	Record *Recorded
	// IDs are the object ids of users that are known already, by the names in Users: a
	// name may be somebody else's by now.
	IDs map[string]string
	// Instead is run in place of the containment; nil for most.
	Instead *Instead
	Groups  []string
	Since   time.Time // zero: what was added when does not count
}

// Instead is the call that does what is asked for.
type Instead struct {
	Command string
	Args    map[string]any
	Rows    []Row
	Advice  string // what a person needs to know
}

// State is what a read has to show.
type State = containment.State

// Look is a read of Graph.
type Look struct {
	Request graph.Request
	Read    Reading // Object or Collection
}

// Contained is a user as a containment sees it.
type Contained struct {
	ID   string         // the object id
	User rawjson.Object // what was read of the user first
	Asked

	shared *sharedReads
}

// Seen returns what a read showed that Reads has asked for; ok is false while it was not
// made.
func (c *Contained) Seen(r graph.Request) (outcome Outcome, ok bool) { return c.shared.get(r) }

// Alone reports whether few users are contained, so that a log can be read for each.
func (c *Contained) Alone() bool { return len(c.Users) <= 10 }

// Stage is one step for one user.
type Stage struct {
	Step string
	// Err says why the step cannot be planned; nil for most. Nothing of it is sent.
	Err error
	// Changes are what the step changes; none where there is nothing to do.
	Changes []Alteration
	// Advice is what a person has to do so that the step lasts; empty for most. It is told
	// where the step is done.
	Advice string
	// Before is what was read for the step, as far as an undo needs it.
	Before []rawjson.Object
}

// Alteration is one change of a step.
type Alteration struct {
	What    string // for a person, such as "the device LAPTOP-7"
	Object  string // the id of what is changed, other than the user
	Request graph.Request
	// Err says why nothing is sent; nil for most.
	Err error
	// Turn orders the changes of a step: those of a lower turn end before.
	Turn int

	// Read shows the present state, and Done and Back what it shows once the change is
	// made, and taken back.
	Read       Look
	Done, Back State
	// Undo are the requests that take the change back, in order; none where nothing can.
	Undo []graph.Request
	Left string // what a person has to do where Undo is empty, or beside it

	Undated    bool // nobody knows when the thing was added
	AddedSince bool // it was added after Asked.Since

	// Moves names the member of Read that holds a time, which the change moves; empty
	// where there is none.
	Moves string
	// Once is true for a change that is made once in a run whatever is read.
	Once bool
	// Slow says why Read may show the change late; empty where it does not.
	Slow string
	// Joins says how the changes of several users are sent as one request; nil: each by
	// itself.
	Joins *Joining
	// Accept says why a good answer is no success all the same; may be nil.
	Accept func(Outcome) error
	// Instead returns the request to send in place of one that Graph refuses with an
	// error; ok is false where the error stands. May be nil.
	Instead func(*failure.Error) (request graph.Request, ok bool)
	// After is a step that takes away what may keep Graph from making the change, such as
	// a role: a change that is refused with 403 is sent again after it, and after the
	// steps that follow it. Empty for most.
	After string
	// Secret is what the request holds and nothing may show; may be empty.
	Secret secret.Text
}

// slowness is when a change that is slow to show can be known.
const slowness = 5 * time.Minute
