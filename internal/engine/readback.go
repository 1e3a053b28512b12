package engine

import (
	"context"
	"fmt"
	"time"

	"msgraph-user/internal/failure"
)

// readBack reads whether the steps that ask for it took effect, again and again for
// a while: a copy of the directory may lag behind. since is when the steps began. The
// error says that Graph took a change and does not show it. What no read can tell is
// advice.
func (inv *Invocation) readBack(ctx context.Context, steps []Step, since time.Time) error {
	changed := inv.requestID // the audit trail has that of the change
	defer func() { inv.requestID = changed }()
	for i := range steps {
		step := &steps[i]
		if !step.ReadBack {
			continue
		}
		for round := 0; ; round++ {
			done, known := step.Prove.holds(inv.ask(ctx, step.Prove.Read, step.Prove.Reading), since)
			if !known {
				inv.advise(notReadBack)
			}
			if done || !known {
				break
			}
			if round == len(replication) {
				return unproven(inv, step)
			}
			if err := inv.options.Wait(ctx, replication[round]); err != nil {
				return unproven(inv, step)
			}
		}
	}
	return nil
}

const notReadBack = "The change was made, but could not be read back."

// unproven is the error of a change that was taken and is not seen.
func unproven(inv *Invocation, step *Step) error {
	return &failure.Error{
		Kind:    failure.Refused,
		Message: fmt.Sprintf("Graph took the change of %s (%s %s), but does not show it yet.", inv.User(), step.Request.Method, step.Request.Template),
		Advice:  "A copy of the directory may lag behind: look again in a few minutes before you rely on it.",
		InDoubt: true,
	}
}

// proving is a step of a target that is to be read back.
type proving struct {
	target *target
	step   *Step
}

// readBack does the same for all targets that succeeded, together.
func (m *many) readBack(ctx context.Context, since time.Time) {
	var open []proving
	for _, t := range m.targets {
		for i := range t.steps {
			if step := &t.steps[i]; step.ReadBack && t.status == Succeeded && !t.replayed {
				open = append(open, proving{t, step})
			}
		}
	}
	for round := 0; len(open) > 0; round++ {
		open = m.unproven(ctx, open, since)
		if round < len(replication) && len(open) > 0 && m.inv.options.Wait(ctx, replication[round]) == nil {
			continue
		}
		for _, p := range open {
			p.target.settle(InDoubt, unproven(p.target.inv, p.step))
			m.note(p.target, len(p.target.outcomes)-1, InDoubt, p.target.err)
		}
		return
	}
}

// unproven reads the proofs once and returns those that do not show yet.
func (m *many) unproven(ctx context.Context, open []proving, since time.Time) []proving {
	jobs := make([]*job, len(open))
	for i, p := range open {
		own := *p.target.inv // its request id stays that of the change
		jobs[i] = &job{inv: &own, step: &Step{Read: p.step.Prove.Reading}, request: p.step.Prove.Read}
	}
	dispatch(ctx, m.inv.instance, m.inv.options.Now, append([]*job(nil), jobs...), nil, func(*job) {})
	var still []proving
	for i, p := range open {
		done, known := p.step.Prove.holds(jobs[i].outcome, since)
		if !known {
			m.inv.advise(notReadBack)
		} else if !done {
			still = append(still, p)
		}
	}
	return still
}
