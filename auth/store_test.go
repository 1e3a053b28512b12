package auth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"msgraph-user/internal/failure"
	"msgraph-user/internal/graphtest"
	"msgraph-user/internal/secret"
)

func wantToken(t *testing.T, s *Source, want string) {
	t.Helper()
	if token, err := s.Token(t.Context()); err != nil || token.Reveal() != want {
		t.Errorf("token %q, %v; want %q", token.Reveal(), err, want)
	}
}

func TestTheStoreIsAskedOnceAtAFirstSignIn(t *testing.T) {
	for name, params := range map[string]map[string]any{"an application": application(), "a person": person(), "the hosted application": hostedApp()} {
		t.Run(name, func(t *testing.T) {
			store := &peerStore{value: map[string]any{"theirs": 1}}
			far := graphtest.Transport(func(r *http.Request) (*http.Response, error) {
				return graphtest.Answer(r, 200, `{"access_token":"t","refresh_token":"RT","expires_in":3600}`), nil
			})
			source := NewSource(configure(t, params), Options{Transport: far, Store: store})
			var calls sync.WaitGroup
			for range 20 {
				calls.Go(func() { wantToken(t, source, "t") })
			}
			calls.Wait()
			if store.gets != 1 || store.sets != 1 || store.holds("theirs") != 1 {
				t.Errorf("%d questions and %d changes, want one each; it holds %v", store.gets, store.sets, store.value)
			}
		})
	}
}

func TestAServicesRefusalAsksTheStoreOnce(t *testing.T) {
	store := &peerStore{}
	service := &tokenService{status: 401, answer: `{"title":"Unauthorized"}`}
	_, err := NewSource(configure(t, hostedApp()), Options{Transport: service, Store: store}).Token(t.Context())
	if failure.KindOf(err) != failure.SignIn || store.gets != 1 || store.sets != 1 || store.holds(memberDelayCounter) != 2 {
		t.Errorf("%v after %d questions and %d changes: %v", err, store.gets, store.sets, store.value)
	}
}

func TestAGoodTokenInMemoryAsksTheStoreOnceAMinute(t *testing.T) {
	store, clock := &peerStore{}, newClock()
	source := NewSource(configure(t, application()), Options{Transport: numbered(), Store: store, Now: clock.now})
	for second := range 10 * 60 {
		wantToken(t, source, "token-1")
		if asked, want := store.asked(), 1+second/60; asked != want {
			t.Fatalf("%d questions after %d seconds, want %d", asked, second, want)
		}
		clock.advance(time.Second)
	}
}

func TestAResetElsewhereIsNoticedWithinAMinute(t *testing.T) {
	store, clock := &peerStore{}, newClock()
	source := NewSource(configure(t, application()), Options{Transport: numbered(), Store: store, Now: clock.now})
	wantToken(t, source, "token-1")
	store.put(map[string]any{"theirs": 1})
	wantToken(t, source, "token-1")
	clock.advance(time.Minute)
	wantToken(t, source, "token-2")
	if store.holds("theirs") != 1 {
		t.Errorf("the store holds %v", store.value)
	}
}

func TestARenewalElsewhereIsTakenOver(t *testing.T) {
	store, clock, far := &peerStore{}, newClock(), numbered()
	cfg := configure(t, application())
	source := NewSource(cfg, Options{Transport: far, Store: store, Now: clock.now})
	wantToken(t, source, "token-1")
	store.put(map[string]any{"access_token": "theirs", "valid_until": clock.now().Unix() + 3600, "configuration": cfg.Fingerprint()})
	clock.advance(time.Minute)
	wantToken(t, source, "theirs")
	if far.count() != 1 {
		t.Errorf("%d sign-ins, want 1", far.count())
	}
}

func TestAfterA401TheStoreIsAskedAtOnce(t *testing.T) {
	store, far := &peerStore{}, numbered()
	cfg := configure(t, application())
	source := NewSource(cfg, Options{Transport: far, Store: store})
	wantToken(t, source, "token-1")
	store.put(map[string]any{"access_token": "theirs", "valid_until": time.Now().Unix() + 3600, "configuration": cfg.Fingerprint()})
	token, found, err := source.Renew(t.Context(), secret.New("token-1"), "")
	if err != nil || token.Reveal() != "theirs" || !found || store.asked() != 2 || far.count() != 1 {
		t.Errorf("%q, found %t, %v after %d questions and %d sign-ins", token.Reveal(), found, err, store.asked(), far.count())
	}
	token, found, err = source.Renew(t.Context(), token, "")
	if err != nil || token.Reveal() != "token-2" || found || store.asked() != 3 {
		t.Errorf("%q, found %t, %v after %d questions", token.Reveal(), found, err, store.asked())
	}
}

func TestAfterA403TheStoreIsAskedAtOnceAndNothingSignsIn(t *testing.T) {
	store, far := &peerStore{}, numbered()
	cfg := configure(t, application())
	source := NewSource(cfg, Options{Transport: far, Store: store})
	wantToken(t, source, "token-1")
	refused := secret.New("token-1")
	if token, ok := source.Replacement(t.Context(), refused); ok || store.asked() != 2 {
		t.Errorf("replaced by %q after %d questions", token.Reveal(), store.asked())
	}
	store.put(map[string]any{"access_token": "theirs", "valid_until": time.Now().Unix() + 3600, "configuration": cfg.Fingerprint()})
	if token, ok := source.Replacement(t.Context(), refused); !ok || token.Reveal() != "theirs" {
		t.Errorf("replaced by %q, %t", token.Reveal(), ok)
	}
	wantToken(t, source, "theirs")
	store.refuse(refusing, nil)
	if token, ok := source.Replacement(t.Context(), secret.New("theirs")); ok {
		t.Errorf("replaced by %q though the store refuses", token.Reveal())
	}
	if far.count() != 1 {
		t.Errorf("%d sign-ins, want 1", far.count())
	}
}

