package emulator_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"msgraph-user/emulator"
)

// Which groups do not let their members be changed, each with its reason.
func TestGroupsWhoseMembersAreNotChanged(t *testing.T) {
	x := start(t, emulator.Options{Seed: withApplication(t, []string{"GroupMember.ReadWrite.All"})})
	x.unchecked = true
	groups := map[string]string{}
	for _, name := range []string{"Everybody in Berlin", "Plant network", "Press list", "Facilities access", "Tier 0 operators", "VPN Users", "All Staff"} {
		groups[name] = x.group(name)
	}
	user, member := x.id(roleUser), x.first("/v1.0/groups/"+groups["VPN Users"]+"/members", "id")
	x.token = x.signIn(oneApp, "one-permission-secret")
	ref := func(id string) string {
		return `{"@odata.id":"https://graph.microsoft.com/v1.0/directoryObjects/` + id + `"}`
	}
	for _, c := range []struct {
		group, id string
		status    int
		says      string
	}{
		{"Everybody in Berlin", user, 400, "dynamic"},
		{"Plant network", user, 400, "on-premises mastered"},
		{"Press list", user, 400, "Cannot Update a mail-enabled security groups and or distribution list."},
		{"Facilities access", user, 400, "Cannot Update a mail-enabled security groups and or distribution list."},
		{"Tier 0 operators", user, 403, "Insufficient privileges"},
		{"VPN Users", member, 400, "object references already exist"},
		{"VPN Users", groups["VPN Users"], 404, groups["VPN Users"]},
		{"VPN Users", groups["All Staff"], 204, ""},
		{"VPN Users", user, 204, ""},
	} {
		if a := x.checked("POST", "/v1.0/groups/"+groups[c.group]+"/members/$ref", ref(c.id)); a.status != c.status || !strings.Contains(a.text, c.says) {
			t.Errorf("add to %s: %d, want %d with %q: %s", c.group, a.status, c.status, c.says, a.text)
		}
		if c.id == user && c.group != "VPN Users" {
			if a := x.checked("DELETE", "/v1.0/groups/"+groups[c.group]+"/members/"+user+"/$ref", ""); a.status != c.status || !strings.Contains(a.text, c.says) {
				t.Errorf("remove from %s: %d %s", c.group, a.status, a.text)
			}
		}
	}
	x.want(x.checked("DELETE", "/v1.0/groups/"+groups["VPN Users"]+"/members/"+user, ""), 405) // never the user
	x.want(x.checked("DELETE", "/v1.0/groups/"+groups["VPN Users"]+"/members/"+user+"/$ref", ""), 204)
	x.want(x.checked("DELETE", "/v1.0/groups/"+groups["VPN Users"]+"/members/"+user+"/$ref", ""), 404)
}

// A grant for everybody is in the list of all alone; one that is given again has
// another id, whose letters count as they are written.
func TestConsents(t *testing.T) {
	x := start(t, emulator.Options{})
	own := x.want(x.get("/v1.0/users/"+plain+"/oauth2PermissionGrants"), 200).value()
	everybody := x.want(x.get("/v1.0/oauth2PermissionGrants?$filter=consentType eq 'AllPrincipals'"), 200).value()
	if len(own) != 1 || len(everybody) != 1 || everybody[0]["principalId"] != nil {
		t.Fatalf("%v %v", own, everybody)
	}
	id := own[0]["id"].(string)
	x.want(x.get("/v1.0/oauth2PermissionGrants/"+strings.ToLower(id)), 404)
	body := fmt.Sprintf(`{"clientId":"%s","consentType":"Principal","principalId":"%s","resourceId":"%s","scope":"Calendars.Read offline_access"}`, own[0]["clientId"], own[0]["principalId"], own[0]["resourceId"])
	x.want(x.checked("POST", "/v1.0/oauth2PermissionGrants", body), 409)
	x.want(x.checked("DELETE", "/v1.0/oauth2PermissionGrants/"+id, ""), 204)
	again := x.want(x.checked("POST", "/v1.0/oauth2PermissionGrants", body), 201).json
	if again["id"] == id || again["scope"] != own[0]["scope"] {
		t.Errorf("%v", again)
	}
	for name, wrong := range map[string]string{
		"no such application":   strings.Replace(body, fmt.Sprint(own[0]["clientId"]), nobody, 1),
		"everybody, and one":    strings.Replace(body, `"Principal"`, `"AllPrincipals"`, 1),
		"a property of nothing": strings.Replace(body, `"scope"`, `"scopes"`, 1),
	} {
		if a := x.checked("POST", "/v1.0/oauth2PermissionGrants", wrong); a.status != 400 {
			t.Errorf("%s: %d %s", name, a.status, a.text)
		}
	}
}

