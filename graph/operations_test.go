package graph_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"msgraph-user/graph"
	"msgraph-user/internal/rawjson"
)

const (
	adele  = "AdeleV@contoso.onmicrosoft.com"
	userID = "87d349ed-44d7-43e1-9a83-5f2406dee5bd"
)

var since = time.Date(2026, 11, 18, 10, 30, 0, 0, time.FixedZone("", 3600))

func object(t *testing.T, text string) rawjson.Object {
	t.Helper()
	o, err := rawjson.ParseObject([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// TestOperations holds each constructor to the request that goes out: method,
// path, query, headers and body.
func TestOperations(t *testing.T) {
	yes, no := true, false
	const authentication = "/v1.0/users/" + adele + "/authentication/"
	tests := []struct {
		name    string
		request graph.Request
		line    string // method and path
		query   string // decoded, & between options
		level   string // ConsistencyLevel
		body    string
	}{
		{"list", graph.ListUsers(graph.ListOptions{Select: "id,displayName", Advanced: true}), "GET /v1.0/users", "$select=id,displayName&$count=true", "eventual", ""},
		{"list filtered", graph.ListUsers(graph.ListOptions{Filter: "startswith(displayName,'A')", Select: "id", Advanced: true}), "GET /v1.0/users", "$filter=startswith(displayName,'A')&$select=id&$count=true", "eventual", ""},
		{"probe", graph.ListUsers(graph.ListOptions{Top: "1", Select: "id"}), "GET /v1.0/users", "$select=id&$top=1", "", ""},
		{"get", graph.GetUser(adele, "*"), "GET /v1.0/users/" + adele, "$select=*", "", ""},
		{"organization", graph.GetOrganization("id,displayName"), "GET /v1.0/organization", "$select=id,displayName", "", ""},
		{"get default", graph.GetUser(adele, ""), "GET /v1.0/users/" + adele, "", "", ""},
		{"delta", graph.UserDelta(",userPrincipalName"), "GET /v1.0/users/delta", "$select=,userPrincipalName", "", ""},
		{"create", graph.CreateUser("n@contoso.com", map[string]any{"displayName": "<N>"}), "POST /v1.0/users", "", "", `{"displayName":"<N>"}`},
		{"update", graph.UpdateUser(adele, map[string]any{"jobTitle": nil}), "PATCH /v1.0/users/" + adele, "", "", `{"jobTitle":null}`},
		{"disable", graph.SetAccountEnabled(adele, false), "PATCH /v1.0/users/" + adele, "", "", `{"accountEnabled":false}`},
		{"delete", graph.DeleteUser(adele), "DELETE /v1.0/users/" + adele, "", "", ""},
		{"revoke", graph.RevokeSignInSessions(adele), "POST /v1.0/users/" + adele + "/revokeSignInSessions", "", "", ""},
		{"force reset", graph.SetPasswordProfile(adele, graph.PasswordProfile{ForceChangePasswordNextSignIn: &yes}), "PATCH /v1.0/users/" + adele, "", "", `{"passwordProfile":{"forceChangePasswordNextSignIn":true}}`},
		{"change password", graph.SetPasswordProfile(adele, graph.PasswordProfile{ForceChangePasswordNextSignIn: &no, ForceChangePasswordNextSignInWithMfa: &yes, Password: "a&<b"}), "PATCH /v1.0/users/" + adele, "", "", `{"passwordProfile":{"forceChangePasswordNextSignIn":false,"forceChangePasswordNextSignInWithMfa":true,"password":"a&<b"}}`},
		{"manager", graph.GetManager(adele), "GET /v1.0/users/" + adele + "/manager", "", "", ""},
		{"direct reports", graph.ListDirectReports(adele), "GET /v1.0/users/" + adele + "/directReports", "", "", ""},
		{"member of", graph.ListMemberOf(adele), "GET /v1.0/users/" + adele + "/memberOf", "", "", ""},
		{"owned devices", graph.ListOwnedDevices(adele, "", "50"), "GET /v1.0/users/" + adele + "/ownedDevices", "$top=50&$count=true", "eventual", ""},
		{"methods", graph.ListAuthenticationMethods(adele), "GET " + authentication + "methods", "", "", ""},
		{"authenticators", graph.ListMethods(graph.MicrosoftAuthenticator, adele, "50"), "GET " + authentication + "microsoftAuthenticatorMethods", "$top=50", "", ""},
		{"fido2", graph.ListMethods(graph.FIDO2, adele, ""), "GET " + authentication + "fido2Methods", "", "", ""},
		{"phone", graph.GetMethod(graph.Phone, adele, "p-1"), "GET " + authentication + "phoneMethods/p-1", "", "", ""},
		{"delete email", graph.DeleteMethod(graph.Email, adele, "e-1"), "DELETE " + authentication + "emailMethods/e-1", "", "", ""},
		{"delete oath", graph.DeleteMethod(graph.SoftwareOATH, adele, "s-1"), "DELETE " + authentication + "softwareOathMethods/s-1", "", "", ""},
		{"delete hello", graph.DeleteMethod(graph.WindowsHello, adele, "w-1"), "DELETE " + authentication + "windowsHelloForBusinessMethods/w-1", "", "", ""},
		{"delete pass", graph.DeleteMethod(graph.TemporaryAccessPass, adele, "t-1"), "DELETE " + authentication + "temporaryAccessPassMethods/t-1", "", "", ""},
		{"create pass", graph.CreateTemporaryAccessPass(adele, graph.TemporaryAccessPassSettings{LifetimeInMinutes: 60, StartDateTime: "2030-03-26T00:00:00.000Z"}), "POST " + authentication + "temporaryAccessPassMethods", "", "", `{"lifetimeInMinutes":60,"isUsableOnce":false,"startDateTime":"2030-03-26T00:00:00.000Z"}`},
		{"password methods", graph.ListPasswordMethods(adele), "GET " + authentication + "passwordMethods", "", "", ""},
		{"reset password", graph.ResetPassword(adele, "28c10230", "Pw-1234!"), "POST " + authentication + "methods/28c10230/resetPassword", "", "", `{"newPassword":"Pw-1234!"}`},
		{"operation", graph.GetOperation(adele, "op-1"), "GET " + authentication + "operations/op-1", "", "", ""},
		{"preferences", graph.GetSignInPreferences(adele), "GET /beta/users/" + adele + "/authentication/signInPreferences", "", "", ""},
		{"service principals", graph.ListServicePrincipals("o'1", "id"), "GET /v1.0/servicePrincipals", "$filter=appId eq 'o''1'&$select=id", "", ""},
		{"sign-ins", graph.SignIns(userID, time.Time{}, ""), "GET /v1.0/auditLogs/signIns", "$filter=userId eq '" + userID + "'", "", ""},
		{"sign-ins since", graph.SignIns(userID, since, "5"), "GET /v1.0/auditLogs/signIns", "$filter=userId eq '" + userID + "' and createdDateTime ge 2026-11-18T09:30:00Z&$top=5", "", ""},
		{"audits by", graph.AuditsBy(userID, since, ""), "GET /v1.0/auditLogs/directoryAudits", "$filter=initiatedBy/user/id eq '" + userID + "' and activityDateTime ge 2026-11-18T09:30:00Z", "", ""},
		{"audits about", graph.AuditsAbout(userID, time.Time{}, ""), "GET /v1.0/auditLogs/directoryAudits", "$filter=targetResources/any(t:t/id eq '" + userID + "')", "", ""},
		{"risk", graph.GetRiskyUser(userID), "GET /v1.0/identityProtection/riskyUsers/" + userID, "", "", ""},
		{"risk detections", graph.ListRiskDetections(userID, since, ""), "GET /v1.0/identityProtection/riskDetections", "$filter=userId eq '" + userID + "' and detectedDateTime ge 2026-11-18T09:30:00Z", "", ""},
		{"confirm compromised", graph.ConfirmCompromised([]string{"1", "2"}), "POST /v1.0/identityProtection/riskyUsers/confirmCompromised", "", "", `{"userIds":["1","2"]}`},
		{"dismiss", graph.DismissRisk([]string{"1"}), "POST /v1.0/identityProtection/riskyUsers/dismiss", "", "", `{"userIds":["1"]}`},
		{"consents", graph.ListConsents(adele, ""), "GET /v1.0/users/" + adele + "/oauth2PermissionGrants", "", "", ""},
		{"consent", graph.GetConsent("g-1"), "GET /v1.0/oauth2PermissionGrants/g-1", "", "", ""},
		{"revoke consent", graph.DeleteConsent("g-1"), "DELETE /v1.0/oauth2PermissionGrants/g-1", "", "", ""},
		{"consent again", graph.CreateConsent(object(t, `{"id":"g-1","clientId":"c","consentType":"Principal","principalId":"p","resourceId":"r","scope":"Mail.Read"}`)), "POST /v1.0/oauth2PermissionGrants", "", "", `{"clientId":"c","consentType":"Principal","principalId":"p","resourceId":"r","scope":"Mail.Read"}`},
		{"app roles", graph.ListAppRoles(adele, "10"), "GET /v1.0/users/" + adele + "/appRoleAssignments", "$top=10", "", ""},
		{"app role off", graph.DeleteAppRole(adele, "a-1"), "DELETE /v1.0/users/" + adele + "/appRoleAssignments/a-1", "", "", ""},
		{"app role again", graph.CreateAppRole(adele, object(t, `{"id":"a-1","principalId":"p","resourceId":"r","appRoleId":"0","principalType":"User"}`)), "POST /v1.0/users/" + adele + "/appRoleAssignments", "", "", `{"principalId":"p","resourceId":"r","appRoleId":"0"}`},
		{"roles", graph.ListRoleAssignments(userID), "GET /v1.0/roleManagement/directory/roleAssignments", "$filter=principalId eq '" + userID + "'&$expand=roleDefinition", "", ""},
		{"active roles", graph.ListActiveRoles(userID), "GET /v1.0/roleManagement/directory/roleAssignmentScheduleInstances", "$filter=principalId eq '" + userID + "'&$expand=roleDefinition", "", ""},
		{"eligible roles", graph.ListEligibleRoles(userID), "GET /v1.0/roleManagement/directory/roleEligibilityScheduleInstances", "$filter=principalId eq '" + userID + "'&$expand=roleDefinition", "", ""},
		{"role off", graph.DeleteRoleAssignment("r-1"), "DELETE /v1.0/roleManagement/directory/roleAssignments/r-1", "", "", ""},
		{"role again", graph.CreateRoleAssignment(object(t, `{"id":"r-1","principalId":"p","roleDefinitionId":"d","directoryScopeId":"/","appScopeId":null}`)), "POST /v1.0/roleManagement/directory/roleAssignments", "", "", `{"principalId":"p","roleDefinitionId":"d","directoryScopeId":"/"}`},
		{"role off through PIM", graph.RequestActiveRole(graph.RemoveRole, object(t, `{"id":"i","principalId":"p","roleDefinitionId":"d","directoryScopeId":"/administrativeUnits/u"}`), "why"), "POST /v1.0/roleManagement/directory/roleAssignmentScheduleRequests", "", "", `{"action":"adminRemove","principalId":"p","roleDefinitionId":"d","directoryScopeId":"/administrativeUnits/u","justification":"why"}`},
		{"role again through PIM", graph.RequestActiveRole(graph.AssignRole, object(t, `{"principalId":"p","roleDefinitionId":"d","directoryScopeId":"/","startDateTime":"2026-01-01T00:00:00Z","endDateTime":"2027-01-01T00:00:00Z"}`), "why"), "POST /v1.0/roleManagement/directory/roleAssignmentScheduleRequests", "", "", `{"action":"adminAssign","principalId":"p","roleDefinitionId":"d","directoryScopeId":"/","justification":"why","scheduleInfo":{"startDateTime":"2026-01-01T00:00:00Z","expiration":{"type":"afterDateTime","endDateTime":"2027-01-01T00:00:00Z"}}}`},
		{"eligible role again", graph.RequestEligibleRole(graph.AssignRole, object(t, `{"principalId":"p","roleDefinitionId":"d","directoryScopeId":"/","endDateTime":null}`), "why"), "POST /v1.0/roleManagement/directory/roleEligibilityScheduleRequests", "", "", `{"action":"adminAssign","principalId":"p","roleDefinitionId":"d","directoryScopeId":"/","justification":"why","scheduleInfo":{"expiration":{"type":"noExpiration"}}}`},
		{"group", graph.GetGroup("g-1"), "GET /v1.0/groups/g-1", "$select=id,displayName,groupTypes,mailEnabled,securityEnabled,membershipRule,isAssignableToRole,onPremisesSyncEnabled,assignedLicenses", "", ""},
		{"groups", graph.ListGroups(adele), "GET /v1.0/users/" + adele + "/memberOf/microsoft.graph.group", "$select=id,displayName,groupTypes,mailEnabled,securityEnabled,membershipRule,isAssignableToRole,onPremisesSyncEnabled,assignedLicenses", "", ""},
		{"all groups", graph.ListAllGroups(adele), "GET /v1.0/users/" + adele + "/transitiveMemberOf/microsoft.graph.group", "$select=id,displayName,isAssignableToRole", "", ""},
		{"leave a group", graph.RemoveGroupMember("g-1", userID), "DELETE /v1.0/groups/g-1/members/" + userID + "/$ref", "", "", ""},
		{"registered devices", graph.ListRegisteredDevices(adele), "GET /v1.0/users/" + adele + "/registeredDevices", "", "", ""},
		{"devices", graph.ListDevicesOf(adele), "GET /v1.0/users/" + adele + "/ownedDevices", "", "", ""},
		{"device", graph.GetDevice("d-1"), "GET /v1.0/devices/d-1", "$select=id,deviceId,displayName,accountEnabled,trustType,onPremisesSyncEnabled,operatingSystem", "", ""},
		{"find a device", graph.FindDevice("d-2"), "GET /v1.0/devices", "$filter=deviceId eq 'd-2'&$select=id,deviceId,displayName,accountEnabled,trustType,onPremisesSyncEnabled,operatingSystem", "", ""},
		{"device off", graph.SetDeviceEnabled("d-1", false), "PATCH /v1.0/devices/d-1", "", "", `{"accountEnabled":false}`},
		{"inbox rules", graph.ListInboxRules(adele), "GET /v1.0/users/" + adele + "/mailFolders/inbox/messageRules", "", "", ""},
		{"inbox rule", graph.GetInboxRule(adele, "AQ="), "GET /v1.0/users/" + adele + "/mailFolders/inbox/messageRules/AQ=", "", "", ""},
		{"inbox rule off", graph.SetInboxRuleEnabled(adele, "AQ", false), "PATCH /v1.0/users/" + adele + "/mailFolders/inbox/messageRules/AQ", "", "", `{"isEnabled":false}`},
		{"deleted users", graph.ListDeletedUsers(), "GET /v1.0/directory/deletedItems/microsoft.graph.user", "$select=id,displayName,userPrincipalName,mail,otherMails,proxyAddresses,onPremisesUserPrincipalName,userType,accountEnabled,deletedDateTime,createdDateTime,onPremisesSyncEnabled", "", ""},
		{"restore", graph.Restore(userID), "POST /v1.0/directory/deletedItems/" + userID + "/restore", "", "", ""},
		{"licences", graph.ListLicenses(adele), "GET /v1.0/users/" + adele + "/licenseDetails", "", "", ""},
		{"add password", graph.AddPassword("sp-1", "MFA App Secret"), "POST /v1.0/servicePrincipals/sp-1/addPassword", "", "", `{"passwordCredential":{"displayName":"MFA App Secret"}}`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			far := newFarSide(t)
			far.answer(http.StatusOK, `{"id":"1"}`)
			if _, err := far.client.Do(t.Context(), test.request); err != nil {
				t.Fatal(err)
			}
			got := far.only()
			query, err := url.PathUnescape(got.URL.RawQuery)
			if err != nil {
				t.Fatal(err)
			}
			line := got.Method + " " + got.URL.Path
			if line != test.line || query != test.query || got.body != test.body || got.Header.Get("ConsistencyLevel") != test.level {
				t.Errorf("sent\n%s ?%s (%s)\n%s\nwant\n%s ?%s (%s)\n%s", line, query, got.Header.Get("ConsistencyLevel"), got.body,
					test.line, test.query, test.level, test.body)
			}
			if hasBody := got.body != ""; hasBody != (got.Header.Get("Content-Type") == "application/json") {
				t.Errorf("Content-Type %q with body %q", got.Header.Get("Content-Type"), got.body)
			}
			if test.request.Body != nil && !json.Valid([]byte(got.body)) {
				t.Errorf("the body is no JSON: %s", got.body)
			}
		})
	}
}

func TestAssignManagerNamesTheInstancesOwnGraph(t *testing.T) {
	tests := []struct{ manager, segment string }{
		{"boss@contoso.onmicrosoft.com", "boss@contoso.onmicrosoft.com"},
		{"guest_x.com#EXT#@contoso.com", "guest_x.com%23EXT%23@contoso.com"},
	}
	for _, test := range tests {
		far := newFarSide(t)
		far.answer(http.StatusNoContent, "")
		if _, err := far.client.Do(t.Context(), far.client.AssignManager(adele, test.manager)); err != nil {
			t.Fatal(err)
		}
		got := far.only()
		if line := got.Method + " " + got.URL.Path; line != "PUT /v1.0/users/"+adele+"/manager/$ref" {
			t.Errorf("sent %s", line)
		}
		if want := `{"@odata.id":"` + far.URL + "/v1.0/users/" + test.segment + `"}`; got.body != want {
			t.Errorf("body %s, want %s", got.body, want)
		}
	}
}

// Without /$ref at its end, the request that ends a membership would delete the
// member: no id can make it one.
func TestEndingAMembershipNeverDeletesAnObject(t *testing.T) {
	hostile := []string{"", ".", "..", "/", "x/../../users/" + userID, "../users/" + userID, "$ref", "$value", "g/members/u/$ref?", "g#", "g?x=", "%2e%2e", "('x')", "a'b", "g;", "\\", "g\n", "{id}", "microsoft.graph.user", userID}
	for _, group := range hostile {
		for _, user := range hostile {
			r := graph.RemoveGroupMember(group, user)
			if r.Err() != nil {
				continue // nothing goes out
			}
			u, err := url.Parse("https://graph.example/v1.0" + r.Path)
			if err != nil {
				t.Fatalf("%q, %q: %v", group, user, err)
			}
			path := u.JoinPath().EscapedPath() // as a server that resolves dots sees it
			if !strings.HasPrefix(path, "/v1.0/groups") || !strings.HasSuffix(path, "/$ref") || !strings.Contains(path, "/members") || len(r.Query) > 0 || u.RawQuery != "" || u.Fragment != "" {
				t.Errorf("%q, %q: DELETE %s", group, user, path)
			}
		}
	}
}

func TestAddingAMemberNamesTheInstancesOwnGraph(t *testing.T) {
	far := newFarSide(t)
	far.answer(http.StatusNoContent, "")
	if _, err := far.client.Do(t.Context(), far.client.AddGroupMember("g-1", userID)); err != nil {
		t.Fatal(err)
	}
	got := far.only()
	if got.Method != "POST" || got.URL.Path != "/v1.0/groups/g-1/members/$ref" || got.body != `{"@odata.id":"`+far.URL+`/v1.0/directoryObjects/`+userID+`"}` {
		t.Errorf("sent %s %s %s", got.Method, got.URL.Path, got.body)
	}
}
