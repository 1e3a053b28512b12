package signin

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lestrrat-go/jwx/v3/jwk"
	"github.com/lestrrat-go/jwx/v3/jwt"
)

func (w *world) appToken() string {
	w.t.Helper()
	a := w.token("grant_type", "client_credentials", "client_id", testApp, "client_secret", testSecret, "scope", graphScope)
	w.principal(a)
	return a.text("access_token")
}

// verifyThroughDiscovery checks a token with a library that did not make it, by
// what the discovery document of its version publishes.
func (w *world) verifyThroughDiscovery(token, document string, audience string) jwt.Token {
	w.t.Helper()
	resp, err := w.client.Get(w.url + "/" + testTenant + document)
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	var c configuration
	if err := json.NewDecoder(resp.Body).Decode(&c); err != nil {
		w.t.Fatal(err)
	}
	set, err := jwk.Fetch(w.t.Context(), c.KeysURI, jwk.WithHTTPClient(w.client))
	if err != nil {
		w.t.Fatal(err)
	}
	got, err := jwt.Parse([]byte(token), jwt.WithKeySet(set), jwt.WithIssuer(c.Issuer), jwt.WithAudience(audience))
	if err != nil {
		w.t.Fatalf("the token does not verify: %v", err)
	}
	return got
}

func TestES256TokensVerifyThroughDiscovery(t *testing.T) {
	w := newWorld(t)
	a := w.token("grant_type", "client_credentials", "client_id", testApp, "client_secret", testSecret, "scope", graphScope)
	w.verifyThroughDiscovery(a.text("access_token"), "/.well-known/openid-configuration", "https://graph.microsoft.com")
}

func TestVerifyRefuses(t *testing.T) {
	w, other := newWorld(t), newWorld(t)
	good := w.appToken()
	parts := strings.Split(good, ".")
	encode := func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }
	idToken := w.redeem(w.code("scope", "openid User.Read")).text("id_token")
	for name, c := range map[string]struct{ token, mention string }{
		"empty":                      {"", "empty"},
		"nonsense":                   {"nonsense", "cannot be read"},
		"of another tenant's key":    {other.appToken(), "no key"},
		"claims changed":             {parts[0] + "." + encode(`{"aud":"https://graph.microsoft.com"}`) + "." + parts[2], "signature"},
		"no signature":               {encode(`{"alg":"none"}`) + "." + parts[1] + ".", "signature"},
		"signature of the wrong alg": {encode(`{"alg":"HS256","kid":"x"}`) + "." + parts[1] + "." + parts[2], "signature"},
		"ID token":                   {idToken, "no access token"},
	} {
		_, err := w.service.Verify(c.token)
		var refused *TokenError
		if !errors.As(err, &refused) || refused.Code != "InvalidAuthenticationToken" || !strings.Contains(refused.Message, c.mention) {
			t.Errorf("%s: %v does not mention %q", name, err, c.mention)
		}
	}
}

func TestTokensEndOnTheTenantsClock(t *testing.T) {
	lifetime := time.Minute
	w := newWorld(t, func(o *Options) { o.TokenLifetime = func() time.Duration { return lifetime } })
	a := w.token("grant_type", "client_credentials", "client_id", testApp, "client_secret", testSecret, "scope", graphScope)
	if a.body["expires_in"] != 60.0 {
		t.Errorf("expires_in %v, want 60", a.body["expires_in"])
	}
	token := a.text("access_token")
	w.advance(59 * time.Second)
	if _, err := w.service.Verify(token); err != nil {
		t.Errorf("a second before its end: %v", err)
	}
	w.advance(time.Second)
	if _, err := w.service.Verify(token); err == nil {
		t.Error("the token lives on after its end")
	}
}

func TestRevokedPersonsTokenLivesToItsEnd(t *testing.T) {
	w := newWorld(t)
	token := w.redeem(w.code()).text("access_token")
	w.advance(time.Minute)
	w.dir.changeUser("adele", func(u *User) { u.SessionsValidFrom, u.Enabled = w.now(), false })
	if _, err := w.service.Verify(token); err != nil {
		t.Errorf("without continuous access evaluation Graph takes it, yet: %v", err)
	}
}