// A role in an application that a group brings is listed, and is not the user's to lose.
func TestAppRolesThroughGroups(t *testing.T) {
	x := start(t, emulator.Options{})
	user := "/v1.0/users/" + x.id(risky) + "/appRoleAssignments"
	var through, direct string
	for _, assignment := range x.want(x.get(user), 200).value() {
		if assignment["principalType"] == "Group" {
			through = assignment["id"].(string)
		} else {
			direct = assignment["id"].(string)
		}
	}
	if a := x.checked("DELETE", user+"/"+through, ""); a.status != 400 || !strings.Contains(a.message(), "EntitlementGrant") {
		t.Errorf("a group's: %d %s", a.status, a.text)
	}
	if a := x.checked("DELETE", "/v1.0/users/"+x.id(plain)+"/appRoleAssignments/"+direct, ""); a.status != 400 {
		t.Errorf("somebody else's: %d %s", a.status, a.text)
	}
	x.want(x.checked("DELETE", user+"/"+direct, ""), 204)
	x.want(x.checked("POST", user, `{"principalId":"`+x.id(risky)+`","resourceId":"`+x.with("{expenses}")+`","appRoleId":"`+nobody+`"}`), 400)
}

// Inbox rules: of one's own mailbox for people, none without a mailbox, none that is
// read-only, and disabled unless said otherwise.
func TestInboxRules(t *testing.T) {
	x := start(t, emulator.Options{})
	rules := func(user string) string {
		return "/v1.0/users/" + strings.ReplaceAll(user, "#", "%23") + "/mailFolders/inbox/messageRules"
	}
	made := x.want(x.checked("POST", rules(risky), `{"displayName":"x","actions":{"delete":true}}`), 201).json
	if made["isEnabled"] != false || made["sequence"] != 2.0 {
		t.Errorf("%v", made)
	}
	if a := x.want(x.checked("PATCH", rules(risky)+"/"+made["id"].(string), `{"isEnabled":true}`), 200); a.json["isEnabled"] != true || a.json["displayName"] != "x" {
		t.Errorf("%s", a.text)
	}
	x.want(x.checked("PATCH", rules(risky)+"/"+made["id"].(string), `{"isReadOnly":false}`), 400)
	x.want(x.checked("PATCH", rules(risky)+"/"+made["id"].(string), `{"actions":{"forwardTo":"x"}}`), 400)
	if a := x.checked("PATCH", rules(userAdmin)+"/AQAAAJ8dLq=", `{"isEnabled":false}`); a.status != 403 || a.code() != "ErrorAccessDenied" {
		t.Errorf("read-only: %d %s", a.status, a.text)
	}
	for _, user := range []string{guest, breakGlass} {
		if a := x.checked("GET", rules(user), ""); a.status != 404 || a.code() != "MailboxNotEnabledForRESTAPI" {
			t.Errorf("%s: %d %s", user, a.status, a.text)
		}
	}
	if a := x.checked("GET", strings.Replace(rules(risky), "inbox", "sentitems", 1), ""); a.status != 404 {
		t.Errorf("another folder: %d %s", a.status, a.text)
	}
	x.token = x.signInAs(userAdmin)
	x.want(x.checked("GET", rules(userAdmin), ""), 200)
	if a := x.checked("GET", rules(risky), ""); a.status != 403 || a.code() != "ErrorAccessDenied" {
		t.Errorf("somebody else's: %d %s", a.status, a.text)
	}
}

