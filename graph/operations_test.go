package graph_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"testing"

	"msgraph-user/graph"
)

const adele = "AdeleV@contoso.onmicrosoft.com"

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
		{"add password", graph.AddPassword("sp-1", "MFA App Secret"), "POST /v1.0/servicePrincipals/sp-1/addPassword", "", "", `{"passwordCredential":{"displayName":"MFA App Secret"}}`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			far := newFarSide(t)
			far.answer(http.StatusOK, `{}`)
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
