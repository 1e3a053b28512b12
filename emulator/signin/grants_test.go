package signin

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func challengeOf(verifier string) string {
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// authorize asks the authorize endpoint and returns what comes back at the
// redirect URI, or the page's status.
func (w *world) authorize(pairs ...string) (url.Values, int) {
	w.t.Helper()
	q := form("client_id", testApp, "response_type", "code", "redirect_uri", redirect, "scope", "offline_access "+graphScope, "login_hint", "AdeleV@contoso.onmicrosoft.com")
	for name, v := range form(pairs...) {
		q[name] = v
	}
	resp, err := w.client.Get(w.url + "/" + testTenant + "/oauth2/v2.0/authorize?" + q.Encode())
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	back, err := resp.Location()
	if err != nil {
		return nil, resp.StatusCode
	}
	if back.RawQuery != "" {
		return back.Query(), resp.StatusCode
	}
	fragment, err := url.ParseQuery(back.EscapedFragment())
	if err != nil {
		w.t.Fatal(err)
	}
	return fragment, resp.StatusCode
}

func (w *world) code(pairs ...string) string {
	w.t.Helper()
	back, status := w.authorize(pairs...)
	if back.Get("code") == "" {
		w.t.Fatalf("no code: %d %v", status, back)
	}
	return back.Get("code")
}

func (w *world) redeem(code string, pairs ...string) answer {
	w.t.Helper()
	return w.token(append([]string{"grant_type", "authorization_code", "client_id", testApp, "client_secret", testSecret, "redirect_uri", redirect, "code", code}, pairs...)...)
}

func (w *world) refresh(token string, pairs ...string) answer {
	w.t.Helper()
	return w.token(append([]string{"grant_type", "refresh_token", "client_id", testApp, "client_secret", testSecret, "refresh_token", token}, pairs...)...)
}

func TestCodeIsForOneUse(t *testing.T) {
	w := newWorld(t)
	code := w.code("state", "s 1")
	a := w.redeem(code)
	p := w.principal(a)
	if p.UserPrincipalName != "AdeleV@contoso.onmicrosoft.com" || !slices.Equal(p.Scopes, []string{"User.Read", "User.ReadWrite.All"}) || len(p.Roles) != 0 {
		t.Errorf("principal %+v", p)
	}
	if a.text("refresh_token") == "" || a.text("id_token") != "" || a.text("scope") == "" {
		t.Errorf("answer %v", a.body)
	}
	if got := w.redeem(code).number(); got != 54005 {
		t.Errorf("the second use is refused with %d, want 54005", got)
	}
}

func TestNoRefreshTokenUnlessAskedFor(t *testing.T) {
	w := newWorld(t)
	if a := w.redeem(w.code("scope", graphScope)); a.status != 200 || a.text("refresh_token") != "" {
		t.Errorf("answer %v", a.body)
	}
}

func TestCodeIsBoundToItsRequest(t *testing.T) {
	verifier := strings.Repeat("v", 43)
	for _, c := range []struct {
		name      string
		authorize []string
		redeem    []string
		wait      time.Duration
		number    int
	}{
		{"as asked", nil, nil, 0, 0},
		{"no such code", nil, []string{"code", "1.nonsense"}, 0, 70000},
		{"malformed code", nil, []string{"code", "AUTH-CODE"}, 0, 9002313},
		{"another redirect URI", nil, []string{"redirect_uri", "http://localhost"}, 0, 500112},
		{"another application", nil, []string{"client_id", testPublic, "client_secret", ""}, 0, 700005},
		{"too late", nil, nil, codeLife + time.Second, 70008},
		{"S256", []string{"code_challenge", challengeOf(verifier), "code_challenge_method", "S256"}, []string{"code_verifier", verifier}, 0, 0},
		{"plain", []string{"code_challenge", verifier}, []string{"code_verifier", verifier}, 0, 0},
		{"no verifier", []string{"code_challenge", challengeOf(verifier), "code_challenge_method", "S256"}, nil, 0, 501481},
		{"another verifier", []string{"code_challenge", challengeOf(verifier), "code_challenge_method", "S256"}, []string{"code_verifier", strings.Repeat("w", 43)}, 0, 501481},
		{"the challenge as verifier", []string{"code_challenge", challengeOf(verifier), "code_challenge_method", "S256"}, []string{"code_verifier", challengeOf(verifier)}, 0, 501481},
		{"verifier too short", []string{"code_challenge", "short"}, []string{"code_verifier", "short"}, 0, 501481},
		{"verifier without challenge", nil, []string{"code_verifier", verifier}, 0, 501481},
		{"scope not consented to", nil, []string{"scope", "https://graph.microsoft.com/Mail.Read"}, 0, 65001},
		{"nonsense scope", nil, []string{"scope", "https://graph.microsoft.com/Mail%Read"}, 0, 70011},
		{"scope of a resource that is not there", nil, []string{"scope", "https://other.example/User.Read"}, 0, 70011},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			code := w.code(c.authorize...)
			w.advance(c.wait)
			if got := w.redeem(code, c.redeem...); got.number() != c.number || (c.number == 0) != (got.status == 200) {
				t.Errorf("got %d, status %d (%s); want %d", got.number(), got.status, got.text("error_description"), c.number)
			}
		})
	}
}

