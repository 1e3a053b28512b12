package handlers

import (
	"fmt"
	"strings"
	"time"

	"msgraph-user/graph"
	"msgraph-user/internal/engine"
	"msgraph-user/internal/failure"
	"msgraph-user/internal/rawjson"
)

// tokensLast is what a person needs to know after an application lost a permission.
const tokensLast = "An access token that is already out keeps what it was granted until it ends, about an hour at most. The user may consent again."

func revokeConsent(inv *engine.Invocation) ([]engine.Step, error) {
	return []engine.Step{{
		Request: graph.GetConsent(inv.User()),
		Then: func(before []engine.Outcome) ([]engine.Step, error) {
			grant := last(before).Object
			if strings.EqualFold(grant.Text("consentType"), "AllPrincipals") && !inv.Args.Bool("tenant_wide") {
				e := failure.Argument("tenant_wide", "The grant %s counts for everybody in the tenant, so it was not revoked.", inv.User())
				e.Advice = "If the application is to lose " + grant.Text("scope") + " for everybody, run it again with tenant_wide=true."
				return nil, e
			}
			return []engine.Step{{
				Request:  graph.DeleteConsent(inv.User()),
				Undo:     []graph.Request{graph.CreateConsent(grant)},
				Prove:    &engine.Proof{Read: graph.GetConsent(inv.User()), GoneIsDone: true},
				ReadBack: true,
				Done:     fmt.Sprintf("The grant %s (%s) is revoked.", inv.User(), strings.TrimSpace(grant.Text("scope"))),
				Advice:   tokensLast,
			}}, nil
		},
	}}, nil
}

func removeAppRole(inv *engine.Invocation) ([]engine.Step, error) {
	assignment := inv.Args.Text("assignment_id")
	return looked(inv, func(user rawjson.Object) ([]engine.Step, error) {
		id := user.Text("id")
		return []engine.Step{{Request: graph.ListAppRoles(id, ""), Read: engine.Collection, Then: func(before []engine.Outcome) ([]engine.Step, error) {
			given, err := ownAppRole(inv, last(before).Items, assignment)
			if err != nil {
				return nil, err
			}
			return []engine.Step{{
				Request: graph.DeleteAppRole(id, assignment),
				Undo:    []graph.Request{graph.CreateAppRole(id, given)},
				Prove: &engine.Proof{Read: graph.ListAppRoles(id, ""), Reading: engine.Collection, Shows: func(answer engine.Outcome, _ time.Time) bool {
					_, there := find(answer.Items, assignment)
					return !there
				}},
				ReadBack: true,
				Done:     fmt.Sprintf("%s has the role %s in %s no more.", inv.User(), given.Text("appRoleId"), given.Text("resourceDisplayName")),
			}}, nil
		}}}, nil
	})
}

// ownAppRole returns the user's assignment with this id, if it is the user's own.
func ownAppRole(inv *engine.Invocation, assignments []rawjson.Object, id string) (rawjson.Object, error) {
	given, ok := find(assignments, id)
	switch {
	case !ok:
		e := failure.Argument("assignment_id", "%s has no assignment with the id %s; it may be another user's.", inv.User(), id)
		e.Advice = "msgraph-user-app-roles-list shows the ids."
		return nil, e
	case strings.EqualFold(given.Text("principalType"), "Group"):
		e := failure.Argument("assignment_id", "The assignment %s is that of the group %s, so it would be taken from all its members.", id, given.Text("principalDisplayName"))
		e.Advice = "End the user's membership: msgraph-user-group-remove group_id=" + given.Text("principalId") + "."
		return nil, e
	}
	return given, nil
}
