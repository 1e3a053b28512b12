package graph_test

import (
	"slices"
	"testing"
	"time"

	"msgraph-user/graph"
)

// everyRequest is one request of each operation that the commands use.
func everyRequest(t *testing.T) []graph.Request {
	client := exampleClient(t, "https://graph.example")
	requests := []graph.Request{
		graph.ListUsers(graph.ListOptions{}), graph.GetUser("u", ""), graph.UserDelta(""), graph.CreateUser("u", nil),
		graph.UpdateUser("u", map[string]any{"city": "x"}), graph.SetAccountEnabled("u", false), graph.SetPasswordProfile("u", graph.PasswordProfile{}),
		graph.DeleteUser("u"), graph.RevokeSignInSessions("u"), graph.GetManager("u"), client.AssignManager("u", "m"),
		graph.ListDirectReports("u"), graph.ListMemberOf("u"), graph.ListOwnedDevices("u", "", ""), graph.ListAuthenticationMethods("u"),
		graph.CreateTemporaryAccessPass("u", graph.TemporaryAccessPassSettings{}), graph.GetSignInPreferences("u"),
		graph.ListPasswordMethods("u"), graph.ResetPassword("u", "m", "p"), graph.GetOperation("u", "o"),
		graph.ListServicePrincipals("a", ""), graph.AddPassword("s", "n"),
		graph.SignIns("u", time.Time{}, ""), graph.AuditsBy("u", time.Time{}, ""), graph.GetRiskyUser("u"), graph.ListRiskDetections("u", time.Time{}, ""),
		graph.ConfirmCompromised(nil), graph.DismissRisk(nil), graph.ListConsents("u", ""), graph.GetConsent("g"), graph.DeleteConsent("g"), graph.CreateConsent(nil),
		graph.ListAppRoles("u", ""), graph.DeleteAppRole("u", "a"), graph.CreateAppRole("u", nil), graph.ListRoleAssignments("u"), graph.ListActiveRoles("u"),
		graph.ListEligibleRoles("u"), graph.DeleteRoleAssignment("r"), graph.CreateRoleAssignment(nil), graph.RequestActiveRole(graph.RemoveRole, nil, ""),
		graph.RequestEligibleRole(graph.RemoveRole, nil, ""), graph.GetGroup("g"), graph.ListGroups("u"), graph.ListAllGroups("u"), client.AddGroupMember("g", "u"),
		graph.RemoveGroupMember("g", "u"), graph.ListRegisteredDevices("u"), graph.ListDevicesOf("u"), graph.GetDevice("d"), graph.FindDevice("d"),
		graph.SetDeviceEnabled("d", true), graph.ListInboxRules("u"), graph.GetInboxRule("u", "r"), graph.SetInboxRuleEnabled("u", "r", true),
		graph.ListDeletedUsers(), graph.Restore("u"), graph.ListLicenses("u"),
	}
	for kind := graph.FIDO2; kind <= graph.TemporaryAccessPass; kind++ {
		requests = append(requests, graph.ListMethods(kind, "u", ""), graph.GetMethod(kind, "u", "m"), graph.DeleteMethod(kind, "u", "m"))
	}
	return requests
}

func TestEveryOperationKnowsItsPermissions(t *testing.T) {
	for _, r := range everyRequest(t) {
		p, ok := r.Permissions()
		if !ok {
			t.Errorf("%s %s: nothing is known", r.Method, r.Template)
			continue
		}
		for sort, set := range map[string]graph.PermissionSet{"application": p.Application, "delegated": p.Delegated} {
			advised := set.Advised()
			if set.IsEmpty() != (len(advised) == 0) {
				t.Errorf("%s %s, %s: %+v advises %v", r.Method, r.Template, sort, set, advised)
			}
			if !set.IsEmpty() && !set.Allows(advised) {
				t.Errorf("%s %s, %s: what is advised, %v, does not suffice", r.Method, r.Template, sort, advised)
			}
			if set.Allows(nil) {
				t.Errorf("%s %s, %s: nothing suffices", r.Method, r.Template, sort)
			}
		}
	}
}