func TestManyRefusalsAtOnceAskTheStoreOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &peerStore{getting: func(ctx context.Context) error { return sleepFor(ctx, time.Second) }}
		source := NewSource(configure(t, application()), Options{Transport: numbered(), Store: store})
		wantToken(t, source, "token-1")
		var calls sync.WaitGroup
		for range 100 {
			calls.Go(func() { source.Replacement(t.Context(), secret.New("token-1")) })
		}
		calls.Wait()
		if store.asked() != 2 {
			t.Errorf("%d questions, want 2", store.asked())
		}
	})
}

// The store failed, and the sign-in host has no part in it: the error says so.
func TestAStoreThatFailsIsNamed(t *testing.T) {
	for _, test := range []struct {
		name     string
		getting  func(context.Context) error
		setting  func(context.Context) error
		deadline time.Duration
		kind     failure.Kind
		timeout  bool
		mentions string
	}{
		{"never answers", silent, nil, time.Hour, failure.Unreachable, true, "did not answer within 15s"},
		{"never answers, and the call ends", silent, nil, time.Second, failure.Unreachable, true, "the caller that keeps the integration context"},
		{"refuses", refusing, nil, time.Hour, failure.Internal, false, "the caller answered error -1"},
		{"never takes a refresh token", nil, silent, time.Hour, failure.Unreachable, true, "could not be written: the caller that keeps it did not answer"},
		{"refuses a refresh token", nil, refusing, time.Hour, failure.Internal, false, "could not be written: the caller answered error -1"},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				far := &tokenEndpoint{answer: func(url.Values) (int, any) { return 200, tokenJSON("t", "RT-1", 3600) }}
				source := NewSource(configure(t, person()), Options{Transport: far, Store: &peerStore{getting: test.getting, setting: test.setting}})
				ctx, cancel := context.WithTimeout(t.Context(), test.deadline)
				defer cancel()
				_, err := source.Token(ctx)
				e, ok := errors.AsType[*failure.Error](err)
				if !ok || e.Kind != test.kind || e.Timeout != test.timeout || !strings.Contains(e.Message, test.mentions) {
					t.Fatalf("%v, want one that mentions %q", err, test.mentions)
				}
				if strings.Contains(e.Error()+e.Host, "login.microsoftonline.com") || !strings.Contains(e.Message, "integration context") {
					t.Errorf("%q (host %q) does not name the store", e, e.Host)
				}
				if err := source.Settle(t.Context()); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

func TestAStoreThatFailsLaterDoesNotDisturbAGoodToken(t *testing.T) {
	store, clock, lines := &peerStore{}, newClock(), &logged{}
	source := NewSource(configure(t, application()), Options{Transport: numbered(), Store: store, Now: clock.now, Log: lines.logger()})
	wantToken(t, source, "token-1")
	store.refuse(refusing, refusing)
	clock.advance(time.Minute)
	for range 3 {
		wantToken(t, source, "token-1")
	}
	if n := strings.Count(lines.String(), "continues with the token in memory"); n != 1 || store.asked() != 2 {
		t.Errorf("%d warnings after %d questions: %s", n, store.asked(), lines)
	}
}

// What a peer answers may be anything: it is no token, or another configuration's.
func TestNonsenseInTheStoreIsNoToken(t *testing.T) {
	live := time.Now().Unix() + 3000
	for name, values := range map[string]map[string]any{
		"nothing":                              {},
		"a token that is no text":              {"access_token": []any{"t"}, "valid_until": live},
		"an end that is no time":               {"access_token": "held", "valid_until": map[string]any{}},
		"an end beyond all time":               {"access_token": "held", "valid_until": 1e300},
		"an end that is text":                  {"access_token": "held", "valid_until": "soon"},
		"a token with a line end":              {"access_token": "held\r\nX-Evil: 1", "valid_until": live},
		"a token with a space":                 {"access_token": "he ld", "valid_until": live},
		"a token that is not ASCII":            {"access_token": "held\u200b", "valid_until": live},
		"a fingerprint that is a number":       {"access_token": "held", "valid_until": live, "configuration": 7.5},
		"a fingerprint that is an object":      {"access_token": "held", "valid_until": live, "configuration": map[string]any{}},
		"a fingerprint that is true":           {"access_token": "held", "valid_until": live, "configuration": true},
		"a fingerprint that is of another one": {"access_token": "held", "valid_until": live, "configuration": "v1.a.b"},
	} {
		t.Run(name, func(t *testing.T) {
			source := NewSource(configure(t, application()), Options{Transport: always("new"), Store: &peerStore{nonsense: values}})
			wantToken(t, source, "new")
		})
	}
}

func TestATokenThatCannotBeSentIsRefusedAndNotKept(t *testing.T) {
	for _, bad := range []string{"bad token-1", "token-1\r\nX: y", "token-1\x00", "tokén-1", "\u200btoken-1"} {
		for name, params := range map[string]map[string]any{"an application": application(), "the hosted application": hostedApp()} {
			store := &peerStore{}
			far := graphtest.Transport(func(r *http.Request) (*http.Response, error) {
				return graphtest.Answer(r, 200, fmt.Sprintf(`{"access_token":%s,"expires_in":3600}`, encoded(bad))), nil
			})
			_, err := NewSource(configure(t, params), Options{Transport: far, Store: store}).Token(t.Context())
			if failure.KindOf(err) != failure.SignIn || !strings.Contains(err.Error(), "cannot be sent") || strings.Contains(err.Error(), bad) || store.sets != 0 {
				t.Errorf("%s, %q: %v after %d changes", name, bad, err, store.sets)
			}
		}
	}
}
