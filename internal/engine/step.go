package engine

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"

	"msgraph-user/graph"
	"msgraph-user/internal/failure"
	"msgraph-user/internal/rawjson"
	"msgraph-user/internal/xsoar"
)

// Step is one request of Graph and what it means.
type Step struct {
	// Request is what is sent. Where From is set, it names the operation only,
	// with placeholders for what is not known yet.
	Request graph.Request
	// From makes the request from the outcomes of the steps before this one, where
	// it depends on them; nil sends Request.
	From func(before []Outcome) (graph.Request, error)
	// Lookup makes the request from what the integration context keeps; nil sends
	// Request.
	Lookup func(context.Context) (graph.Request, error)
	// Read says what the answer is.
	Read Reading
	// ShowPage turns a page of a Stream into entries, for a caller that takes them
	// page by page; nil lets every caller have them at the end.
	ShowPage func(*Invocation, Outcome) ([]xsoar.Entry, error)
	// Limit is how many items of a Collection are read at most; 0 leaves it to the
	// options' MaxItems.
	Limit int
	// Then returns the steps to take next, before those that follow, made from the
	// outcomes up to this step. Its error ends the steps; nothing more is sent. May be
	// nil.
	Then func(before []Outcome) ([]Step, error)
	// MayBeMissing lets the steps go on where Graph does not know the object.
	MayBeMissing bool
	// MayBeUnavailable lets the steps go on where the step is NotAvailable; a person
	// is told why.
	MayBeUnavailable bool
	// AlreadyDone reports whether a refusal says that what the step is for is so
	// already, which is success; may be nil.
	AlreadyDone func(*failure.Error) bool
	// Accept says why a good answer is no success all the same; nil: it is one. May be
	// nil.
	Accept func(Outcome) error
	// MayFail lets the steps go on where the step fails, whatever the reason; a person is
	// told this, and why. Empty: they do not.
	MayFail string
	// Optional lets the steps go on where Graph refuses the step, whatever the reason:
	// what is shown tells it.
	Optional bool
	// Beside has the step, a read, sent together with the one before it, on which it does
	// not depend. It has neither From nor Lookup nor Instead.
	Beside bool
	// Joins says how the steps of several users are sent as one request; nil: each by
	// itself.
	Joins *Joining
	// Instead returns the steps to take in place of this one where Graph refuses it
	// with an error; none: the error stands. May be nil.
	Instead func(*failure.Error) []Step
	// Creates is the user principal name of the user that the step creates; a copy
	// of the directory that does not know the user yet is asked again.
	Creates string
	// Shows are properties that the answer has to show. A user who was created a
	// moment ago is read again while it shows other values.
	Shows rawjson.Object

	// Prove is how the step is seen to be done; nil where no read can tell.
	Prove *Proof
	// ReadBack has Prove read after the steps, so that a change that Graph took and
	// does not show is told.
	ReadBack bool
	// Undo are the requests that turn the step back, in order; none where nothing can.
	Undo []graph.Request

	// Done is what success means, in the words of the War Room. Some texts are
	// compared by the platform's content word for word (testdata/contract).
	Done string
	// Advice is what a person needs to know after success; may be empty.
	Advice string
	// Undone says what the steps before have changed already when this one fails;
	// empty where they changed nothing.
	Undone string
	// Unknown is Undone where nobody knows whether this one was made; empty: Undone.
	Unknown string
}

// Reading says what the answer to a step is.
type Reading int

// The readings.
const (
	Object     Reading = iota // an object, or nothing
	Page                      // one page of a collection
	Collection                // a collection, read to its end, at most the options' MaxItems
	Stream                    // a collection of any length, read to its end
)

// Status is how a step ended. The words are the same on every interface.
type Status string

// The ways in which a step ends.
const (
	Succeeded    Status = "succeeded"
	Failed       Status = "failed"
	NotFound     Status = "notFound"     // Graph does not know the user, or the user's object
	Refused      Status = "refused"      // a guard rail forbids it; nothing was sent
	NotAvailable Status = "notAvailable" // the cloud, the licence or the sign-in cannot do it
	InDoubt      Status = "inDoubt"      // it was sent, and no answer tells whether it was done
	NotTried     Status = "notTried"     // nothing was sent
)

// Outcome is how a step ended, with what Graph answered.
type Outcome struct {
	Status Status
	Err    error  // nil where Status is Succeeded
	Done   string // what the step says of success; empty where it did not succeed

	Object rawjson.Object   // of Object; nil where the answer has no body
	Header http.Header      // of Object
	Page   graph.Page       // of Page and Collection; Page.Value are the items as they came
	Items  []rawjson.Object // of Page and Collection: the same, read
	// Truncated is true where a collection has more items than the instance reads.
	Truncated bool
	// Count is how many items were read, Emitted whether the caller has those of a Stream
	// already, so that Items holds none.
	Count    int
	Emitted  bool
	withheld int // items of which only the id is shown
	// GoesOn is true where a later run reads the rest of a Stream.
	GoesOn bool
}

// take takes the steps in their order. It ends with the first that fails.
func (inv *Invocation) take(ctx context.Context, steps []Step) ([]Outcome, error) {
	outcomes := make([]Outcome, 0, len(steps))
	began := inv.options.Now()
	for len(outcomes) < len(steps) {
		group := together(steps[len(outcomes):])
		for i, outcome := range inv.performAll(ctx, group, outcomes) {
			step := &group[i]
			outcome = step.judged(outcome)
			if others := step.instead(outcome.Err); len(others) > 0 {
				steps = append(steps[:len(outcomes):len(outcomes)], others...)
				break
			}
			if outcome.Err != nil && !step.goesOn(outcome) {
				return outcomes, afterwards(steps, len(outcomes), outcome.Err)
			}
			inv.adviseOn(step, outcome)
			outcomes = append(outcomes, outcome)
			var err error
			if steps, err = step.followed(steps, outcomes); err != nil {
				return outcomes, afterwards(steps, len(outcomes), err)
			}
		}
	}
	return outcomes, inv.readBack(ctx, steps, began)
}