func TestAuthorizeAnswersAtTheRedirectURI(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct {
		name   string
		pairs  []string
		want   string // error member, empty for a code
		number string
	}{
		{"query", []string{"state", "a&b=c"}, "", ""},
		{"fragment", []string{"state", "a&b=c", "response_mode", "fragment"}, "", ""},
		{"any port of loopback", []string{"redirect_uri", "http://localhost:43210/"}, "", ""},
		{"by id", []string{"login_hint", "a0000000-0000-0000-0000-000000000001"}, "", ""},
		{"MFA is passed at the page", []string{"login_hint", "mfa@contoso.onmicrosoft.com"}, "", ""},
		{"response type", []string{"response_type", "token"}, "unsupported_response_type", "AADSTS700054"},
		{"response mode", []string{"response_mode", "carrier_pigeon"}, "invalid_request", "AADSTS90023"},
		{"no scope", []string{"scope", ""}, "invalid_request", "AADSTS900144"},
		{"nonsense scope", []string{"scope", "user read!"}, "invalid_scope", "AADSTS70011"},
		{"challenge method", []string{"code_challenge", "c", "code_challenge_method", "S512"}, "invalid_request", "AADSTS9002313"},
		{"nobody, silently", []string{"login_hint", "", "prompt", "none"}, "login_required", "AADSTS50058"},
		{"consent missing, silently", []string{"scope", "Mail.Read", "prompt", "none"}, "consent_required", "AADSTS65001"},
		{"consent declined", []string{"scope", "Mail.Read", "consent", "deny"}, "access_denied", "AADSTS65004"},
		{"two resources", []string{"scope", "https://graph.microsoft.com/User.Read https://graph.microsoft.us/User.Read"}, "invalid_scope", "AADSTS28000"},
	} {
		t.Run(c.name, func(t *testing.T) {
			back, status := w.authorize(c.pairs...)
			if status != http.StatusFound || back.Get("error") != c.want || !strings.HasPrefix(back.Get("error_description"), c.number) {
				t.Errorf("status %d, %v; want %q %s", status, back, c.want, c.number)
			}
			if (back.Get("code") != "") != (c.want == "") || back.Get("state") != form(c.pairs...).Get("state") {
				t.Errorf("came back with %v", back)
			}
		})
	}
}

// TestAuthorizeNeverSendsAnybodyToAStranger: what is wrong about the client or
// the redirect URI stays on a page.
func TestAuthorizeNeverSendsAnybodyToAStranger(t *testing.T) {
	w := newWorld(t)
	for name, pairs := range map[string][]string{
		"unknown application":         {"client_id", "99999999-9999-9999-9999-999999999999"},
		"no application":              {"client_id", ""},
		"disabled application":        {"client_id", testOff},
		"redirect URI of a stranger":  {"redirect_uri", "https://evil.example/"},
		"longer path":                 {"redirect_uri", redirect + "/more"},
		"loopback with a user":        {"redirect_uri", "http://evil@localhost/"},
		"loopback with another path":  {"redirect_uri", "http://localhost:1/evil"},
		"loopback over another host":  {"redirect_uri", "http://localhost.evil.example/"},
		"unknown account":             {"login_hint", "nobody@contoso.onmicrosoft.com"},
		"disabled account":            {"login_hint", "off@contoso.onmicrosoft.com"},
		"conditional access":          {"login_hint", "policy@contoso.onmicrosoft.com"},
		"everybody asked to sign in":  {"login_hint", ""},
		"consent to be asked for":     {"scope", "Mail.Read"},
		"consent asked for once more": {"prompt", "consent"},
		"account to be picked":        {"prompt", "select_account", "login_hint", ""},
	} {
		t.Run(name, func(t *testing.T) {
			if back, status := w.authorize(pairs...); status == http.StatusFound || len(back) != 0 {
				t.Errorf("sent on with %v", back)
			}
		})
	}
}

