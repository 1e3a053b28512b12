package main

import (
	"fmt"
	"slices"

	"msgraph-user/handlers"
	"msgraph-user/internal/definition"
	"msgraph-user/internal/engine"
)

// tasks are the rows of the matrix: what a person wants to do, and the commands
// that do it, without the prefix that most have.
var tasks = []struct {
	name     string
	commands []string
}{
	{"Look up users, managers, reports", []string{"get", "list", "get-delta", "get-manager"}},
	{"See groups", []string{"get-groups"}},
	{"Disable and unblock", []string{"account-disable", "unblock"}},
	{"Revoke sessions", []string{"session-revoke"}},
	{"Set a new password", []string{"change-password", "force-reset-password"}},
	{"Create and change users", []string{"create", "update", "assign-manager"}},
	{"Delete and restore users", []string{"delete", "restore"}},
	{"Issue Temporary Access Passes", []string{"tap-policy-list", "tap-policy-create", "tap-policy-delete"}},
	{"See authentication methods", []string{"get-auth-methods", "get-user-default-auth-method"}},
	{"Remove phones and addresses", []string{"phone-method-delete", "email-method-delete"}},
	{"Remove passkeys and authenticators", []string{"fido2-method-delete", "authenticator-method-delete", "software-oath-method-delete", "windows-hello-method-delete"}},
	{"See sign-ins and audits", []string{"sign-ins-list", "audits-list"}},
	{"See risk", []string{"risk-get", "risk-detections-list"}},
	{"Confirm and dismiss risk", []string{"risk-confirm", "risk-dismiss"}},
	{"See roles and consents", []string{"roles-list", "consents-list", "app-roles-list"}},
	{"Change groups", []string{"group-add", "group-remove"}},
	{"Remove directory roles", []string{"role-remove"}},
	{"Revoke consents, remove application roles", []string{"consent-revoke", "app-role-remove"}},
	{"Disable and enable devices", []string{"device-disable", "device-enable"}},
	{"See inbox rules", []string{"inbox-rules-list"}},
	{"Switch inbox rules off and on", []string{"inbox-rule-disable", "inbox-rule-enable"}},
	{"See licences", []string{"licenses-list"}},
}

// permissions is the matrix of tasks and the least permissions that they need: a
// dot for an application and for a person, a ring where only one of them needs it.
func permissions() (*canvas, error) {
	rows, names, err := leastOfTasks()
	if err != nil {
		return nil, err
	}
	const left, top, cell = 310, 290, 24
	c := newCanvas(left+len(names)*cell+110, top+len(rows)*cell+50, "Which permission of Microsoft Graph each task needs")
	for i, name := range names {
		x := left + i*cell + cell/2
		c.line(x, top-4, x, top+len(rows)*cell)
		c.slanted(x+4, top-10, name)
	}
	for i, row := range rows {
		y := top + i*cell + cell/2
		c.line(20, y, left+len(names)*cell, y)
		c.text("task", 20, y-4, tasks[i].name)
		for j, name := range names {
			switch x := left + j*cell + cell/2; {
			case row.application[name] && row.delegated[name]:
				c.dot("full", x, y)
			case row.application[name]:
				c.dot("ring", x, y)
			case row.delegated[name]:
				c.dot("ring person", x, y)
			}
		}
	}
	c.note(20, top+len(rows)*cell+30, "Dot: application and delegated permission. Ring: application permission only. Dashed ring: delegated permission only.")
	return c, nil
}

// least are the permissions of a task, for both sorts of tokens.
type least struct{ application, delegated map[string]bool }

// leastOfTasks returns what each task needs, and the names of all permissions, in
// the order of their first task.
func leastOfTasks() (rows []least, names []string, err error) {
	integration := definition.Load()
	needs, err := engine.Needs(integration, handlers.Commands())
	if err != nil {
		return nil, nil, err
	}
	for _, task := range tasks {
		row := least{map[string]bool{}, map[string]bool{}}
		for _, command := range task.commands {
			i := slices.IndexFunc(needs, func(n engine.Need) bool { return n.Command == "msgraph-user-"+command })
			if i < 0 {
				return nil, nil, fmt.Errorf("there is no command msgraph-user-%s", command)
			}
			for _, delegated := range []bool{false, true} {
				for _, name := range needs[i].Of(delegated).Permissions {
					if delegated {
						row.delegated[name] = true
					} else {
						row.application[name] = true
					}
					if !slices.Contains(names, name) {
						names = append(names, name)
					}
				}
			}
		}
		rows = append(rows, row)
	}
	return rows, names, nil
}
