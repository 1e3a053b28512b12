package auth

import (
	"context"
	"errors"
	"net/url"
	"sync"
	"testing"
	"time"

	"msgraph-user/internal/failure"
	"msgraph-user/internal/secret"
)

// strictServer gives refresh tokens that serve once: spending an old one again
// ends the grant.
type strictServer struct {
	*tokenEndpoint
	current string
	issued  int
	revoked bool
}

func newStrictServer(current string) *strictServer {
	s := &strictServer{current: current}
	s.tokenEndpoint = &tokenEndpoint{answer: s.redeem}
	return s
}

func (s *strictServer) redeem(form url.Values) (int, any) {
	if s.revoked || form.Get("refresh_token") != s.current {
		s.revoked = true
		return 400, map[string]any{"error": "invalid_grant", "error_codes": []int{50173}}
	}
	s.issued++
	s.current = "RT-" + string(rune('A'+s.issued%26)) + "-" + longSecret
	return 200, tokenJSON("access-"+s.current, s.current, 3600)
}

func TestTwoCallsNeverSpendTheSameRefreshToken(t *testing.T) {
	server, clock := newStrictServer("first"), newClock()
	store := NewMemoryStore()
	store.contexts[""] = map[string]any{"current_refresh_token": "first"}
	var sources Sources
	for range 20 {
		var calls sync.WaitGroup
		for i := range 10 {
			calls.Go(func() {
				// Two configurations of one instance, whose grant is the same.
				params := person("creds_enc_key", credential([]string{"old-", "new-"}[i%2]+longSecret))
				source := sources.For(configure(t, params), Options{Transport: server, Store: store, Now: clock.now})
				if _, err := source.Token(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		calls.Wait()
		clock.advance(2 * time.Hour)
	}
	if server.revoked {
		t.Error("a refresh token was spent twice")
	}
}

// brokenStore fails to write while broken is set.
type brokenStore struct {
	*MemoryStore
	broken bool
}

func (b *brokenStore) SetIntegrationContext(ctx context.Context, instance string, value map[string]any) error {
	if b.broken {
		return errors.New("the disk is full of vZ8~QTESTqBoEQz1mdkXJkN4oIVp9wJmn0hDbaaa")
	}
	return b.MemoryStore.SetIntegrationContext(ctx, instance, value)
}

func TestRefreshTokenIsStoredBeforeItsAccessTokenIsUsed(t *testing.T) {
	server, clock := newStrictServer("first"), newClock()
	store := &brokenStore{NewMemoryStore(), true}
	store.contexts[""] = map[string]any{"current_refresh_token": "first"}
	source := NewSource(configure(t, person()), Options{Transport: server, Store: store, Now: clock.now})
	for range 3 {
		token, err := source.Token(t.Context())
		if err == nil || !token.IsEmpty() {
			t.Fatalf("token %q was given out before its refresh token was stored", token.Reveal())
		}
	}
	if n := server.count(); n != 1 {
		t.Errorf("%d token requests, want the one whose grant waits to be stored", n)
	}
	store.broken = false
	if token, err := source.Token(t.Context()); err != nil || token.Reveal() != "access-"+server.current {
		t.Errorf("token %q, %v, once the store works", token.Reveal(), err)
	}
	if stored := store.contexts[""]["current_refresh_token"]; stored != server.current {
		t.Errorf("stored %v, want %v", stored, server.current)
	}
}

func TestATokenWithoutRefreshTokenServesThoughItCannotBeStored(t *testing.T) {
	far := always("t")
	source := NewSource(configure(t, application()), Options{Transport: far, Store: &brokenStore{NewMemoryStore(), true}})
	for range 3 {
		if token, err := source.Token(t.Context()); err != nil || token.Reveal() != "t" {
			t.Errorf("token %q, %v", token.Reveal(), err)
		}
	}
	if n := far.count(); n != 1 {
		t.Errorf("%d token requests, want 1", n)
	}
}

func TestWhichGrantIsSpent(t *testing.T) {
	code := "CODE-" + longSecret
	mine := configure(t, person()).Fingerprint()
	renewedSecret := configure(t, person("creds_enc_key", credential("former-"+longSecret))).Fingerprint()
	otherCode := configure(t, person("creds_auth_code", credential("older-"+code))).Fingerprint()
	for _, c := range []struct {
		name    string
		code    string
		context map[string]any
		spent   map[string]string
	}{
		{"nothing at hand: the code", code, nil, map[string]string{"grant_type": "authorization_code", "code": code}},
		{"a refresh token, the caller's word", code, map[string]any{"current_refresh_token": "RT"}, map[string]string{"grant_type": "refresh_token", "refresh_token": "RT"}},
		{"a refresh token of this configuration", code, map[string]any{"current_refresh_token": "RT", "configuration": mine}, map[string]string{"grant_type": "refresh_token", "refresh_token": "RT"}},
		{"a refresh token from before the secret was renewed", code, map[string]any{"current_refresh_token": "RT", "configuration": renewedSecret}, map[string]string{"grant_type": "refresh_token", "refresh_token": "RT"}},
		{"a refresh token from before a new code was pasted", code, map[string]any{"current_refresh_token": "RT", "configuration": otherCode}, map[string]string{"grant_type": "authorization_code", "code": code}},
		{"a refresh token pasted as code", "refresh_token:RT-0", nil, map[string]string{"grant_type": "refresh_token", "refresh_token": "RT-0"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			far := &tokenEndpoint{answer: func(url.Values) (int, any) { return 200, tokenJSON("t", "", 3600) }}
			store := NewMemoryStore()
			store.contexts[""] = c.context
			source := NewSource(configure(t, person("creds_auth_code", credential(c.code))), Options{Transport: far, Store: store})
			if _, err := source.Token(t.Context()); err != nil {
				t.Fatal(err)
			}
			want := url.Values{"client_id": {"client"}, "client_secret": {longSecret}, "redirect_uri": {"https://localhost/myapp"}}
			for name, value := range c.spent {
				want.Set(name, value)
			}
			if got := far.forms[0].Encode(); got != want.Encode() {
				t.Errorf("sent %s, want %s", got, want.Encode())
			}
			if stored := store.contexts[""]["current_refresh_token"]; stored != c.spent["refresh_token"] {
				t.Errorf("kept refresh token %q, want the spent one where no other came", stored)
			}
		})
	}
}

func TestSpendingGoesOnWhenTheCallHasEnded(t *testing.T) {
	asked, answer := make(chan struct{}), make(chan struct{})
	far := &tokenEndpoint{answer: func(url.Values) (int, any) {
		close(asked)
		<-answer
		return 200, tokenJSON("t", "RT-2", 3600)
	}}
	store := NewMemoryStore()
	store.contexts[""] = map[string]any{"current_refresh_token": "RT-1"}
	source := NewSource(configure(t, person()), Options{Transport: far, Store: store})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() {
		_, err := source.Token(ctx)
		done <- err
	}()
	<-asked
	cancel()
	if err := <-done; failure.KindOf(err) != failure.Canceled {
		t.Error(err)
	}
	close(answer)
	if err := source.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	if stored := store.contexts[""]["current_refresh_token"]; stored != "RT-2" {
		t.Errorf("stored %v, want the refresh token that came after the call had ended", stored)
	}
}

func TestPastedCodes(t *testing.T) {
	for _, code := range []string{
		"CODE&session_state=abc", "code=CODE", "https://localhost/myapp?code=CODE", "CODE&state=1", "?code=CODE", "CODE session_state=1",
	} {
		_, err := ConfigureIn(person("creds_auth_code", credential(code)), noEnvironment)
		if e, ok := errors.AsType[*failure.Error](err); !ok || e.Parameter != "creds_auth_code" {
			t.Errorf("%q: %v, want a refusal that names creds_auth_code", code, err)
		}
	}
	for _, code := range []string{"0.AXoA-_.AgABAAEAAAD", "M.C105_BAY.2.U.00000000-0000-0000-0000-000000000000", "refresh_token:0.AXoA&x"} {
		configure(t, person("creds_auth_code", credential(code)))
	}
}

func TestRedirectURIWithoutACode(t *testing.T) {
	params := person("creds_auth_code", nil, "redirect_uri", "http://localhost:8400")
	login := map[string]any{"access_token": "held", "valid_until": recorded.Unix() + 3000, "current_refresh_token": "RT"}
	for _, c := range []struct {
		name    string
		context map[string]any
		works   bool
	}{
		{"nobody signed in", nil, false},
		{"a token, but no refresh token of a person", map[string]any{"access_token": "held", "valid_until": recorded.Unix() + 3000}, false},
		{"the login command stored a grant", login, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			store := NewMemoryStore()
			store.contexts[""] = c.context
			source := NewSource(configure(t, params), Options{Transport: always("t"), Store: store, Now: newClock().now})
			_, err := source.Token(t.Context())
			if c.works && err != nil || !c.works && failure.KindOf(err) != failure.BadConfiguration {
				t.Error(err)
			}
		})
	}
}

func TestAuthorizeURL(t *testing.T) {
	got, err := AuthorizeURL(configure(t, person("host", "https://graph.microsoft.us", "creds_tenant_id", credential("t/..?#x"))))
	if err != nil {
		t.Fatal(err)
	}
	want := "https://login.microsoftonline.us/t%2F..%3F%23x/oauth2/v2.0/authorize?client_id=client" +
		"&redirect_uri=https%3A%2F%2Flocalhost%2Fmyapp&response_type=code&scope=offline_access+https%3A%2F%2Fgraph.microsoft.us%2F.default"
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	for _, c := range []struct {
		params    map[string]any
		parameter string
	}{
		{application(), "redirect_uri"},
		{map[string]any{"use_managed_identities": true}, "self_deployed"},
	} {
		_, err := AuthorizeURL(configure(t, c.params))
		if e, ok := errors.AsType[*failure.Error](err); !ok || e.Parameter != c.parameter {
			t.Errorf("%v, want a refusal that names %s", err, c.parameter)
		}
	}
}

func TestMFAToken(t *testing.T) {
	far := &tokenEndpoint{answer: func(url.Values) (int, any) {
		return 200, map[string]any{"access_token": "mfa", "expires_on": "1700003600"}
	}}
	source := NewSource(configure(t, application()), Options{Transport: far})
	got, err := source.MFAToken(t.Context(), secret.New("mfa-secret"))
	if err != nil || got.AccessToken.Reveal() != "mfa" || got.ValidUntil != "1700003600" {
		t.Errorf("%+v, %v", got, err)
	}
	want := url.Values{
		"grant_type": {"client_credentials"}, "client_id": {MFAApplicationID}, "client_secret": {"mfa-secret"},
		"resource": {mfaResource}, "scope": {"openid"},
	}
	if far.forms[0].Encode() != want.Encode() || far.urls[0] != "https://login.microsoftonline.com/tenant/oauth2/token" {
		t.Errorf("sent %s to %s", far.forms[0].Encode(), far.urls[0])
	}
}
