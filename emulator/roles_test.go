package emulator_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"msgraph-user/emulator"
)

// A role that is assigned counts at once, shows in every list that has roles, and comes
// back with another id once it was taken away.
func TestRolesAreAssignedAndTakenAway(t *testing.T) {
	x := start(t, emulator.Options{})
	id := x.id(plain)
	body := `{"principalId":"` + id + `","roleDefinitionId":"fdd7a751-b60b-444a-984c-02652fe8fa1c","directoryScopeId":"/"}`
	disable := func() int { return x.do("PATCH", "/v1.0/users/"+id, `{"accountEnabled":true}`).status }
	if disable() != 204 {
		t.Fatal("nobody special is not to be changed")
	}
	made := x.want(x.checked("POST", roles+"roleAssignments", body), 201).json
	x.want(x.checked("POST", roles+"roleAssignments", body), 400) // a conflict
	if disable() != 403 {
		t.Error("an administrator is changed by an application without a role")
	}
	held := x.want(x.checked("GET", assignmentsOf(id)+"&$expand=roleDefinition", ""), 200).value()
	if len(held) != 1 || held[0]["id"] != made["id"] || held[0]["roleDefinition"].(map[string]any)["displayName"] != "Groups Administrator" {
		t.Errorf("%v", held)
	}
	if member := x.want(x.get("/v1.0/users/"+id+"/memberOf/microsoft.graph.directoryRole"), 200).value(); len(member) != 1 || member[0]["displayName"] != "Groups Administrator" {
		t.Errorf("memberOf: %v", member)
	}
	if scheduled := x.scheduled(id); len(scheduled) != 1 || scheduled[0]["roleAssignmentOriginId"] != made["id"] || scheduled[0]["assignmentType"] != "Assigned" {
		t.Errorf("scheduled: %v", scheduled)
	}
	x.want(x.do("DELETE", fmt.Sprint(roles, "roleAssignments/", made["id"]), ""), 204)
	x.want(x.do("DELETE", fmt.Sprint(roles, "roleAssignments/", made["id"]), ""), 404)
	if disable() != 204 || len(x.want(x.get(assignmentsOf(id)), 200).value()) != 0 {
		t.Error("the role is not gone")
	}
	if again := x.want(x.do("POST", roles+"roleAssignments", body), 201).json; again["id"] == made["id"] {
		t.Error("a new assignment has an old id")
	}
}

func (x *tenant) scheduled(principal string) []map[string]any {
	x.t.Helper()
	return x.want(x.checked("GET", roles+"roleAssignmentScheduleInstances?$filter=principalId eq '"+principal+"'", ""), 200).value()
}

func (x *tenant) eligible(principal string) []map[string]any {
	x.t.Helper()
	return x.want(x.checked("GET", roles+"roleEligibilityScheduleInstances?$filter=principalId eq '"+principal+"'", ""), 200).value()
}

// Privileged Identity Management gives and takes roles, and refuses with its own codes.
func TestPrivilegedIdentityManagement(t *testing.T) {
	x := start(t, emulator.Options{})
	id := x.id(roleUser)
	const active, eligible = roles + "roleAssignmentScheduleRequests", roles + "roleEligibilityScheduleRequests"
	until := func(at string) string {
		return strings.Replace(roleRequest("adminAssign", id, helpRole), `"type":"noExpiration"`, `"type":"afterDateTime","endDateTime":"`+at+`"`, 1)
	}
	for _, c := range []struct {
		name, path, body string
		status           int
		says             string
	}{
		{"what is there already", active, roleRequest("adminAssign", id, helpRole), 400, "RoleAssignmentExists"},
		{"an active role ends", active, roleRequest("adminRemove", id, helpRole), 201, `"status":"Revoked"`},
		{"what is not there", active, roleRequest("adminRemove", id, helpRole), 400, "RoleAssignmentDoesNotExist"},
		{"the exact scope counts", eligible, strings.Replace(roleRequest("adminRemove", id, userRole), `"/"`, `"/administrativeUnits/`+nobody+`"`, 1), 400, "RoleAssignmentDoesNotExist"},
		{"an end in the past", active, until("2026-11-24T07:00:00Z"), 400, "ExpirationRule"},
		{"too short", active, until("2026-11-24T08:04:00Z"), 400, "ActiveDurationTooShort"},
		{"only asked whether", active, strings.Replace(until("2026-11-25T08:00:00Z"), `{`, `{"isValidationOnly":true,`, 1), 201, `"status":"Granted"`},
		{"for a day", active, until("2026-11-25T08:00:00Z"), 201, `"status":"Provisioned"`},
		{"what may be activated ends", eligible, roleRequest("adminRemove", id, userRole), 201, `"status":"Revoked"`},
		{"and comes back", eligible, roleRequest("adminAssign", id, userRole), 201, `"status":"Provisioned"`},
		{"an application activates nothing", active, roleRequest("selfActivate", id, userRole), 403, "UnauthorizedAccessException"},
		{"no action of the tenant's", active, roleRequest("adminExtend", id, helpRole), 501, "adminExtend"},
		{"no such role", active, roleRequest("adminAssign", id, nobody), 404, nobody},
		{"no group for roles", active, roleRequest("adminAssign", x.group("VPN Users"), helpRole), 400, "isAssignableToRole"},
	} {
		if a := x.checked("POST", c.path, c.body); a.status != c.status || !strings.Contains(a.text, c.says) {
			t.Errorf("%s: %d, want %d with %s: %s", c.name, a.status, c.status, c.says, a.text)
		}
	}
	if held := x.scheduled(id); len(held) != 1 || held[0]["endDateTime"] != "2026-11-25T08:00:00Z" {
		t.Errorf("%v", held)
	}
	x.now = x.now.Add(24 * time.Hour)
	x.token = x.signIn(emulator.ReadyApplication, emulator.ReadySecret)
	if len(x.scheduled(id)) != 0 || len(x.want(x.get(assignmentsOf(id)), 200).value()) != 0 {
		t.Error("the role is held past its end")
	}
	x.want(x.do("PATCH", "/v1.0/users/"+plain, `{"city":"x"}`), 204) // any change: the tenant tidies up
	if role := x.want(x.get("/v1.0/users/"+id+"/memberOf/microsoft.graph.directoryRole"), 200).value(); len(role) != 0 {
		t.Errorf("a member past its end: %v", role)
	}
	if asked := x.want(x.checked("GET", active, ""), 200).value(); len(asked) != 2 || asked[0]["action"] != "adminAssign" {
		t.Errorf("what was asked, the latest first: %v", asked)
	}
}

