package emulator_test

import (
	"strings"
	"testing"
	"time"

	"msgraph-user/emulator"
)

func auth(user string) string { return "/v1.0/users/" + user + "/authentication" }

func TestMethodsAreListedGotAndDeleted(t *testing.T) {
	x := start(t, emulator.Options{})
	owners := map[string]string{
		"fido2Methods": "dana.shalev@larkspur.example", "microsoftAuthenticatorMethods": "svc-soar@larkspur.onmicrosoft.com",
		"phoneMethods": "grace.adeyemi@larkspur.example", "softwareOathMethods": "zoe.groesse@larkspur.example", "emailMethods": "olivia.stone@larkspur.example",
		"windowsHelloForBusinessMethods": "grace.adeyemi@larkspur.example", "temporaryAccessPassMethods": "ivy.chen@larkspur.example",
	}
	for segment, owner := range owners {
		t.Run(segment, func(t *testing.T) {
			x.t = t
			x.token = x.signIn("44444444-4444-4444-4444-444444444444", "over-all-secret")
			path := auth(owner) + "/" + segment
			methods := x.want(x.get(path), 200).value()
			if len(methods) != 1 {
				t.Fatalf("%d methods", len(methods))
			}
			one := path + "/" + methods[0]["id"].(string)
			x.want(x.get(one), 200)
			before := len(x.want(x.get(auth(owner)+"/methods"), 200).value())
			x.want(x.do("DELETE", one, ""), 204)
			x.want(x.do("DELETE", one, ""), 404)
			if a := x.want(x.get(path+"/zzz"), 404); a.code() != "resourceNotFound" || !strings.Contains(a.message(), "zzz was not found for user "+owner) {
				t.Errorf("%s", a.text)
			}
			if after := len(x.want(x.get(auth(owner)+"/methods"), 200).value()); after != before-1 {
				t.Errorf("%d methods before, %d after", before, after)
			}
			if a := x.want(x.get(auth("ghost@larkspur.example")+"/"+segment), 404); a.message() != "The specified user could not be found." {
				t.Errorf("%s", a.text)
			}
		})
	}
}

func TestPhonesAndAddressesAreSet(t *testing.T) {
	x := start(t, emulator.Options{})
	user := auth("amir.katz@larkspur.example")
	for _, c := range []struct {
		method, path, body string
		status             int
	}{
		{"POST", "/phoneMethods", `{"phoneNumber":"+1 5555550123","phoneType":"alternateMobile"}`, 201},
		{"POST", "/phoneMethods", `{"phoneNumber":"+1 5555550123","phoneType":"mobile"}`, 400},
		{"POST", "/phoneMethods", `{"phoneNumber":"5555550123","phoneType":"office"}`, 400},
		{"POST", "/phoneMethods", `{"phoneNumber":"+1 5555550123","phoneType":"pigeon"}`, 400},
		{"POST", "/phoneMethods", `{"phoneNumber":"+1 5555550123","phoneType":"office","smsSignInState":"ready"}`, 400},
		{"PATCH", "/phoneMethods/3179e48a-750b-4051-897c-87b9720928f7", `{"phoneNumber":"+1 5555550199"}`, 204},
		{"PATCH", "/phoneMethods/3179e48a-750b-4051-897c-87b9720928f7", `{"phoneNumber":"none"}`, 400},
		{"POST", "/emailMethods", `{"emailAddress":"amir@mail.example"}`, 201},
		{"POST", "/emailMethods", `{"emailAddress":"amir@mail.example"}`, 400},
		{"PATCH", "/emailMethods/3ddfcfc8-9382-446f-83cc-3ab9be4be18f", `{"emailAddress":"not one"}`, 400},
	} {
		if a := x.do(c.method, user+c.path, c.body); a.status != c.status {
			t.Errorf("%s %s %s: %d, want %d: %s", c.method, c.path, c.body, a.status, c.status, a.text)
		}
	}
}

func TestTemporaryAccessPasses(t *testing.T) {
	x := start(t, emulator.Options{})
	passes := auth(plain) + "/temporaryAccessPassMethods"
	for name, body := range map[string]string{
		"too short":   `{"lifetimeInMinutes":5}`,
		"too long":    `{"lifetimeInMinutes":50000}`,
		"in the past": `{"startDateTime":"2026-11-24T07:00:00Z"}`,
		"ill typed":   `{"isUsableOnce":"true"}`,
		"unknown":     `{"colour":"red"}`,
	} {
		if a := x.do("POST", passes, body); a.status != 400 {
			t.Errorf("%s: %d %s", name, a.status, a.text)
		}
	}
	x.want(x.do("POST", auth(guest)+"/temporaryAccessPassMethods", `{}`), 400)
	made := x.want(x.do("POST", passes, `{"lifetimeInMinutes":60,"isUsableOnce":false,"startDateTime":"2026-11-24T08:10:00.000Z"}`), 201)
	if pass, _ := made.json["temporaryAccessPass"].(string); len(pass) != 8 || made.json["methodUsabilityReason"] != "NotYetValid" || made.json["startDateTime"] != "2026-11-24T08:10:00Z" {
		t.Errorf("made: %s", made.text)
	}
	x.want(x.do("POST", passes, `{}`), 400) // one at a time
	for _, c := range []struct {
		after  time.Duration
		reason string
		usable bool
	}{{10 * time.Minute, "EnabledByPolicy", true}, {59 * time.Minute, "EnabledByPolicy", true}, {time.Minute, "Expired", false}} {
		x.now = x.now.Add(c.after)
		x.token = x.signIn(emulator.ReadyApplication, emulator.ReadySecret)
		pass := x.want(x.get(passes), 200).value()[0]
		if pass["methodUsabilityReason"] != c.reason || pass["isUsable"] != c.usable || pass["temporaryAccessPass"] != nil {
			t.Errorf("at %v: %v", x.now, pass)
		}
	}
	x.want(x.do("POST", passes, `{}`), 201) // an ended one gives way
}

