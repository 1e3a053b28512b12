package signin

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestClientCredentialsWithSecret(t *testing.T) {
	w := newWorld(t)
	a := w.token("grant_type", "client_credentials", "client_id", testApp, "client_secret", testSecret, "scope", graphScope)
	p := w.principal(a)
	if p.AppID != testApp || p.Tenant != testTenant || p.Delegated() || !slices.Equal(p.Roles, []string{"User.ReadWrite.All", "Group.Read.All"}) {
		t.Errorf("principal %+v", p)
	}
	if a.body["expires_in"] != 3599.0 || a.text("token_type") != "Bearer" || a.text("refresh_token") != "" {
		t.Errorf("answer %v", a.body)
	}
}

// TestRefusals holds each refusal to the number, the OAuth error and the status
// that Entra gives it.
func TestRefusals(t *testing.T) {
	w := newWorld(t)
	good := []string{"grant_type", "client_credentials", "client_id", testApp, "client_secret", testSecret, "scope", graphScope}
	change := func(pairs ...string) []string { return append(slices.Clone(good), pairs...) }
	for _, c := range []struct {
		name   string
		tenant string
		form   []string
		number int
		oauth  string
		status int
	}{
		{"unknown tenant", "99999999-9999-9999-9999-999999999999", good, 90002, "invalid_request", 400},
		{"unknown domain", "fabrikam.com", good, 90002, "invalid_request", 400},
		{"tenant of no shape", "nonsense", good, 900023, "invalid_request", 400},
		{"no tenant for an application", "common", good, 50059, "invalid_request", 400},
		{"no grant type", testTenant, change("grant_type", ""), 900144, "invalid_request", 400},
		{"unknown grant type", testTenant, change("grant_type", "urn:ietf:params:oauth:grant-type:saml2-bearer"), 70003, "unsupported_grant_type", 400},
		{"no client", testTenant, change("client_id", ""), 900144, "invalid_request", 400},
		{"no client's id", testTenant, change("client_id", "00000000-0000-0000-0000-000000000000"), 700038, "unauthorized_client", 400},
		{"unknown client", testTenant, change("client_id", "99999999-9999-9999-9999-999999999999"), 700016, "unauthorized_client", 400},
		{"disabled client", testTenant, change("client_id", testOff), 7000112, "unauthorized_client", 400},
		{"no secret", testTenant, change("client_secret", ""), 7000218, "invalid_client", 401},
		{"wrong secret", testTenant, change("client_secret", "wrong"), 7000215, "invalid_client", 401},
		{"expired secret", testTenant, change("client_secret", "old-secret"), 7000222, "invalid_client", 401},
		{"public client", testTenant, change("client_id", testPublic, "client_secret", ""), 7000218, "invalid_client", 401},
		{"secret of a public client", testTenant, change("client_id", testPublic), 700025, "invalid_client", 401},
		{"no scope", testTenant, change("scope", ""), 900144, "invalid_request", 400},
		{"single permission", testTenant, change("scope", "https://graph.microsoft.com/User.Read"), 1002012, "invalid_scope", 400},
		{"nonsense scope", testTenant, change("scope", "nonsense"), 1002012, "invalid_scope", 400},
		{"two scopes", testTenant, change("scope", graphScope+" "+graphScope), 1002012, "invalid_scope", 400},
		{"unknown resource", testTenant, change("scope", "https://other.example/.default"), 500011, "invalid_resource", 400},
		{"resource of another application", testTenant, change("scope", MFAAudience+"/.default"), 650057, "invalid_resource", 400},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := w.post("/"+c.tenant+"/oauth2/v2.0/token", form(c.form...))
			if a.number() != c.number || a.text("error") != c.oauth || a.status != c.status {
				t.Errorf("got %d %s, status %d; want %d %s, status %d", a.number(), a.text("error"), a.status, c.number, c.oauth, c.status)
			}
		})
	}
}