// A person activates an own role, for a while and with a reason, and cannot end it at
// once.
func TestARoleIsActivated(t *testing.T) {
	x := start(t, emulator.Options{})
	id := x.id(roleUser)
	x.token = x.signInAs(roleUser)
	const active = roles + "roleAssignmentScheduleRequests"
	activate := `{"action":"selfActivate","principalId":"` + id + `","roleDefinitionId":"` + userRole + `","directoryScopeId":"/","scheduleInfo":{"expiration":{"type":"afterDuration","duration":"PT1H"}}`
	if a := x.checked("POST", active, activate+"}"); a.status != 400 || !strings.Contains(a.text, "JustificationRule") {
		t.Errorf("without a reason: %s", a.text)
	}
	if a := x.checked("POST", active, strings.Replace(activate, "PT1H", "PT9H", 1)+`,"justification":"x"}`); a.status != 400 || !strings.Contains(a.text, "ExpirationRule") {
		t.Errorf("for too long: %s", a.text)
	}
	x.want(x.do("PATCH", "/v1.0/users/"+plain, `{"jobTitle":"x"}`), 403)
	x.want(x.checked("POST", active, activate+`,"justification":"x"}`), 201)
	x.want(x.do("PATCH", "/v1.0/users/"+plain, `{"jobTitle":"x"}`), 204)
	end := strings.Replace(activate, "selfActivate", "selfDeactivate", 1) + `}`
	if a := x.checked("POST", active, end); a.code() != "ActiveDurationTooShort" {
		t.Errorf("at once: %s", a.text)
	}
	x.now = x.now.Add(5 * time.Minute)
	x.want(x.checked("POST", active, end), 201)
	x.want(x.do("PATCH", "/v1.0/users/"+plain, `{"jobTitle":"y"}`), 403)
}

// Nobody ends their own role of Global Administrator.
func TestAGlobalAdministratorStaysOne(t *testing.T) {
	x := start(t, emulator.Options{})
	id := x.id(breakGlass)
	assignment := x.first(assignmentsOf(id), "id")
	x.token = x.signInAs(breakGlass)
	if a := x.checked("DELETE", roles+"roleAssignments/"+assignment, ""); a.status != 400 || !strings.Contains(a.message(), "Removing self") {
		t.Errorf("%d %s", a.status, a.text)
	}
}

// Who belongs to a group that can be assigned to roles is an administrator, whose roles
// come through it.
func TestRolesThroughGroups(t *testing.T) {
	x := start(t, emulator.Options{})
	member := x.id("daniel.kim@larkspur.example")
	through := x.scheduled(member)
	if len(through) != 1 || through[0]["memberType"] != "Group" || through[0]["principalId"] != member {
		t.Errorf("%v", through)
	}
	if direct := x.want(x.get(assignmentsOf(member)), 200).value(); len(direct) != 0 {
		t.Errorf("direct: %v", direct)
	}
	x.want(x.do("PATCH", "/v1.0/users/"+member, `{"accountEnabled":false}`), 403)
	x.want(x.do("DELETE", "/v1.0/groups/"+x.group("Tier 0 operators")+"/members/"+member+"/$ref", ""), 204)
	x.want(x.do("PATCH", "/v1.0/users/"+member, `{"accountEnabled":false}`), 204)
	if left := x.scheduled(member); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
	if len(x.eligible(member)) != 1 {
		t.Error("the role that may be activated is gone")
	}
}
