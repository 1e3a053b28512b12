package graph

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"

	"msgraph-user/internal/httpclient"
	"msgraph-user/internal/secret"
)

// TokenSource gives the access token of an instance.
type TokenSource interface {
	// Token returns a token that has not ended.
	Token(ctx context.Context) (secret.Text, error)
	// Renew returns a token in place of rejected, which Graph did not accept.
	// claims is the JSON of a claims challenge, to be sent along with the token
	// request; empty where there was none
	// (https://learn.microsoft.com/entra/identity-platform/claims-challenge).
	// found says that the token was not issued now: somebody else had renewed it,
	// and a second Renew gets one that was.
	Renew(ctx context.Context, rejected secret.Text, claims string) (token secret.Text, found bool, err error)
	// Replacement returns the token that somebody else got in place of refused,
	// which Graph answered with 403, if there is one: it may hold permissions that
	// were granted since.
	Replacement(ctx context.Context, refused secret.Text) (token secret.Text, ok bool)
}

// withToken sends the request with the instance's token. An answer of 401 leads
// to a renewal and a repetition, and to a second where the first brought a token
// that somebody else had; one of 403 to a repetition where there is a newer token.
// Nothing was done before, whatever the method is.
func (s *sentRequest) withToken(ctx context.Context) (*httpclient.Response, error) {
	tokens := s.client.tokens
	token, err := tokens.Token(ctx)
	if err != nil {
		return nil, err
	}
	answer, err := s.send(ctx, token)
	found := true
	for range 2 {
		if !found || err != nil || answer.Status != http.StatusUnauthorized {
			break
		}
		if token, found, err = tokens.Renew(ctx, token, claimsChallenge(answer.Header)); err == nil {
			answer, err = s.send(ctx, token)
		}
	}
	if err != nil || answer.Status != http.StatusForbidden || !fromGraph(answer) {
		return answer, err
	}
	if newer, ok := tokens.Replacement(ctx, token); ok {
		return s.send(ctx, newer)
	}
	return answer, nil
}

// hasNewerToken asks whether there is a token in place of sent, the one that a batch
// went out with: another request may have adopted it already, or somebody else put it
// into the store. An empty sent is that of a batch that failed as a whole, for which
// withToken tried what there is.
func (c *Client) hasNewerToken(ctx context.Context, sent secret.Text) bool {
	if sent.IsEmpty() {
		return false
	}
	token, err := c.tokens.Token(ctx)
	if err != nil {
		return false
	}
	if token != sent {
		return true
	}
	_, ok := c.tokens.Replacement(ctx, sent)
	return ok
}

// claimsChallenge returns the JSON of the claims that the headers of a 401 ask
// for, or "". Graph sends them in base64
// (https://learn.microsoft.com/entra/identity-platform/claims-challenge#claims-challenge-header-format).
func claimsChallenge(h http.Header) string {
	for _, value := range h.Values("WWW-Authenticate") {
		if !strings.Contains(value, "insufficient_claims") {
			continue
		}
		if claims := decodeClaims(authParameter(value, "claims")); claims != "" {
			return claims
		}
	}
	return ""
}

// authParameter returns the value of a parameter of an authentication challenge
// (RFC 9110, 11.2), without its quotes.
func authParameter(challenge, name string) string {
	for rest := challenge; rest != ""; {
		i := strings.Index(rest, name)
		if i < 0 {
			return ""
		}
		before := rest[:i]
		rest = strings.TrimLeft(rest[i+len(name):], " ")
		value, isParameter := strings.CutPrefix(rest, "=")
		if !isParameter || (before != "" && !strings.ContainsAny(before[len(before)-1:], " ,\t")) {
			continue
		}
		value = strings.TrimLeft(value, " ")
		if quoted, ok := strings.CutPrefix(value, `"`); ok {
			value, _, _ = strings.Cut(quoted, `"`)
			return value
		}
		end := strings.IndexAny(value, ", ")
		if end < 0 {
			end = len(value)
		}
		return value[:end]
	}
	return ""
}

// decodeClaims accepts base64 with either alphabet, padded or not.
func decodeClaims(value string) string {
	standard := strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimRight(value, "="))
	decoded, err := base64.RawStdEncoding.DecodeString(standard)
	if err != nil || !json.Valid(decoded) {
		return ""
	}
	return string(decoded)
}