// judged returns the outcome with what the step makes of it.
func (s *Step) judged(outcome Outcome) Outcome {
	if e, ok := errors.AsType[*failure.Error](outcome.Err); ok && s.AlreadyDone != nil && s.AlreadyDone(e) {
		outcome.Status, outcome.Err = Succeeded, nil
	} else if outcome.Status == Succeeded && s.Accept != nil {
		outcome.Err = s.Accept(outcome)
		outcome.Status = statusOf(outcome.Err)
	}
	if outcome.Status == Succeeded {
		outcome.Done = s.Done
	}
	return outcome
}

// goesOn reports whether the steps go on after one that ended so.
func (s *Step) goesOn(o Outcome) bool {
	return o.Status == Succeeded || s.MayFail != "" || s.MayBeMissing && o.Status == NotFound || s.MayBeUnavailable && o.Status == NotAvailable ||
		s.Optional && failure.KindOf(o.Err) == failure.Refused
}

// followed returns steps with those that Then makes in their place, after the steps
// that outcomes are of.
func (s *Step) followed(steps []Step, outcomes []Outcome) ([]Step, error) {
	if s.Then == nil {
		return steps, nil
	}
	next, err := s.Then(outcomes)
	if err != nil {
		return steps, err
	}
	done := len(outcomes)
	return append(append(steps[:done:done], next...), steps[done:]...), nil
}

// adviseOn keeps what a person needs to know of how a step ended.
func (inv *Invocation) adviseOn(step *Step, outcome Outcome) {
	switch {
	case outcome.Status == Succeeded:
		inv.advise(step.Advice)
	case step.MayFail != "":
		inv.advise(step.MayFail + " " + failure.Of(outcome.Err).Error())
	case step.Optional:
	case outcome.Status == NotAvailable:
		inv.advise(outcome.Err.Error())
	}
}

// instead returns the steps to take in place of one that was refused with err.
func (s *Step) instead(err error) []Step {
	e, ok := errors.AsType[*failure.Error](err)
	if !ok || s.Instead == nil {
		return nil
	}
	return s.Instead(e)
}

// afterwards adds to the error of the step after the first done of steps what was
// changed before it.
func afterwards(steps []Step, done int, err error) error {
	changed := slices.ContainsFunc(steps[:done], func(s Step) bool { return s.Request.Method != http.MethodGet })
	if !changed || done >= len(steps) {
		return err
	}
	told, before := *failure.Of(err), steps[done].Undone
	if told.InDoubt {
		before = cmp.Or(steps[done].Unknown, before)
	}
	told.Changed = true
	told.Message = cmp.Or(before, "A part of the change was made.") + " " + told.Message
	return &told
}

// perform sends one step and reads its answer.
func (inv *Invocation) perform(ctx context.Context, step *Step, before []Outcome) Outcome {
	request := step.Request
	if step.From != nil {
		var err error
		if request, err = step.From(before); err != nil {
			return Outcome{Status: Failed, Err: err}
		}
	}
	if step.Lookup != nil {
		var err error
		if request, err = step.Lookup(ctx); err != nil {
			return Outcome{Status: Failed, Err: err}
		}
	}
	if step.Read == Stream {
		outcome := inv.stream(ctx, step, request)
		outcome.Status = statusOf(outcome.Err)
		return outcome
	}
	outcome := inv.askUpTo(ctx, request, step.Read, step.Limit)
	if step.Creates != "" && outcome.Err == nil {
		inv.instance.newUsers.add(inv.options.Now(), step.Creates, outcome.Object.Text("id"))
	}
	if len(step.Shows) > 0 {
		outcome = inv.untilShown(ctx, outcome, step.Shows, func() Outcome { return inv.ask(ctx, request, step.Read) })
	}
	outcome.Status = statusOf(outcome.Err)
	return outcome
}

// ask sends request and reads the answer as reading says.
func (inv *Invocation) ask(ctx context.Context, request graph.Request, reading Reading) Outcome {
	return inv.askUpTo(ctx, request, reading, 0)
}

// askUpTo is ask for a collection of which at most limit items are read; 0 leaves it
// to the options.
func (inv *Invocation) askUpTo(ctx context.Context, request graph.Request, reading Reading, limit int) (outcome Outcome) {
	if outcome.Err = inv.await(ctx, request); outcome.Err != nil {
		return outcome
	}
	var response graph.Response
	outcome.Err = inv.retryNew(ctx, request, func() (err error) {
		switch reading {
		case Page, Collection:
			outcome, err = inv.collect(ctx, inv.withCommand(request), reading, limit)
		default:
			response, err = inv.instance.graph.Send(ctx, inv.withCommand(request))
		}
		return err
	})
	outcome.Object, outcome.Header = response.Object, response.Header
	inv.remember(response.Header, outcome.Err)
	outcome.Err = inv.explain(request, outcome.Err)
	return outcome
}

// statusOf tells how a step with this error ended.
func statusOf(err error) Status {
	e, ok := errors.AsType[*failure.Error](err)
	switch {
	case err == nil:
		return Succeeded
	case ok && e.NotAvailable:
		return NotAvailable
	case ok && e.Kind == failure.BadConfiguration:
		return Refused
	case failure.NotFound(err):
		return NotFound
	case ok && e.InDoubt:
		return InDoubt
	}
	return Failed
}