func TestResetEndsAllTokens(t *testing.T) {
	w := newWorld(t)
	token := w.appToken()
	w.service.Reset()
	if _, err := w.service.Verify(token); err == nil {
		t.Error("a token outlives a reset")
	}
}

func (w *world) publishedKeys() []string {
	w.t.Helper()
	set, err := jwk.Fetch(w.t.Context(), w.url+"/common/discovery/v2.0/keys", jwk.WithHTTPClient(w.client))
	if err != nil {
		w.t.Fatal(err)
	}
	var ids []string
	for i := range set.Len() {
		k, _ := set.Key(i)
		id, _ := k.KeyID()
		ids = append(ids, id)
	}
	return ids
}

func TestRotationKeepsTheOldKeyForItsTokens(t *testing.T) {
	w := newWorld(t)
	old, before := w.appToken(), w.publishedKeys()
	w.service.RotateKeys()
	after := w.publishedKeys()
	if len(before) != 1 || len(after) != 2 || !slices.Contains(after, before[0]) {
		t.Fatalf("published before %v, after %v", before, after)
	}
	fresh := w.appToken()
	if strings.Split(fresh, ".")[0] == strings.Split(old, ".")[0] {
		t.Error("the new token is signed with the old key")
	}
	clear(w.service.verifiedTokens().m) // so that the old token is looked at again
	if _, err := w.service.Verify(old); err != nil {
		t.Errorf("a token of before the rotation: %v", err)
	}
	w.advance(keyOverlap + time.Second)
	if got := w.publishedKeys(); slices.Contains(got, before[0]) {
		t.Errorf("the old key is still published: %v", got)
	}
}

func TestKeysRollOverWithTime(t *testing.T) {
	w := newWorld(t)
	w.appToken()
	before := w.publishedKeys()
	w.advance(keyLife)
	if after := w.publishedKeys(); len(after) != 2 || after[0] != before[0] {
		t.Errorf("after six weeks the keys are %v, before %v", after, before)
	}
}

func TestUnknownAlgorithmIsAnErrorNotAPanic(t *testing.T) {
	w := newWorld(t, func(o *Options) { o.Algorithm = "HS256" })
	a := w.token("grant_type", "client_credentials", "client_id", testApp, "client_secret", testSecret, "scope", graphScope)
	if a.status != http.StatusInternalServerError || !strings.Contains(a.text("error_description"), "RS256 or ES256") {
		t.Errorf("got %d %v", a.status, a.body)
	}
}

func TestVerifiedTokensAreBounded(t *testing.T) {
	v := newVerifiedTokens()
	for range maxVerified + 10 {
		v.put(newSecret(8), Principal{})
	}
	if len(v.m) > maxVerified {
		t.Errorf("%d tokens are remembered", len(v.m))
	}
}

func BenchmarkVerifyKnownToken(b *testing.B) {
	s := New(Options{TenantID: testTenant, Directory: newFakeDirectory(), Algorithm: ES256})
	x := &exchange{Service: s}
	app, _ := newFakeDirectory().Application(testApp)
	token, err := x.accessToken(subject{app: app, target: target{resource: Graph, audience: "https://graph.microsoft.com"}}, time.Hour)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := s.Verify(token); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkFirstTokenES256(b *testing.B) { benchmarkFirstToken(b, ES256) }
func BenchmarkFirstTokenRS256(b *testing.B) { benchmarkFirstToken(b, RS256) }

// benchmarkFirstToken is what a process pays for its first token, its key
// included.
func benchmarkFirstToken(b *testing.B, a Algorithm) {
	app, _ := newFakeDirectory().Application(testApp)
	for b.Loop() {
		x := &exchange{Service: New(Options{TenantID: testTenant, Directory: newFakeDirectory(), Algorithm: a})}
		if _, err := x.accessToken(subject{app: app, target: target{resource: Graph, audience: "https://graph.microsoft.com"}}, time.Hour); err != nil {
			b.Fatal(err)
		}
	}
}
