package engine

import (
	"context"
	"slices"

	"msgraph-user/graph"
	"msgraph-user/internal/failure"
)

// sharedReads are the reads of a run, each made once for all users that need it.
type sharedReads struct{ outcomes map[string]Outcome }

func (s *sharedReads) get(r graph.Request) (Outcome, bool) {
	outcome, ok := s.outcomes[readKey(r)]
	return outcome, ok
}

// readKey is the same for two reads that are one.
func readKey(r graph.Request) string { return r.Target() }

// readAll makes the reads that the plans of users need, those of all users together.
func (c *containing) readAll(ctx context.Context, users []*containedUser) error {
	for {
		jobs := c.unread(users)
		if len(jobs) == 0 || ctx.Err() != nil {
			return ctx.Err()
		}
		dispatch(ctx, c.inv.instance, c.inv.options.Now, jobs, nil, func(j *job) {
			c.shared.outcomes[readKey(j.first)] = j.step.judged(complete(j.outcome))
		})
	}
}

// unread returns the reads that are needed and were not made, those of one version of
// Graph together.
func (c *containing) unread(users []*containedUser) []*job {
	var jobs []*job
	asked := map[string]bool{}
	for _, u := range users {
		for _, look := range c.inv.command.Containment.Reads(u.target.inv, &u.Contained) {
			key := readKey(look.Request)
			if _, made := c.shared.outcomes[key]; made || asked[key] {
				continue
			}
			asked[key] = true
			jobs = append(jobs, readJob(u.target.inv, look))
		}
	}
	slices.SortStableFunc(jobs, func(a, b *job) int {
		return boolOrder(a.request.Version == graph.Beta, b.request.Version == graph.Beta)
	})
	return jobs
}

func boolOrder(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

// readJob is a read on its way. Its request id is not the one that the user's change
// has.
func readJob(inv *Invocation, look Look) *job {
	own := *inv
	return &job{inv: &own, step: &Step{Read: look.Read}, request: look.Request, first: look.Request}
}

// complete makes a list that was not read to its end an error: what is not seen cannot
// be turned off.
func complete(outcome Outcome) Outcome {
	if outcome.Status == Succeeded && outcome.Truncated {
		outcome.Status = Failed
		outcome.Err = &failure.Error{Kind: failure.Refused, Message: "The list is longer than is read."}
	}
	return outcome
}
