package engine

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"msgraph-user/graph"
	"msgraph-user/internal/failure"
)

const (
	// batchesInFlight is how many batches of one call are under way at once.
	batchesInFlight = 4
	// itemTries is how often a request of a batch is sent that fails for a reason
	// that may pass. Throttling is bounded by the call's time only.
	itemTries = 5
	// itemBackoff is the wait before the first further try; it doubles.
	itemBackoff = 500 * time.Millisecond
	// throttledPause is the wait where Graph throttles and names no time.
	throttledPause = 10 * time.Second
	// placePoll is after which time a place is asked for again that another call has.
	placePoll = 50 * time.Millisecond
)

// job is one step of one user on its way.
type job struct {
	inv       *Invocation
	step      *Step
	request   graph.Request
	outcome   Outcome
	tries     int       // failed
	unseen    int       // tries that a new user was not shown to
	notBefore time.Time // not sent before
	inDoubt   bool      // an earlier try may have been done
	followed  graph.Links
	alone     bool          // not joined with others
	riders    []*job        // whose steps its request carries too
	status    int           // of a good answer
	first     graph.Request // of a read of several pages: the first of them
	next      func() []*job // what follows once the job has ended; may be nil
	urgent    bool          // sent before those that only are ready
	changes   []*alteration // of a containment: what the request changes
	granted   bool          // it has its place in its family's pace
	settled   bool
}

// dispatcher sends jobs in batches: several at once, each at the pace that Graph
// allows, and each failed one again for itself while others go on.
type dispatcher struct {
	ctx      context.Context
	instance *instance
	now      func() time.Time
	before   func([]*job) error // a batch is about to be sent; an error ends the call
	done     func(*job)         // a job has ended
	until    time.Time          // when the sending ends with errRunOver, after one batch at least; zero: with the last job
	sent     bool               // a batch was sent
	stopped  error              // why nothing more is sent

	ready    []*job
	urgent   []*job // to be sent first
	delayed  []*job
	held     []*job // until their family has a place
	inFlight int
	underWay int // requests in these batches
	answers  chan batchAnswer
}

// batchAnswer is a batch that came back.
type batchAnswer struct {
	jobs    []*job
	results []graph.Result
}

// dispatch sends all jobs and returns when each has ended. Where ctx ends before,
// jobs that were not sent are NotTried, and those without an answer InDoubt. before
// is called before each batch; nil: nothing is to be done. Its error ends the sending
// and is returned.
func dispatch(ctx context.Context, instance *instance, now func() time.Time, jobs []*job, before func([]*job) error, done func(*job)) error {
	return newDispatcher(ctx, instance, now, jobs, before, done).run()
}

func newDispatcher(ctx context.Context, instance *instance, now func() time.Time, jobs []*job, before func([]*job) error, done func(*job)) *dispatcher {
	return &dispatcher{ctx: ctx, instance: instance, now: now, before: before, done: done, ready: jobs, answers: make(chan batchAnswer, batchesInFlight)}
}

// run is dispatch.
func (d *dispatcher) run() error {
	for d.waiting()+d.inFlight > 0 {
		wait := d.send()
		d.receive(wait)
	}
	return d.stopped
}

// send sends what may be sent now, and returns after which time more may be; 0
// where that depends on an answer.
func (d *dispatcher) send() time.Duration {
	if d.stopped == nil && d.sent && !d.until.IsZero() && !d.now().Before(d.until) {
		d.stopped = errRunOver
	}
	if d.stopped != nil {
		d.giveUp()
		return 0
	}
	if d.inFlight < batchesInFlight {
		d.wake()
		d.hold()
	}
	for d.inFlight < batchesInFlight && len(d.ready) > 0 && d.ctx.Err() == nil && d.stopped == nil {
		batch, wait := d.next()
		if len(batch) == 0 {
			return wait
		}
		if d.before != nil {
			if d.stopped = d.before(batch); d.stopped != nil {
				d.ready = append(batch, d.ready...)
				d.giveUp()
				return 0
			}
		}
		d.inFlight, d.sent = d.inFlight+1, true
		d.underWay += len(batch)
		requests := make([]graph.Request, len(batch))
		for i, j := range batch {
			requests[i] = j.inv.withCommand(j.request)
		}
		go func() { d.answers <- batchAnswer{batch, d.sendBatch(requests)} }()
	}
	return d.untilNext()
}

