package graphapi

import (
	"net/http"
	"slices"
	"strings"

	"msgraph-user/emulator/directory"
	"msgraph-user/emulator/odata"
	"msgraph-user/emulator/schema"
)

const (
	assignmentName = "unifiedRoleAssignment"
	scheduledName  = "unifiedRoleAssignmentScheduleInstance"
	eligibleName   = "unifiedRoleEligibilityScheduleInstance"
	wholeDirectory = "/" // the scope of a role that counts everywhere
)

// listAssignments is https://learn.microsoft.com/graph/api/rbacapplication-list-roleassignments.
func listAssignments(c *call) (reply, error) {
	t := schema.MustLookup(assignmentName)
	c.expanding = c.roleExpander(t)
	return c.collect(listed(c.current(c.belongings(assignmentName, "principalId"))), t, "roleManagement/directory/roleAssignments")
}

func getAssignment(c *call) (reply, error) {
	id := c.vars["unifiedRoleAssignment-id"]
	_, o := c.store.Belonging(assignmentName, id)
	if o == nil || len(c.current([]*directory.Object{o})) == 0 {
		return reply{}, notFound(id)
	}
	return c.one(o, "roleManagement/directory/roleAssignments", false)
}

// current leaves out assignments whose time has ended.
func (c *call) current(assignments []*directory.Object) []*directory.Object {
	return slices.DeleteFunc(assignments, func(o *directory.Object) bool {
		schedule := scheduleOf(c.store.Owned(o.Text("principalId"), scheduledName), o)
		return schedule != nil && c.ended(schedule)
	})
}

func (c *call) ended(instance *directory.Object) bool {
	return instance.Text("endDateTime") != "" && !c.at.Before(instance.Time("endDateTime"))
}

// scheduleOf finds what Privileged Identity Management knows of an assignment beside
// what follows from it.
func scheduleOf(instances []*directory.Object, assignment *directory.Object) *directory.Object {
	for _, o := range instances {
		if sameText(o, assignment, "roleDefinitionId", "directoryScopeId") {
			return o
		}
	}
	return nil
}

// roleExpander reads a $expand for what gives a role to a principal.
func (c *call) roleExpander(t *schema.Type) expander {
	return func(text string) (func(out []byte, o *directory.Object) []byte, error) {
		e, err := odata.CompileExpand(t, text, "roleDefinition", "principal")
		if err != nil {
			return nil, err
		}
		if e.Select.Given || e.Expand != nil {
			return nil, notHere("options inside $expand of a role")
		}
		known := c.definitions()
		return func(out []byte, o *directory.Object) []byte {
			id, objects, v := o.Text("roleDefinitionId"), known, c.newView(everything(definitionType()))
			if e.Relation == "principal" {
				id, objects, v = o.Text("principalId"), nil, c.newView(nil)
				if principal := c.store.Get(o.Text("principalId")); principal != nil {
					objects, v = []*directory.Object{principal}, c.newView(defaultsOf(principal.Type))
				}
				v.typed, v.limits = true, c.relatedLimits()
			}
			at := slices.IndexFunc(objects, func(x *directory.Object) bool { return x.ID == id })
			out = append(comma(out), directory.Quote(e.Relation)...)
			if at < 0 {
				return append(out, ":null"...)
			}
			return append(v.appendObject(append(out, ':'), "", objects[at]), '}')
		}, nil
	}
}

// roleGift is what a body says about who gets which role where.
type roleGift struct{ principal, definition, scope string }

// gift reads and checks a role for a principal from the pairs of a body.
func (c *call) gift(o *directory.Object) (roleGift, error) {
	g := roleGift{strings.ToLower(o.Text("principalId")), strings.ToLower(o.Text("roleDefinitionId")), o.Text("directoryScopeId")}
	principal := c.store.Get(g.principal)
	switch {
	case o.Text("appScopeId") != "" && o.Text("appScopeId") != wholeDirectory:
		return g, notHere("roles in the scope of an application")
	case g.scope == "":
		return g, badRequest("A directoryScopeId is required: / stands for the whole directory.")
	case principal == nil:
		return g, notFound(g.principal)
	case principal.Type.Name == "group" && !principal.Is("isAssignableToRole"):
		return g, badRequest("The group '%s' cannot be assigned to roles: its isAssignableToRole is not true.", g.principal)
	case c.definition(g.definition) == nil:
		return g, notFound(g.definition)
	}
	if scope, unit := strings.CutPrefix(g.scope, "/administrativeUnits/"); g.scope != wholeDirectory && (!unit || scope == "") {
		return g, badRequest("The directoryScopeId '%s' is invalid.", g.scope)
	}
	return g, nil
}

