package emulator_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"msgraph-user/emulator"
	"msgraph-user/emulator/faults"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestResetStartsOver(t *testing.T) {
	x := start(t, emulator.Options{})
	before, err := x.Export()
	if err != nil {
		t.Fatal(err)
	}
	x.want(x.do("PATCH", "/v1.0/users/"+plain, `{"jobTitle":"x"}`), 204)
	x.want(x.do("DELETE", "/v1.0/users/"+synced, ""), 204)
	x.want(x.do("POST", auth(plain)+"/temporaryAccessPassMethods", `{}`), 201)
	x.Clock().Advance(time.Minute)
	x.want(x.do("POST", "http://localhost/_emulator/reset", ""), 200)
	after, err := x.Export()
	if err != nil {
		t.Fatal(err)
	}
	if string(before) != string(after) {
		t.Error("a reset tenant differs from a new one")
	}
	x.want(x.get("/v1.0/users"), 401) // its tokens are refused
	if log := x.Requests(); len(log) != 1 {
		t.Errorf("the log does not start over: %d requests", len(log))
	}
}

func TestAnExportedSeedMakesTheSameTenant(t *testing.T) {
	x := start(t, emulator.Options{})
	x.want(x.do("POST", "/v1.0/users", newHire(nil)), 201)
	seed, err := x.Export()
	if err != nil {
		t.Fatal(err)
	}
	y := start(t, emulator.Options{Seed: seed})
	again, err := y.Export()
	if err != nil {
		t.Fatal(err)
	}
	if string(seed) != string(again) {
		t.Error("the seed of a tenant made from a seed is another")
	}
	y.want(y.get("/v1.0/users/newhire@larkspur.example"), 200)
	if a := y.want(y.do("GET", "http://localhost/_emulator/seed", ""), 200); a.text != string(seed) {
		t.Error("the control gives another seed")
	}
}

func TestSnapshotsAndTheClockAreControlled(t *testing.T) {
	x := start(t, emulator.Options{})
	control := func(name, body string, status int) answer {
		t.Helper()
		return x.want(x.do("POST", "http://localhost/_emulator/"+name, body), status)
	}
	control("snapshot", `{"name":"before"}`, 200)
	x.want(x.do("DELETE", "/v1.0/users/"+plain, ""), 204)
	control("restore", `{"name":"before"}`, 200)
	x.want(x.get("/v1.0/users/"+plain), 200)
	control("restore", `{"name":"nothing"}`, 400)
	if a := control("clock", `{"advance":"30m"}`, 200); a.json["now"] != "2026-11-24T08:30:00Z" {
		t.Errorf("%s", a.text)
	}
	control("clock", `{"set":"2027-01-01T00:00:00Z"}`, 200)
	x.want(x.get("/v1.0/users"), 401) // the token has ended
	control("clock", `{"advance":"soon"}`, 400)
	control("clock", ``, 400)
	control("teleport", ``, 404)
	if a := x.do("POST", "http://localhost/_emulator/reset", "", "Sec-Fetch-Site", "cross-site"); a.status != 403 {
		t.Errorf("a page of another site: %d", a.status)
	}
}

