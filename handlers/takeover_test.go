package handlers_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"msgraph-user/handlers"
	"msgraph-user/internal/engine"
	"msgraph-user/internal/failure"
	"msgraph-user/internal/graphtest"
	"msgraph-user/internal/xsoar"
)

const (
	victim   = "adele@contoso.example"
	victimID = "11111111-0000-0000-0000-000000000001"
	aGroup   = "22222222-0000-0000-0000-000000000002"
	aDevice  = "33333333-0000-0000-0000-000000000003"
	admins   = "44444444-0000-0000-0000-000000000004"

	lookup  = "GET /users/" + victim + "?$select=id,userPrincipalName,userType"
	groups  = "GET /users/" + victimID + "/memberOf/microsoft.graph.group"
	ruleURL = "/users/" + victim + "/mailFolders/inbox/messageRules/AQ"
)

func ok(on, body string) scripted { return scripted{on: on, status: http.StatusOK, body: body} }

func once(on, body string) scripted {
	return scripted{on: on, status: http.StatusOK, body: body, times: 1}
}

func gone(on string) scripted { return scripted{on: on, status: http.StatusNoContent} }

func says(on string, status int, code, message string) scripted {
	return scripted{on: on, status: status, body: fmt.Sprintf(`{"error":{"code":%q,"message":%q}}`, code, message)}
}

func found() scripted {
	return ok(lookup, fmt.Sprintf(`{"id":%q,"userPrincipalName":%q,"userType":"Member"}`, victimID, victim))
}

func page(items ...string) string { return `{"value":[` + strings.Join(items, ",") + `]}` }

const (
	engineering = `{"id":"` + aGroup + `","displayName":"Engineering","groupTypes":[],"mailEnabled":false,"assignedLicenses":[{"skuId":"s"}]}`
	laptop      = `{"id":"` + aDevice + `","deviceId":"d-1","displayName":"LAPTOP-1","accountEnabled":true,"trustType":"ServerAd"}`
	roleGlobal  = `{"id":"ra-1","principalId":"` + victimID + `","roleDefinitionId":"rd-1","directoryScopeId":"/administrativeUnits/au-1","roleDefinition":{"displayName":"User Administrator","templateId":"t-1"}}`
	scheduled   = `{"id":"rs-1","roleAssignmentOriginId":"ra-1","principalId":"` + victimID + `","roleDefinitionId":"rd-1","directoryScopeId":"/administrativeUnits/au-1","assignmentType":"Activated","memberType":"Direct","startDateTime":"2026-01-01T00:00:00Z","endDateTime":"2026-01-02T00:00:00Z"}`
	eligible    = `{"id":"re-1","principalId":"` + victimID + `","roleDefinitionId":"rd-1","directoryScopeId":"/","roleDefinition":{"displayName":"User Administrator","templateId":"t-1"}}`
	appRole     = `{"id":"Ar-1","principalId":"` + victimID + `","principalType":"User","resourceId":"55555555-0000-0000-0000-000000000005","appRoleId":"66666666-0000-0000-0000-000000000006","resourceDisplayName":"Payroll"}`
	consent     = `{"id":"Gr-1","clientId":"c-1","consentType":"Principal","principalId":"` + victimID + `","resourceId":"r-1","scope":"Mail.Read"}`
	rule        = `{"id":"AQ","displayName":"hide","isEnabled":true,"isReadOnly":false}`

	assignments = "GET /roleManagement/directory/roleAssignments?$filter=principalId eq '" + victimID + "'"
	instances   = "GET /roleManagement/directory/roleAssignmentScheduleInstances?$filter=principalId eq '" + victimID + "'"
	eligibles   = "GET /roleManagement/directory/roleEligibilityScheduleInstances?$filter=principalId eq '" + victimID + "'"
)

// takeover runs a command of the takeover family against scripted answers.
func takeover(t *testing.T, far *describedGraph, call engine.Call) (entries []xsoar.Entry, advice []string, err error) {
	t.Helper()
	far.t, far.command = t, call.Command
	call.Advise = func(text string) { advice = append(advice, text) }
	if call.Params == nil {
		call.Params = instanceParams()
	}
	began := time.Now()
	now := func() time.Time { return atRecording().Add(time.Since(began)).Truncate(time.Second) }
	service := newService(t, far, engine.Options{Now: now, Wait: noWait})
	call.Store = withToken(recordedNow + 3000)
	entries, err = service.Run(t.Context(), call)
	return entries, advice, err
}

