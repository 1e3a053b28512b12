package emulator_test

import (
	"encoding/json"
	"maps"
	"strings"
	"testing"
	"time"

	"msgraph-user/emulator"
)

// People of the sample company that the tests use.
const (
	plain      = "sam.whitfield@larkspur.example"
	synced     = "omar.farouk@larkspur.example"
	guest      = "ann.lee_fabrikam.example%23EXT%23@larkspur.onmicrosoft.com"
	breakGlass = "breakglass1@larkspur.onmicrosoft.com"
	helpdesk   = "noel.ivanov@larkspur.example"
	authAdmin  = "nadia.haddad@larkspur.example"
	userAdmin  = "helen.park@larkspur.example"
)

// newHire is a body that makes a user, with members changed or, by nil, left out.
func newHire(changes map[string]any) string {
	body := map[string]any{
		"accountEnabled": true, "displayName": "New Hire", "mailNickname": "newhire", "userPrincipalName": "newhire@larkspur.example",
		"passwordProfile": map[string]any{"password": "S3cret-Pa55", "forceChangePasswordNextSignIn": true},
	}
	maps.Copy(body, changes)
	maps.DeleteFunc(body, func(_ string, value any) bool { return value == nil })
	raw, _ := json.Marshal(body)
	return string(raw)
}

func TestCreatingAUser(t *testing.T) {
	x := start(t, emulator.Options{})
	for _, c := range []struct {
		name    string
		changes map[string]any
		status  int
		says    string
	}{
		{"with all that is required", nil, 201, ""},
		{"without accountEnabled", map[string]any{"accountEnabled": nil}, 400, "'accountEnabled' of resource 'User'"},
		{"without displayName", map[string]any{"displayName": nil}, 400, "A value is required for property 'displayName'"},
		{"without mailNickname", map[string]any{"mailNickname": nil}, 400, "'mailNickname'"},
		{"without a profile", map[string]any{"passwordProfile": nil}, 400, "'passwordProfile'"},
		{"without a password", map[string]any{"passwordProfile": map[string]any{}}, 400, "password"},
		{"with an empty name", map[string]any{"displayName": ""}, 400, "'displayName'"},
		{"with a weak password", map[string]any{"passwordProfile": map[string]any{"password": "password"}}, 400, "password complexity"},
		{"with the user's name in the password", map[string]any{"passwordProfile": map[string]any{"password": "Newhire-2026"}}, 400, "password complexity"},
		{"with a taken name in other letter case", map[string]any{"userPrincipalName": strings.ToUpper(plain)}, 400, "userPrincipalName already exists"},
		{"in a strange domain", map[string]any{"userPrincipalName": "new@strange.example"}, 400, "verified domain names"},
		{"with a space in the name", map[string]any{"userPrincipalName": "new hire@larkspur.example"}, 400, "userPrincipalName is invalid"},
		{"with text for a boolean", map[string]any{"accountEnabled": "true"}, 400, "accountEnabled"},
		{"with text for a list", map[string]any{"businessPhones": "+1"}, 400, "businessPhones"},
		{"with a read-only property", map[string]any{"createdDateTime": "2026-01-01T00:00:00Z"}, 400, "read-only"},
		{"with an unknown property", map[string]any{"shoeSize": "44"}, 400, "does not exist as a declared property"},
		{"with a relation inside", map[string]any{"manager@odata.bind": "x"}, 501, "practice tenant does not know"},
	} {
		t.Run(c.name, func(t *testing.T) {
			x.t = t
			a := x.want(x.do("POST", "/v1.0/users", newHire(c.changes)), c.status)
			if !strings.Contains(a.message(), c.says) {
				t.Errorf("message %q, want %q in it", a.message(), c.says)
			}
			if c.status == 400 && a.code() != "Request_BadRequest" {
				t.Errorf("code %s", a.code())
			}
		})
	}
}

func TestACreatedUserIsWhatWasAskedFor(t *testing.T) {
	x := start(t, emulator.Options{})
	a := x.want(x.do("POST", "/v1.0/users", newHire(map[string]any{"jobTitle": "Analyst <1>", "usageLocation": "US"})), 201)
	id, _ := a.json["id"].(string)
	if got, want := a.header.Get("Location"), graph+"/v1.0/users('"+id+"')"; got != want {
		t.Errorf("Location %q, want %q", got, want)
	}
	if a.json["@odata.context"] != graph+"/v1.0/$metadata#users/$entity" || a.header.Get("Request-Id") == "" {
		t.Errorf("context %v, headers %v", a.json["@odata.context"], a.header)
	}
	u := x.want(x.get("/v1.0/users/"+id+"?$select=*"), 200)
	for name, want := range map[string]any{"jobTitle": "Analyst <1>", "userType": "Member", "createdDateTime": "2026-11-24T08:00:00Z", "usageLocation": "US"} {
		if u.json[name] != want {
			t.Errorf("%s = %v, want %v", name, u.json[name], want)
		}
	}
}

