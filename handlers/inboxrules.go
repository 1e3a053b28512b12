package handlers

import (
	"fmt"
	"time"

	"msgraph-user/graph"
	"msgraph-user/internal/engine"
	"msgraph-user/internal/failure"
)

func disableInboxRule(inv *engine.Invocation) ([]engine.Step, error) {
	return switchInboxRule(inv, false)
}

func enableInboxRule(inv *engine.Invocation) ([]engine.Step, error) {
	return switchInboxRule(inv, true)
}

// switchInboxRule reads the rule first: one that Graph may not change is told, and
// nothing is sent.
func switchInboxRule(inv *engine.Invocation, enabled bool) ([]engine.Step, error) {
	if err := withoutInboxRules(inv); err != nil {
		return nil, err
	}
	user, id := inv.Address(), inv.Args.Text("rule_id")
	read := graph.GetInboxRule(user, id)
	return []engine.Step{{Request: read, Then: func(before []engine.Outcome) ([]engine.Step, error) {
		rule := last(before).Object
		if flag(rule, "isReadOnly") {
			e := failure.Argument("rule_id", "The rule %s of %s is read-only for Graph, so nothing was changed.", rule.Text("displayName"), inv.User())
			e.Advice = "Switch it in Outlook, or with Disable-InboxRule or Enable-InboxRule in Exchange."
			return nil, e
		}
		step := engine.Step{
			Request: graph.SetInboxRuleEnabled(user, id, enabled),
			Prove: &engine.Proof{Read: read, Shows: func(answer engine.Outcome, _ time.Time) bool {
				return flag(answer.Object, "isEnabled") == enabled
			}},
			ReadBack: true,
			Done:     fmt.Sprintf("The inbox rule %s of %s is %s.", rule.Text("displayName"), inv.User(), enabledOrNot(enabled)),
		}
		if was := flag(rule, "isEnabled"); was != enabled {
			step.Undo = []graph.Request{graph.SetInboxRuleEnabled(user, id, was)}
		}
		return []engine.Step{step}, nil
	}}}, nil
}
