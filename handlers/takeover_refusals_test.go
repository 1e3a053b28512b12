package handlers_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"msgraph-user/internal/engine"
	"msgraph-user/internal/failure"
)

// Bad input is told with its cause and what helps, and changes nothing.
func TestBadInputOfATakeover(t *testing.T) {
	dynamic := strings.Replace(engineering, `"groupTypes":[]`, `"groupTypes":["DynamicMembership"],"membershipRule":"user.department -eq \"Sales\""`, 1)
	synced := strings.Replace(engineering, `"groupTypes":[]`, `"groupTypes":[],"onPremisesSyncEnabled":true`, 1)
	mail := strings.Replace(engineering, `"mailEnabled":false`, `"mailEnabled":true`, 1)
	unified := strings.Replace(mail, `"groupTypes":[]`, `"groupTypes":["Unified"]`, 1)
	user := func(more ...string) map[string]any {
		args := map[string]any{"user": victim}
		for i := 0; i < len(more); i += 2 {
			args[more[i]] = more[i+1]
		}
		return args
	}
	unknown := func(on string) scripted {
		return says(on, 404, "Request_ResourceNotFound", "Resource 'no-such' does not exist or one of its queried reference-property objects are not present.")
	}
	roles := []scripted{found(), ok(assignments, page(roleGlobal)), ok(instances, page()), ok(eligibles, page())}
	deleted := func(names ...string) scripted {
		var items []string
		for i, name := range names {
			items = append(items, fmt.Sprintf(`{"id":"id-%d","userPrincipalName":"11111111000000000000000000000001%s","deletedDateTime":"2023-11-0%dT00:00:00Z"}`, i, name, i+1))
		}
		return ok("GET /directory/deletedItems/microsoft.graph.user", page(items...))
	}
	for _, c := range []struct {
		name, command string
		args          map[string]any
		answers       []scripted
		argument      string // that the error is about; "" where Graph refused
		says          []string
	}{
		{"a since to come", "sign-ins-list", user("since", "tomorrow"), nil, "since", []string{"future"}},
		{"a since that is none", "risk-detections-list", user("since", "lately"), nil, "since", []string{"7 days"}},
		{"a limit of nothing", "consents-list", user("limit", "0"), nil, "limit", []string{"1 or more"}},
		{"an id that nobody has", "sign-ins-list", map[string]any{"user": admins}, []scripted{ok("GET /auditLogs/signIns", page()), says("GET /users/"+admins, 404, "Request_ResourceNotFound", "Resource '"+admins+"' does not exist.")}, "", []string{admins}},
		{"a dynamic group", "group-add", user("group_id", aGroup), []scripted{found(), ok(groups, page()), ok("GET /groups/", dynamic)}, "group_id", []string{"A rule decides", "department", "change the user's property"}},
		{"a synchronized group", "group-remove", user("group_id", aGroup), []scripted{found(), ok(groups, page(synced))}, "group_id", []string{"on premises", "Remove-ADGroupMember"}},
		{"a group that Exchange holds", "group-remove", user("group_id", aGroup), []scripted{found(), ok(groups, page(mail))}, "group_id", []string{"Exchange", "DistributionGroupMember"}},
		{"a group that the user is not in", "group-remove", user("group_id", admins), []scripted{found(), ok(groups, page(unified))}, "group_id", []string{"no direct member", "msgraph-user-get-groups"}},
		{"a name in place of a group's id", "group-remove", user("group_id", "Engineering"), []scripted{found()}, "group_id", []string{"no object id"}},
		{"an unknown group", "group-add", user("group_id", admins), []scripted{found(), ok(groups, page()), unknown("GET /groups/")}, "", []string{"msgraph-user-get-groups"}},
		{"a role that the user has not", "role-remove", user("role", "Global Administrator"), roles, "role", []string{"User Administrator (active)", "through a group", "msgraph-user-group-remove"}},
		{"a role that the user has not as eligible", "role-remove", user("role", "User Administrator", "assignment", "eligible"), roles, "role", []string{"as eligible"}},
		{"a role that the user has not, as far as it was read", "role-remove", user("role", "Global Administrator"), []scripted{found(), ok(assignments, page(roleGlobal)), withoutPIM()}, "role", []string{"User Administrator (active)", "Eligible roles could not be read", "licence"}},
		{"an assignment of no kind", "role-remove", user("role", "x", "assignment", "some"), nil, "assignment", []string{"active or eligible or all"}},
		{"a grant for everybody", "consent-revoke", map[string]any{"grant_id": "Gr-1"}, []scripted{ok("GET /oauth2PermissionGrants/Gr-1", strings.Replace(consent, `"Principal"`, `"AllPrincipals"`, 1))}, "tenant_wide", []string{"everybody", "tenant_wide=true"}},
		{"an unknown grant", "consent-revoke", map[string]any{"grant_id": "no-such"}, []scripted{unknown("GET /oauth2PermissionGrants/")}, "", []string{"no-such", "msgraph-user-consents-list"}},
		{"an assignment of another user", "app-role-remove", user("assignment_id", "Ar-2"), []scripted{found(), ok("GET /users/"+victimID+"/appRoleAssignments", page(appRole))}, "assignment_id", []string{"another user's", "msgraph-user-app-roles-list"}},
		{"an id in other letters", "app-role-remove", user("assignment_id", "ar-1"), []scripted{found(), ok("GET /users/"+victimID+"/appRoleAssignments", page(appRole))}, "assignment_id", []string{"no assignment"}},
		{"an assignment of a group", "app-role-remove", user("assignment_id", "Ar-1"), []scripted{found(), ok("GET /users/"+victimID+"/appRoleAssignments", page(strings.Replace(appRole, `"User"`, `"Group"`, 1)))}, "assignment_id", []string{"group", "msgraph-user-group-remove"}},
		{"an unknown device", "device-disable", map[string]any{"device_id": admins}, []scripted{unknown("GET /devices/"), ok("GET /devices?", page())}, "device_id", []string{"neither", "msgraph-user-devices-list"}},
		{"an unknown rule", "inbox-rule-disable", user("rule_id", "no-such"), []scripted{says("GET /users/", 404, "ErrorItemNotFound", "The specified object 'no-such' was not found in the store.")}, "", []string{"msgraph-user-inbox-rules-list"}},
		{"a rule that Graph may not change", "inbox-rule-disable", user("rule_id", "AQ"), []scripted{ok("GET "+ruleURL, strings.Replace(rule, `"isReadOnly":false`, `"isReadOnly":true`, 1))}, "rule_id", []string{"read-only", "Outlook"}},
		{"nobody who was deleted", "restore", user(), []scripted{deleted("b@contoso.example")}, "user", []string{victim, "msgraph-user-list-deleted"}},
		{"two who were deleted", "restore", user(), []scripted{deleted(victim, victim)}, "user", []string{"id-0", "id-1", "Give the id"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			far := &describedGraph{answers: c.answers}
			params := instanceParams()
			params["handle_error"] = false
			_, _, err := takeover(t, far, engine.Call{Command: "msgraph-user-" + c.command, Args: c.args, Params: params})
			e, _ := errors.AsType[*failure.Error](err)
			if e == nil || e.Argument != c.argument || (c.argument == "") != (e.Kind == failure.Refused) || len(far.changes()) > 0 {
				t.Fatalf("sent %q, %+v", far.changes(), e)
			}
			for _, part := range c.says {
				if !strings.Contains(strings.ToLower(e.Error()), strings.ToLower(part)) {
					t.Errorf("%q does not say %q", e.Error(), part)
				}
			}
		})
	}
}

