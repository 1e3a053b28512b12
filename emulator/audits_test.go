package emulator_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"msgraph-user/emulator"
)

// Every change in the directory is an audit that names what was done, to what, and by
// which application or person.
func TestEveryChangeIsAnAudit(t *testing.T) {
	const user = "/v1.0/users/" + plain
	for _, c := range []struct {
		method, path, body, activity, category, target string
	}{
		{"POST", "/v1.0/users", newHire(nil), "Add user", "UserManagement", "New Hire"},
		{"PATCH", user, `{"jobTitle":"x"}`, "Update user", "UserManagement", "Sam Whitfield"},
		{"PATCH", user, `{"accountEnabled":false}`, "Disable account", "UserManagement", "Sam Whitfield"},
		{"PATCH", "/v1.0/users/elena.rossi@larkspur.example", `{"accountEnabled":true}`, "Enable account", "UserManagement", "Elena Rossi"},
		{"PATCH", user, `{"passwordProfile":{"password":"Br4nd-new-pass"}}`, "Reset user password", "UserManagement", "Sam Whitfield"},
		{"POST", user + "/revokeSignInSessions", "", "Update StsRefreshTokenValidFrom Timestamp", "UserManagement", "Sam Whitfield"},
		{"DELETE", user, "", "Delete user", "UserManagement", "Sam Whitfield"},
		{"DELETE", user + "/manager/$ref", "", "Remove user manager", "UserManagement", "Sam Whitfield"},
		{"POST", auth(plain) + "/temporaryAccessPassMethods", "{}", "Admin registered security info", "UserManagement", "Sam Whitfield"},
		{"DELETE", "/v1.0/oauth2PermissionGrants/{grant}", "", "Remove delegated permission grant", "ApplicationManagement", "Sam Whitfield"},
		{"DELETE", user + "/appRoleAssignments/{appRole}", "", "Remove app role assignment from user", "UserManagement", "Sam Whitfield"},
		{"POST", "/v1.0/groups/{vpn}/members/$ref", `{"@odata.id":"https://graph.microsoft.com/v1.0/directoryObjects/{role}"}`, "Add member to group", "GroupManagement", "Noel Ivanov"},
		{"DELETE", "/v1.0/groups/{vpn}/members/{member}/$ref", "", "Remove member from group", "GroupManagement", "VPN Users"},
		{"DELETE", roles + "roleAssignments/{assignment}", "", "Remove member from role", "RoleManagement", "Noel Ivanov"},
		{"POST", roles + "roleAssignments", `{"principalId":"{plain}","roleDefinitionId":"` + helpRole + `","directoryScopeId":"/"}`, "Add member to role", "RoleManagement", "Sam Whitfield"},
		{"POST", roles + "roleAssignments", `{"principalId":"{plain}","roleDefinitionId":"` + helpRole + `","directoryScopeId":"/administrativeUnits/` + nobody + `"}`, "Add scoped member to role", "RoleManagement", "Sam Whitfield"},
		{"POST", roles + "roleEligibilityScheduleRequests", roleRequest("adminRemove", "{role}", userRole), "Remove eligible member from role in PIM completed (permanent)", "RoleManagement", "Noel Ivanov"},
		{"PATCH", "/v1.0/devices/{device}", `{"accountEnabled":false}`, "Update device", "Device", "LAPTOP-1000"},
		{"POST", protection + "riskyUsers/confirmCompromised", `{"userIds":["{plain}"]}`, "ConfirmAccountCompromised", "IdentityProtection", "Sam Whitfield"},
		{"POST", protection + "riskyUsers/dismiss", `{"userIds":["{risky}"]}`, "DismissUser", "IdentityProtection", "Olivia Stone"},
	} {
		t.Run(c.activity, func(t *testing.T) {
			x := start(t, emulator.Options{})
			path, body := x.with(c.path), x.with(c.body)
			if a := x.do(c.method, path, body, "User-Agent", "attack/1"); a.status >= 300 {
				t.Fatalf("%d %s", a.status, a.text)
			}
			audits := x.want(x.get(auditLogs+"directoryAudits?$filter=activityDisplayName eq '"+c.activity+"'"), 200)
			if len(audits.value()) != 1 {
				t.Fatalf("%d such audits: %s", len(audits.value()), x.get(auditLogs+"directoryAudits").text)
			}
			audit := audits.value()[0]
			if err := readMetadata(t).entityFits("directoryAudit", audit); err != nil {
				t.Error(err)
			}
			if audit["category"] != c.category || audit["result"] != "success" || audit["activityDateTime"] != "2026-11-24T08:00:00.0000000Z" {
				t.Errorf("%s", audits.text)
			}
			for _, says := range []string{`"displayName":"` + c.target + `"`, `"displayName":"SOAR practice"`, `"appId":"` + emulator.ReadyApplication + `"`, `"value":"attack/1"`} {
				if !strings.Contains(audits.text, says) {
					t.Errorf("%s is missing: %s", says, audits.text)
				}
			}
		})
	}
}

