package engine

import (
	"context"
	"errors"
	"net/http"

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
	// MayBeMissing lets the steps go on where Graph does not know the object.
	MayBeMissing bool
	// Instead returns the steps to take in place of this one where Graph refuses it
	// with an error; none: the error stands. May be nil.
	Instead func(*failure.Error) []Step
	// Creates is the user principal name of the user whom the step creates; a copy
	// of the directory that does not know the user yet is asked again.
	Creates string
	// Shows are properties that the answer has to show. A user who was created a
	// moment ago is read again while it shows other values.
	Shows rawjson.Object

	// Prove is how the step is seen to be done; nil where no read can tell.
	Prove *Proof

	// Done is what success means, in the words of the War Room. Some texts are
	// compared by the platform's content word for word (testdata/contract).
	Done string
	// Advice is what a person needs to know after success; may be empty.
	Advice string
	// Undone says what the steps before have changed already when this one fails;
	// empty where they changed nothing.
	Undone string
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

// Status is how a step ended. The words are the same on every door.
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
	Err    error // nil where Status is Succeeded

	Object rawjson.Object   // of Object; nil where the answer has no body
	Header http.Header      // of Object
	Page   graph.Page       // of Page and Collection; Page.Value are the items as they came
	Items  []rawjson.Object // of Page and Collection: the same, read
	// Truncated is true where a collection has more items than the instance reads.
	Truncated bool
	// Count is how many items a Stream had, Emitted whether the caller has them
	// already, so that Items holds none.
	Count   int
	Emitted bool
}

// take takes the steps in their order. It ends with the first that fails.
func (inv *Invocation) take(ctx context.Context, steps []Step) ([]Outcome, error) {
	outcomes := make([]Outcome, 0, len(steps))
	for len(outcomes) < len(steps) {
		step := &steps[len(outcomes)]
		outcome := inv.perform(ctx, step, outcomes)
		if others := step.instead(outcome.Err); len(others) > 0 {
			steps = append(steps[:len(outcomes):len(outcomes)], others...)
			continue
		}
		if outcome.Err != nil && !(step.MayBeMissing && failure.NotFound(outcome.Err)) {
			return outcomes, step.afterwards(outcome.Err)
		}
		if outcome.Err == nil {
			inv.advise(step.Advice)
		}
		outcomes = append(outcomes, outcome)
	}
	return outcomes, nil
}

// instead returns the steps to take in place of one that was refused with err.
func (s *Step) instead(err error) []Step {
	e, ok := errors.AsType[*failure.Error](err)
	if !ok || s.Instead == nil {
		return nil
	}
	return s.Instead(e)
}

// afterwards adds to the error of a step what was done before it.
func (s *Step) afterwards(err error) error {
	e, ok := errors.AsType[*failure.Error](err)
	if !ok || s.Undone == "" {
		return err
	}
	told := *e
	told.Message = s.Undone + " " + e.Message
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
	outcome := inv.ask(ctx, request, step.Read)
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
func (inv *Invocation) ask(ctx context.Context, request graph.Request, reading Reading) (outcome Outcome) {
	var response graph.Response
	outcome.Err = inv.retryNew(ctx, request, func() (err error) {
		switch reading {
		case Page:
			outcome.Page, err = inv.instance.graph.Page(ctx, inv.signed(request))
		case Collection:
			outcome.Page, outcome.Truncated, err = inv.collect(ctx, inv.signed(request))
		default:
			response, err = inv.instance.graph.Send(ctx, inv.signed(request))
		}
		return err
	})
	outcome.Object, outcome.Header = response.Object, response.Header
	inv.remember(response.Header, outcome.Err)
	if outcome.Err == nil && reading != Object {
		outcome.Items, outcome.Err = items(outcome.Page.Value)
		inv.countWithheld(outcome.Items)
	}
	outcome.Err = inv.explain(request, outcome.Err)
	return outcome
}

// statusOf tells how a step with this error ended.
func statusOf(err error) Status {
	e, ok := errors.AsType[*failure.Error](err)
	switch {
	case err == nil:
		return Succeeded
	case failure.NotFound(err):
		return NotFound
	case ok && e.InDoubt:
		return InDoubt
	}
	return Failed
}
