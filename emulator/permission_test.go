package emulator_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"msgraph-user/emulator"
)

func TestTokensAreAskedFor(t *testing.T) {
	x := start(t, emulator.Options{})
	good := x.token
	for _, token := range []string{"", "nonsense", good[:len(good)-4] + "AAAA"} {
		x.token = token
		a := x.want(x.get("/v1.0/users"), 401)
		if a.code() != "InvalidAuthenticationToken" || a.header.Get("WWW-Authenticate") == "" {
			t.Errorf("%q: %s", token, a.text)
		}
	}
	x.token = good
	x.now = x.now.Add(2 * time.Hour)
	x.want(x.get("/v1.0/users"), 401)
}

func TestAnApplicationWithTooLittleIsRefused(t *testing.T) {
	x := start(t, emulator.Options{})
	x.token = x.signIn("33333333-3333-3333-3333-333333333333", "too-little-secret")
	users := x.want(x.get("/v1.0/users/"+plain+"?$select=displayName,jobTitle"), 200)
	if users.json["displayName"] != "Sam Whitfield" || users.json["jobTitle"] != nil {
		t.Errorf("User.ReadBasic.All reads the basic profile: %s", users.text)
	}
	for _, c := range []struct{ method, path, body, code string }{
		{"PATCH", "/v1.0/users/" + plain, `{"accountEnabled":false}`, "Authorization_RequestDenied"},
		{"DELETE", "/v1.0/users/" + plain, "", "Authorization_RequestDenied"},
		{"POST", "/v1.0/users", newHire(nil), "Authorization_RequestDenied"},
		{"POST", "/v1.0/users/" + plain + "/revokeSignInSessions", "", "Authorization_RequestDenied"},
		{"GET", "/v1.0/users/" + plain + "/manager", "", "Authorization_RequestDenied"},
		{"GET", "/v1.0/users/" + plain + "/memberOf", "", "Authorization_RequestDenied"},
		{"GET", "/v1.0/users/delta", "", "Authorization_RequestDenied"},
		{"GET", "/v1.0/users/" + plain + "?$select=signInActivity", "", "Authentication_MSGraphPermissionMissing"},
		{"GET", auth(plain) + "/methods", "", "accessDenied"},
		{"POST", auth(plain) + "/temporaryAccessPassMethods", "{}", "accessDenied"},
	} {
		if a := x.do(c.method, c.path, c.body); a.status != 403 || a.code() != c.code {
			t.Errorf("%s %s: %d %s", c.method, c.path, a.status, a.text)
		}
	}
}

// Each permission lets a token change what it is for, and nothing else.
func TestEachPermissionCoversItsProperty(t *testing.T) {
	for permission, may := range map[string]map[string]bool{
		"User.EnableDisableAccount.All":                         {"accountEnabled": true},
		"User-PasswordProfile.ReadWrite.All":                    {"passwordProfile": true},
		"User-Phone.ReadWrite.All":                              {"mobilePhone": true},
		"User.ReadWrite.All":                                    {"accountEnabled": true, "mobilePhone": true, "jobTitle": true},
		"User.ReadWrite.All User-PasswordProfile.ReadWrite.All": {"accountEnabled": true, "mobilePhone": true, "jobTitle": true, "passwordProfile": true},
	} {
		t.Run(permission, func(t *testing.T) {
			x := start(t, emulator.Options{Seed: withApplication(t, strings.Fields(permission))})
			x.token = x.signIn("99999999-9999-9999-9999-999999999999", "one-permission-secret")
			for property, value := range map[string]string{"accountEnabled": "true", "passwordProfile": `{"forceChangePasswordNextSignIn":true}`, "mobilePhone": `"+1 555"`, "jobTitle": `"x"`} {
				want := http.StatusForbidden
				if may[property] {
					want = http.StatusNoContent
				}
				if a := x.do("PATCH", "/v1.0/users/"+plain, `{"`+property+`":`+value+`}`); a.status != want {
					t.Errorf("%s: %d, want %d", property, a.status, want)
				}
			}
		})
	}
}

// withApplication returns the sample company with one application more.
func withApplication(t *testing.T, permissions []string) []byte {
	t.Helper()
	tenant, err := emulator.New(emulator.Options{InProcess: true})
	if err != nil {
		t.Fatal(err)
	}
	seed, err := tenant.Export()
	if err != nil {
		t.Fatal(err)
	}
	application := `"servicePrincipals": [
  {"appId":"99999999-9999-9999-9999-999999999999","displayName":"One permission","accountEnabled":true,"private":{"credentials":[{"secret":"one-permission-secret"}],"appPermissions":["` + strings.Join(permissions, `","`) + `"]}},`
	return []byte(strings.Replace(string(seed), `"servicePrincipals": [`, application, 1))
}