// The risk of a user: an administrator's word, what a new password does to it, and who
// has none here.
func TestRisk(t *testing.T) {
	x := start(t, emulator.Options{})
	state := func(user string) string {
		a := x.want(x.checked("GET", protection+"riskyUsers/"+x.id(user), ""), 200)
		return fmt.Sprint(a.json["riskState"], " ", a.json["riskLevel"], " ", a.json["riskDetail"])
	}
	if got := state(risky); got != "atRisk medium none" {
		t.Errorf("%s", got)
	}
	x.want(x.checked("POST", protection+"riskyUsers/confirmCompromised", `{"userIds":["`+x.id(risky)+`","`+x.id(plain)+`"]}`), 204)
	if state(risky) != "confirmedCompromised high adminConfirmedUserCompromised" || state(plain) != state(risky) {
		t.Errorf("%s, %s", state(risky), state(plain))
	}
	x.want(x.do("PATCH", "/v1.0/users/"+plain, `{"passwordProfile":{"password":"Br4nd-new-pass"}}`), 204)
	if got := state(plain); got != "remediated none adminGeneratedTemporaryPassword" {
		t.Errorf("after an administrator's reset: %s", got)
	}
	x.want(x.checked("POST", protection+"riskyUsers/dismiss", `{"userIds":["`+x.id(risky)+`"]}`), 204)
	if got := state(risky); got != "dismissed none adminDismissedAllRiskForUser" {
		t.Errorf("%s", got)
	}
	x.unchecked = true
	many := strings.Repeat(`"`+x.id(risky)+`",`, 60) + `"` + x.id(plain) + `"`
	for name, body := range map[string]string{
		"61 users": `{"userIds":[` + many + `]}`, "a guest": `{"userIds":["` + x.with("{guest}") + `"]}`, "nobody": `{"userIds":[]}`, "no list": `{"userIds":"x"}`,
	} {
		if a := x.checked("POST", protection+"riskyUsers/dismiss", body); a.status != 400 {
			t.Errorf("%s: %d %s", name, a.status, a.text)
		}
	}
	x.want(x.do("POST", "/_emulator/license", `{"license":"P1"}`), 200)
	if a := x.want(x.checked("GET", protection+"riskDetections?$filter=userId eq '"+x.id(risky)+"'", ""), 200).value(); a[0]["riskLevel"] != "hidden" || a[0]["riskEventType"] != "generic" {
		t.Errorf("with P1: %v", a)
	}
	x.want(x.do("POST", "/_emulator/license", `{"license":"P3"}`), 400)
}

// What belongs to a user goes with the user, comes back with the user, and is kept over
// a restart.
func TestBelongingsGoAndComeBack(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tenant.state")
	x := start(t, emulator.Options{StateFile: path})
	id := x.id(risky)
	lists := []string{
		"/v1.0/oauth2PermissionGrants?$filter=principalId eq '" + id + "'", protection + "riskDetections?$filter=userId eq '" + id + "'",
		auditLogs + "signIns?$filter=userId eq '" + id + "'", "/v1.0/identityProtection/riskyUsers?$filter=id eq '" + id + "'", assignmentsOf(id),
	}
	x.want(x.do("POST", roles+"roleAssignments", `{"principalId":"`+id+`","roleDefinitionId":"`+helpRole+`","directoryScopeId":"/"}`), 201)
	before := map[string]string{}
	for _, list := range lists {
		a := x.want(x.get(list), 200)
		if before[list] = fmt.Sprint(a.value()); len(a.value()) == 0 {
			t.Errorf("%s: nothing", list)
		}
	}
	overAll := x.signIn("44444444-4444-4444-4444-444444444444", "over-all-secret")
	ready := x.token
	x.token = overAll
	x.want(x.do("DELETE", "/v1.0/users/"+id, ""), 204)
	for _, list := range lists {
		if a := x.want(x.get(list), 200); len(a.value()) != 0 {
			t.Errorf("of a deleted user: %s", a.text)
		}
	}
	x.want(x.do("POST", "/v1.0/directory/deletedItems/"+id+"/restore", ""), 200)
	x.token = ready
	killed := filepath.Join(t.TempDir(), "killed.state")
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(killed, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	y := start(t, emulator.Options{StateFile: killed})
	for _, list := range lists {
		if a := x.want(x.get(list), 200); fmt.Sprint(a.value()) != before[list] {
			t.Errorf("after restoring: %s, before: %s", a.text, before[list])
		}
		if a := y.want(y.get(list), 200); fmt.Sprint(a.value()) != before[list] {
			t.Errorf("after a kill: %s, before: %s", a.text, before[list])
		}
	}
	if a := y.want(y.get(auditLogs+"directoryAudits"), 200); len(a.value()) != 3 {
		t.Errorf("audits after a kill: %s", a.text)
	}
}

// Somebody else may have a restored user's name by now.
func TestRestoringUnderAnotherName(t *testing.T) {
	x := start(t, emulator.Options{})
	id := x.id(plain)
	x.want(x.do("DELETE", "/v1.0/users/"+plain, ""), 204)
	x.want(x.do("POST", "/v1.0/users", newHire(map[string]any{"userPrincipalName": plain})), 201)
	restore := "/v1.0/directory/deletedItems/" + id + "/restore"
	x.want(x.checked("POST", restore, ""), 400)
	x.want(x.checked("POST", restore, `{"newUserPrincipalName":"sam@elsewhere.example"}`), 400)
	if a := x.want(x.checked("POST", restore, `{"newUserPrincipalName":"sam.w@larkspur.example"}`), 200); a.json["userPrincipalName"] != "sam.w@larkspur.example" {
		t.Errorf("%s", a.text)
	}
}
