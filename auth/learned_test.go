package auth

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"msgraph-user/internal/secret"
)

// Two instances that differ in what does not touch the token share a Source, and
// with it the tokens that no output may hold.
func TestAllWhoShareASourceKnowItsTokens(t *testing.T) {
	const opaque = "opaque-access-token"
	var sources Sources
	store := NewMemoryStore()
	first := sources.For(configure(t, application()), Options{Transport: always(opaque), Store: store})
	if _, err := first.Token(t.Context()); err != nil {
		t.Fatal(err)
	}
	second := sources.For(configure(t, application("handle_error", false)), Options{Transport: always(opaque), Store: store})
	if got := second.Scrubber().Scrub("you sent " + opaque + " and " + longSecret); got != "you sent *** and ***" {
		t.Errorf("scrubbed: %q", got)
	}
}

// A token that the caller put into the integration context is a secret as well.
func TestATokenFromTheIntegrationContextIsScrubbed(t *testing.T) {
	store := NewMemoryStore()
	err := store.SetIntegrationContext(t.Context(), "", map[string]any{
		"access_token": "access-of-the-caller", "valid_until": recorded.Unix() + 3600, "current_refresh_token": "refresh-of-the-caller",
	})
	if err != nil {
		t.Fatal(err)
	}
	source := NewSource(configure(t, person()), Options{Store: store, Now: newClock().now})
	if token, err := source.Token(t.Context()); err != nil || token.Reveal() != "access-of-the-caller" {
		t.Fatalf("%v, %v", token.Reveal(), err)
	}
	if got := source.Scrubber().Scrub("access-of-the-caller, refresh-of-the-caller"); got != "***, ***" {
		t.Errorf("scrubbed: %q", got)
	}
}

// A process that runs for months remembers its latest tokens, and not all.
func TestTokensLongGoneAreForgotten(t *testing.T) {
	var scrubber secret.Scrubber
	var l learned
	var text strings.Builder
	for n := range 100 {
		token := fmt.Sprintf("token-number-%03d", n)
		l.add(&scrubber, secret.New(token))
		text.WriteString(token + " ")
	}
	if masked := strings.Count(scrubber.Scrub(text.String()), "***"); masked != maxLearned {
		t.Errorf("%d tokens are known, want %d", masked, maxLearned)
	}
}

func TestRenewalsAreCounted(t *testing.T) {
	n := 0
	far := &tokenEndpoint{answer: func(url.Values) (int, any) {
		if n++; n == 2 {
			return 400, map[string]any{"error": "invalid_client"}
		}
		return 200, tokenJSON(fmt.Sprintf("token-%d", n), "", 3600)
	}}
	var sources Sources
	source := sources.For(configure(t, application()), Options{Transport: far, Store: NewMemoryStore()})
	for range 3 {
		token, err := source.Token(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		_, _, _ = source.Renew(t.Context(), token, "") // the second fails on purpose
	}
	if got := sources.Renewals(); got != 3 {
		t.Errorf("%d renewals, want 3: the first token and two that replaced it", got)
	}
}
