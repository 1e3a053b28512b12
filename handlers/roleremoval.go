package handlers

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"msgraph-user/graph"
	"msgraph-user/internal/engine"
	"msgraph-user/internal/failure"
	"msgraph-user/internal/rawjson"
	"msgraph-user/internal/xsoar"
)

// The values of the argument assignment.
const (
	activeOnly   = "active"
	eligibleOnly = "eligible"
)

// justification is what Privileged Identity Management keeps as the reason.
const justification = "Changed with msgraph-user-role-remove"

// heldRoles are the roles of a user as they were read. unread says why the eligible
// ones could not be.
type heldRoles struct {
	active, scheduled, eligible []rawjson.Object
	unread                      error
}

// removeRole reads the user's roles, and takes away those that the arguments mean, each
// in the scope that it has.
func removeRole(inv *engine.Invocation) ([]engine.Step, error) {
	return looked(inv, func(user rawjson.Object) ([]engine.Step, error) {
		steps := rolesOf(user.Text("id"))
		steps[len(steps)-1].Then = func(before []engine.Outcome) ([]engine.Step, error) {
			n := len(before)
			held := heldRoles{before[n-3].Items, before[n-2].Items, before[n-1].Items, before[n-1].Err}
			return held.removal(inv, user.Text("id"))
		}
		return steps, nil
	})
}

// showRemoval shows what each step did.
func showRemoval(_ *engine.Invocation, outcomes []engine.Outcome) ([]xsoar.Entry, error) {
	var said []string
	for _, outcome := range outcomes {
		if outcome.Done != "" {
			said = append(said, outcome.Done)
		}
	}
	return done("%s", strings.Join(said, " ")), nil
}

// removal returns the steps that take the role away. The error says that the user does
// not have it, and what the user has.
func (h heldRoles) removal(inv *engine.Invocation, user string) ([]engine.Step, error) {
	which, wanted := inv.Args.Text("assignment"), strings.TrimSpace(inv.Args.Text("role"))
	var steps []engine.Step
	if which != eligibleOnly {
		for _, role := range h.active {
			if isRole(role, wanted) {
				steps = append(steps, activeStep(inv, user, role, scheduleOf(role, h.scheduled)))
			}
		}
	}
	for _, role := range h.eligible {
		switch {
		case !isRole(role, wanted):
		case which != activeOnly:
			steps = append(steps, eligibleStep(inv, user, role))
		case len(steps) > 0:
			steps[len(steps)-1].Advice = "The user may activate the role again: assignment=all takes that away too."
		}
	}
	if len(steps) == 0 {
		return nil, h.without(inv, wanted, which)
	}
	return steps, nil
}

// without is the error of a role that the user has not, as far as it was read.
func (h heldRoles) without(inv *engine.Invocation, wanted, which string) error {
	if which == eligibleOnly && h.unread != nil {
		return h.unread
	}
	var held []string
	for _, role := range h.active {
		held = append(held, roleName(role)+" (active)")
	}
	for _, role := range h.eligible {
		held = append(held, roleName(role)+" (eligible)")
	}
	has := "none of its own"
	if slices.Sort(held); len(held) > 0 {
		has = strings.Join(slices.Compact(held), ", ")
	}
	how := ""
	if which == activeOnly || which == eligibleOnly {
		how = " as " + which
	}
	e := failure.Argument("role", "%s does not have the role %q%s. The user has %s.", inv.User(), wanted, how, has)
	e.Advice = "A role that comes through a group ends with the membership: msgraph-user-roles-list shows the group, msgraph-user-group-remove ends it."
	if which != activeOnly && h.unread != nil {
		e.Advice += " Eligible roles could not be read: " + h.unread.Error()
	}
	return e
}

// isRole reports whether an assignment is of the role that a name or an id means.
func isRole(assignment rawjson.Object, wanted string) bool {
	definition, err := rawjson.ParseObject(assignment.Get("roleDefinition"))
	if err != nil {
		definition = nil // Graph did not show it: the id is left
	}
	for _, name := range []string{assignment.Text("roleDefinitionId"), definition.Text("templateId"), definition.Text("displayName")} {
		if name != "" && strings.EqualFold(name, wanted) {
			return true
		}
	}
	return false
}

// activeStep ends an active role: through Privileged Identity Management where that
// knows the assignment, else at once.
func activeStep(inv *engine.Invocation, user string, role, schedule rawjson.Object) engine.Step {
	direct := engine.Step{
		Request:  graph.DeleteRoleAssignment(role.Text("id")),
		Undo:     []graph.Request{graph.CreateRoleAssignment(role)},
		Prove:    provesNoRole(graph.ListRoleAssignments(user), role),
		ReadBack: true,
		Done:     fmt.Sprintf("%s has the role %s no more.", inv.User(), named(role)),
	}
	if schedule == nil {
		return direct
	}
	managed := direct
	managed.Request = graph.RequestActiveRole(graph.RemoveRole, schedule, justification)
	managed.Undo = []graph.Request{graph.RequestActiveRole(graph.AssignRole, schedule, justification)}
	managed.Instead = func(e *failure.Error) []engine.Step {
		if e.Code != "RoleAssignmentDoesNotExist" {
			return nil
		}
		return []engine.Step{direct} // it was assigned past Privileged Identity Management
	}
	return managed
}

func eligibleStep(inv *engine.Invocation, user string, role rawjson.Object) engine.Step {
	return engine.Step{
		Request:  graph.RequestEligibleRole(graph.RemoveRole, role, justification),
		Undo:     []graph.Request{graph.RequestEligibleRole(graph.AssignRole, role, justification)},
		Prove:    provesNoRole(graph.ListEligibleRoles(user), role),
		ReadBack: true,
		Done:     fmt.Sprintf("%s may activate the role %s no more.", inv.User(), named(role)),
	}
}

// named is a role's name, with its scope where that is not the whole directory.
func named(role rawjson.Object) string {
	if scope := role.Text("directoryScopeId"); scope != "" && scope != "/" {
		return fmt.Sprintf("%s (%s)", roleName(role), scope)
	}
	return roleName(role)
}

// provesNoRole reads whether an assignment of the role in its scope is left.
func provesNoRole(read graph.Request, role rawjson.Object) *engine.Proof {
	return &engine.Proof{Read: read, Reading: engine.Collection, Shows: func(answer engine.Outcome, _ time.Time) bool {
		return !slices.ContainsFunc(answer.Items, func(left rawjson.Object) bool { return sameRole(left, role) })
	}}
}
