package handlers

import (
	"msgraph-user/graph"
	"msgraph-user/internal/engine"
	"msgraph-user/internal/rawjson"
	"msgraph-user/internal/xsoar"
)

// rolesOf reads the roles of a principal: those it holds, what Privileged Identity
// Management knows of them, and those it may activate. Where the tenant has no
// licence for that, there are only the first.
func rolesOf(principal string) []engine.Step {
	return []engine.Step{
		{Request: graph.ListRoleAssignments(principal), Read: engine.Collection},
		{Request: graph.ListActiveRoles(principal), Read: engine.Collection, MayBeUnavailable: true},
		{Request: graph.ListEligibleRoles(principal), Read: engine.Collection, MayBeUnavailable: true},
	}
}

// listRoles reads the roles of the user, and of each group through which the user may
// have one.
func listRoles(inv *engine.Invocation) ([]engine.Step, error) {
	return looked(inv, func(user rawjson.Object) ([]engine.Step, error) {
		id := user.Text("id")
		return []engine.Step{{Request: graph.ListAllGroups(id), Read: engine.Collection, Then: func(before []engine.Outcome) ([]engine.Step, error) {
			steps := rolesOf(id)
			for _, group := range roleGroups(last(before)) {
				steps = append(steps, rolesOf(group.Text("id"))...)
			}
			return steps, nil
		}}}, nil
	})
}

// roleGroups are the groups that may hold a role.
func roleGroups(groups engine.Outcome) []rawjson.Object {
	var found []rawjson.Object
	for _, group := range groups.Items {
		if flag(group, "isAssignableToRole") {
			found = append(found, group)
		}
	}
	return found
}

func showRoles(inv *engine.Invocation, outcomes []engine.Outcome) ([]xsoar.Entry, error) {
	read := outcomes[2:] // after the look at the user and the groups
	holders := append([]rawjson.Object{nil}, roleGroups(outcomes[1])...)
	var whole engine.Outcome
	for i, group := range holders {
		held, scheduled, eligible := read[3*i], read[3*i+1], read[3*i+2]
		whole.Items = append(whole.Items, rolesOfHolder(held, scheduled, eligible, group)...)
		whole.Truncated = whole.Truncated || held.Truncated || eligible.Truncated
	}
	limit, err := bounded(inv.Args)
	if err != nil {
		return nil, err
	}
	if n := int(limit); n > 0 && len(whole.Items) > n {
		whole.Items, whole.Truncated = whole.Items[:n], true
	}
	return showThings(inv, "roles", "Role", whole, []xsoar.Column{
		{Heading: "Role", Member: "roleName"}, {Heading: "Assignment", Member: "assignment"}, {Heading: "Through Group", Member: "groupName"},
		{Heading: "Scope", Member: "directoryScopeId"}, {Heading: "Type", Member: "assignmentType"}, {Heading: "Until", Member: "endDateTime"}, {Heading: "ID", Member: "id"},
	}), nil
}

// rolesOfHolder shows what was read of the roles of a user, or of the group that brings
// them.
func rolesOfHolder(held, scheduled, eligible engine.Outcome, group rawjson.Object) []rawjson.Object {
	var roles []rawjson.Object
	for _, role := range held.Items {
		roles = append(roles, shownRole(role, scheduleOf(role, scheduled.Items), "active", group))
	}
	for _, role := range eligible.Items {
		roles = append(roles, shownRole(role, nil, "eligible", group))
	}
	return roles
}

// shownRole is a role as Graph has it, with its name, how it is assigned, what its
// schedule says, and the group that brings it.
func shownRole(role, schedule rawjson.Object, assignment string, group rawjson.Object) rawjson.Object {
	object := append(role[:len(role):len(role)],
		rawjson.Member{Name: "roleName", Value: rawjson.Quote(roleName(role))},
		rawjson.Member{Name: "assignment", Value: rawjson.Quote(assignment)})
	object = append(object, schedule.Only("assignmentType", "memberType", "startDateTime", "endDateTime")...)
	if group == nil {
		return object
	}
	return append(object,
		rawjson.Member{Name: "groupId", Value: rawjson.Quote(group.Text("id"))},
		rawjson.Member{Name: "groupName", Value: rawjson.Quote(group.Text("displayName"))})
}

// roleName is the name of an assignment's role.
func roleName(assignment rawjson.Object) string {
	definition, err := rawjson.ParseObject(assignment.Get("roleDefinition"))
	if err != nil || definition.Text("displayName") == "" {
		return assignment.Text("roleDefinitionId")
	}
	return definition.Text("displayName")
}

// scheduleOf returns what Privileged Identity Management knows of an assignment; nil
// where it does not know it.
func scheduleOf(assignment rawjson.Object, scheduled []rawjson.Object) rawjson.Object {
	for _, instance := range scheduled {
		if instance.Text("roleAssignmentOriginId") == assignment.Text("id") || sameRole(instance, assignment) {
			return instance
		}
	}
	return nil
}

// sameRole reports whether two assignments give the same role in the same scope.
func sameRole(a, b rawjson.Object) bool {
	for _, name := range []string{"roleDefinitionId", "directoryScopeId", "appScopeId"} {
		if a.Text(name) != b.Text(name) {
			return false
		}
	}
	return true
}
