package handlers_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"msgraph-user/internal/engine"
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
