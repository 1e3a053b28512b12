package handlers_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"msgraph-user/internal/engine"
	"msgraph-user/internal/failure"
)

// write is a change of a takeover: what is asked, how Graph answers, and what goes out.
type write struct {
	name, command string
	args          map[string]any
	answers       []scripted
	sends         []string
	says, advises string
}

func writes() []write {
	deletedUser := page(`{"id":"` + victimID + `","userPrincipalName":"11111111000000000000000000000001` + victim + `","otherMails":[],"proxyAddresses":[],"deletedDateTime":"2026-01-01T00:00:00Z"}`)
	risky := []scripted{found(), gone("POST /identityProtection/")}
	user := func(more ...string) map[string]any {
		args := map[string]any{"user": victim}
		for i := 0; i < len(more); i += 2 {
			args[more[i]] = more[i+1]
		}
		return args
	}
	removal := func(where, scope string) string {
		return "POST /roleManagement/directory/" + where + ` {"action":"adminRemove","principalId":"` + victimID + `","roleDefinitionId":"rd-1","directoryScopeId":"` + scope + `","justification":"Changed with msgraph-user-role-remove"}`
	}
	return []write{
		{"restore by the name before", "restore", user(), []scripted{ok("GET /directory/deletedItems/microsoft.graph.user", deletedUser), ok("POST /directory/deletedItems/", `{"id":"`+victimID+`"}`), ok("GET /users/"+victimID, `{"id":"`+victimID+`"}`)},
			[]string{"POST /directory/deletedItems/" + victimID + "/restore"}, "is restored", "account-disable"},
		{"add to a group", "group-add", user("group_id", aGroup), []scripted{found(), once(groups, page()), ok(groups, page(engineering)), ok("GET /groups/"+aGroup, engineering), gone("POST /groups/")},
			[]string{"POST /groups/" + aGroup + `/members/$ref {"@odata.id":"https://graph.microsoft.com/v1.0/directoryObjects/` + victimID + `"}`}, "is a member of Engineering", ""},
		{"add who came in meanwhile", "group-add", user("group_id", aGroup), []scripted{found(), once(groups, page()), ok(groups, page(engineering)), ok("GET /groups/"+aGroup, engineering),
			says("POST /groups/", 400, "Request_BadRequest", "One or more added object references already exist for the following modified properties: 'members'.")},
			[]string{"POST /groups/" + aGroup + `/members/$ref {"@odata.id":"https://graph.microsoft.com/v1.0/directoryObjects/` + victimID + `"}`}, "is a member of Engineering", ""},
		{"take out of a group", "group-remove", user("group_id", aGroup), []scripted{found(), once(groups, page(engineering)), ok(groups, page()), gone("DELETE /groups/")},
			[]string{"DELETE /groups/" + aGroup + "/members/" + victimID + "/$ref"}, "is no member of Engineering any more", "licences"},
		{"a role without PIM", "role-remove", user("role", "user administrator"), []scripted{found(), once(assignments, page(roleGlobal)), ok(assignments, page()), withoutPIM(), gone("DELETE /roleManagement/")},
			[]string{"DELETE /roleManagement/directory/roleAssignments/ra-1"}, "no more", "Governance"},
		{"a role with PIM, active and eligible", "role-remove", user("role", "t-1", "assignment", "active"),
			[]scripted{found(), once(assignments, page(roleGlobal)), ok(assignments, page()), ok(instances, page(scheduled)), ok(eligibles, page(eligible)), {on: "POST /roleManagement/", status: 201, body: `{"id":"q","status":"Provisioned"}`}},
			[]string{removal("roleAssignmentScheduleRequests", "/administrativeUnits/au-1")}, "(/administrativeUnits/au-1)", "assignment=all"},
		{"all of a role", "role-remove", user("role", "rd-1"),
			[]scripted{found(), once(assignments, page(roleGlobal)), ok(assignments, page()), ok(instances, page(scheduled)), once(eligibles, page(eligible)), ok(eligibles, page()), {on: "POST /roleManagement/", status: 201, body: `{"id":"q","status":"Granted"}`}},
			[]string{removal("roleAssignmentScheduleRequests", "/administrativeUnits/au-1"), removal("roleEligibilityScheduleRequests", "/")}, "may activate the role User Administrator no more", ""},
		{"a consent", "consent-revoke", map[string]any{"grant_id": "Gr-1"}, []scripted{once("GET /oauth2PermissionGrants/Gr-1", consent), says("GET /oauth2PermissionGrants/Gr-1", 404, "Request_ResourceNotFound", "gone"), gone("DELETE /oauth2PermissionGrants/")},
			[]string{"DELETE /oauth2PermissionGrants/Gr-1"}, "Mail.Read", "access token"},
		{"a consent for everybody", "consent-revoke", map[string]any{"grant_id": "Gr-1", "tenant_wide": true},
			[]scripted{once("GET /oauth2PermissionGrants/Gr-1", strings.Replace(consent, `"Principal"`, `"AllPrincipals"`, 1)), says("GET /oauth2PermissionGrants/Gr-1", 404, "Request_ResourceNotFound", "gone"), gone("DELETE /oauth2PermissionGrants/")},
			[]string{"DELETE /oauth2PermissionGrants/Gr-1"}, "is revoked", ""},
		{"an app role", "app-role-remove", user("assignment_id", "Ar-1"), []scripted{found(), once("GET /users/"+victimID+"/appRoleAssignments", page(appRole)), ok("GET /users/"+victimID+"/appRoleAssignments", page()), gone("DELETE /users/")},
			[]string{"DELETE /users/" + victimID + "/appRoleAssignments/Ar-1"}, "Payroll", ""},
		{"a device", "device-disable", map[string]any{"device_id": aDevice}, []scripted{once("GET /devices/"+aDevice, laptop), ok("GET /devices/"+aDevice, strings.Replace(laptop, "true", "false", 1)), gone("PATCH /devices/")},
			[]string{"PATCH /devices/" + aDevice + `? {"accountEnabled":false}`}, "LAPTOP-1", "Disable-ADAccount -Identity 'LAPTOP-1$'"},
		{"a device by its device id", "device-disable", map[string]any{"device_id": admins}, []scripted{says("GET /devices/"+admins, 404, "Request_ResourceNotFound", "Resource '"+admins+"' does not exist."),
			ok("GET /devices?$filter=deviceId eq '"+admins+"'", page(laptop)), ok("GET /devices/"+aDevice, strings.Replace(laptop, "true", "false", 1)), gone("PATCH /devices/")},
			[]string{"PATCH /devices/" + aDevice + `? {"accountEnabled":false}`}, "LAPTOP-1", ""},
		{"a device again", "device-enable", map[string]any{"device_id": aDevice}, []scripted{once("GET /devices/"+aDevice, strings.Replace(laptop, "true", "false", 1)), ok("GET /devices/"+aDevice, laptop), gone("PATCH /devices/")},
			[]string{"PATCH /devices/" + aDevice + `? {"accountEnabled":true}`}, "enabled", "Enable-ADAccount"},
		{"a rule", "inbox-rule-disable", user("rule_id", "AQ"), []scripted{once("GET "+ruleURL, rule), ok("GET "+ruleURL, strings.Replace(rule, "true", "false", 1)), ok("PATCH "+ruleURL, rule)},
			[]string{"PATCH " + ruleURL + `? {"isEnabled":false}`}, "hide", ""},
		{"a rule again", "inbox-rule-enable", user("rule_id", "AQ"), []scripted{once("GET "+ruleURL, strings.Replace(rule, "true", "false", 1)), ok("GET "+ruleURL, rule), ok("PATCH "+ruleURL, rule)},
			[]string{"PATCH " + ruleURL + `? {"isEnabled":true}`}, "enabled", ""},
		{"a risk", "risk-confirm", user(), risky, []string{`POST /identityProtection/riskyUsers/confirmCompromised? {"userIds":["` + victimID + `"]}`}, "compromised", "reset it before"},
		{"no risk", "risk-dismiss", user(), risky, []string{`POST /identityProtection/riskyUsers/dismiss? {"userIds":["` + victimID + `"]}`}, "dismissed", "minutes"},
	}
}