// sendBatch sends one batch. A panic there is an error of its requests: it must not end
// the process.
func (d *dispatcher) sendBatch(requests []graph.Request) (results []graph.Result) {
	defer func() {
		if value := recover(); value != nil {
			results = make([]graph.Result, len(requests))
			for i, r := range requests {
				results[i].Err = &failure.Error{Kind: failure.Internal, InDoubt: r.IfLost != "",
					Message: fmt.Sprintf("A batch failed through a defect of this program (%T).", value),
					Advice:  "Look at the object before you try again, and report the defect."}
			}
		}
	}()
	return d.instance.graph.Batch(d.ctx, requests)
}

// next takes the jobs of the next batch from those that are ready: of one version
// of Graph, and no more writes than the pace allows.
func (d *dispatcher) next() (batch []*job, wait time.Duration) {
	version, size := d.ready[0].request.Version, 0
	for size < len(d.ready) && size < graph.BatchLimit && d.ready[size].request.Version == version {
		size++
	}
	if size, wait = d.places(d.ready[:size]); size == 0 {
		return nil, wait
	}
	batch, d.ready = d.ready[:size:size], d.ready[size:]
	return batch, 0
}

// wake moves jobs whose wait is over to those that are ready.
func (d *dispatcher) wake() {
	now, rest := d.now(), d.delayed[:0]
	for _, j := range d.delayed {
		if now.Before(j.notBefore) {
			rest = append(rest, j)
			continue
		}
		if j.urgent {
			d.urgent = append(d.urgent, j)
		} else {
			d.ready = append(d.ready, j)
		}
	}
	d.delayed = rest
}

// untilNext is how long the first of the delayed jobs has to wait; 0 where none does.
func (d *dispatcher) untilNext() time.Duration {
	var first time.Duration
	for _, j := range d.delayed {
		if wait := j.notBefore.Sub(d.now()); first == 0 || wait < first {
			first = max(wait, time.Millisecond)
		}
	}
	if len(d.held) > 0 && d.inFlight == 0 && (first == 0 || first > placePoll) {
		return placePoll // another call has the places
	}
	return first
}

// receive waits for an answer, for wait (0: for ever), or for the end of the call.
func (d *dispatcher) receive(wait time.Duration) {
	if d.inFlight == 0 && wait == 0 {
		if d.ctx.Err() != nil {
			d.giveUp()
		}
		return
	}
	var timeout <-chan time.Time
	if wait > 0 {
		if !d.until.IsZero() {
			wait = min(wait, max(d.until.Sub(d.now()), time.Millisecond))
		}
		timer := time.NewTimer(wait)
		defer timer.Stop()
		timeout = timer.C
	}
	ended := d.ctx.Done()
	if d.inFlight > 0 && d.ctx.Err() != nil {
		ended = nil // the batches under way end with ctx by themselves
	}
	select {
	case answer := <-d.answers:
		d.take(answer)
	case <-timeout:
	case <-ended:
		if d.inFlight == 0 {
			d.giveUp()
		}
	}
}

// giveUp ends the jobs that wait, and those that follow: the call's time is over.
func (d *dispatcher) giveUp() {
	for d.waiting() > 0 {
		waiting := slices.Concat(d.urgent, d.ready, d.delayed, d.held)
		d.release(waiting)
		d.urgent, d.ready, d.delayed, d.held = nil, nil, nil, nil
		for _, j := range waiting {
			status := NotTried
			if j.inDoubt {
				status = InDoubt
			}
			d.settle(j, Outcome{Status: status, Err: cmp.Or(d.stopped, d.ctx.Err())})
		}
	}
}