func TestConsentOnceGivenCounts(t *testing.T) {
	w := newWorld(t)
	if _, status := w.authorize("scope", "Mail.Read"); status != http.StatusOK {
		t.Fatalf("no consent page: %d", status)
	}
	w.code("scope", "Mail.Read", "consent", "accept")
	a := w.redeem(w.code("scope", "Mail.Read User.Read"))
	if p := w.principal(a); !slices.Equal(p.Scopes, []string{"Mail.Read", "User.Read"}) {
		t.Errorf("scopes %v", p.Scopes)
	}
	if _, status := w.authorize("scope", "Mail.Read", "login_hint", "script@contoso.onmicrosoft.com"); status != http.StatusOK {
		t.Error("one person's consent counts for another")
	}
}

func TestRefreshTokenRotates(t *testing.T) {
	w := newWorld(t)
	first := w.redeem(w.code()).text("refresh_token")
	second := w.refresh(first).text("refresh_token")
	if second == "" || second == first {
		t.Fatalf("the second refresh token is %q", second)
	}
	again := w.refresh(first)
	if again.status != 200 {
		t.Fatalf("the predecessor does not live until its successor is used: %v", again.body)
	}
	third := w.refresh(second).text("refresh_token")
	if third == "" {
		t.Fatal("the successor does not work")
	}
	if got := w.refresh(first).number(); got != 50173 {
		t.Errorf("a replay is refused with %d, want 50173", got)
	}
	if got := w.refresh(third).number(); got != 50173 {
		t.Errorf("after a replay the family goes on: %d, want 50173", got)
	}
}

func TestRefreshRefusals(t *testing.T) {
	for _, c := range []struct {
		name   string
		before func(w *world)
		pairs  []string
		number int
	}{
		{"as it should be", nil, nil, 0},
		{"smaller scope", nil, []string{"scope", "https://graph.microsoft.com/User.Read offline_access"}, 0},
		{"no token", nil, []string{"refresh_token", ""}, 900144},
		{"malformed token", nil, []string{"refresh_token", "nonsense"}, 9002313},
		{"no such token", nil, []string{"refresh_token", "a.b"}, 70000},
		{"another application", nil, []string{"client_id", testPublic, "client_secret", ""}, 700005},
		{"scope not consented to", nil, []string{"scope", "Mail.Read"}, 65001},
		{"not used for 90 days", func(w *world) { w.advance(refreshLife + time.Second) }, nil, 700082},
		{"sessions revoked", func(w *world) {
			w.advance(time.Minute)
			w.dir.changeUser("adele", func(u *User) { u.SessionsValidFrom = w.now() })
		}, nil, 50173},
		{"account disabled", func(w *world) { w.dir.changeUser("adele", func(u *User) { u.Enabled = false }) }, nil, 50057},
		{"account gone", func(w *world) { w.dir.changeUser("adele", func(u *User) { *u = User{} }) }, nil, 50034},
		{"MFA required", func(w *world) { w.dir.changeUser("adele", func(u *User) { u.Interrupt = 50076 }) }, nil, 50076},
		{"conditional access", func(w *world) { w.dir.changeUser("adele", func(u *User) { u.Interrupt = 53003 }) }, nil, 53003},
		{"a number of the seed's own", func(w *world) { w.dir.changeUser("adele", func(u *User) { u.Interrupt = 50999 }) }, nil, 50999},
		{"consent taken back", func(w *world) { w.dir.changeApp(testApp, func(a *Application) { a.Scopes = nil }) }, nil, 65001},
		{"reset", func(w *world) { w.service.Reset() }, nil, 70000},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			token := w.redeem(w.code()).text("refresh_token")
			if c.before != nil {
				c.before(w)
			}
			if got := w.refresh(token, c.pairs...); got.number() != c.number || (c.number == 0) != (got.status == 200) {
				t.Errorf("got %d, status %d (%s); want %d", got.number(), got.status, got.text("error_description"), c.number)
			}
		})
	}
}