// withoutPIM answers for what Privileged Identity Management knows in a tenant without
// a licence for it.
func withoutPIM() scripted {
	return says("GET /roleManagement/directory/role", 400, "AadPremiumLicenseRequired", "The tenant needs a P2 license.")
}

func TestWritesOfATakeover(t *testing.T) {
	for _, c := range writes() {
		t.Run(c.name, func(t *testing.T) {
			far := &describedGraph{answers: c.answers}
			entries, advice, err := takeover(t, far, engine.Call{Command: "msgraph-user-" + c.command, Args: c.args})
			if err != nil {
				t.Fatal(err)
			}
			if got := plain(far.changes()); !slices.Equal(got, plain(c.sends)) {
				t.Errorf("sent %q, want %q", got, c.sends)
			}
			if !strings.Contains(entries[0].HumanReadable, c.says) || !strings.Contains(strings.Join(advice, " "), c.advises) {
				t.Errorf("says %q, advises %q", entries[0].HumanReadable, advice)
			}
		})
	}
}

// plain leaves out the mark of an empty query.
func plain(lines []string) []string {
	shown := make([]string, len(lines))
	for i, line := range lines {
		shown[i] = strings.Replace(line, "? ", " ", 1)
	}
	return shown
}

// A dry run reads what it has to, names each change with its permission, and makes
// none; a read-only instance makes none either.
func TestWritesThatMustNotBeMade(t *testing.T) {
	for _, c := range writes() {
		t.Run(c.name, func(t *testing.T) {
			args := map[string]any{"dry_run": true}
			for name, value := range c.args {
				args[name] = value
			}
			far := &describedGraph{answers: c.answers}
			entries, _, err := takeover(t, far, engine.Call{Command: "msgraph-user-" + c.command, Args: args})
			if err != nil || len(far.changes()) > 0 {
				t.Fatalf("sent %q, %v", far.changes(), err)
			}
			for _, line := range c.sends {
				method, rest, _ := strings.Cut(line, " ")
				path, _, _ := strings.Cut(rest, " ")
				if want := method + " /v1.0" + strings.TrimSuffix(path, "?"); !strings.Contains(entries[0].HumanReadable, want) {
					t.Errorf("%s\ndoes not show %s", entries[0].HumanReadable, want)
				}
			}
			if !strings.Contains(entries[0].HumanReadable, "ReadWrite") && !strings.Contains(entries[0].HumanReadable, "DeleteRestore") {
				t.Errorf("names no permission:\n%s", entries[0].HumanReadable)
			}
			params := instanceParams()
			params["read_only"] = true
			far = &describedGraph{}
			_, _, err = takeover(t, far, engine.Call{Command: "msgraph-user-" + c.command, Args: c.args, Params: params})
			if e, _ := errors.AsType[*failure.Error](err); e == nil || e.Parameter != "read_only" || len(far.sent) > 0 {
				t.Errorf("read only: sent %q, %v", far.sent, err)
			}
		})
	}
}