func TestReadsOfATakeover(t *testing.T) {
	for _, c := range []struct {
		name, command string
		args          map[string]any
		answers       []scripted
		shows         []string // in the context
		advises       string
	}{
		{"sign-ins since", "sign-ins-list", map[string]any{"since": "2023-11-10T00:00:00Z", "limit": 1},
			[]scripted{found(), ok("GET /auditLogs/signIns?$filter=userId eq '"+victimID+"' and createdDateTime ge 2023-11-10T00:00:00Z&$top=1", page(`{"id":"s-1","ipAddress":"192.0.2.1"}`, `{"id":"s-2"}`))},
			[]string{`"MSGraphUser.SignIn(val.ID \u0026\u0026 val.ID == obj.ID)":[{"User":"` + victim + `","ID":"s-1","IpAddress":"192.0.2.1"}]`, `"MSGraphUser.Truncated":true`}, ""},
		{"sign-ins of a time that is not kept", "sign-ins-list", map[string]any{"since": "60 days"},
			[]scripted{found(), ok("GET /auditLogs/signIns", page(`{"id":"s-1"}`))}, []string{`"ID":"s-1"`}, "30 days"},
		{"sign-ins of a week that a free tenant does not keep", "sign-ins-list", map[string]any{"since": "8 days ago"},
			[]scripted{found(), ok("GET /auditLogs/signIns", page(`{"id":"s-1"}`))}, []string{`"ID":"s-1"`}, "7 days"},
		{"sign-ins of who was deleted", "sign-ins-list", map[string]any{"user": victimID},
			[]scripted{ok("GET /auditLogs/signIns", page(`{"id":"s-1"}`))}, []string{`"User":"` + victimID + `"`}, ""},
		{"audits by and about", "audits-list", nil,
			[]scripted{found(), ok("GET /auditLogs/directoryAudits?$filter=initiatedBy/user/id eq '"+victimID+"'", page(`{"id":"a-1","activityDateTime":"2026-01-01T00:00:00Z"}`, `{"id":"a-2","activityDateTime":"2026-01-03T00:00:00Z"}`)),
				ok("GET /auditLogs/directoryAudits?$filter=targetResources/any(t:t/id eq '"+victimID+"')", page(`{"id":"a-2","activityDateTime":"2026-01-03T00:00:00Z"}`, `{"id":"a-3","activityDateTime":"2026-01-02T00:00:00Z"}`))},
			[]string{`[{"User":"` + victim + `","ID":"a-2","ActivityDateTime":"2026-01-03T00:00:00Z","Relation":"by, about"},{"User":"` + victim + `","ID":"a-3","ActivityDateTime":"2026-01-02T00:00:00Z","Relation":"about"},{"User":"` + victim + `","ID":"a-1"`}, ""},
		{"risk", "risk-get", nil, []scripted{found(), ok("GET /identityProtection/riskyUsers/"+victimID, `{"id":"`+victimID+`","riskLevel":"high"}`)},
			[]string{`MSGraphUser.Risk(val.ID`, `{"User":"` + victim + `","ID":"` + victimID + `","RiskLevel":"high"}`}, ""},
		{"no risk", "risk-get", nil, []scripted{found(), says("GET /identityProtection/riskyUsers/", 404, "Request_ResourceNotFound", "Resource not found.")}, []string{"null"}, ""},
		{"risk detections", "risk-detections-list", map[string]any{"since": "1 day"},
			[]scripted{found(), ok("GET /identityProtection/riskDetections?$filter=userId eq '"+victimID+"' and detectedDateTime ge 2023-11-13T22:13:20Z", page(`{"id":"rd-1"}`))}, []string{`MSGraphUser.RiskDetection(`, `"ID":"rd-1"`}, ""},
		{"consents", "consents-list", nil, []scripted{ok("GET /users/"+victim+"/oauth2PermissionGrants", page(consent))}, []string{`MSGraphUser.Consent(`, `"Scope":"Mail.Read"`}, "everybody"},
		{"app roles", "app-roles-list", nil, []scripted{ok("GET /users/"+victim+"/appRoleAssignments", page(appRole))}, []string{`MSGraphUser.AppRole(`, `"ResourceDisplayName":"Payroll"`}, ""},
		{"roles, of the user and through a group", "roles-list", nil, []scripted{found(),
			ok("GET /users/"+victimID+"/transitiveMemberOf/microsoft.graph.group", page(`{"id":"`+admins+`","displayName":"Admins","isAssignableToRole":true}`, `{"id":"x","isAssignableToRole":null}`)),
			ok(assignments, page(roleGlobal)), ok(instances, page(scheduled)), ok(eligibles, page(eligible)),
			ok("GET /roleManagement/directory/roleAssignments?$filter=principalId eq '"+admins, page(`{"id":"ra-2","principalId":"`+admins+`","roleDefinitionId":"rd-2"}`)),
			ok("GET /roleManagement/directory/roleAssignmentScheduleInstances", page()), ok("GET /roleManagement/directory/roleEligibilityScheduleInstances", page())},
			[]string{`"RoleName":"User Administrator","Assignment":"active","AssignmentType":"Activated"`, `"ID":"re-1"`, `"Assignment":"eligible"`, `"RoleName":"rd-2","Assignment":"active","GroupId":"` + admins + `","GroupName":"Admins"`}, ""},
		{"roles without a licence for eligible ones", "roles-list", nil, []scripted{found(), ok("GET /users/"+victimID+"/transitiveMemberOf", page()), ok(assignments, page(roleGlobal)),
			says("GET /roleManagement/", 400, "AadPremiumLicenseRequired", "The tenant needs to have Microsoft Entra ID P2 or Microsoft Entra ID Governance license.")},
			[]string{`"Assignment":"active"`}, "Governance"},
		{"devices, each once", "devices-list", nil, []scripted{ok("GET /users/"+victim+"/registeredDevices", page(laptop)), ok("GET /users/"+victim+"/ownedDevices", page(laptop, `{"id":"d-2"}`))},
			[]string{`MSGraphUser.Device(`, `"Relation":"registered, owned"`, `"ID":"d-2","Relation":"owned"`}, ""},
		{"inbox rules", "inbox-rules-list", nil, []scripted{ok("GET /users/"+victim+"/mailFolders/inbox/messageRules", page(rule))}, []string{`MSGraphUser.InboxRule(`, `"IsEnabled":true`}, "hidden"},
		{"licences", "licenses-list", nil, []scripted{ok("GET /users/"+victim+"/licenseDetails", page(`{"id":"l-1","skuPartNumber":"E5"}`))}, []string{`MSGraphUser.License(`, `"SkuPartNumber":"E5"`}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			args := map[string]any{"user": victim}
			for name, value := range c.args {
				args[name] = value
			}
			far := &describedGraph{answers: c.answers}
			entries, advice, err := takeover(t, far, engine.Call{Command: "msgraph-user-" + c.command, Args: args})
			if err != nil {
				t.Fatal(err)
			}
			data, _ := json.Marshal(entries[0].EntryContext)
			for _, part := range c.shows {
				if !strings.Contains(string(data), part) {
					t.Errorf("%s\nhas no %s", data, part)
				}
			}
			if c.advises != "" && !strings.Contains(strings.Join(advice, " "), c.advises) {
				t.Errorf("advises %q", advice)
			}
		})
	}
}

