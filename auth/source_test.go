package auth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"msgraph-user/internal/failure"
	"msgraph-user/internal/graphtest"
	"msgraph-user/internal/secret"
)

func TestColdCallsShareOneSignIn(t *testing.T) {
	far := always("shared")
	var sources Sources
	store := NewMemoryStore()
	var calls sync.WaitGroup
	for range 200 {
		calls.Go(func() {
			source := sources.For(configure(t, application()), Options{Transport: far, Store: store})
			if token, err := source.Token(t.Context()); err != nil || token.Reveal() != "shared" {
				t.Errorf("token %q, %v", token.Reveal(), err)
			}
		})
	}
	calls.Wait()
	if n := far.count(); n != 1 {
		t.Errorf("%d token requests, want 1", n)
	}
}

func TestConfigurationsNeverShareAToken(t *testing.T) {
	far := &tokenEndpoint{answer: func(form url.Values) (int, any) {
		return 200, tokenJSON(form.Get("client_id")+"/"+form.Get("client_secret"), "", 3600)
	}}
	configurations := []map[string]any{
		application(),
		application("creds_auth_id", credential("other")),
		application("creds_enc_key", credential("other-"+longSecret)),
		application("host", "https://graph.microsoft.us"),
	}
	var sources Sources
	store := NewMemoryStore()
	var calls sync.WaitGroup
	for i := range 40 {
		calls.Go(func() {
			params := configurations[i%4]
			source := sources.For(configure(t, params), Options{Transport: far, Store: store, Instance: "one name for all"})
			token, err := source.Token(t.Context())
			want := params["creds_auth_id"].(map[string]any)["password"].(string) + "/" + params["creds_enc_key"].(map[string]any)["password"].(string)
			if err != nil || token.Reveal() != want {
				t.Errorf("token %q, %v; want %q", token.Reveal(), err, want)
			}
		})
	}
	calls.Wait()
	if n := far.count(); n != 4 {
		t.Errorf("%d token requests, want 4", n)
	}
}

