package auth

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"msgraph-user/internal/failure"
	"msgraph-user/internal/graphtest"
	"msgraph-user/internal/secret"
)

// A call that joins a flight takes only what it came for: the flight may have been
// begun for less.
func TestACallJoinsAFlightThatWasBegunForLess(t *testing.T) {
	const claims = `{"access_token":{}}`
	replacement := func(s *Source) error {
		s.Replacement(context.Background(), secret.New("token-1"))
		return nil
	}
	token := func(s *Source) error { _, err := s.Token(context.Background()); return err }
	renew := func(claims, want string) func(*Source) error {
		return func(s *Source) error {
			token, found, err := s.Renew(context.Background(), secret.New("token-1"), claims)
			if found { // Graph rejects what was issued without the claims
				token, _, err = s.Renew(context.Background(), token, claims)
			}
			if err == nil && token.Reveal() != want {
				err = fmt.Errorf("renewed with %q, want %q", token.Reveal(), want)
			}
			return err
		}
	}
	for _, test := range []struct {
		name         string
		begins       func(*Source) error
		joins        func(*Source) error
		storeRefuses bool
		signIns      int
	}{
		{"a renewal joins a look into the store", replacement, renew("", "token-2"), false, 2},
		{"a renewal for claims joins a look into the store", replacement, renew(claims, "token-2"+claims), false, 2},
		{"a renewal for claims joins one without", renew("", "token-2"), renew(claims, "token-3"+claims), false, 3},
		{"a renewal joins one for claims", renew(claims, "token-2"+claims), renew("", "token-2"+claims), false, 2},
		{"a look into the store joins a renewal", renew("", "token-2"), replacement, false, 2},
		{"a call joins a look into a store that refuses", replacement, token, true, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var made atomic.Int32
				far := &tokenEndpoint{answer: func(form url.Values) (int, any) {
					return 200, tokenJSON(fmt.Sprintf("token-%d%s", made.Add(1), form.Get("claims")), "", 3600)
				}}
				store := &peerStore{}
				source := NewSource(configure(t, application()), Options{Transport: far, Store: store})
				wantToken(t, source, "token-1")
				store.refuse(func(ctx context.Context) error {
					if err := sleepFor(ctx, time.Second); err != nil || !test.storeRefuses {
						return err
					}
					return refusing(ctx)
				}, nil)
				time.Sleep(askStoreEvery) // a call asks the store again
				var calls sync.WaitGroup
				for _, call := range []func(*Source) error{test.begins, test.joins} {
					calls.Go(func() {
						if err := call(source); err != nil {
							t.Error(err)
						}
					})
					synctest.Wait()
				}
				calls.Wait()
				if far.count() != test.signIns {
					t.Errorf("%d sign-ins, want %d", far.count(), test.signIns)
				}
			})
		})
	}
}

func TestAPanicEndsOnlyItsSignIn(t *testing.T) {
	for _, place := range []string{"the transport", "the fingerprint"} {
		t.Run(place, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				broken, lines := place, &logged{}
				at := func(here string) {
					if broken == here {
						panic("a secret that a panic holds")
					}
				}
				source := NewSource(configure(t, application()), Options{Log: lines.logger(), Transport: graphtest.Transport(func(r *http.Request) (*http.Response, error) {
					at("the transport")
					return always("t").RoundTrip(r)
				})})
				made := source.marks
				source.marks = func() [2]string {
					at("the fingerprint")
					return made()
				}
				if _, err := source.Token(t.Context()); failure.KindOf(err) != failure.Internal || strings.Contains(err.Error(), "a secret") {
					t.Errorf("%v, want a defect", err)
				}
				if log := lines.String(); !strings.Contains(log, "a sign-in panicked") || strings.Contains(log, "a secret") {
					t.Errorf("logged %q", log)
				}
				synctest.Wait()
				broken = ""
				wantToken(t, source, "t")
			})
		})
	}
}

// A call that found no token at hand may begin its flight only after another one
// ended, which brought what it needs.
func TestALateFlightUsesWhatAnotherBrought(t *testing.T) {
	store := &peerStore{}
	source := NewSource(configure(t, application()), Options{Transport: numbered(), Store: store})
	wantToken(t, source, "token-1")
	if got, err := source.await(t.Context(), need{}); err != nil || got.token.Reveal() != "token-1" || store.asked() != 1 {
		t.Errorf("token %q, %v after %d questions to the store, want 1", got.token.Reveal(), err, store.asked())
	}
}
