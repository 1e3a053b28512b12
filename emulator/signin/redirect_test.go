package signin

import (
	"net/http"
	"strings"
	"testing"
)

// A code is redeemed as the platform of its redirect URI asks.
func TestPlatformOfTheRedirectURI(t *testing.T) {
	for _, c := range []struct {
		name, client, redirect, secret, origin string
		number                                 int
	}{
		{"Web with a secret", testApp, redirect, testSecret, "", 0},
		{"Web without", testApp, redirect, "", "", 7000218},
		{"Web, from a page", testApp, redirect, testSecret, "https://page.example", 9002326},
		{"a device's program", testPublic, "http://localhost:5555/", "", "", 0},
		{"a device's program with a secret", testPublic, "http://localhost:5555/", "any", "", 700025},
		{"a device's program, from a page", testPublic, "http://localhost", "", "http://localhost", 9002326},
		{"a page", testPublic, "http://localhost:3000", "", "http://localhost:3000", 0},
		{"a page's code elsewhere", testPublic, "http://localhost:3000", "", "", 9002327},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			// Public flows without a redirect URI do not make Web redirects public.
			w.dir.changeApp(testApp, func(a *Application) { a.Public = true })
			verifier := strings.Repeat("v", 43)
			code := w.code("client_id", c.client, "redirect_uri", c.redirect, "scope", "offline_access User.Read", "code_challenge", challengeOf(verifier), "code_challenge_method", "S256")
			send := func(pairs ...string) answer {
				pairs = append([]string{"client_id", c.client, "client_secret", c.secret}, pairs...)
				r, err := http.NewRequest("POST", w.url+"/"+testTenant+"/oauth2/v2.0/token", strings.NewReader(form(pairs...).Encode()))
				if err != nil {
					t.Fatal(err)
				}
				r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
				if c.origin != "" {
					r.Header.Set("Origin", c.origin)
				}
				return w.do(r)
			}
			a := send("grant_type", "authorization_code", "redirect_uri", c.redirect, "code", code, "code_verifier", verifier)
			if a.number() != c.number || (c.number == 0) != (a.status == 200) {
				t.Fatalf("%d %v, want AADSTS%d", a.status, a.body, c.number)
			}
			if c.number != 0 {
				return
			}
			if renewed := send("grant_type", "refresh_token", "refresh_token", a.text("refresh_token")); renewed.status != 200 {
				t.Errorf("the renewal: %v", renewed.body)
			}
		})
	}
}

func TestARenewalNeedsThePlatformsCredential(t *testing.T) {
	w := newWorld(t)
	w.dir.changeApp(testApp, func(a *Application) { a.Public = true })
	a := w.redeem(w.code())
	if got := w.refresh(a.text("refresh_token"), "client_secret", ""); got.number() != 7000218 {
		t.Errorf("without the secret: %v", got.body)
	}
	if got := w.refresh(a.text("refresh_token")); got.status != 200 {
		t.Errorf("a refusal that could pass has spent the token: %v", got.body)
	}
}

// Pages of other origins read what Entra lets them read, and nothing else.
func TestCrossOriginSharing(t *testing.T) {
	w := newWorld(t)
	for path, shared := range map[string]bool{
		"/" + testTenant + "/oauth2/v2.0/token":                     true,
		"/" + testTenant + "/v2.0/.well-known/openid-configuration": true,
		"/" + testTenant + "/discovery/v2.0/keys":                   true,
		"/common/discovery/instance":                                true,
		"/" + testTenant + "/oauth2/v2.0/authorize":                 false,
		"/" + testTenant + "/oauth2/v2.0/devicecode":                false,
		"/metadata/identity/oauth2/token":                           false,
	} {
		r, err := http.NewRequest("OPTIONS", w.url+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Origin", "https://page.example")
		r.Header.Set("Access-Control-Request-Method", "POST")
		r.Header.Set("Access-Control-Request-Headers", "x-client-sku")
		resp, err := w.client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		h := resp.Header
		if got := h.Get("Access-Control-Allow-Origin") == "*"; got != shared {
			t.Errorf("%s: shared %t, want %t", path, got, shared)
		}
		if shared && (resp.StatusCode != 200 || h.Get("Access-Control-Allow-Headers") != "x-client-sku" || !strings.Contains(h.Get("Access-Control-Allow-Methods"), "POST")) {
			t.Errorf("%s: %d %v", path, resp.StatusCode, h)
		}
	}
	if got := w.token("grant_type", "client_credentials", "client_id", testApp, "client_secret", testSecret, "scope", graphScope); got.status != 200 {
		t.Errorf("no browser: %v", got.body)
	}
}
