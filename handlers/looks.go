package handlers

import (
	"msgraph-user/graph"
	"msgraph-user/internal/engine"
	"msgraph-user/internal/failure"
	"msgraph-user/internal/rawjson"
)

// lookProperties say who a user is.
const lookProperties = "id,userPrincipalName,userType"

// looked looks at the user first, and goes on with the steps that next makes of what
// Graph shows. An unknown user ends it; nothing else is sent.
func looked(inv *engine.Invocation, next func(user rawjson.Object) ([]engine.Step, error)) ([]engine.Step, error) {
	return []engine.Step{{
		Request: graph.GetUser(inv.Address(), lookProperties),
		Then: func(before []engine.Outcome) ([]engine.Step, error) {
			return next(before[len(before)-1].Object)
		},
	}}, nil
}

// byID goes on with the steps that next makes for the user's object id. Only a name
// has to be looked up.
func byID(inv *engine.Invocation, next func(id string) []engine.Step) ([]engine.Step, error) {
	if graph.IsObjectID(inv.Address()) {
		return next(inv.Address()), nil
	}
	return looked(inv, func(user rawjson.Object) ([]engine.Step, error) { return next(user.Text("id")), nil })
}

// whose tells an empty list of a user from the list of an id that nobody has: it is
// the Then of a list that Graph filters by the user's id.
func whose(id string) func([]engine.Outcome) ([]engine.Step, error) {
	return func(before []engine.Outcome) ([]engine.Step, error) {
		for _, outcome := range before {
			if len(outcome.Items) > 0 || outcome.Object != nil {
				return nil, nil
			}
		}
		return []engine.Step{{Request: graph.GetUser(id, lookProperties)}}, nil
	}
}

// lists returns the outcomes that are lists, in their order.
func lists(outcomes []engine.Outcome) []engine.Outcome {
	var lists []engine.Outcome
	for _, outcome := range outcomes {
		if outcome.Page.Value != nil {
			lists = append(lists, outcome)
		}
	}
	return lists
}

// last is the outcome of the step before.
func last(before []engine.Outcome) engine.Outcome { return before[len(before)-1] }

// find returns the item whose id is id.
func find(items []rawjson.Object, id string) (item rawjson.Object, ok bool) {
	for _, item := range items {
		if item.Text("id") == id {
			return item, true
		}
	}
	return nil, false
}

// china is the cloud that lacks parts of Graph.
const china = "China"

// notInChina says of a command that the instance's cloud does not have it.
func notInChina(inv *engine.Invocation, what string) error {
	if inv.Cloud() != china {
		return nil
	}
	e := failure.Parameter("azure_cloud", "Graph in the cloud %s has no %s.", china, what)
	e.NotAvailable = true
	return e
}

func withoutInboxRules(inv *engine.Invocation) error { return notInChina(inv, "inbox rules") }

func withoutRisk(inv *engine.Invocation) error { return notInChina(inv, "risk of users") }

// guestRisk says that the risk of a guest is the home tenant's
// (https://learn.microsoft.com/entra/id-protection/concept-identity-protection-b2b).
func guestRisk(inv *engine.Invocation, user rawjson.Object) error {
	if !isGuest(user.Text("userPrincipalName")) {
		return nil
	}
	e := failure.Argument("user", "%s is a guest: the risk of a guest belongs to the home tenant.", inv.User())
	e.Advice = "Ask the administrators of the home tenant. Here the guest can be disabled, and groups and consents taken away."
	e.NotAvailable = true
	return e
}
