package signin

import (
	"net/http"
	"slices"
	"testing"
)

func (w *world) byPassword(pairs ...string) answer {
	w.t.Helper()
	return w.token(append([]string{"grant_type", "password", "client_id", testApp, "client_secret", testSecret,
		"username", "adelev@contoso.onmicrosoft.com", "password", testPassword, "scope", "openid offline_access User.Read"}, pairs...)...)
}

func TestPasswordSignsAPersonIn(t *testing.T) {
	w := newWorld(t)
	a := w.byPassword()
	if p := w.principal(a); p.UserPrincipalName != "AdeleV@contoso.onmicrosoft.com" || !slices.Contains(p.Scopes, "User.Read") {
		t.Errorf("principal %+v", p)
	}
	if a.text("id_token") == "" {
		t.Error("openid was asked for, and there is no ID token")
	}
	if renewed := w.refresh(a.text("refresh_token")); renewed.status != http.StatusOK {
		t.Errorf("the refresh token: %v", renewed.body)
	}
}

func TestPasswordIsRefused(t *testing.T) {
	for _, c := range []struct {
		name   string
		pairs  []string
		number int
		oauth  string
		status int
		sub    string
	}{
		{"a wrong password", []string{"password", "wrong"}, 50126, "invalid_grant", 400, ""},
		{"nobody of that name", []string{"username", "nobody@contoso.onmicrosoft.com"}, 50034, "invalid_grant", 400, ""},
		{"a disabled account", []string{"username", "off@contoso.onmicrosoft.com"}, 50057, "invalid_grant", 400, ""},
		{"a disabled account and a wrong password", []string{"username", "off@contoso.onmicrosoft.com", "password", "wrong"}, 50126, "invalid_grant", 400, ""},
		{"an account without a password", []string{"username", "guest_fabrikam.com#EXT#@contoso.onmicrosoft.com"}, 50056, "invalid_grant", 400, ""},
		{"a password to be changed", []string{"username", "expired@contoso.onmicrosoft.com"}, 50055, "invalid_grant", 400, "user_password_expired"},
		{"a second factor is needed", []string{"username", "mfa@contoso.onmicrosoft.com"}, 50076, "invalid_grant", 400, "basic_action"},
		{"conditional access", []string{"username", "policy@contoso.onmicrosoft.com"}, 53003, "invalid_grant", 400, "message_only"},
		{"no username", []string{"username", ""}, 900144, "invalid_request", 400, ""},
		{"no scope", []string{"scope", ""}, 900144, "invalid_request", 400, ""},
		{"nothing consented", []string{"scope", "Mail.Read"}, 65001, "invalid_grant", 400, "consent_required"},
		{"no secret", []string{"client_secret", ""}, 7000218, "invalid_client", 401, ""},
		{"a disabled application", []string{"client_id", testOff}, 7000112, "unauthorized_client", 400, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			w.dir.users["expired"] = User{ID: "a0000000-0000-0000-0000-000000000009", UserPrincipalName: "expired@contoso.onmicrosoft.com", Enabled: true, PasswordExpired: true}
			a := w.byPassword(c.pairs...)
			if a.number() != c.number || a.text("error") != c.oauth || a.status != c.status || a.text("suberror") != c.sub {
				t.Errorf("%d %v, want AADSTS%d %s %s", a.status, a.body, c.number, c.oauth, c.sub)
			}
		})
	}
	w := newWorld(t)
	if a := w.post("/common/oauth2/v2.0/token", form("grant_type", "password", "client_id", testPublic, "username", "u", "password", "p")); a.number() != 9001023 {
		t.Errorf("at /common: %v", a.body)
	}
}

func TestPublicClientsSendPasswordsWithoutACredential(t *testing.T) {
	w := newWorld(t)
	a := w.byPassword("client_id", testPublic, "client_secret", "")
	if w.principal(a).AppID != testPublic {
		t.Errorf("answer %v", a.body)
	}
}

func TestUserRealmIsManaged(t *testing.T) {
	w := newWorld(t)
	for _, path := range []string{"/common/userrealm/adelev@contoso.onmicrosoft.com?api-version=1.0", "/common/UserRealm/adelev%40contoso.onmicrosoft.com?api-version=1.0"} {
		r, err := http.NewRequest("GET", w.url+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		if a := w.do(r); a.text("account_type") != "Managed" || a.text("domain_name") != "contoso.onmicrosoft.com" {
			t.Errorf("%s: %v", path, a.body)
		}
	}
}