func TestTokenInTheIntegrationContext(t *testing.T) {
	mine := configure(t, application()).Fingerprint()
	other := configure(t, application("creds_auth_id", credential("other"))).Fingerprint()
	live, past := recorded.Unix()+100, recorded.Unix()-1
	for _, c := range []struct {
		name    string
		context map[string]any
		want    string
	}{
		{"lives, and carries no configuration: the caller's word", map[string]any{"access_token": "held", "valid_until": live}, "held"},
		{"lives, and carries this configuration", map[string]any{"access_token": "held", "valid_until": live, "configuration": mine}, "held"},
		{"lives, but carries another configuration", map[string]any{"access_token": "held", "valid_until": live, "configuration": other}, "new"},
		{"lives, but carries a mark that is not ours", map[string]any{"access_token": "held", "valid_until": live, "configuration": "x"}, "new"},
		{"has ended", map[string]any{"access_token": "held", "valid_until": past}, "new"},
		{"names no end", map[string]any{"access_token": "held"}, "new"},
		{"names its end as text", map[string]any{"access_token": "held", "valid_until": fmt.Sprint(live)}, "held"},
		{"is no text", map[string]any{"access_token": 7, "valid_until": live}, "new"},
	} {
		t.Run(c.name, func(t *testing.T) {
			store := NewMemoryStore()
			store.contexts[""] = c.context
			source := NewSource(configure(t, application()), Options{Transport: always("new"), Store: store, Now: newClock().now})
			token, err := source.Token(t.Context())
			if err != nil || token.Reveal() != c.want {
				t.Errorf("token %q, %v; want %q", token.Reveal(), err, c.want)
			}
			if err := source.Settle(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestUnknownMembersStay(t *testing.T) {
	store := NewMemoryStore()
	store.contexts[""] = map[string]any{"theirs": map[string]any{"deep": 1.5}, "next_request_time": 1.0, "delay_request_counter": 2}
	source := NewSource(configure(t, application()), Options{Transport: always("new"), Store: store, Now: newClock().now})
	if _, err := source.Token(t.Context()); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"theirs": map[string]any{"deep": 1.5}, "access_token": "new", "valid_until": recorded.Unix() + 3595,
		"current_refresh_token": "", "configuration": source.cfg.Fingerprint(),
	}
	if g, w := asJSON(t, store.contexts[""]), asJSON(t, want); g != w {
		t.Errorf("after a sign-in %s, want %s", g, w)
	}
	if err := source.Reset(t.Context()); err != nil {
		t.Fatal(err)
	}
	if g, w := asJSON(t, store.contexts[""]), `{"theirs":{"deep":1.5}}`; g != w {
		t.Errorf("after a reset %s, want %s", g, w)
	}
}

func TestRenewalAheadOfTheEnd(t *testing.T) {
	for _, c := range []struct {
		name   string
		left   time.Duration // of the token's life
		jitter float64
		renews bool
	}{
		{"long before the end", 6 * time.Minute, 0.999, false},
		{"in the window, with the latest draw", 4 * time.Minute, 0, false},
		{"in the window, with the earliest draw", 4 * time.Minute, 0.999, true},
		{"close to the end, whatever the draw", 2 * time.Minute, 0, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			far, time := always("renewed"), newClock()
			store := NewMemoryStore()
			store.contexts[""] = map[string]any{"access_token": "held", "valid_until": time.now().Add(c.left).Unix()}
			source := NewSource(configure(t, application()), Options{Transport: far, Store: store, Now: time.now, Jitter: func() float64 { return c.jitter }})
			if token, err := source.Token(t.Context()); err != nil || token.Reveal() != "held" {
				t.Errorf("token %q, %v; want the one at hand", token.Reveal(), err)
			}
			if err := source.Settle(t.Context()); err != nil {
				t.Fatal(err)
			}
			if renewed := store.contexts[""]["access_token"] == "renewed"; renewed != c.renews {
				t.Errorf("renewed: %v, want %v", renewed, c.renews)
			}
		})
	}
}

func TestShortLivedTokensAreRenewedInTheLastFifth(t *testing.T) {
	clock := newClock()
	far := &tokenEndpoint{answer: func(url.Values) (int, any) { return 200, tokenJSON("short", "", 65) }}
	source := NewSource(configure(t, application()), Options{Transport: far, Now: clock.now, Jitter: func() float64 { return 0.999 }})
	token := func() {
		t.Helper()
		_, err := source.Token(t.Context())
		if err = errors.Join(err, source.Settle(t.Context())); err != nil {
			t.Fatal(err)
		}
	}
	token()
	clock.advance(47 * time.Second)
	token()
	if n := far.count(); n != 1 {
		t.Errorf("%d requests with 13 s of 60 left, want 1", n)
	}
	clock.advance(2 * time.Second)
	token()
	if n := far.count(); n != 2 {
		t.Errorf("%d requests with 11 s of 60 left, want 2", n)
	}
}

func TestFailedRenewalDoesNotDisturbALivingToken(t *testing.T) {
	clock, lines := newClock(), &logged{}
	far := &tokenEndpoint{answer: func(url.Values) (int, any) {
		return 401, map[string]any{"error": "invalid_client", "error_description": "AADSTS7000222: expired"}
	}}
	store := NewMemoryStore()
	store.contexts[""] = map[string]any{"access_token": "held", "valid_until": clock.now().Unix() + 60}
	source := NewSource(configure(t, application()), Options{Transport: far, Store: store, Now: clock.now, Log: lines.logger()})
	for range 10 {
		if token, err := source.Token(t.Context()); err != nil || token.Reveal() != "held" {
			t.Fatalf("token %q, %v", token.Reveal(), err)
		}
		if err := source.Settle(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if n := far.count(); n != 1 {
		t.Errorf("%d renewals tried within a moment, want 1", n)
	}
	if lines.String() == "" {
		t.Error("nothing was logged")
	}
	clock.advance(61 * time.Second)
	if _, err := source.Token(t.Context()); failure.KindOf(err) != failure.SignIn {
		t.Errorf("after the end: %v, want the sign-in's failure", err)
	}
}

func TestManyRefusedCallsRenewOnce(t *testing.T) {
	var made atomic.Int32
	far := &tokenEndpoint{answer: func(form url.Values) (int, any) {
		return 200, tokenJSON(fmt.Sprintf("token-%d%s", made.Add(1), form.Get("claims")), "", 3600)
	}}
	source := NewSource(configure(t, application()), Options{Transport: far})
	rejected, err := source.Token(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var calls sync.WaitGroup
	for range 50 {
		calls.Go(func() {
			if token, _, err := source.Renew(t.Context(), rejected, `{"access_token":{}}`); err != nil || token.Reveal() != `token-2{"access_token":{}}` {
				t.Errorf("token %q, %v", token.Reveal(), err)
			}
		})
	}
	calls.Wait()
	if n := far.count(); n != 2 {
		t.Errorf("%d token requests, want 2", n)
	}
}

func TestRenewEndsWhenTheSameTokenComesAgain(t *testing.T) {
	source := NewSource(configure(t, application()), Options{Transport: always("same")})
	token, _, err := source.Renew(t.Context(), secret.New("same"), "")
	if err != nil || token.Reveal() != "same" {
		t.Errorf("token %q, %v", token.Reveal(), err)
	}
}

func TestAWaiterThatLeavesDoesNotEndTheSignIn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		far := graphtest.Transport(func(r *http.Request) (*http.Response, error) {
			select {
			case <-time.After(2 * time.Second):
				return graphtest.Answer(r, 200, `{"access_token":"late","expires_in":3600}`), nil
			case <-r.Context().Done():
				return nil, r.Context().Err()
			}
		})
		source := NewSource(configure(t, application()), Options{Transport: far})
		impatient, cancel := context.WithCancel(t.Context())
		short, done := context.WithTimeout(t.Context(), time.Second)
		defer done()
		var calls sync.WaitGroup
		call := func(ctx context.Context, kind failure.Kind) {
			calls.Go(func() {
				_, err := source.Token(ctx)
				if kind == failure.Internal && err != nil || kind != failure.Internal && failure.KindOf(err) != kind {
					t.Errorf("%v, want kind %v", err, kind)
				}
			})
			synctest.Wait()
		}
		call(impatient, failure.Canceled) // begins the sign-in
		call(t.Context(), failure.Internal)
		call(short, failure.Unreachable)
		cancel()
		calls.Wait()
	})
}

func TestASignInThatNobodyWaitsForEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		far := graphtest.Transport(func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, r.Context().Err()
		})
		source := NewSource(configure(t, application()), Options{Transport: far})
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		began := time.Now()
		if _, err := source.Token(ctx); failure.KindOf(err) != failure.Canceled {
			t.Error(err)
		}
		synctest.Wait()
		if !source.isIdle() || time.Since(began) != time.Second {
			t.Error("the sign-in goes on")
		}
	})
}