// createAssignment is https://learn.microsoft.com/graph/api/rbacapplication-post-roleassignments.
func createAssignment(c *call) (reply, error) {
	members, err := c.body()
	if err != nil {
		return reply{}, err
	}
	t := schema.MustLookup(assignmentName)
	pairs, err := c.pairs(t, members, "principalId", "roleDefinitionId", "directoryScopeId", "appScopeId", "condition")
	if err != nil {
		return reply{}, err
	}
	gift, err := c.gift(directory.NewObject(t, "", pairs...))
	if err != nil {
		return reply{}, err
	}
	var made *directory.Object
	known := c.definition(gift.definition)
	err = c.update(func(tx *directory.Tx) error {
		if assignmentOf(tx, gift) != nil {
			return badRequest("A conflicting object with one or more of the specified property values is present in the directory.")
		}
		made = assign(tx, gift, known)
		return nil
	})
	if err != nil {
		return reply{}, err
	}
	return c.created(made, "roleManagement/directory/roleAssignments"), nil
}

// assignmentOf returns the assignment that gives the role already.
func assignmentOf(tx *directory.Tx, g roleGift) *directory.Object {
	return matching(tx.AllOwned(g.principal, assignmentName), g)
}

func matching(objects []*directory.Object, g roleGift) *directory.Object {
	for _, o := range objects {
		if o.Text("roleDefinitionId") == g.definition && o.Text("directoryScopeId") == g.scope {
			return o
		}
	}
	return nil
}

// assign gives a role. A role in the whole directory has its holders as members, and
// comes into use with the first of them.
func assign(tx *directory.Tx, g roleGift, definition *directory.Object) *directory.Object {
	o := directory.NewAssignment(newToken(33)+"-1", g.principal, g.definition, g.scope)
	if g.scope == wholeDirectory {
		role := tx.Role(definition.Text("displayName"))
		if role == nil {
			t := schema.MustLookup("directoryRole")
			role = directory.NewObject(t, directory.NewID(), directory.Pair{Property: t.Must("displayName"), Raw: directory.Quote(definition.Text("displayName"))},
				directory.Pair{Property: t.Must("roleTemplateId"), Raw: directory.Quote(definition.ID)})
			_ = tx.Put(role) // no role has that name
		}
		tx.Link(directory.Member, role.ID, g.principal)
	}
	tx.Own(g.principal, o)
	return o
}

// withdraw takes a role away, with what Privileged Identity Management knows of it.
func withdraw(tx *directory.Tx, o, definition *directory.Object) {
	principal := o.Text("principalId")
	if role := tx.Role(definition.Text("displayName")); role != nil && o.Text("directoryScopeId") == wholeDirectory {
		tx.Unlink(directory.Member, role.ID, principal)
	}
	if schedule := scheduleOf(tx.AllOwned(principal, scheduledName), o); schedule != nil {
		tx.Disown(principal, scheduledName, schedule.ID)
	}
	tx.Disown(principal, assignmentName, o.ID)
}

const globalAdministrator = "62e90394-69f5-4237-9190-012177145e10"

// deleteAssignment is https://learn.microsoft.com/graph/api/unifiedroleassignment-delete.
func deleteAssignment(c *call) (reply, error) {
	id := c.vars["unifiedRoleAssignment-id"]
	_, o := c.store.Belonging(assignmentName, id)
	if o == nil {
		return reply{}, notFound(id)
	}
	if err := c.mayWithdraw(o); err != nil {
		return reply{}, err
	}
	known := c.definition(o.Text("roleDefinitionId"))
	err := c.update(func(tx *directory.Tx) error {
		_, current := tx.Belonging(assignmentName, id)
		if current == nil {
			return &directory.NotFoundError{Ref: id}
		}
		withdraw(tx, current, known)
		return nil
	})
	if err != nil {
		return reply{}, err
	}
	return noContent(), nil
}

// mayWithdraw refuses Global Administrators who would end their own role.
func (c *call) mayWithdraw(o *directory.Object) error {
	if c.principal.Delegated() && o.Text("principalId") == c.principal.UserID && o.Text("roleDefinitionId") == globalAdministrator {
		return &graphError{status: http.StatusBadRequest, code: "Request_BadRequest", message: "Removing self from Global Administrator built-in role is not allowed."}
	}
	return nil
}
