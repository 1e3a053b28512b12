package engine

import (
	"context"
	"encoding/json"

	"msgraph-user/graph"
)

// stream reads a collection to its end, however long it is. Where the caller takes
// entries page by page, each page is handed over before the next one is read, and
// nothing is kept; else all items are in the outcome. A call with a schedule reads for
// the time of a run.
func (inv *Invocation) stream(ctx context.Context, step *Step, r graph.Request) (outcome Outcome) {
	emits := inv.call.Emit != nil && step.ShowPage != nil
	if r, outcome.Err = inv.schedule.next(r); outcome.Err != nil {
		return outcome
	}
	if outcome.Err = inv.await(ctx, r); outcome.Err != nil {
		return outcome
	}
	for page, err := range inv.instance.graph.Pages(ctx, inv.withCommand(r), 0) {
		if err != nil {
			outcome.Err = inv.explain(r, err)
			return outcome
		}
		var more bool
		if more, outcome.Err = inv.addPage(ctx, &outcome, page, Stream, 0); outcome.Err != nil {
			return outcome
		}
		if emits {
			if outcome.Err = inv.emit(ctx, step, Outcome{Status: Succeeded, Page: graph.Page{Value: page.Value, Rest: page.Rest}, Items: outcome.Items}); outcome.Err != nil {
				return outcome
			}
			outcome.Page.Value, outcome.Items = []json.RawMessage{}, nil
		}
		if inv.call.Progress != nil {
			inv.call.Progress(Progress{Done: outcome.Count})
		}
		if outcome.GoesOn = inv.schedule.pauses(page); outcome.GoesOn {
			break
		}
		if more {
			if outcome.Err = inv.await(ctx, r); outcome.Err != nil {
				return outcome
			}
		}
	}
	outcome.Emitted = emits
	return outcome
}

func (inv *Invocation) emit(ctx context.Context, step *Step, page Outcome) error {
	entries, err := step.ShowPage(inv, page)
	if err != nil {
		return err
	}
	return inv.call.Emit(ctx, entries)
}

// After has do done once the caller has the entries of this call.
func (inv *Invocation) After(do func(context.Context) error) {
	inv.told.after = append(inv.told.after, do)
}

// handOver leaves what is to be done afterwards to the interface, or does it at once
// where the interface does not take it.
func (inv *Invocation) handOver(ctx context.Context) error {
	for _, do := range inv.told.after {
		if inv.call.After != nil {
			inv.call.After(do)
		} else if err := do(ctx); err != nil {
			return err
		}
	}
	return nil
}

// Remembered returns what the integration context keeps under a name of a member
// that holds texts by name, "" where there is nothing.
func (inv *Invocation) Remembered(ctx context.Context, member, name string) (string, error) {
	kept, err := inv.instance.source.ContextMember(ctx, member)
	if err != nil {
		return "", err
	}
	byName, _ := kept.(map[string]any)
	text, _ := byName[name].(string)
	return text, nil
}

// Remember keeps a text under a name of such a member.
func (inv *Invocation) Remember(ctx context.Context, member, name, text string) error {
	return inv.instance.source.ChangeContextMember(ctx, member, func(kept any) any {
		changed := map[string]any{}
		if byName, ok := kept.(map[string]any); ok {
			for other, value := range byName {
				changed[other] = value
			}
		}
		changed[name] = text
		return changed
	})
}