// A sign-in that spends a code or a refresh token has time to end, however little
// the call has that began it: what it obtains is stored.
func TestASignInThatSpendsAGrantEndsInItsOwnTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		requests := 0
		far := graphtest.Transport(func(r *http.Request) (*http.Response, error) {
			requests++
			select {
			case <-time.After(3 * time.Second):
				return graphtest.Answer(r, 200, `{"access_token":"late","refresh_token":"next","expires_in":3600}`), nil
			case <-r.Context().Done():
				return nil, r.Context().Err()
			}
		})
		source := NewSource(configure(t, person()), Options{Transport: far})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := source.Token(ctx); failure.KindOf(err) != failure.Unreachable {
			t.Error(err)
		}
		<-time.After(3 * time.Second)
		if token, err := source.Token(t.Context()); err != nil || token.Reveal() != "late" || requests != 1 {
			t.Errorf("token %q, %v after %d requests", token.Reveal(), err, requests)
		}
	})
}

func TestThrottlingPastTheDeadlineFailsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		far := graphtest.Transport(func(r *http.Request) (*http.Response, error) {
			return graphtest.Answer(r, 429, "{}", "Retry-After", "30"), nil
		})
		source := NewSource(configure(t, application()), Options{Transport: far})
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		began := time.Now()
		_, err := source.Token(ctx)
		if e, ok := errors.AsType[*failure.Error](err); !ok || e.Kind != failure.Throttled || e.RetryAfter != 30*time.Second {
			t.Errorf("%v, want throttled for 30 s", err)
		}
		if waited := time.Since(began); waited > 0 {
			t.Errorf("failed after %s", waited)
		}
	})
}

func TestDisturbancesAreOutlasted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		answers := []int{503, 502, 200}
		far := graphtest.Transport(func(r *http.Request) (*http.Response, error) {
			status := answers[0]
			answers = answers[1:]
			return graphtest.Answer(r, status, `{"access_token":"t","expires_in":3600}`), nil
		})
		source := NewSource(configure(t, application()), Options{Transport: far})
		if token, err := source.Token(t.Context()); err != nil || token.Reveal() != "t" {
			t.Errorf("token %q, %v", token.Reveal(), err)
		}
	})
}

func TestAWaiterOutlivesTheCallThatBegan(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var asked atomic.Int32
		far := graphtest.Transport(func(r *http.Request) (*http.Response, error) {
			if asked.Add(1) == 1 {
				<-r.Context().Done()
				return nil, r.Context().Err()
			}
			return graphtest.Answer(r, 200, `{"access_token":"second","expires_in":3600}`), nil
		})
		source := NewSource(configure(t, application()), Options{Transport: far})
		hurried, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		var calls sync.WaitGroup
		calls.Go(func() {
			if _, err := source.Token(hurried); failure.KindOf(err) != failure.Unreachable {
				t.Error(err)
			}
		})
		synctest.Wait()
		calls.Go(func() {
			if token, err := source.Token(t.Context()); err != nil || token.Reveal() != "second" {
				t.Errorf("token %q, %v; want one of the waiter's own sign-in", token.Reveal(), err)
			}
		})
		calls.Wait()
	})
}