// TestPermissions holds what is allowed and advised where the metadata lists
// none or too much.
func TestPermissions(t *testing.T) {
	password := graph.SetPasswordProfile("u", graph.PasswordProfile{Password: "p"})
	disable := graph.SetAccountEnabled("u", false)
	methods := graph.ListMethods(graph.Phone, "u", "")
	tests := []struct {
		name                   string
		request                graph.Request
		granted                []string
		application, delegated bool
	}{
		{"revoking asks for its own permission", graph.RevokeSignInSessions("u"), []string{"User.RevokeSessions.All"}, true, true},
		{"which nothing higher replaces for an application", graph.RevokeSignInSessions("u"), []string{"User.ReadWrite.All", "Directory.ReadWrite.All"}, false, true},
		{"no application resets a password", graph.ResetPassword("u", "m", "p"), []string{"UserAuthenticationMethod.ReadWrite.All"}, false, true},
		{"a password asks for its own", password, []string{"User-PasswordProfile.ReadWrite.All"}, true, true},
		{"which writing users does not include", password, []string{"User.ReadWrite.All"}, false, false},
		{"disabling needs two together", disable, []string{"User.EnableDisableAccount.All", "User.Read.All"}, true, true},
		{"of which one is not enough", disable, []string{"User.EnableDisableAccount.All"}, false, false},
		{"nor is one of another property", disable, []string{"User-PasswordProfile.ReadWrite.All", "User.ManageIdentities.All"}, false, false},
		{"or writing users", disable, []string{"User.ReadWrite.All"}, true, true},
		{"identities ask for their own", graph.UpdateUser("u", map[string]any{"identities": nil}), []string{"User.ManageIdentities.All"}, true, true},
		{"acting as a person reaches the directory", password, []string{"Directory.AccessAsUser.All"}, false, true},
		{"but no authentication methods", methods, []string{"Directory.AccessAsUser.All"}, false, false},
		{"a grant is revoked with its own", graph.DeleteConsent("g"), []string{"DelegatedPermissionGrant.ReadWrite.All"}, true, true},
		{"reading groups is not for who may nest them", graph.GetGroup("g"), []string{"GroupMember.Read.All"}, true, true},
		{"a device is disabled by its own", graph.SetDeviceEnabled("d", false), []string{"Device.ReadWrite.All"}, true, false},
		{"or in a person's name", graph.SetDeviceEnabled("d", false), []string{"Directory.AccessAsUser.All"}, false, true},
		{"preferences are read with methods", graph.GetSignInPreferences("u"), []string{"UserAuthenticationMethod.Read.All"}, true, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p, _ := test.request.Permissions()
			if got := p.Application.Allows(test.granted); got != test.application {
				t.Errorf("application: %t", got)
			}
			if got := p.Delegated.Allows(test.granted); got != test.delegated {
				t.Errorf("delegated: %t", got)
			}
		})
	}
}

func TestAdvisedReachesOthersAndNothingHigher(t *testing.T) {
	tests := []struct {
		set  graph.PermissionSet
		want []string
	}{
		{graph.PermissionSet{Any: []string{"A.ReadWrite.All", "A.Read.All"}, Least: []string{"A.ReadWrite.All", "A.Read.All"}}, []string{"A.Read.All"}},
		{graph.PermissionSet{Any: []string{"A.Read", "A.Read.All"}, Least: []string{"A.Read"}}, []string{"A.Read.All"}},
		{graph.PermissionSet{Any: []string{"A.Read"}, Least: []string{"A.Read"}}, []string{"A.Read"}},
		{graph.PermissionSet{Any: []string{"A"}, Least: []string{"A"}, Together: [][]string{{"B", "C"}}}, []string{"B", "C"}},
		{graph.PermissionSet{}, nil},
	}
	for _, test := range tests {
		if got := test.set.Advised(); !slices.Equal(got, test.want) {
			t.Errorf("%+v advises %v, want %v", test.set, got, test.want)
		}
	}
}

// Amending what one request needs must not change what the next one does.
func TestPermissionsAreNotShared(t *testing.T) {
	plain := graph.UpdateUser("u", map[string]any{"city": "x"})
	before, _ := plain.Permissions()
	for range 3 {
		_, _ = graph.SetAccountEnabled("u", true).Permissions()
	}
	if after, _ := plain.Permissions(); !slices.Equal(before.Application.Any, after.Application.Any) {
		t.Errorf("%v became %v", before.Application.Any, after.Application.Any)
	}
}