func TestResettingAPasswordIsALongRunningOperation(t *testing.T) {
	x := start(t, emulator.Options{})
	const id = "28c10230-6103-485e-b985-444c60001490"
	reset := auth(plain) + "/methods/" + id + "/resetPassword"
	if a := x.want(x.do("POST", reset, `{"newPassword":"Br4nd-new-pass"}`), 403); a.code() != "accessDenied" {
		t.Errorf("an application cannot reset: %s", a.text)
	}
	x.token = x.signInAs(helpdesk)
	started := x.want(x.do("POST", reset, `{"newPassword":"Br4nd-new-pass"}`), 202)
	location := started.header.Get("Location")
	if started.text != "" || !strings.HasPrefix(location, graph+"/v1.0/users/") {
		t.Fatalf("started: %q %q", location, started.text)
	}
	for _, want := range []string{"notStarted", "running", "succeeded", "succeeded"} {
		if a := x.want(x.get(location), 200); a.json["status"] != want {
			t.Errorf("status %v, want %s", a.json["status"], want)
		}
	}
	if a := x.want(x.do("POST", reset, ""), 202); len(a.json["newPassword"].(string)) < 8 {
		t.Errorf("a password is made up: %s", a.text)
	}
	x.want(x.do("POST", reset, `{"newPassword":"weak"}`), 400)
	x.want(x.do("POST", auth(breakGlass)+"/methods/"+id+"/resetPassword", `{"newPassword":"Br4nd-new-pass"}`), 403)
	x.want(x.do("POST", auth(helpdesk)+"/methods/"+id+"/resetPassword", `{"newPassword":"Br4nd-new-pass"}`), 403)
	x.want(x.do("POST", auth(plain)+"/methods/zzz/resetPassword", `{"newPassword":"Br4nd-new-pass"}`), 404)
	x.want(x.get(auth(plain)+"/operations/zzz"), 404)
}

func TestSignInPreferences(t *testing.T) {
	x := start(t, emulator.Options{})
	path := "/beta/users/" + plain + "/authentication/signInPreferences"
	before := x.want(x.get(path), 200)
	if before.json["userPreferredMethodForSecondaryAuthentication"] != "push" {
		t.Errorf("%s", before.text)
	}
	x.want(x.do("PATCH", path, `{"userPreferredMethodForSecondaryAuthentication":"sms"}`), 204)
	x.want(x.do("PATCH", path, `{"userPreferredMethodForSecondaryAuthentication":"pigeon"}`), 400)
	if after := x.want(x.get(path), 200); after.json["userPreferredMethodForSecondaryAuthentication"] != "sms" {
		t.Errorf("%s", after.text)
	}
	x.want(x.get("/beta/users/ghost@larkspur.example/authentication/signInPreferences"), 404)
}

func TestAddedSecretsWorkAtOnce(t *testing.T) {
	x := start(t, emulator.Options{})
	found := x.want(x.get("/v1.0/servicePrincipals?$filter=appId eq '33333333-3333-3333-3333-333333333333'&$select=id"), 200).value()
	if len(found) != 1 {
		t.Fatalf("%d service principals", len(found))
	}
	path := "/v1.0/servicePrincipals/" + found[0]["id"].(string)
	added := x.want(x.do("POST", path+"/addPassword", `{"passwordCredential":{"displayName":"MFA App Secret"}}`), 200)
	secret, _ := added.json["secretText"].(string)
	if added.json["displayName"] != "MFA App Secret" || added.json["endDateTime"] != "2028-11-24T08:00:00Z" {
		t.Errorf("%s", added.text)
	}
	x.signIn("33333333-3333-3333-3333-333333333333", secret)
	if shown := x.want(x.get(path), 200); strings.Contains(shown.text, secret) || !strings.Contains(shown.text, "MFA App Secret") {
		t.Errorf("the secret is shown once: %s", shown.text)
	}
	x.want(x.do("POST", path+"/removePassword", `{"keyId":"`+added.json["keyId"].(string)+`"}`), 204)
	x.want(x.do("POST", path+"/addPassword", `{"passwordCredential":{"endDateTime":"2020-01-01T00:00:00Z"}}`), 400)
	x.want(x.get("/v1.0/servicePrincipals(appId='981f26a1-7f43-403b-a875-f8b09b8cd720')"), 200)
	x.want(x.do("POST", "/v1.0/servicePrincipals/zzz/addPassword", `{}`), 404)
}
