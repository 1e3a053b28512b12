package signin

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

const apiScope = "api://" + testApp + "/.default"

// assertion is a person's token for the application itself, had by a public client.
func (w *world) assertion() string {
	w.t.Helper()
	a := w.byPassword("client_id", testPublic, "client_secret", "", "scope", apiScope)
	if a.text("access_token") == "" {
		w.t.Fatalf("no token for the application: %v", a.body)
	}
	return a.text("access_token")
}

func (w *world) onBehalfOf(pairs ...string) answer {
	w.t.Helper()
	return w.token(append([]string{"grant_type", onBehalfOf, "client_id", testApp, "client_secret", testSecret,
		"requested_token_use", "on_behalf_of", "scope", "offline_access " + graphScope}, pairs...)...)
}

func TestTokenForTheApplicationItself(t *testing.T) {
	w := newWorld(t)
	for scope, listed := range map[string]string{
		apiScope:                               "api://" + testApp + "/access_as_user " + apiScope,
		"api://" + testApp + "/access_as_user": "api://" + testApp + "/access_as_user",
		testApp + "/.default":                  testApp + "/access_as_user " + testApp + "/.default",
	} {
		a := w.byPassword("scope", scope)
		p, err := w.service.parseAccessToken(a.text("access_token"))
		if err != nil || p.Audience != testApp || !slices.Equal(p.Scopes, []string{"access_as_user"}) || a.text("scope") != listed {
			t.Errorf("%s: %+v %v, scope %q", scope, p, err, a.text("scope"))
		}
		if _, err := w.service.Verify(a.text("access_token")); err == nil {
			t.Error("Graph takes a token that is for the application")
		}
		if header, claims := unsigned(t, a.text("access_token")); header["x5t"] != nil || claims["idtyp"] != nil {
			t.Errorf("version 2.0 has neither x5t nor idtyp: %v %v", header, claims)
		}
	}
	for scope, number := range map[string]int{"api://" + testApp + "/other": 650053, "api://" + testPublic + "/.default": 650057} {
		if a := w.byPassword("scope", scope); a.number() != number {
			t.Errorf("%s: %v, want AADSTS%d", scope, a.body, number)
		}
	}
}

func TestRenewalForItselfIsByIDOnly(t *testing.T) {
	w := newWorld(t)
	a := w.byPassword("scope", "offline_access "+apiScope)
	if got := w.refresh(a.text("refresh_token"), "scope", apiScope); got.number() != 90009 {
		t.Errorf("by URI: %v", got.body)
	}
	if got := w.refresh(a.text("refresh_token"), "scope", testApp+"/.default"); got.status != 200 {
		t.Errorf("by id: %v", got.body)
	}
}

func TestOnBehalfOf(t *testing.T) {
	w := newWorld(t)
	a := w.onBehalfOf("assertion", w.assertion())
	p := w.principal(a)
	if p.UserPrincipalName != "AdeleV@contoso.onmicrosoft.com" || p.AppID != testApp || !slices.Contains(p.Scopes, "User.ReadWrite.All") {
		t.Errorf("principal %+v", p)
	}
	if w.principal(w.refresh(a.text("refresh_token"))).UserID != p.UserID {
		t.Error("the refresh token is another person's")
	}
}

func TestOnBehalfOfIsRefused(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(w *world, pairs []string) []string
		number int
		oauth  string
	}{
		{"no assertion", func(*world, []string) []string { return nil }, 900144, "invalid_request"},
		{"no JWT", func(*world, []string) []string { return []string{"assertion", "nonsense"} }, 50027, "invalid_request"},
		{"a changed signature", func(w *world, pairs []string) []string {
			return []string{"assertion", pairs[1][:strings.LastIndexByte(pairs[1], '.')+1] + strings.Repeat("A", 86)}
		}, 50013, "invalid_grant"},
		{"a token for Graph", func(w *world, _ []string) []string { return []string{"assertion", w.byPassword().text("access_token")} }, 500131, "invalid_grant"},
		{"an application's token", func(w *world, _ []string) []string {
			return []string{"assertion", w.token("grant_type", "client_credentials", "client_id", testApp, "client_secret", testSecret, "scope", apiScope).text("access_token")}
		}, 7000114, "unauthorized_client"},
		{"too late", func(w *world, pairs []string) []string { w.advance(2 * time.Hour); return pairs }, 500133, "invalid_grant"},
		{"no secret", func(w *world, pairs []string) []string { return append(pairs, "client_secret", "") }, 7000218, "invalid_client"},
		{"another use", func(w *world, pairs []string) []string { return append(pairs, "requested_token_use", "x") }, 90023, "invalid_request"},
		{"no scope", func(w *world, pairs []string) []string { return append(pairs, "scope", "") }, 900144, "invalid_request"},
		{"nothing consented", func(w *world, pairs []string) []string { return append(pairs, "scope", "Mail.Read") }, 65001, "invalid_grant"},
		{"a second factor is needed", func(w *world, pairs []string) []string {
			w.dir.changeUser("adele", func(u *User) { u.Interrupt = 50076 })
			return pairs
		}, 50076, "invalid_grant"},
		{"disabled meanwhile", func(w *world, pairs []string) []string {
			w.dir.changeUser("adele", func(u *User) { u.Enabled = false })
			return pairs
		}, 50057, "invalid_grant"},
		{"revoked meanwhile", func(w *world, pairs []string) []string {
			w.dir.changeUser("adele", func(u *User) { u.SessionsValidFrom = w.now().Add(time.Second) })
			return pairs
		}, 50173, "invalid_grant"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			a := w.onBehalfOf(c.change(w, []string{"assertion", w.assertion()})...)
			if a.number() != c.number || a.text("error") != c.oauth {
				t.Errorf("%d %v, want AADSTS%d %s", a.status, a.body, c.number, c.oauth)
			}
		})
	}
}

// unsigned reads a token's header and claims.
func unsigned(t *testing.T, token string) (header map[string]any, claims jwt.MapClaims) {
	t.Helper()
	claims = jwt.MapClaims{}
	parsed, _, err := jwt.NewParser().ParseUnverified(token, claims)
	if err != nil {
		t.Fatal(err)
	}
	return parsed.Header, claims
}