// settle ends a job. Those that follow are sent when their time has come.
func (d *dispatcher) settle(j *job, outcome Outcome) {
	j.outcome, j.settled = outcome, true
	d.done(j)
	if j.next == nil {
		return
	}
	for _, following := range j.next() {
		switch {
		case following.notBefore.After(d.now()):
			d.delayed = append(d.delayed, following)
		case following.urgent:
			d.urgent = append(d.urgent, following)
		default:
			d.ready = append(d.ready, following)
		}
	}
}

// waiting counts the jobs that are not under way.
func (d *dispatcher) waiting() int {
	return len(d.urgent) + len(d.ready) + len(d.delayed) + len(d.held)
}

// take takes the answers of a batch in.
func (d *dispatcher) take(answer batchAnswer) {
	d.inFlight--
	d.underWay -= len(answer.jobs)
	d.release(answer.jobs)
	d.learn(answer.jobs, answer.results)
	for i, result := range answer.results {
		d.takeOne(answer.jobs[i], result)
	}
}

// takeOne decides what becomes of a job: it has ended, or it is sent again.
func (d *dispatcher) takeOne(j *job, result graph.Result) {
	failed, _ := result.Err.(*failure.Error)
	switch {
	case result.Err == nil:
		d.arrived(j, result.Response)
	case result.Throttled:
		j.inDoubt = j.inDoubt || failed != nil && failed.InDoubt
		wait := result.RetryAfter
		if wait <= 0 {
			wait = throttledPause
			if f := d.instance.families.of(j.request); f != nil {
				wait = f.pause
			}
		}
		d.again(j, wait)
	case j.inDoubt && graph.Gone(j.request, result.Err):
		d.settle(j, Outcome{Status: Succeeded}) // the try whose answer was lost was done
	case failed != nil && failure.NotFound(failed) && j.unseen < len(replication) && d.ctx.Err() == nil && j.inv.missesNewUser(j.request, failed):
		j.unseen++
		d.again(j, replication[j.unseen-1])
	case result.Passing && j.tries+1 < itemTries && (j.request.Repeatable || failed != nil && !failed.InDoubt && failed.Status == 0) && d.ctx.Err() == nil:
		j.tries++
		j.inDoubt = j.inDoubt || failed != nil && failed.InDoubt
		d.again(j, itemBackoff<<(j.tries-1))
	default:
		d.failed(j, result.Err)
	}
}

func (d *dispatcher) failed(j *job, err error) {
	outcome := Outcome{Err: j.inv.explain(j.request, err)}
	outcome.Status = statusOf(outcome.Err)
	foreign := failure.NotFound(err) && failure.Of(err).Code == "" // tells nothing of the object
	if j.inDoubt && (foreign || outcome.Status == Failed) {        // an earlier try may have been done
		told := *failure.Of(outcome.Err)
		told.InDoubt = true
		outcome.Status, outcome.Err = InDoubt, &told
	}
	d.settle(j, outcome)
}

func (d *dispatcher) again(j *job, wait time.Duration) {
	j.notBefore, j.granted = d.now().Add(wait), false
	d.delayed = append(d.delayed, j)
}

// arrived takes a good answer in, and asks for the next page where a collection
// has one.
func (d *dispatcher) arrived(j *job, response graph.Response) {
	j.inv.remember(response.Header, nil)
	j.status = response.Status
	if j.step.Read == Object {
		d.settle(j, Outcome{Status: Succeeded, Object: response.Object, Header: response.Header})
		return
	}
	page, err := d.instance.graph.ReadPage(response.Object)
	if err != nil {
		d.failed(j, err)
		return
	}
	more, err := j.inv.addPage(d.ctx, &j.outcome, page, j.step.Read, j.step.Limit)
	if more {
		j.request, err = d.instance.graph.Further(j.request, page.NextLink, &j.followed)
	}
	switch {
	case err != nil:
		d.failed(j, err)
	case more:
		j.granted = false
		d.ready = append(d.ready, j)
	default:
		j.outcome.Status = Succeeded
		d.settle(j, j.outcome)
	}
}
