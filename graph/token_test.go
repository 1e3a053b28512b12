package graph_test

import (
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"msgraph-user/graph"
	"msgraph-user/internal/failure"
)

const challenge = `Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", ` +
	`error="insufficient_claims", claims="eyJhY2Nlc3NfdG9rZW4iOnsibmJmIjp7ImVzc2VudGlhbCI6dHJ1ZSwidmFsdWUiOiIxNjA0MTA2NjUxIn19fQ=="`

// TestUnauthorized says what a 401 leads to.
func TestUnauthorized(t *testing.T) {
	const claims = `{"access_token":{"nbf":{"essential":true,"value":"1604106651"}}}`
	tests := []struct {
		name      string
		challenge string // WWW-Authenticate
		renewed   []string
	}{
		{"without a challenge renews", "", []string{""}},
		{"with a plain challenge renews", `Bearer realm="x", error="invalid_token"`, []string{""}},
		{"with a claims challenge renews with the claims", challenge, []string{claims}},
		{"with unpadded claims", strings.TrimSuffix(challenge, `=="`) + `"`, []string{claims}},
		{"with a parameter whose name ends in claims", strings.Replace(challenge, "error=", `old_claims="e30=", error=`, 1), []string{claims}},
		{"with claims that are none", `Bearer error="insufficient_claims", claims="?"`, []string{""}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			far := newFarSide(t)
			far.answer(http.StatusUnauthorized, "", "WWW-Authenticate", test.challenge)
			far.answer(http.StatusCreated, `{"id":"1"}`)
			if _, err := far.client.Do(t.Context(), graph.CreateUser("n", map[string]any{})); err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(far.tokens.renewed, test.renewed) {
				t.Errorf("renewed with %q, want %q", far.tokens.renewed, test.renewed)
			}
			if got := far.sent()[1].Header.Get("Authorization"); got != "Bearer token-1+" {
				t.Errorf("the second request carries %q", got)
			}
		})
	}
}

func TestChallengeThatNeverEndsIsAnError(t *testing.T) {
	for name, header := range map[string]string{"plain": "", "claims": challenge} {
		t.Run(name, func(t *testing.T) {
			far := newFarSide(t)
			for range 2 {
				far.answer(http.StatusUnauthorized, `{"error":{"code":"InvalidAuthenticationToken","message":"No."}}`, "WWW-Authenticate", header)
			}
			_, err := far.client.Do(t.Context(), graph.GetUser(adele, ""))
			e := wantFailure(t, err, failure.Refused)
			if e.Status != 401 || e.Code != "InvalidAuthenticationToken" || len(far.tokens.renewed) != 1 || len(far.sent()) != 2 {
				t.Errorf("%+v after %d renewals", e, len(far.tokens.renewed))
			}
			if claims := strings.Contains(e.Advice, "conditional access"); claims != (name == "claims") || e.Advice == "" {
				t.Errorf("advice %q", e.Advice)
			}
		})
	}
}

func TestRenewalThatFailsIsTheError(t *testing.T) {
	far := newFarSide(t)
	far.handle(func(w http.ResponseWriter, _ *http.Request) {
		far.tokens.mu.Lock()
		far.tokens.err = &failure.Error{Kind: failure.SignIn, Message: "the grant has ended"}
		far.tokens.mu.Unlock()
		w.WriteHeader(http.StatusUnauthorized)
	})
	_, err := far.client.Do(t.Context(), graph.GetUser(adele, ""))
	wantFailure(t, err, failure.SignIn)
}

// TestRejectedTokens says which tokens a refusal leads to.
func TestRejectedTokens(t *testing.T) {
	const refusal = `{"error":{"code":"Authorization_RequestDenied","message":"Insufficient privileges."}}`
	for _, test := range []struct {
		name    string
		answers []int
		body    string
		found   []string
		newer   string
		sent    []string
		asked   int
	}{
		{"a token that somebody else had is tried after 401", []int{401, 200}, "", []string{"theirs"}, "", []string{"token-1", "theirs"}, 0},
		{"it is tried once, and then one is issued", []int{401, 401, 200}, "", []string{"theirs"}, "", []string{"token-1", "theirs", "token-1+"}, 0},
		{"a store that always has another one is no endless loop", []int{401, 401, 401}, "", []string{"a", "b", "c"}, "", []string{"token-1", "a", "b"}, 0},
		{"a newer token is tried after 403", []int{403, 200}, refusal, nil, "theirs", []string{"token-1", "theirs"}, 1},
		{"it is tried once", []int{403, 403}, refusal, nil, "theirs", []string{"token-1", "theirs"}, 1},
		{"without a newer one the 403 stands", []int{403}, refusal, nil, "", []string{"token-1"}, 1},
		{"a proxy's 403 says nothing about the token", []int{403}, "<html>blocked</html>", nil, "theirs", []string{"token-1"}, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			far := newFarSide(t)
			far.tokens.found, far.tokens.newer = test.found, test.newer
			for _, status := range test.answers {
				body := test.body
				if status == 200 {
					body = `{"id":"1"}`
				}
				far.answer(status, body)
			}
			_, err := far.client.Do(t.Context(), graph.GetUser(adele, ""))
			if last := test.answers[len(test.answers)-1]; (err == nil) != (last == 200) {
				t.Errorf("after a last answer of %d: %v", last, err)
			}
			var sent []string
			for _, r := range far.sent() {
				sent = append(sent, strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "))
			}
			if !slices.Equal(sent, test.sent) || far.tokens.asked != test.asked {
				t.Errorf("tried %q after %d questions, want %q after %d", sent, far.tokens.asked, test.sent, test.asked)
			}
		})
	}
}

