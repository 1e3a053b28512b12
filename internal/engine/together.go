package engine

import (
	"context"
	"slices"
)

// together returns the first of steps, and those after it that are sent together with
// it.
func together(steps []Step) []Step {
	n := 1
	for n < len(steps) && steps[n].Beside {
		n++
	}
	return steps[:n:n]
}

// jobsOf makes jobs of steps of one user.
func jobsOf(inv *Invocation, steps []Step, alone bool) []*job {
	jobs := make([]*job, len(steps))
	for i := range steps {
		jobs[i] = &job{inv: inv, step: &steps[i], request: steps[i].Request, alone: alone}
	}
	return jobs
}

// performAll sends steps that do not depend on each other, in batches where there are
// several, and reads their answers.
func (inv *Invocation) performAll(ctx context.Context, steps []Step, before []Outcome) []Outcome {
	if len(steps) == 1 {
		return []Outcome{inv.perform(ctx, &steps[0], before)}
	}
	jobs := jobsOf(inv, steps, false)
	// Nothing is done before a batch, so that nothing stops the sending.
	_ = dispatch(ctx, inv.instance, inv.options.Now, slices.Clone(jobs), nil, func(*job) {})
	outcomes := make([]Outcome, len(jobs))
	for i, j := range jobs {
		outcomes[i] = j.outcome
	}
	return outcomes
}
