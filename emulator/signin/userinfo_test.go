package signin

import (
	"net/http"
	"testing"
)

func (w *world) userInfo(token string) answer {
	w.t.Helper()
	r, err := http.NewRequest("GET", w.url+"/oidc/userinfo", nil)
	if err != nil {
		w.t.Fatal(err)
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	return w.do(r)
}

func TestUserInfoFollowsTheScopes(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct {
		scope, name, email string
		picture            bool
	}{
		{"openid User.Read", "", "", false},
		{"openid profile User.Read", "Adele Vance", "", true},
		{"openid profile email User.Read", "Adele Vance", "adele@contoso.com", true},
	} {
		got := w.userInfo(w.byPassword("scope", c.scope).text("access_token"))
		if got.status != 200 || got.text("sub") != pairwise("a0000000-0000-0000-0000-000000000001", testApp) ||
			got.text("name") != c.name || got.text("email") != c.email || (got.text("picture") != "") != c.picture {
			t.Errorf("%s: %d %v", c.scope, got.status, got.body)
		}
	}
}

func TestUserInfoIsRefused(t *testing.T) {
	w := newWorld(t)
	ofApp := w.token("grant_type", "client_credentials", "client_id", testApp, "client_secret", testSecret, "scope", graphScope).text("access_token")
	for name, c := range map[string]struct {
		token  string
		status int
		code   string
	}{
		"no token":                   {"", 401, "InvalidAuthenticationToken"},
		"a token for something else": {w.assertion(), 401, "InvalidAuthenticationToken"},
		"an application's token":     {ofApp, 403, "Authorization_RequestDenied"},
		"without openid":             {w.byPassword("scope", "User.Read").text("access_token"), 403, "Authorization_RequestDenied"},
	} {
		got := w.userInfo(c.token)
		e, _ := got.body["error"].(map[string]any)
		if got.status != c.status || e["code"] != c.code {
			t.Errorf("%s: %d %v", name, got.status, got.body)
		}
	}
}

// Discovery names Entra's own hosts to a caller who came by one of them.
func TestDiscoveryByEntrasNames(t *testing.T) {
	w := newWorld(t)
	for host, want := range map[string][2]string{
		"login.microsoftonline.com":      {"https://graph.microsoft.com/oidc/userinfo", "graph.microsoft.com"},
		"login.microsoftonline.com:8443": {"https://graph.microsoft.com:8443/oidc/userinfo", "graph.microsoft.com"},
		"login.microsoftonline.us":       {"https://graph.microsoft.us/oidc/userinfo", "graph.microsoft.us"},
		"tenant.internal":                {"https://tenant.internal/oidc/userinfo", "tenant.internal"},
	} {
		r, err := http.NewRequest("GET", w.url+"/common/v2.0/.well-known/openid-configuration", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Host = host
		if got := w.do(r); got.text("userinfo_endpoint") != want[0] || got.text("msgraph_host") != want[1] || got.text("token_endpoint") != "https://"+host+"/"+testTenant+"/oauth2/v2.0/token" {
			t.Errorf("%s: %v", host, got.body)
		}
	}
	r, err := http.NewRequest("GET", w.url+"/common/discovery/instance?api-version=1.1&authorization_endpoint=https://login.microsoftonline.com/common/oauth2/v2.0/authorize", nil)
	if err != nil {
		t.Fatal(err)
	}
	metadata, _ := w.do(r).body["metadata"].([]any)
	if len(metadata) != 1 || metadata[0].(map[string]any)["preferred_cache"] != "login.windows.net" {
		t.Errorf("instance discovery: %v", metadata)
	}
}