func TestUpdatingAUser(t *testing.T) {
	x := start(t, emulator.Options{})
	for _, c := range []struct {
		name, user, body string
		status           int
		says             string
	}{
		{"a property", plain, `{"jobTitle":"Lead"}`, 204, ""},
		{"a property to null", plain, `{"jobTitle":null}`, 204, ""},
		{"nothing", plain, `{}`, 204, ""},
		{"an empty body", plain, ``, 400, "Empty Payload"},
		{"a body that is no JSON", plain, `{"jobTitle":`, 400, "Unable to read JSON"},
		{"text for a boolean", plain, `{"accountEnabled":"false"}`, 400, "accountEnabled"},
		{"a number for text", plain, `{"jobTitle":7}`, 400, "jobTitle"},
		{"two business phones", plain, `{"businessPhones":["+1 555", "+1 556"]}`, 400, "Only one number"},
		{"null for a list", plain, `{"businessPhones":null}`, 400, "businessPhones"},
		{"a read-only property", plain, `{"id":"x"}`, 400, "read-only"},
		{"an unknown member of a profile", plain, `{"passwordProfile":{"pasword":"x"}}`, 400, "pasword"},
		{"a weak password", plain, `{"passwordProfile":{"password":"abc"}}`, 400, "complexity"},
		{"only that a password must change", plain, `{"passwordProfile":{"forceChangePasswordNextSignIn":true}}`, 204, ""},
		{"a taken name", plain, `{"userPrincipalName":"` + authAdmin + `"}`, 400, "already exists"},
		{"a synced property of a synced user", synced, `{"jobTitle":"x"}`, 400, "on-premises mastered"},
		{"the password of a synced user", synced, `{"passwordProfile":{"password":"S3cret-Pa55"}}`, 400, "on-premises mastered"},
		{"the state of a synced user", synced, `{"accountEnabled":false}`, 204, ""},
		{"a guest", guest, `{"accountEnabled":false}`, 204, ""},
		{"nobody", "ghost@larkspur.example", `{"jobTitle":"x"}`, 404, "Resource 'ghost@larkspur.example' does not exist"},
		{"an administrator's state", breakGlass, `{"accountEnabled":false}`, 403, "Insufficient privileges"},
		{"an administrator's phone", breakGlass, `{"mobilePhone":"+1 555"}`, 403, "Insufficient privileges"},
		{"an administrator's title", breakGlass, `{"jobTitle":"x"}`, 204, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			x.t = t
			a := x.want(x.do("PATCH", "/v1.0/users/"+c.user, c.body), c.status)
			if !strings.Contains(a.message(), c.says) {
				t.Errorf("message %q, want %q in it", a.message(), c.says)
			}
		})
	}
	t.Run("without a JSON content type", func(t *testing.T) {
		x.t = t
		x.want(x.do("PATCH", "/v1.0/users/"+plain, `{"jobTitle":"x"}`, "Content-Type", "text/plain"), 400)
	})
}

func TestANewPasswordCounts(t *testing.T) {
	x := start(t, emulator.Options{})
	x.now = x.now.Add(30 * time.Minute)
	x.want(x.do("PATCH", "/v1.0/users/"+plain, `{"passwordProfile":{"password":"Br4nd-new-pass"}}`), 204)
	u := x.want(x.get("/v1.0/users/"+plain+"?$select=lastPasswordChangeDateTime,passwordProfile"), 200)
	profile, _ := u.json["passwordProfile"].(map[string]any)
	if u.json["lastPasswordChangeDateTime"] != "2026-11-24T08:30:00Z" || profile["password"] != nil || profile["forceChangePasswordNextSignIn"] != true {
		t.Errorf("%s", u.text)
	}
}

func TestDeletedUsersComeBackOrAreGone(t *testing.T) {
	x := start(t, emulator.Options{})
	id, _ := x.want(x.get("/v1.0/users/"+plain+"?$select=id"), 200).json["id"].(string)
	x.want(x.do("DELETE", "/v1.0/users/"+plain, ""), 204)
	x.want(x.get("/v1.0/users/"+id), 404)
	deleted := x.want(x.get("/v1.0/directory/deletedItems/microsoft.graph.user?$select=id,userPrincipalName,deletedDateTime"), 200).value()
	if len(deleted) != 1 || deleted[0]["id"] != id || !strings.HasSuffix(deleted[0]["userPrincipalName"].(string), plain) || deleted[0]["deletedDateTime"] == nil {
		t.Fatalf("deleted items: %v", deleted)
	}
	x.want(x.do("POST", "/v1.0/directory/deletedItems/"+id+"/restore", ""), 200)
	if reports := x.want(x.get("/v1.0/users/"+plain+"/directReports"), 200).value(); len(reports) == 0 {
		t.Error("a restored user has relations again")
	}
	x.want(x.do("DELETE", "/v1.0/users/"+plain, ""), 204)
	x.want(x.do("DELETE", "/v1.0/directory/deletedItems/"+id, ""), 403) // for people only
	x.purge(id)
	x.want(x.do("POST", "/v1.0/directory/deletedItems/"+id+"/restore", ""), 404)
	x.want(x.do("DELETE", "/v1.0/users/"+synced, ""), 204)
	x.now = x.now.Add(31 * 24 * time.Hour)
	x.token = x.signIn(emulator.ReadyApplication, emulator.ReadySecret)
	if left := x.want(x.get("/v1.0/directory/deletedItems/microsoft.graph.user"), 200).value(); len(left) != 0 {
		t.Errorf("after 31 days there are %d deleted items", len(left))
	}
}