// What a person does is found by the person, and what was done to one by that one; no
// secret stands in it.
func TestAuditsTellWhoAndToWhat(t *testing.T) {
	x := start(t, emulator.Options{})
	target := x.id(plain)
	application := x.token
	x.token = x.signInAs(authAdmin)
	pass := x.want(x.do("POST", auth(plain)+"/temporaryAccessPassMethods", "{}"), 201).json["temporaryAccessPass"].(string)
	x.token = x.signInAs(userAdmin)
	x.want(x.do("PATCH", "/v1.0/users/"+target, `{"jobTitle":"Lead"}`), 204)
	x.want(x.do("PATCH", "/v1.0/users/"+target, `{"jobTitle":"Lead"}`), 204) // changes nothing
	x.want(x.do("PATCH", "/v1.0/users/"+target, `{"passwordProfile":{"password":"Secret-pass-77"}}`), 204)
	x.token = application
	by := x.want(x.get(auditLogs+"directoryAudits?$filter=initiatedBy/user/id eq '"+x.id(userAdmin)+"'"), 200)
	if len(by.value()) != 2 || !strings.Contains(by.text, userAdmin) || !strings.Contains(by.text, `"newValue":"[\"Lead\"]"`) {
		t.Errorf("%d by the User Administrator: %s", len(by.value()), by.text)
	}
	about := x.want(x.get(auditLogs+"directoryAudits?$filter=targetResources/any(t:t/id eq '"+target+"') and activityDateTime ge 2026-11-24T00:00:00Z"), 200)
	if len(about.value()) != 3 {
		t.Errorf("%d about the user: %s", len(about.value()), about.text)
	}
	if strings.Contains(about.text, pass) || strings.Contains(about.text, "Secret-pass-77") {
		t.Error("an audit tells a secret")
	}
	if last := about.value()[0]["activityDisplayName"]; last != "Reset user password" {
		t.Errorf("the latest comes first: %v", last)
	}
}

// Logs go back 30 days, 7 without a licence.
func TestLogsAreKeptForAWhile(t *testing.T) {
	x := start(t, emulator.Options{})
	x.want(x.do("PATCH", "/v1.0/users/"+plain, `{"jobTitle":"x"}`), 204)
	count := func(what string) int {
		x.token = x.signIn(emulator.ReadyApplication, emulator.ReadySecret)
		return len(x.want(x.get(auditLogs+what+"?$top=999"), 200).value())
	}
	month := count("signIns")
	x.now = x.now.Add(8 * 24 * time.Hour)
	if week := count("signIns"); week == 0 || week >= month {
		t.Errorf("%d of %d sign-ins are left after eight days", week, month)
	}
	if count("directoryAudits") != 1 {
		t.Error("an audit is kept for more than eight days")
	}
	x.want(x.do("POST", "/_emulator/license", `{"license":"free"}`), 200)
	if count("directoryAudits") != 0 {
		t.Error("a free tenant keeps audits for seven days")
	}
	x.want(x.do("POST", "/_emulator/license", `{"license":"P1"}`), 200)
	x.now = x.now.Add(23 * 24 * time.Hour)
	if count("directoryAudits") != 0 || count("signIns") != 0 {
		t.Error("nothing is kept for longer than 30 days")
	}
}