func TestTheStateFileKeepsTheTenant(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tenant.state")
	x := start(t, emulator.Options{StateFile: path})
	x.want(x.do("PATCH", "/v1.0/users/"+plain, `{"jobTitle":"Kept","passwordProfile":{"password":"Kept-pass-1"}}`), 204)
	x.want(x.do("DELETE", "/v1.0/users/"+synced, ""), 204)
	_, link := x.round("/v1.0/users/delta?$select=jobTitle")
	x.want(x.do("PATCH", "/v1.0/users/"+helpdesk, `{"jobTitle":"After"}`), 204)
	if _, err := emulator.New(emulator.Options{StateFile: path}); err == nil || !strings.Contains(err.Error(), "another tenant") {
		t.Errorf("a second tenant on the file: %v", err)
	}
	killed := filepath.Join(t.TempDir(), "killed.state") // nothing was closed, as with a kill
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(killed, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	y := start(t, emulator.Options{StateFile: killed})
	if u := y.want(y.get("/v1.0/users/"+plain+"?$select=jobTitle"), 200); u.json["jobTitle"] != "Kept" {
		t.Errorf("%s", u.text)
	}
	y.want(y.get("/v1.0/users/"+synced), 404)
	if items, _ := y.round(link); len(items) != 1 || items[0]["jobTitle"] != "After" {
		t.Errorf("a delta link goes on after the kill: %v", items)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info.Mode(), err)
	}
	damaged := filepath.Join(t.TempDir(), "damaged.state")
	if err := os.WriteFile(damaged, []byte("{\"header\":nonsense\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := emulator.New(emulator.Options{StateFile: damaged}); err == nil || !strings.Contains(err.Error(), "line 1") {
		t.Errorf("a damaged file: %v", err)
	}
}

// A refresh token that a client holds works after a kill, and one that was revoked
// does not.
func TestTheStateFileKeepsGrants(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tenant.state")
	x := start(t, emulator.Options{StateFile: path})
	kept, revoked := x.signInFully(plain), x.signInFully(helpdesk)
	renewed := x.refresh(kept.Refresh)
	x.now = x.now.Add(time.Minute)
	x.want(x.do("POST", "/v1.0/users/"+helpdesk+"/revokeSignInSessions", ""), 200)
	killed := filepath.Join(t.TempDir(), "killed.state")
	for _, suffix := range []string{"", ".grants"} {
		raw, err := os.ReadFile(path + suffix)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(killed+suffix, raw, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	y := start(t, emulator.Options{StateFile: killed})
	y.now = x.now
	if again := y.refresh(renewed.Refresh); again.Token == "" {
		t.Errorf("the grant is lost: %s", again.Description)
	}
	if again := y.refresh(revoked.Refresh); !strings.Contains(again.Description, "AADSTS50173") {
		t.Errorf("a revoked grant: %+v", again)
	}
	if info, err := os.Stat(path + ".grants"); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info, err)
	}
	if err := os.WriteFile(killed+".grants", []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := y.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := emulator.New(emulator.Options{StateFile: killed}); err == nil || !strings.Contains(err.Error(), "sign in again") {
		t.Errorf("a damaged file: %v", err)
	}
}

func TestFaultsReachTheCaller(t *testing.T) {
	spec, err := faults.Parse("seed=1")
	if err != nil {
		t.Fatal(err)
	}
	x := start(t, emulator.Options{Faults: spec})
	x.want(x.do("POST", "http://localhost/_emulator/faults", `{"faults":"throttle=1,retry-after=7"}`), 200)
	if a := x.want(x.get("/v1.0/users"), 429); a.header.Get("Retry-After") != "7" {
		t.Errorf("%v", a.header)
	}
	x.want(x.do("POST", "http://localhost/_emulator/faults", `{"faults":"reset=1"}`), 200)
	if _, err := x.client.Get(graph + "/v1.0/users"); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("a reset: %v", err)
	}
	x.want(x.do("POST", "http://localhost/_emulator/faults", `{"faults":"lost=1"}`), 200)
	request, _ := http.NewRequest("DELETE", graph+"/v1.0/users/"+plain, nil)
	request.Header.Set("Authorization", "Bearer "+x.token)
	if _, err := x.client.Do(request); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("a lost answer: %v", err)
	}
	x.want(x.do("POST", "http://localhost/_emulator/faults", `{"faults":"truncate=1"}`), 200)
	response, err := x.client.Get(graph + "/v1.0/users/" + plain)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if _, err := io.ReadAll(response.Body); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("a cut answer: %v", err)
	}
	x.want(x.do("POST", "http://localhost/_emulator/faults", `{"faults":""}`), 200)
	x.want(x.get("/v1.0/users/"+plain), 404) // the lost delete was done
}