func TestDeletedUsers(t *testing.T) {
	deleted := ok("GET /directory/deletedItems/microsoft.graph.user", page(
		`{"id":"1","userPrincipalName":"11111111000000000000000000000001`+victim+`","deletedDateTime":"2023-11-01T00:00:00Z"}`,
		`{"id":"2","userPrincipalName":"b@contoso.example","deletedDateTime":"2023-11-13T00:00:00Z"}`, `{"id":"3","userPrincipalName":"c@contoso.example","deletedDateTime":"2023-10-01T00:00:00Z"}`))
	entries, _, err := takeover(t, &describedGraph{answers: []scripted{deleted}}, engine.Call{Command: "msgraph-user-list-deleted", Args: map[string]any{"since": "20 days"}})
	if err != nil {
		t.Fatal(err)
	}
	data, _ := json.Marshal(entries[0].EntryContext)
	want := `[{"User":"b@contoso.example","ID":"2","UserPrincipalName":"b@contoso.example","DeletedDateTime":"2023-11-13T00:00:00Z"},{"User":"` + victim + `","ID":"1"`
	if !strings.Contains(string(data), want) || strings.Contains(string(data), `"ID":"3"`) {
		t.Errorf("got %s", data)
	}
}

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

// Each change says how it is undone and proven, as requests that Graph has.
func TestEveryWriteSaysHowItIsUndone(t *testing.T) {
	for _, c := range writes() {
		t.Run(c.name, func(t *testing.T) {
			var taken []engine.Step
			commands := handlers.Commands()
			command := commands["msgraph-user-"+c.command]
			steps := command.Steps
			command.Steps = func(inv *engine.Invocation) ([]engine.Step, error) {
				made, err := steps(inv)
				return watched(made, &taken), err
			}
			commands["msgraph-user-"+c.command] = command
			far := &describedGraph{t: t, command: "msgraph-user-" + c.command, answers: c.answers}
			service := newService(t, far, engine.Options{Commands: commands, Now: atRecording, Wait: noWait})
			store := withToken(recordedNow + 3000)
			if _, err := service.Run(t.Context(), engine.Call{Command: "msgraph-user-" + c.command, Args: c.args, Params: instanceParams(), Store: store}); err != nil {
				t.Fatal(err)
			}
			changes := 0
			for _, step := range taken {
				if step.Request.Method == http.MethodGet {
					continue
				}
				changes++
				if len(step.Undo) == 0 || step.Prove == nil {
					t.Errorf("%s %s has no undo or no proof", step.Request.Method, step.Request.Path)
				}
				for _, undo := range step.Undo {
					body, _ := json.Marshal(undo.Body)
					if undo.Body == nil {
						body = nil
					}
					if err := fitsDescription(undo.Method, requestURL(t, undo.Version+undo.Path), body); err != nil {
						t.Errorf("undone by %s %s %s: %v", undo.Method, undo.Path, body, err)
					}
					if undo.Method == step.Request.Method && undo.Path == step.Request.Path && fmt.Sprint(undo.Body) == fmt.Sprint(step.Request.Body) {
						t.Errorf("%s %s is undone by itself", undo.Method, undo.Path)
					}
				}
			}
			if changes != len(c.sends) {
				t.Errorf("%d changes, want %d", changes, len(c.sends))
			}
		})
	}
}