func TestRevokingSparesGuests(t *testing.T) {
	w := newWorld(t)
	token := w.redeem(w.code("login_hint", "guest_fabrikam.com#EXT#@contoso.onmicrosoft.com")).text("refresh_token")
	w.advance(time.Minute)
	w.dir.changeUser("guest", func(u *User) { u.SessionsValidFrom = w.now() })
	if a := w.refresh(token); a.status != 200 {
		t.Errorf("a guest's session belongs to the home tenant, yet: %v", a.body)
	}
}

// TestRefusedRenewalDoesNotSpendTheToken: what may pass leaves the grant good.
func TestRefusedRenewalDoesNotSpendTheToken(t *testing.T) {
	w := newWorld(t)
	token := w.redeem(w.code()).text("refresh_token")
	token = w.refresh(token).text("refresh_token")
	for range 3 {
		w.dir.changeUser("adele", func(u *User) { u.Enabled = false })
		w.refresh(token)
		w.dir.changeUser("adele", func(u *User) { u.Enabled = true })
	}
	if a := w.refresh(token); a.status != 200 {
		t.Errorf("refused: %v", a.body)
	}
}

// TestFamilyRule compares the store with the rule in so many words: a token is
// good until one that came from it is used; a bad one that comes back ends all.
func TestFamilyRule(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := newGrants(nil)
		now := time.Unix(1700000000, 0)
		first := g.newFamily(grantedScopes{}, now)
		f, _ := g.findFamily(first)

		tokens, parent := []string{first}, map[string]string{}
		dead, revoked := map[string]bool{}, false
		for range rapid.IntRange(1, 30).Draw(t, "uses") {
			token := rapid.SampledFrom(tokens).Draw(t, "token")
			successor, ok := f.spend(token, now)
			want := !revoked && !dead[token]
			if ok != want {
				t.Fatalf("spend answers %v, want %v", ok, want)
			}
			if !ok {
				revoked = true
				continue
			}
			for _, other := range tokens {
				if parent[token] != "" && other != token && (other == parent[token] || parent[other] == parent[token]) {
					dead[other] = true
				}
			}
			tokens, parent[successor] = append(tokens, successor), token
		}
		if f.Revoked != revoked {
			t.Fatalf("revoked is %v, want %v", f.Revoked, revoked)
		}
	})
}

func TestConcurrentRenewalsAllSucceed(t *testing.T) {
	w := newWorld(t)
	token := w.redeem(w.code()).text("refresh_token")
	var all sync.WaitGroup
	errs := make(chan string, 8)
	for range 8 {
		all.Go(func() {
			if a := w.refresh(token); a.status != 200 {
				errs <- fmt.Sprint(a.body)
			}
		})
	}
	all.Wait()
	close(errs)
	for e := range errs {
		t.Error(e)
	}
}

func TestDeviceCode(t *testing.T) {
	w := newWorld(t)
	begin := func() answer {
		return w.post("/"+testTenant+"/oauth2/v2.0/devicecode", form("client_id", testPublic, "scope", "User.Read offline_access openid"))
	}
	poll := func(d answer) answer {
		return w.token("grant_type", "urn:ietf:params:oauth:grant-type:device_code", "client_id", testPublic, "device_code", d.text("device_code"))
	}
	decide := func(d answer, pairs ...string) int {
		resp, err := w.client.PostForm(d.text("verification_uri"), form(append([]string{"user_code", d.text("user_code"), "account", "AdeleV@contoso.onmicrosoft.com"}, pairs...)...))
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		return resp.StatusCode
	}

	approved := begin()
	if got := poll(approved); got.number() != 70016 || got.text("error") != "authorization_pending" {
		t.Errorf("before anybody signs in: %v", got.body)
	}
	if status := decide(approved); status != 200 {
		t.Fatalf("the page answers %d", status)
	}
	got := poll(approved)
	if p := w.principal(got); !p.Delegated() || got.text("refresh_token") == "" || got.text("id_token") == "" {
		t.Errorf("answer %v", got.body)
	}
	if got := poll(approved); got.number() != 70018 {
		t.Errorf("a used code is refused with %d, want 70018", got.number())
	}

	declined := begin()
	decide(declined, "consent", "deny")
	if got := poll(declined); got.text("error") != "authorization_declined" {
		t.Errorf("after a person declines: %v", got.body)
	}

	late := begin()
	w.advance(deviceLife + time.Second)
	if got := poll(late); got.number() != 70020 || got.text("error") != "expired_token" {
		t.Errorf("too late: %v", got.body)
	}
	if status := decide(late); status != 400 {
		t.Errorf("the page takes a code that has expired: %d", status)
	}
}