func TestACancelledRequestEndsAtOnce(t *testing.T) {
	spec, err := faults.Parse("latency=1h")
	if err != nil {
		t.Fatal(err)
	}
	tenant, err := emulator.New(emulator.Options{InProcess: true, Faults: spec})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	request, _ := http.NewRequestWithContext(ctx, "GET", graph+"/v1.0/users", nil)
	ended := make(chan error)
	go func() {
		_, err := tenant.Transport().RoundTrip(request)
		ended <- err
	}()
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

// The same tenant over HTTP: links name the address that the caller used.
func TestOverHTTP(t *testing.T) {
	x := start(t, emulator.Options{})
	server := httptest.NewServer(x)
	defer server.Close()
	x.client = server.Client()
	a := x.want(x.do("GET", server.URL+"/v1.0/users?$top=1", ""), 200)
	next, _ := a.json["@odata.nextLink"].(string)
	if !strings.HasPrefix(next, server.URL+"/v1.0/users?") {
		t.Errorf("next link %q", next)
	}
	x.want(x.get(next), 200)
	created := x.want(x.do("POST", server.URL+"/v1.0/users", newHire(nil)), 201)
	if !strings.HasPrefix(created.header.Get("Location"), server.URL+"/v1.0/users('") {
		t.Errorf("Location %q", created.header.Get("Location"))
	}
	server.CloseClientConnections()
}

// Revoking ends what a person signed in with before; a guest's sessions belong to
// their home tenant. An access token lives until it ends, as in Entra.
func TestRevokingEndsGrants(t *testing.T) {
	x := start(t, emulator.Options{})
	application := x.token
	for user, ends := range map[string]bool{plain: true, "ann.lee_fabrikam.example#EXT#@larkspur.onmicrosoft.com": false} {
		before := x.signInFully(user)
		x.now = x.now.Add(time.Minute)
		x.token = application
		x.want(x.do("POST", "/v1.0/users/"+strings.ReplaceAll(user, "#", "%23")+"/revokeSignInSessions", ""), 200)
		after := x.refresh(before.Refresh)
		if ends != strings.Contains(after.Description, "AADSTS50173") {
			t.Errorf("%s: %+v", user, after)
		}
		x.token = before.Token
		x.want(x.get("/v1.0/me"), 200)
	}
}

func TestTheMFAServiceAsksThePerson(t *testing.T) {
	x := start(t, emulator.Options{})
	sp := x.want(x.get("/v1.0/servicePrincipals?$filter=appId eq '981f26a1-7f43-403b-a875-f8b09b8cd720'&$select=id"), 200).value()[0]["id"].(string)
	secret := x.want(x.do("POST", "/v1.0/servicePrincipals/"+sp+"/addPassword", `{"passwordCredential":{"displayName":"MFA App Secret"}}`), 200).json["secretText"].(string)
	x.token = x.tokenFor(map[string][]string{"client_id": {"981f26a1-7f43-403b-a875-f8b09b8cd720"}, "client_secret": {secret}, "grant_type": {"client_credentials"},
		"scope": {"https://adnotifications.windowsazure.com/StrongAuthenticationService.svc/Connector/.default"}})
	for user, want := range map[string]string{plain: "Success", "alex.moreau@larkspur.example": "PhoneAppDenied", "elena.rossi@larkspur.example": "UserAccountDisabled", "ghost@larkspur.example": "UserNotFound"} {
		body := `<BeginTwoWayAuthenticationRequest><Version>1.0</Version><UserPrincipalName>` + user + `</UserPrincipalName><Lcid>en-us</Lcid><AuthenticationMethodProperties xmlns:a="http://schemas.microsoft.com/2003/10/Serialization/Arrays"><a:KeyValueOfstringstring><a:Key>OverrideVoiceOtp</a:Key><a:Value>false</a:Value></a:KeyValueOfstringstring></AuthenticationMethodProperties><ContextId>69ff05bf-eb61-47f7-a70e-e7d77b6d47d0</ContextId><SyncCall>true</SyncCall><RequireUserMatch>true</RequireUserMatch><CallerName>radius</CallerName><CallerIP>UNKNOWN:</CallerIP></BeginTwoWayAuthenticationRequest>`
		a := x.want(x.do("POST", "https://strongauthenticationservice.auth.microsoft.com/StrongAuthenticationService.svc/Connector//BeginTwoWayAuthentication", body, "Content-Type", "application/xml"), 200)
		if !strings.Contains(a.text, "<Value>"+want+"</Value>") {
			t.Errorf("%s: %s", user, a.text)
		}
	}
}