// watched keeps a copy of each step, and of those that follow from it.
func watched(steps []engine.Step, taken *[]engine.Step) []engine.Step {
	for i := range steps {
		step := &steps[i]
		*taken = append(*taken, *step)
		if then := step.Then; then != nil {
			step.Then = func(before []engine.Outcome) ([]engine.Step, error) {
				made, err := then(before)
				return watched(made, taken), err
			}
		}
		if instead := step.Instead; instead != nil {
			step.Instead = func(e *failure.Error) []engine.Step { return watched(instead(e), taken) }
		}
	}
	return steps
}

// Many who are confirmed go in few requests, one a second.
func TestRiskOfManyIsConfirmedTogether(t *testing.T) {
	for _, c := range []struct {
		name     string
		refuse   string // the id of a user for which Graph refuses the request
		requests int
		failed   int
	}{
		{"all", "", 3, 0},
		{"but one that Graph refuses", "id-7@", 3 + 60, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				requests, named := 0, map[string]int{}
				var last time.Time
				far := &batchSide{latency: 10 * time.Millisecond, item: func(r graphtest.BatchItem) (int, map[string]string, string) {
					if r.Method == http.MethodGet {
						name, _, _ := strings.Cut(strings.TrimPrefix(r.URL, "/users/u"), "?")
						return 200, nil, fmt.Sprintf(`{"id":"id-%s","userPrincipalName":"u%s"}`, name, name)
					}
					if !last.IsZero() && time.Since(last) < 900*time.Millisecond {
						t.Errorf("%v after the last", time.Since(last))
					}
					requests, last = requests+1, time.Now()
					var body struct{ UserIDs []string }
					_ = json.Unmarshal(r.Body, &body)
					if slices.ContainsFunc(body.UserIDs, func(id string) bool { return c.refuse != "" && strings.HasPrefix(id, c.refuse) }) {
						return 400, nil, `{"error":{"code":"BadRequest","message":"a user is unknown"}}`
					}
					for _, id := range body.UserIDs {
						named[id]++
					}
					return 204, nil, ""
				}}
				entries, _, err := callMany(t, t.Context(), far, engine.Call{Command: "msgraph-user-risk-confirm", Args: map[string]any{"user": users(130), "confirm": 130}})
				counts := statuses(t, entries, err)
				if counts[engine.Succeeded] != 130-c.failed || counts[engine.Failed] != c.failed || len(named) != 130-c.failed || requests != c.requests {
					t.Errorf("%v in %d requests, %d users", counts, requests, len(named))
				}
				for id, n := range named {
					if n != 1 {
						t.Errorf("%s was named %d times", id, n)
					}
				}
			})
		})
	}
}