func TestAdministratorsAreActedOnFromAboveOnly(t *testing.T) {
	x := start(t, emulator.Options{})
	disable := func(user string) int { return x.do("PATCH", "/v1.0/users/"+user, `{"accountEnabled":false}`).status }
	remove := func(user string) int { return x.do("DELETE", "/v1.0/users/"+user, "").status }
	pass := func(user string) int { return x.do("POST", auth(user)+"/temporaryAccessPassMethods", `{}`).status }
	x.t = t
	if got := []int{disable(breakGlass), remove(breakGlass), pass(breakGlass)}; !slices.Equal(got, []int{403, 403, 403}) {
		t.Errorf("an application without a role: %v", got)
	}
	x.token = x.signInAs(userAdmin)
	if got := []int{disable(breakGlass), disable("lucy.barnes@larkspur.example"), disable(plain)}; !slices.Equal(got, []int{403, 204, 204}) {
		t.Errorf("a User Administrator over a Global Administrator, a Reports Reader, nobody special: %v", got)
	}
	x.token = x.signIn("44444444-4444-4444-4444-444444444444", "over-all-secret")
	if got := []int{disable(breakGlass), pass(breakGlass), remove(breakGlass)}; !slices.Equal(got, []int{204, 201, 204}) {
		t.Errorf("an application that is Privileged Authentication Administrator: %v", got)
	}
}

func TestAPersonMayNoMoreThanTheirRoles(t *testing.T) {
	x := start(t, emulator.Options{})
	for _, c := range []struct {
		person, method, path, body string
		status                     int
	}{
		{plain, "GET", "/v1.0/users", "", 200},
		{plain, "GET", "/v1.0/me", "", 200},
		{plain, "GET", "/v1.0/me/manager", "", 200},
		{plain, "PATCH", "/v1.0/users/" + synced, `{"accountEnabled":false}`, 403},
		{plain, "PATCH", "/v1.0/me", `{"mobilePhone":"+1 555"}`, 204},
		{plain, "PATCH", "/v1.0/me", `{"jobTitle":"Boss"}`, 403},
		{plain, "GET", auth(synced) + "/methods", "", 403},
		{"ann.lee_fabrikam.example#EXT#@larkspur.onmicrosoft.com", "GET", "/v1.0/users", "", 403},
		{userAdmin, "PATCH", "/v1.0/users/" + plain, `{"jobTitle":"x"}`, 204},
		{userAdmin, "POST", "/v1.0/users", newHire(nil), 201},
		{helpdesk, "PATCH", "/v1.0/users/" + plain, `{"passwordProfile":{"password":"Br4nd-new-pass"}}`, 204},
		{helpdesk, "PATCH", "/v1.0/users/" + plain, `{"jobTitle":"x"}`, 403},
		{helpdesk, "POST", "/v1.0/users/" + plain + "/revokeSignInSessions", "", 200},
		{helpdesk, "DELETE", "/v1.0/users/" + plain, "", 403},
		{userAdmin, "DELETE", "/v1.0/me", "", 403},
		{"theo.laurent@larkspur.example", "GET", auth(plain) + "/methods", "", 200},
		{"theo.laurent@larkspur.example", "POST", auth(plain) + "/temporaryAccessPassMethods", "{}", 403},
		{authAdmin, "POST", auth(plain) + "/temporaryAccessPassMethods", "{}", 201},
		{authAdmin, "GET", auth(plain) + "/methods", "", 200},
	} {
		x.token = x.signInAs(c.person)
		if a := x.do(c.method, c.path, c.body); a.status != c.status {
			t.Errorf("%s: %s %s: %d, want %d: %s", c.person, c.method, c.path, a.status, c.status, a.text)
		}
	}
	x.token = x.signIn(emulator.ReadyApplication, emulator.ReadySecret)
	x.want(x.get("/v1.0/me"), 400)
}

// The log says of each request what it needed, so that a person can grant the
// least that does.
func TestTheLogNamesThePermissionNeeded(t *testing.T) {
	x := start(t, emulator.Options{})
	x.want(x.do("POST", "/v1.0/users/"+plain+"/revokeSignInSessions", ""), 200)
	x.want(x.get("/v1.0/users/"+plain+"/memberOf"), 200)
	log := x.want(x.do("GET", "http://localhost/_emulator/requests", ""), 200).value()
	if len(log) != 2 {
		t.Fatalf("%d requests", len(log))
	}
	if log[0]["operation"] != "POST /v1.0/users/{user-id}/revokeSignInSessions" || log[0]["needed"].([]any)[0] != "User.RevokeSessions.All" || log[0]["status"] != 200.0 {
		t.Errorf("%v", log[0])
	}
	sum := x.want(x.get("http://localhost/_emulator/permissions"), 200).value()
	if len(sum) != 1 || len(sum[0]["needed"].([]any)) != 2 || len(sum[0]["excess"].([]any)) < 10 {
		t.Errorf("%v", sum)
	}
}