// What cannot be had is told apart from what failed, with its reason.
func TestWhatIsNotAvailable(t *testing.T) {
	guest := ok("GET /users/"+victim, `{"id":"`+victimID+`","userPrincipalName":"adele_fabrikam.example#EXT#@contoso.example"}`)
	inChina := func(p map[string]any) { p["azure_cloud"] = "China" }
	for _, c := range []struct {
		name, command string
		params        func(map[string]any)
		args          map[string]any
		answers       []scripted
		says          string
	}{
		{"risk in China", "risk-get", inChina, nil, nil, "cloud China"},
		{"rules in China", "inbox-rules-list", inChina, nil, nil, "cloud China"},
		{"the risk of a guest", "risk-confirm", nil, nil, []scripted{guest}, "home tenant"},
		{"sign-ins without a licence", "sign-ins-list", nil, nil, []scripted{found(), says("GET /auditLogs/", 403, "Authentication_RequestFromNonPremiumTenantOrB2CTenant", "Neither tenant is B2C or tenant doesn't have premium license.")}, "P1 or P2"},
		{"risk without a licence", "risk-get", nil, nil, []scripted{found(), says("GET /identityProtection/", 403, "Forbidden", "Your tenant is not licensed for this feature.")}, "P2"},
		{"no mailbox", "inbox-rules-list", nil, nil, []scripted{says("GET /users/", 404, "MailboxNotEnabledForRESTAPI", "The mailbox is either inactive, soft-deleted, or is hosted on-premise.")}, "no mailbox"},
		{"roles that nobody may activate", "role-remove", nil, map[string]any{"role": "x"}, []scripted{found(), says(assignments, 403, "Forbidden", "The tenant is not licensed for this.")}, "Privileged Identity Management"},
		{"an eligible role without a licence for them", "role-remove", nil, map[string]any{"role": "User Administrator", "assignment": "eligible"}, []scripted{found(), ok(assignments, page(roleGlobal)), withoutPIM(), withoutPIM()}, "Privileged Identity Management"},
	} {
		t.Run(c.name, inVirtualTime(func(t *testing.T) {
			params, args := instanceParams(), map[string]any{"user": victim}
			if c.params != nil {
				c.params(params)
			}
			for name, value := range c.args {
				args[name] = value
			}
			call := engine.Call{Command: "msgraph-user-" + c.command, Args: args, Params: params}
			_, _, err := takeover(t, &describedGraph{answers: c.answers}, call)
			e, _ := errors.AsType[*failure.Error](err)
			if e == nil || !e.NotAvailable || !strings.Contains(e.Error(), c.says) {
				t.Errorf("one: %v", err)
			}
			args["user"] = []any{victim, victimID}
			again := append(slices.Clone(c.answers), c.answers...)
			for i := range again[len(c.answers):] {
				again[len(c.answers)+i].on = strings.Replace(again[len(c.answers)+i].on, victim, victimID, 1)
			}
			entries, _, err := takeover(t, &describedGraph{answers: again}, call)
			if counts := statuses(t, entries, err); counts[engine.NotAvailable] != 2 {
				t.Errorf("many: %v, %v", counts, err)
			}
		}))
	}
}

func inVirtualTime(test func(*testing.T)) func(*testing.T) {
	return func(t *testing.T) { synctest.Test(t, test) }
}