// purge deletes a deleted user for good, which no application may by itself.
func (x *tenant) purge(id string) {
	x.t.Helper()
	application := x.token
	x.token = x.signInAs(userAdmin)
	x.want(x.do("DELETE", "/v1.0/directory/deletedItems/"+id, ""), 204)
	x.token = application
}

func TestRevokingSessionsMovesTheTime(t *testing.T) {
	x := start(t, emulator.Options{})
	x.now = x.now.Add(time.Minute)
	if a := x.want(x.do("POST", "/v1.0/users/"+plain+"/revokeSignInSessions", ""), 200); a.json["value"] != true {
		t.Errorf("%s", a.text)
	}
	u := x.want(x.get("/v1.0/users/"+plain+"?$select=signInSessionsValidFromDateTime"), 200)
	if u.json["signInSessionsValidFromDateTime"] != "2026-11-24T08:01:00Z" {
		t.Errorf("%s", u.text)
	}
	x.want(x.do("POST", "/v1.0/users/ghost@larkspur.example/microsoft.graph.revokeSignInSessions", ""), 404)
}

func TestManagersAndReports(t *testing.T) {
	x := start(t, emulator.Options{})
	ref := func(user string) string { return `{"@odata.id":"https://graph.microsoft.com/v1.0/users/` + user + `"}` }
	x.want(x.do("PUT", "/v1.0/users/"+plain+"/manager/$ref", ref(authAdmin)), 204)
	if m := x.want(x.get("/v1.0/users/"+plain+"/manager"), 200); m.json["userPrincipalName"] != authAdmin || m.json["@odata.type"] != "#microsoft.graph.user" {
		t.Errorf("manager %s", m.text)
	}
	x.want(x.get("/v1.0/users/"+plain+"/manager/$ref"), 200)
	if a := x.want(x.do("PUT", "/v1.0/users/"+plain+"/manager/$ref", ref("ghost@larkspur.example")), 404); !strings.Contains(a.message(), "ghost@larkspur.example") {
		t.Errorf("message %s", a.message())
	}
	x.want(x.do("PUT", "/v1.0/users/"+plain+"/manager/$ref", `{"@odata.id":"nonsense"}`), 400)
	x.want(x.do("PUT", "/v1.0/users/"+synced+"/manager/$ref", ref(plain)), 400)
	x.want(x.do("DELETE", "/v1.0/users/"+plain+"/manager/$ref", ""), 204)
	x.want(x.get("/v1.0/users/"+plain+"/manager"), 404)
	expanded := x.want(x.get("/v1.0/users/"+helpdesk+"?$select=id&$expand=manager($select=userPrincipalName)"), 200)
	if m, _ := expanded.json["manager"].(map[string]any); m["userPrincipalName"] != userAdmin || len(m) != 2 {
		t.Errorf("expanded: %s", expanded.text)
	}
}

func TestGroupsRolesAndDevicesOfAUser(t *testing.T) {
	x := start(t, emulator.Options{})
	types := map[any]int{}
	for _, o := range x.want(x.get("/v1.0/users/"+authAdmin+"/memberOf"), 200).value() {
		types[o["@odata.type"]]++
	}
	if types["#microsoft.graph.group"] == 0 || types["#microsoft.graph.directoryRole"] == 0 {
		t.Errorf("member of %v", types)
	}
	direct := len(x.get("/v1.0/users/" + plain + "/memberOf").value())
	through := len(x.get("/v1.0/users/" + plain + "/transitiveMemberOf").value())
	if through <= direct {
		t.Errorf("%d groups directly, %d through others", direct, through)
	}
	devices := x.want(x.get("/v1.0/users/mira.holt@larkspur.example/ownedDevices?$filter=operatingSystem eq 'Windows'&$count=true&$top=50", "ConsistencyLevel", "eventual"), 200)
	if devices.json["@odata.count"] != 1.0 || devices.value()[0]["@odata.type"] != "#microsoft.graph.device" {
		t.Errorf("devices: %s", devices.text)
	}
	x.want(x.get("/v1.0/users/mira.holt@larkspur.example/ownedDevices?$filter=&$count=true&$top=50", "ConsistencyLevel", "eventual"), 200)
}