// Items of a batch that Graph refuses lead to one question for all of them, and
// where there is a newer token, to one batch of those items.
func TestRefusedItemsOfABatchAskOnceForANewerToken(t *testing.T) {
	const denied = `{"error":{"code":"Authorization_RequestDenied","message":"Insufficient privileges."}}`
	first := `{"responses":[{"id":"1","status":403,"body":` + denied + `},{"id":"2","status":204},{"id":"3","status":403,"body":` + denied + `}]}`
	for _, test := range []struct {
		name    string
		newer   string
		batches int
		failed  int
	}{
		{"no newer token", "", 1, 2},
		{"a newer token", "theirs", 2, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			far := newFarSide(t)
			far.tokens.newer = test.newer
			far.answer(200, first)
			far.answer(200, `{"responses":[{"id":"1","status":204},{"id":"2","status":403,"body":`+denied+`}]}`)
			requests := []graph.Request{graph.RevokeSignInSessions("a"), graph.RevokeSignInSessions("b"), graph.RevokeSignInSessions("c")}
			failed := 0
			for i, result := range far.client.Batch(t.Context(), requests) {
				if result.Err != nil {
					failed++
				}
				if (i == 1) && result.Err != nil {
					t.Errorf("request %d: %v", i+1, result.Err)
				}
			}
			sent := far.sent()
			if len(sent) != test.batches || failed != test.failed || far.tokens.asked != 1 {
				t.Errorf("%d batches, %d failed, %d questions", len(sent), failed, far.tokens.asked)
			}
			if last := sent[len(sent)-1].body; test.batches == 2 && (strings.Contains(last, "/users/b/") || !strings.Contains(last, "/users/a/") || !strings.Contains(last, "/users/c/")) {
				t.Errorf("sent again: %s", last)
			}
		})
	}
}

// A batch that was sent with the old token gets the newer one, though another batch
// adopted that while this one was on its way.
func TestANewerTokenHelpsAllBatchesUnderWay(t *testing.T) {
	const denied = `{"responses":[{"id":"1","status":403,"body":{"error":{"code":"Authorization_RequestDenied","message":"Insufficient privileges."}}}]}`
	const done = `{"responses":[{"id":"1","status":204}]}`
	far := newFarSide(t)
	far.tokens.newer = "theirs"
	arrived, release := make(chan struct{}), make(chan struct{})
	far.handle(func(w http.ResponseWriter, _ *http.Request) {
		close(arrived)
		<-release
		_, _ = io.WriteString(w, denied)
	})
	for _, body := range []string{denied, done, done} {
		far.answer(200, body)
	}
	send := func(user string) error {
		return far.client.Batch(t.Context(), []graph.Request{graph.RevokeSignInSessions(user)})[0].Err
	}
	slow := make(chan error)
	go func() { slow <- send("slow") }()
	<-arrived
	if err := send("quick"); err != nil {
		t.Errorf("the batch that found the token: %v", err)
	}
	close(release)
	if err := <-slow; err != nil {
		t.Errorf("the batch that was on its way: %v", err)
	}
	if far.tokens.asked != 1 {
		t.Errorf("%d questions for a newer token, want 1", far.tokens.asked)
	}
}

// A batch that is refused as a whole was tried with all tokens there are.
func TestABatchThatIsRefusedAsAWholeIsNotRepeated(t *testing.T) {
	far := newFarSide(t)
	far.answer(403, `{"error":{"code":"Authorization_RequestDenied","message":"Insufficient privileges."}}`)
	results := far.client.Batch(t.Context(), []graph.Request{graph.RevokeSignInSessions("a")})
	if len(far.sent()) != 1 || results[0].Err == nil || far.tokens.asked != 1 {
		t.Errorf("%d batches, %d questions, %v", len(far.sent()), far.tokens.asked, results[0].Err)
	}
}
