package auth

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"msgraph-user/internal/failure"
	"msgraph-user/internal/graphtest"
)

func TestAGrantWithAFingerprintThatIsNoTextIsNotSpent(t *testing.T) {
	far := &tokenEndpoint{answer: func(url.Values) (int, any) { return 200, tokenJSON("t", "RT-2", 3600) }}
	store := &peerStore{value: map[string]any{"current_refresh_token": "RT-theirs", "configuration": 1.0}}
	wantToken(t, NewSource(configure(t, person()), Options{Transport: far, Store: store}), "t")
	if grant := far.forms[0].Get("grant_type"); grant != "authorization_code" {
		t.Errorf("signed in by %s with %q", grant, far.forms[0].Get("refresh_token"))
	}
}

func TestARotatedGrantThatCouldNotBeStoredIsKept(t *testing.T) {
	lines, store := &logged{}, &peerStore{setting: refusing}
	var issued atomic.Int32
	far := &tokenEndpoint{answer: func(url.Values) (int, any) { return 200, tokenJSON("t", fmt.Sprint("RT-", issued.Add(1)), 3600) }}
	var sources Sources
	source := sources.For(configure(t, person()), Options{Transport: far, Store: store, Log: lines.logger()})
	if _, err := source.Token(t.Context()); failure.KindOf(err) != failure.Internal {
		t.Fatalf("%v, want the store's failure", err)
	}
	if log := lines.String(); !strings.Contains(log, "level=ERROR") || strings.Contains(log, "RT-1") {
		t.Errorf("logged %q", log)
	}
	for n := range 2 * maxSources { // others come and go
		sources.For(configure(t, application("creds_auth_id", credential(fmt.Sprint(n)))), Options{Transport: far, Store: store})
	}
	err := sources.Close(t.Context())
	if !errors.Is(err, ErrGrantNotStored) || strings.Contains(err.Error(), "RT-1") {
		t.Errorf("at the end: %v", err)
	}
	store.refuse(nil, nil)
	wantToken(t, sources.For(configure(t, person()), Options{Transport: far, Store: store}), "t")
	if store.holds(memberRefreshToken) != "RT-1" || issued.Load() != 1 {
		t.Errorf("the store holds %v after %d sign-ins", store.holds(memberRefreshToken), issued.Load())
	}
	if err := sources.Close(t.Context()); err != nil {
		t.Errorf("at the end: %v", err)
	}
}

func TestAGrantThatWasNotRotatedIsNotLostWithTheStore(t *testing.T) {
	store := &peerStore{value: map[string]any{"current_refresh_token": "RT-1"}, setting: refusing}
	var sources Sources
	wantToken(t, sources.For(configure(t, person()), Options{Transport: always("t"), Store: store}), "t")
	if err := sources.Close(t.Context()); err != nil {
		t.Errorf("at the end: %v", err)
	}
}

func TestNewCredentialsWinOverAnOldGrant(t *testing.T) {
	for _, test := range []struct {
		name   string
		marked bool
		number int
		tried  []string
		fails  bool
	}{
		{"a grant that was revoked", false, 50173, []string{"refresh_token", "authorization_code"}, false},
		{"a grant that is none", false, 70000, []string{"refresh_token", "authorization_code"}, false},
		{"a grant of this very configuration", true, 50173, []string{"refresh_token"}, true},
		{"a grant that nobody used for too long", false, 700082, []string{"refresh_token"}, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			cfg := configure(t, person())
			store := &peerStore{value: map[string]any{"current_refresh_token": "RT-old"}}
			if test.marked {
				store.value["configuration"] = cfg.Fingerprint()
			}
			far := &tokenEndpoint{answer: func(form url.Values) (int, any) {
				if form.Get("grant_type") == "authorization_code" {
					return 200, tokenJSON("t", "RT-new", 3600)
				}
				return 400, map[string]any{"error": "invalid_grant", "error_description": fmt.Sprintf("AADSTS%d: no", test.number), "error_codes": []int{test.number}}
			}}
			_, err := NewSource(cfg, Options{Transport: far, Store: store}).Token(t.Context())
			var tried []string
			for _, form := range far.forms {
				tried = append(tried, form.Get("grant_type"))
			}
			if fmt.Sprint(tried) != fmt.Sprint(test.tried) || (err != nil) != test.fails {
				t.Errorf("tried %v, %v", tried, err)
			}
			if !test.fails && store.holds(memberRefreshToken) != "RT-new" {
				t.Errorf("the store holds %v", store.value)
			}
			if test.fails && !strings.Contains(err.Error(), "msgraph-user-auth-reset") {
				t.Errorf("%q does not advise a reset", err)
			}
		})
	}
}

func TestWhereNewCredentialsAreRefusedTooTheResetIsAdvised(t *testing.T) {
	far := &tokenEndpoint{answer: func(form url.Values) (int, any) {
		if form.Get("grant_type") == "authorization_code" {
			return 400, map[string]any{"error": "invalid_grant", "error_codes": []int{54005}}
		}
		return 400, map[string]any{"error": "invalid_grant", "error_codes": []int{50173}}
	}}
	store := &peerStore{value: map[string]any{"current_refresh_token": "RT-old"}}
	_, err := NewSource(configure(t, person()), Options{Transport: far, Store: store}).Token(t.Context())
	if err == nil || far.count() != 2 || !strings.Contains(err.Error(), "msgraph-user-auth-reset") {
		t.Errorf("%v after %d requests", err, far.count())
	}
}

func TestTheHostedApplicationsTokenWinsOverAnOldGrant(t *testing.T) {
	var sent []string
	far := graphtest.Transport(func(r *http.Request) (*http.Response, error) {
		proof := decrypt(t, requestJSON(t, r)["encrypted_token"])
		sent = append(sent, proof[strings.Index(proof, ":")+1:])
		if strings.HasSuffix(proof, "RT-old") {
			return graphtest.Answer(r, 401, `{"title":"Unauthorized"}`), nil
		}
		return graphtest.Answer(r, 200, `{"access_token":"t","expires_in":3600}`), nil
	})
	store := &peerStore{value: map[string]any{"current_refresh_token": "RT-old"}}
	wantToken(t, NewSource(configure(t, hostedApp()), Options{Transport: far, Store: store}), "t")
	if want := fmt.Sprint([]string{"RT-old", "hosted-token-" + longSecret}); fmt.Sprint(sent) != want {
		t.Errorf("sent %q, want %s", sent, want)
	}
	if store.holds(memberRefreshToken) != "" || store.holds(memberNextRequest) != nil {
		t.Errorf("the store holds %v", store.value)
	}
}