func TestRefusalHasEntrasShape(t *testing.T) {
	w := newWorld(t)
	r, _ := http.NewRequest(http.MethodPost, w.url+"/"+testTenant+"/oauth2/v2.0/token", strings.NewReader("grant_type=nonsense"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("client-request-id", "cccccccc-cccc-cccc-cccc-cccccccccccc")
	a := w.do(r)
	if got := a.text("correlation_id"); got != "cccccccc-cccc-cccc-cccc-cccccccccccc" {
		t.Errorf("correlation_id %q is not the caller's", got)
	}
	if !isGUID(a.text("trace_id")) {
		t.Errorf("trace_id %q is no GUID", a.text("trace_id"))
	}
	when, err := time.Parse(timestamp, a.text("timestamp"))
	if err != nil || !when.Equal(w.now().UTC().Truncate(time.Second)) {
		t.Errorf("timestamp %q, %v", a.text("timestamp"), err)
	}
	for _, part := range []string{"AADSTS70003: ", "Trace ID: " + a.text("trace_id"), "Correlation ID: " + a.text("correlation_id"), "Timestamp: " + a.text("timestamp")} {
		if !strings.Contains(a.text("error_description"), part) {
			t.Errorf("error_description %q lacks %q", a.text("error_description"), part)
		}
	}
	if uri, named := a.body["error_uri"]; named {
		t.Errorf("error_uri %v, where Entra names none", uri)
	}
	a = w.post("/"+testTenant+"/oauth2/v2.0/token", form("grant_type", "client_credentials", "client_id", testApp, "client_secret", "wrong", "scope", graphScope))
	if want := w.url + "/error?code=7000215"; a.text("error_uri") != want {
		t.Errorf("error_uri %q, want %q", a.text("error_uri"), want)
	}
}

func TestVersionOneTakesAResource(t *testing.T) {
	w := newWorld(t)
	a := w.post("/"+testTenant+"/oauth2/token", form("grant_type", "client_credentials", "client_id", MFAClientID,
		"client_secret", "mfa-secret-text", "resource", MFAAudience, "scope", "openid"))
	p, err := w.service.VerifyMFA(a.text("access_token"))
	if err != nil || p.Audience != MFAAudience || p.AppID != MFAClientID {
		t.Fatalf("principal %+v, %v; answer %v", p, err, a.body)
	}
	if _, err := w.service.Verify(a.text("access_token")); err == nil {
		t.Error("Graph takes a token for the MFA service")
	}
	if a.text("expires_in") != "3599" || a.text("resource") != MFAAudience || a.text("expires_on") == "" {
		t.Errorf("answer %v", a.body)
	}
}

func TestAudiences(t *testing.T) {
	w := newWorld(t)
	for _, resource := range append(slices.Clone(graphOrigins), w.url, "http://localhost:1234", graphAppID) {
		a := w.token("grant_type", "client_credentials", "client_id", testApp, "client_secret", testSecret, "scope", resource+"/.default")
		if p := w.principal(a); p.Audience != resource {
			t.Errorf("%s: audience %q", resource, p.Audience)
		}
	}
	for path, status := range map[string]int{"https://graph.microsoft.com/v1.0/.default": 400, "https://graph.microsoft.com//.default": 200} {
		if a := w.token("grant_type", "client_credentials", "client_id", testApp, "client_secret", testSecret, "scope", path); a.status != status {
			t.Errorf("%s: status %d, want %d", path, a.status, status)
		}
	}
}

func TestBasicAuthentication(t *testing.T) {
	w := newWorld(t)
	r, _ := http.NewRequest(http.MethodPost, w.url+"/contoso.onmicrosoft.com/oauth2/v2.0/token",
		strings.NewReader(form("grant_type", "client_credentials", "scope", graphScope).Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.SetBasicAuth(testApp, "emulator%2Dsecret")
	w.principal(w.do(r))
}

func TestSecretsAddedAtRunTimeSignIn(t *testing.T) {
	w := newWorld(t)
	w.dir.changeApp(testApp, func(a *Application) {
		a.Secrets = append(a.Secrets, Secret{Value: "added", End: w.now().Add(time.Hour)})
	})
	ask := func() answer {
		return w.token("grant_type", "client_credentials", "client_id", testApp, "client_secret", "added", "scope", graphScope)
	}
	w.principal(ask())
	w.advance(time.Hour)
	if got := ask().number(); got != 7000222 {
		t.Errorf("an expired secret is refused with %d, want 7000222", got)
	}
}
