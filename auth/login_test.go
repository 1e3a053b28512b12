package auth

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"msgraph-user/internal/failure"
	"msgraph-user/internal/graphtest"
	"msgraph-user/internal/secret"
)

func TestLoginInABrowser(t *testing.T) {
	far := &tokenEndpoint{answer: func(url.Values) (int, any) { return 200, tokenJSON("t", "RT-1", 3600) }}
	store := NewMemoryStore()
	cfg := configure(t, person("creds_auth_code", nil, "redirect_uri", "http://localhost:8400"))
	source := NewSource(cfg, Options{Transport: far, Store: store})
	login, err := source.BeginLogin("http://localhost:8400")
	if err != nil {
		t.Fatal(err)
	}
	address, err := url.Parse(login.URL)
	if err != nil {
		t.Fatal(err)
	}
	query := address.Query()
	if query.Get("state") != login.State || len(login.State) < 16 || query.Get("redirect_uri") != "http://localhost:8400" || query.Get("code_challenge_method") != "S256" {
		t.Errorf("login URL %s", login.URL)
	}
	if err := source.FinishLogin(t.Context(), login, secret.New("CODE ")); err != nil {
		t.Fatal(err)
	}
	form := far.forms[0]
	sum := sha256.Sum256([]byte(form.Get("code_verifier")))
	if query.Get("code_challenge") != base64.RawURLEncoding.EncodeToString(sum[:]) {
		t.Error("the verifier does not fit the challenge")
	}
	form.Del("code_verifier")
	want := url.Values{
		"grant_type": {"authorization_code"}, "code": {"CODE"}, "redirect_uri": {"http://localhost:8400"},
		"client_id": {"client"}, "client_secret": {longSecret},
	}
	if form.Encode() != want.Encode() {
		t.Errorf("sent %s, want %s", form.Encode(), want.Encode())
	}
	// What was stored serves another process with the same parameters.
	again := NewSource(configure(t, person("creds_auth_code", nil, "redirect_uri", "http://localhost:8400")), Options{Store: store})
	if token, err := again.Token(t.Context()); err != nil || token.Reveal() != "t" || store.contexts[""]["current_refresh_token"] != "RT-1" {
		t.Errorf("token %q, %v, and stored %v", token.Reveal(), err, store.contexts[""])
	}
}

func TestLoginIsForPersons(t *testing.T) {
	for _, params := range []map[string]any{application(), hostedApp(), identity()} {
		source := NewSource(configure(t, params), Options{})
		_, err := source.BeginLogin("http://localhost:1")
		if e, ok := errors.AsType[*failure.Error](err); !ok || e.Parameter != "redirect_uri" {
			t.Error(err)
		}
		if err := source.LoginByDeviceCode(t.Context(), nil); failure.KindOf(err) != failure.BadConfiguration {
			t.Error(err)
		}
	}
}

func TestALoginThatWouldNotLastIsRefused(t *testing.T) {
	store := NewMemoryStore()
	source := NewSource(configure(t, person("creds_auth_code", nil, "redirect_uri", "http://localhost:8400")), Options{Transport: always("t"), Store: store})
	login, err := source.BeginLogin("")
	if err != nil {
		t.Fatal(err)
	}
	if err := source.FinishLogin(t.Context(), login, secret.New("CODE")); failure.KindOf(err) != failure.SignIn || !strings.Contains(err.Error(), "offline_access") {
		t.Error(err)
	}
	if len(store.contexts[""]) != 0 {
		t.Errorf("stored %v", store.contexts[""])
	}
}

// deviceEndpoint plays the device code flow: each answer to a poll in turn.
func deviceEndpoint(polls *[]time.Time, answers ...string) graphtest.Transport {
	return func(r *http.Request) (*http.Response, error) {
		if strings.HasSuffix(r.URL.Path, "/devicecode") {
			return graphtest.Answer(r, 200, `{"device_code":"DC-0123456789","user_code":"ABC","verification_uri":"https://microsoft.com/devicelogin","expires_in":60,"interval":2}`), nil
		}
		answer := answers[min(len(*polls), len(answers)-1)]
		*polls = append(*polls, time.Now())
		switch answer {
		case "token":
			return graphtest.Answer(r, 200, `{"access_token":"t","refresh_token":"RT-1","expires_in":3600}`), nil
		case "lost":
			return nil, errors.New("reset")
		}
		return graphtest.Answer(r, 400, `{"error":"`+answer+`"}`), nil
	}
}

func TestLoginByDeviceCode(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var polls []time.Time
		store := NewMemoryStore()
		source := NewSource(configure(t, person("creds_auth_code", nil, "redirect_uri", "http://localhost:8400")), Options{
			Transport: deviceEndpoint(&polls, "authorization_pending", "slow_down", "authorization_pending", "token"), Store: store,
		})
		began := time.Now()
		var told DevicePrompt
		if err := source.LoginByDeviceCode(t.Context(), func(p DevicePrompt) { told = p }); err != nil {
			t.Fatal(err)
		}
		if told.UserCode != "ABC" || told.URL != "https://microsoft.com/devicelogin" || told.Expires.Sub(began) != time.Minute {
			t.Errorf("told %+v", told)
		}
		for i, want := range []time.Duration{2 * time.Second, 4 * time.Second, 11 * time.Second, 18 * time.Second} {
			if got := polls[i].Sub(began); got != want {
				t.Errorf("poll %d after %s, want %s", i+1, got, want)
			}
		}
		if store.contexts[""]["current_refresh_token"] != "RT-1" {
			t.Errorf("stored %v", store.contexts[""])
		}
	})
}

func TestDeviceCodesThatLeadNowhere(t *testing.T) {
	for answer, mentions := range map[string]string{
		"access_denied": "access_denied", "expired_token": "expired_token", "authorization_pending": "expired", "lost": "expired",
	} {
		t.Run(answer, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var polls []time.Time
				source := NewSource(configure(t, person("creds_auth_code", nil, "redirect_uri", "http://localhost:8400")), Options{Transport: deviceEndpoint(&polls, answer)})
				err := source.LoginByDeviceCode(t.Context(), func(DevicePrompt) {})
				if failure.KindOf(err) != failure.SignIn || !strings.Contains(err.Error(), mentions) {
					t.Error(err)
				}
			})
		})
	}
}

func TestClaims(t *testing.T) {
	payload := base64.RawURLEncoding.EncodeToString([]byte(`{"aud":"https://graph.microsoft.com","tid":"T","azp":"A","oid":"O","roles":["User.Read.All"],"scp":"User.Read Mail.Send","exp":1700003600,"upn":"a@b"}`))
	claims, err := Claims(secret.New("h." + payload + ".s"))
	if err != nil {
		t.Fatal(err)
	}
	if claims.ApplicationID != "A" || claims.TenantID != "T" || claims.UserName != "a@b" || len(claims.Roles) != 1 || len(claims.Scopes) != 2 || claims.Expires.Unix() != 1700003600 {
		t.Errorf("%+v", claims)
	}
	for _, opaque := range []string{"", "opaque", "a.b.c", "a.e30", "a." + base64.RawURLEncoding.EncodeToString([]byte("[]")) + ".c"} {
		if _, err := Claims(secret.New(opaque)); err == nil {
			t.Errorf("%q has claims", opaque)
		}
	}
}
