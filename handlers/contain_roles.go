package handlers

import (
	"slices"

	"msgraph-user/graph"
	"msgraph-user/internal/engine"
	"msgraph-user/internal/failure"
	"msgraph-user/internal/rawjson"
)

// containReason is what Privileged Identity Management keeps as the reason.
const containReason = "Contained with msgraph-user-contain"

// managedSlow is why a role may be shown after it was taken away.
const managedSlow = "Privileged Identity Management may take a few minutes"

// roleIdentity are the members that tell an assignment whatever its id.
func roleIdentity(role rawjson.Object) rawjson.Object {
	return role.Only("principalId", "roleDefinitionId", "directoryScopeId", "appScopeId")
}

// roles takes the roles away that the user holds or may activate, and ends memberships
// of groups that bring one.
func (p *planner) roles() (engine.Stage, error) {
	activeRead, scheduledRead, eligibleRead := listsOfRoles(p.user, p.user.ID)
	active, err := p.read(activeRead)
	if err != nil {
		return engine.Stage{}, err
	}
	var scheduled []rawjson.Object
	if len(active) > 0 {
		if scheduled, err = p.readManaged(scheduledRead); err != nil {
			return engine.Stage{}, err
		}
	}
	eligible, err := p.readManaged(eligibleRead)
	if err != nil {
		return engine.Stage{}, err
	}
	var stage engine.Stage
	add := func(change engine.Alteration, role rawjson.Object) {
		stage.Changes = append(stage.Changes, change)
		stage.Before = append(stage.Before, role.Only("id", "principalId", "roleDefinitionId", "directoryScopeId", "appScopeId", "startDateTime", "endDateTime"))
	}
	for _, role := range active {
		schedule := scheduleOf(role, scheduled)
		change := p.activeRole(role, schedule)
		if change, ok := p.dated(change, schedule, roleDates, role.Text("roleDefinitionId")); ok {
			add(change, role)
		}
	}
	for _, role := range eligible {
		if role.Text("memberType") == "Group" {
			continue // it ends with the membership
		}
		change := gone(listOf(eligibleRead), roleIdentity(role), nil,
			graph.RequestEligibleRole(graph.RemoveRole, role, containReason), graph.RequestEligibleRole(graph.AssignRole, role, containReason))
		change.What, change.Object, change.Slow = "the eligible role "+named(role), role.Text("id"), managedSlow
		if change, ok := p.dated(change, role, roleDates, role.Text("roleDefinitionId")); ok {
			add(change, role)
		}
	}
	return stage, p.roleGroups(&stage)
}

// activeRole ends an active role: through Privileged Identity Management where that
// knows the assignment, else at once.
func (p *planner) activeRole(role, schedule rawjson.Object) engine.Alteration {
	active, _, _ := listsOfRoles(p.user, p.user.ID)
	read := listOf(active)
	direct := graph.DeleteRoleAssignment(role.Text("id"))
	change := gone(read, roleIdentity(role), nil, direct, graph.CreateRoleAssignment(role))
	change.What, change.Object = "the role "+named(role), role.Text("id")
	if schedule == nil || schedule.Text("memberType") == "Group" {
		return change
	}
	change.Request, change.Slow = graph.RequestActiveRole(graph.RemoveRole, schedule, containReason), managedSlow
	change.Undo = []graph.Request{graph.RequestActiveRole(graph.AssignRole, schedule, containReason)}
	change.Instead = func(e *failure.Error) (graph.Request, bool) {
		return direct, e.Code == "RoleAssignmentDoesNotExist" // it was assigned past Privileged Identity Management
	}
	return change
}

// memberships are the groups that the user is a member of. Their names tell that Graph
// shows what they are.
func (p *planner) memberships() ([]rawjson.Object, error) {
	groups, err := p.read(graph.ListGroups(p.user.ID))
	if err != nil {
		return nil, err
	}
	return groups, p.shown(groups, "displayName", "Directory.Read.All")
}

// roleGroups ends the memberships of groups that bring a role.
func (p *planner) roleGroups(stage *engine.Stage) error {
	groups, err := p.memberships()
	if err != nil {
		return err
	}
	for _, group := range groups {
		if !flag(group, "isAssignableToRole") || !p.bringsRole(group.Text("id")) {
			continue
		}
		change := p.leave(group)
		if change, ok := p.dated(change, nil, nil, group.Text("id")); ok {
			p.leaves = append(p.leaves, group.Text("id"))
			stage.Changes, stage.Before = append(stage.Changes, change), append(stage.Before, group.Only("id"))
		}
	}
	return nil
}

// bringsRole reports whether a group holds a role, or may; also where that could not be
// read.
func (p *planner) bringsRole(group string) bool {
	active, _, eligible := listsOfRoles(p.user, group)
	for _, r := range []graph.Request{active, eligible} {
		if roles, err := p.readManaged(r); err != nil || len(roles) > 0 {
			return true
		}
	}
	return false
}

// leave ends the membership of a group.
func (p *planner) leave(group rawjson.Object) engine.Alteration {
	id := group.Text("id")
	change := gone(listOf(graph.ListGroups(p.user.ID)), member("id", id), nil, graph.RemoveGroupMember(id, p.user.ID), p.inv.Graph().AddGroupMember(id, p.user.ID))
	change.What, change.Object, change.Err = "the membership of "+group.Text("displayName"), id, changeableGroup(group)
	return change
}

// groups ends the memberships that the arguments name.
func (p *planner) groups() (engine.Stage, error) {
	memberships, err := p.memberships()
	if err != nil {
		return engine.Stage{}, err
	}
	var stage engine.Stage
	for _, id := range p.user.Groups {
		group, member := find(memberships, id)
		if !member || slices.Contains(p.leaves, id) {
			continue
		}
		stage.Changes, stage.Before = append(stage.Changes, p.leave(group)), append(stage.Before, group.Only("id"))
	}
	return stage, nil
}