// What Graph took and does not show is in doubt, for one and for many.
func TestAChangeThatDoesNotShowIsInDoubt(t *testing.T) {
	answers := []scripted{found(), ok(groups, page(engineering)), gone("DELETE /groups/")}
	_, _, err := takeover(t, &describedGraph{answers: answers}, engine.Call{Command: "msgraph-user-group-remove", Args: map[string]any{"user": victim, "group_id": aGroup}})
	if e, _ := errors.AsType[*failure.Error](err); e == nil || !e.InDoubt || !strings.Contains(e.Message, "does not show it yet") {
		t.Errorf("one: %v", err)
	}
	other := says("GET /users/b@contoso.example", 404, "Request_ResourceNotFound", "Resource 'b@contoso.example' does not exist.")
	entries, _, err := takeover(t, &describedGraph{answers: append(answers, other)}, engine.Call{Command: "msgraph-user-group-remove", Args: map[string]any{"user": victim + ",b@contoso.example", "group_id": aGroup}})
	if counts := statuses(t, entries, err); counts[engine.InDoubt] != 1 || counts[engine.NotFound] != 1 {
		t.Errorf("many: %v, %v", counts, err)
	}
	forbidden := []scripted{found(), once(groups, page(engineering)), says(groups, 403, "Authorization_RequestDenied", "no"), gone("DELETE /groups/")}
	_, advice, err := takeover(t, &describedGraph{answers: forbidden}, engine.Call{Command: "msgraph-user-group-remove", Args: map[string]any{"user": victim, "group_id": aGroup}})
	if err != nil || !strings.Contains(strings.Join(advice, " "), "could not be read back") {
		t.Errorf("not to be read: %v, %q", err, advice)
	}
}

// Things are told apart by letter case, and come as a list.
func TestGrantsComeAsAList(t *testing.T) {
	far := &describedGraph{answers: []scripted{once("GET /oauth2PermissionGrants/Gr-1", consent), once("GET /oauth2PermissionGrants/gr-1", consent),
		says("GET /oauth2PermissionGrants/", 404, "Request_ResourceNotFound", "gone"), gone("DELETE /oauth2PermissionGrants/")}}
	entries, _, err := takeover(t, far, engine.Call{Command: "msgraph-user-consent-revoke", Args: map[string]any{"grant_id": []any{"Gr-1", "gr-1", "Gr-1"}, "confirm": 2}})
	if counts := statuses(t, entries, err); counts[engine.Succeeded] != 2 || len(far.changes()) != 2 {
		t.Errorf("%v, sent %q", counts, far.sent)
	}
}