// The logs take five requests in ten seconds.
func TestLogsArePaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var at []time.Time
		far := &batchSide{item: func(r graphtest.BatchItem) (int, map[string]string, string) {
			if strings.HasPrefix(r.URL, "/users/") {
				name, _, _ := strings.Cut(strings.TrimPrefix(r.URL, "/users/"), "?")
				return 200, nil, fmt.Sprintf(`{"id":"id-%s"}`, name)
			}
			at = append(at, time.Now())
			return 200, nil, `{"value":[{"id":"s"}]}`
		}}
		entries, took, err := callMany(t, t.Context(), far, engine.Call{Command: "msgraph-user-sign-ins-list", Args: map[string]any{"user": users(12)}})
		if counts := statuses(t, entries, err); counts[engine.Succeeded] != 12 || len(at) != 12 {
			t.Fatalf("%v, %v", counts, err)
		}
		for i := range at {
			if i >= 5 && at[i].Sub(at[i-5]) < 10*time.Second {
				t.Errorf("six within %v", at[i].Sub(at[i-5]))
			}
		}
		if took > 21*time.Second {
			t.Errorf("took %v", took)
		}
	})
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

// A user who was deleted is protected by any name; nothing is restored then.
func TestWhoIsProtectedIsNotRestored(t *testing.T) {
	for _, name := range []string{victim, "ada@contoso.example", victimID} {
		params := instanceParams()
		params["protected_users"] = name
		far := &describedGraph{answers: []scripted{ok("GET /directory/deletedItems/microsoft.graph.user", page(
			`{"id":"`+victimID+`","userPrincipalName":"11111111000000000000000000000001`+victim+`","otherMails":["ada@contoso.example"],"proxyAddresses":[]}`))}}
		for _, user := range []string{victim, victimID + ",b@contoso.example"} {
			_, _, err := takeover(t, far, engine.Call{Command: "msgraph-user-restore", Args: map[string]any{"user": user}, Params: params})
			e, _ := errors.AsType[*failure.Error](err)
			if e == nil || len(far.changes()) > 0 || e.Results == nil && e.Parameter != "protected_users" {
				t.Errorf("%s, protected as %s: %q, %v", user, name, far.changes(), err)
			}
		}
	}
}

// Who looks at the names of a synchronized user is told what has to be done on
// premises.
func TestDisablingASynchronizedUserSaysWhatIsLeft(t *testing.T) {
	params := instanceParams()
	params["protected_users"] = "boss@contoso.example"
	seen := ok("GET /users/"+victim+"?$select=id,userPrincipalName", `{"id":"`+victimID+`","userPrincipalName":"`+victim+`","otherMails":[],"proxyAddresses":[],"onPremisesSyncEnabled":true,"onPremisesSamAccountName":"adele"}`)
	far := &describedGraph{answers: []scripted{seen, gone("PATCH /users/")}}
	far.t, far.command = t, "msgraph-user-account-disable"
	for _, user := range []any{victim, []any{victim, "boss@contoso.example"}} {
		var advice []string
		service := newService(t, unheld{far}, engine.Options{Now: atRecording})
		store := withToken(recordedNow + 3000)
		_, err := service.Run(t.Context(), engine.Call{Command: "msgraph-user-account-disable", Args: map[string]any{"user": user}, Params: params, Store: store, Advise: func(text string) { advice = append(advice, text) }})
		if err != nil || !strings.Contains(strings.Join(advice, " "), "Disable-ADAccount -Identity 'adele'") {
			t.Errorf("%v, %q", err, advice)
		}
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