// People of the sample company sign in, some have not for long, some never did.
func TestTheCompanysSignIns(t *testing.T) {
	x := start(t, emulator.Options{})
	for user, want := range map[string]struct {
		signIns bool
		last    string
	}{
		risky:                                 {true, "2026-11"},
		"yuki.sato@larkspur.example":          {false, "2026-02"},
		"gwen.price@larkspur.example":         {false, "<nil>"},
		"svc-backup@larkspur.onmicrosoft.com": {true, "2026-11"},
	} {
		id := x.id(user)
		list := x.want(x.get(auditLogs+"signIns?$filter=userId eq '"+id+"'"), 200).value()
		activity, _ := x.want(x.get("/v1.0/users/"+id+"?$select=signInActivity"), 200).json["signInActivity"].(map[string]any)
		last := fmt.Sprint(activity["lastSignInDateTime"])
		if len(list) > 0 != want.signIns || !strings.HasPrefix(last, want.last) {
			t.Errorf("%s: %d sign-ins, the last at %s", user, len(list), last)
		}
		for i, signIn := range list {
			if err := readMetadata(t).entityFits("signIn", signIn); err != nil {
				t.Error(err)
			}
			if at := fmt.Sprint(signIn["createdDateTime"]); at > last || i > 0 && at > fmt.Sprint(list[i-1]["createdDateTime"]) {
				t.Errorf("%s: number %d is from %s; the last was at %s", user, i+1, at, last)
			}
		}
	}
	if failed := x.want(x.get(auditLogs+"signIns?$filter=status/errorCode eq 50126"), 200).value(); len(failed) == 0 {
		t.Error("nobody's sign-in failed")
	}
}

// A seed tells audits as it tells everything else: by names, and by times before the
// start, the latest first when they are read.
func TestSeedsTellAuditsByName(t *testing.T) {
	seed := func(audits string) emulator.Options {
		return emulator.Options{Seed: []byte(`{
 "tenant": {"id": "` + emulator.ReadyTenant + `", "displayName": "Small", "domains": ["small.example"]},
 "users": [{"userPrincipalName": "ann@small.example", "displayName": "Ann", "createdDateTime": "-2h",
  "authentication": [{"@odata.type": "#microsoft.graph.emailAuthenticationMethod", "id": "3ddfcfc8-9383-446f-83cc-3ab9be4be18f", "emailAddress": "a@b.example"}]}],
 "groups": [{"displayName": "All", "mailNickname": "all"}],
 "directoryRoles": [{"displayName": "Global Reader"}],
 "servicePrincipals": [{"appId": "` + emulator.ReadyApplication + `", "displayName": "App", "private": {"credentials": [{"secret": "` + emulator.ReadySecret + `"}],
  "appPermissions": ["User.Read.All", "AuditLog.Read.All"]}}],
 "directoryAudits": [` + audits + `]}`)}
	}
	x := start(t, seed(`{"activityDisplayName": "Add member to role", "activityDateTime": "-1h", "by": "ann@small.example", "from": "192.0.2.1", "to": ["ann@small.example", "Global Reader"]},
  {"activityDisplayName": "Update group", "activityDateTime": "-3h", "by": "`+emulator.ReadyApplication+`", "to": ["All"], "changed": {"displayName": "All"}}`))
	found := x.want(x.get(auditLogs+"directoryAudits"), 200)
	for _, wants := range []string{
		`"activityDateTime":"2026-11-24T07:00:00Z"`, `"ipAddress":"192.0.2.1"`, `"displayName":"Global Reader","type":"Role"`,
		`"appId":"` + emulator.ReadyApplication + `","displayName":"App"`, `"newValue":"[\"All\"]"`, `"result":"success"`,
	} {
		if !strings.Contains(found.text, wants) {
			t.Errorf("%s is missing: %s", wants, found.text)
		}
	}
	for i, audit := range found.value() {
		if err := readMetadata(t).entityFits("directoryAudit", audit); err != nil || audit["activityDisplayName"] != []string{"Add member to role", "Update group"}[i] {
			t.Errorf("number %d: %v, %v", i, audit["activityDisplayName"], err)
		}
	}
	if a := x.get("/v1.0/users/ann@small.example?$select=createdDateTime"); a.json["createdDateTime"] != "2026-11-24T06:00:00Z" {
		t.Errorf("a time before the start: %s", a.text)
	}
	for unknown, audit := range map[string]string{"eve@small.example": `{"by": "eve@small.example"}`, "Nobody": `{"to": ["Nobody"]}`, "colour": `{"colour": 1}`} {
		if _, err := emulator.New(seed(audit)); err == nil || !strings.Contains(err.Error(), unknown) || !strings.Contains(err.Error(), "number 1 of the seed's directoryAudits") {
			t.Errorf("%s: %v", audit, err)
		}
	}
}
