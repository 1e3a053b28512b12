package handlers

import (
	"fmt"
	"time"

	"msgraph-user/graph"
	"msgraph-user/internal/engine"
	"msgraph-user/internal/rawjson"
	"msgraph-user/internal/xsoar"
)

// atRisk looks at the user, and goes on where Identity Protection of this tenant
// knows users such as this one.
func atRisk(inv *engine.Invocation, next func(id string) []engine.Step) ([]engine.Step, error) {
	if err := withoutRisk(inv); err != nil {
		return nil, err
	}
	return looked(inv, func(user rawjson.Object) ([]engine.Step, error) {
		if err := guestRisk(inv, user); err != nil {
			return nil, err
		}
		return next(user.Text("id")), nil
	})
}

func getRisk(inv *engine.Invocation) ([]engine.Step, error) {
	return atRisk(inv, func(id string) []engine.Step {
		return []engine.Step{{Request: graph.GetRiskyUser(id), MayBeMissing: true}}
	})
}

// showRisk shows the risk of a user. One that Identity Protection never saw at risk
// has none, which is an answer.
func showRisk(inv *engine.Invocation, outcomes []engine.Outcome) ([]xsoar.Entry, error) {
	if last(outcomes).Status == engine.NotFound {
		return []xsoar.Entry{said("%s was never seen at risk.", inv.User())}, nil
	}
	risk := last(outcomes).Object.Without("@odata.context")
	return showThings(inv, "risk", "Risk", engine.Outcome{Items: []rawjson.Object{risk}}, []xsoar.Column{
		{Heading: "State", Member: "riskState"}, {Heading: "Level", Member: "riskLevel"}, {Heading: "Detail", Member: "riskDetail"},
		{Heading: "Last Updated", Member: "riskLastUpdatedDateTime"}, {Heading: "Is Processing", Member: "isProcessing"},
	}), nil
}

func listDetections(inv *engine.Invocation) ([]engine.Step, error) {
	asked, err := spanOf(inv)
	if err != nil {
		return nil, err
	}
	asked.advice = "" // detections are kept longer than the logs
	return atRisk(inv, func(id string) []engine.Step {
		return []engine.Step{asked.step(graph.ListRiskDetections(id, asked.since, asked.limit.top()))}
	})
}

func showDetections(inv *engine.Invocation, outcomes []engine.Outcome) ([]xsoar.Entry, error) {
	return showThings(inv, "risk detections", "RiskDetection", lists(outcomes)[0], []xsoar.Column{
		{Heading: "Time", Member: "detectedDateTime"}, {Heading: "Event", Member: "riskEventType"}, {Heading: "Level", Member: "riskLevel"},
		{Heading: "State", Member: "riskState"}, {Heading: "IP Address", Member: "ipAddress"}, {Heading: "Location", Member: "location"}, {Heading: "ID", Member: "id"},
	}), nil
}

// takesMinutes is what every change of a risk needs to be told.
const takesMinutes = "It takes a few minutes until Identity Protection shows it: msgraph-user-risk-get tells."

func confirmRisk(inv *engine.Invocation) ([]engine.Step, error) {
	return atRisk(inv, func(id string) []engine.Step {
		step := riskStep(id, graph.ConfirmCompromised, graph.DismissRisk, "confirmedCompromised")
		step.Done = fmt.Sprintf("%s is confirmed as compromised.", inv.User())
		step.Advice = "A reset of the password by an administrator takes the mark away: reset it before. " + takesMinutes
		return []engine.Step{step}
	})
}

func dismissRisk(inv *engine.Invocation) ([]engine.Step, error) {
	return atRisk(inv, func(id string) []engine.Step {
		step := riskStep(id, graph.DismissRisk, graph.ConfirmCompromised, "dismissed")
		step.Done = fmt.Sprintf("The risk of %s is dismissed.", inv.User())
		step.Advice = takesMinutes
		return []engine.Step{step}
	})
}

// riskStep changes the risk of a user, and of others with it. What undoes it does not
// bring the earlier level back.
func riskStep(id string, change, undo func([]string) graph.Request, state string) engine.Step {
	return engine.Step{
		Request: change([]string{id}),
		Joins:   &engine.Joining{ID: id, Limit: graph.RiskyUsersLimit, Request: change},
		Undo:    []graph.Request{undo([]string{id})},
		Prove: &engine.Proof{Read: graph.GetRiskyUser(id), Shows: func(answer engine.Outcome, _ time.Time) bool {
			return answer.Object.Text("riskState") == state
		}},
	}
}
