package auth

import (
	"encoding/json"
	"math"
	"strconv"
	"time"

	"golang.org/x/oauth2"

	"msgraph-user/internal/failure"
	"msgraph-user/internal/secret"
)

// held is a token as it is kept, in memory and in the integration context.
type held struct {
	access     secret.Text
	validUntil time.Time
	refresh    secret.Text // empty: there is none
}

// memberExpiresOn is the member of a token service's answer that says when the
// token ends, in epoch seconds: what some say in place of expires_in.
const memberExpiresOn = "expires_on"

// shortestLifetime is what a token that just came is taken to live, whatever a
// clock that differs makes of its end.
const shortestLifetime = time.Minute

// lifetime returns how long a token lives that came at now.
func lifetime(token *oauth2.Token, now time.Time) time.Duration {
	switch end := expiresOn(token); {
	case token.ExpiresIn > 0:
		return time.Duration(token.ExpiresIn) * time.Second
	case !token.Expiry.IsZero(): // x/oauth2 made it from expires_in by the system's clock
		return time.Until(token.Expiry).Round(time.Second)
	case end > 0:
		return max(epoch(float64(end)).Sub(now), shortestLifetime)
	}
	return defaultTokenLifetime
}

// expiresOn returns the token's expires_on, or 0.
func expiresOn(token *oauth2.Token) seconds {
	var end seconds
	if encoded, err := json.Marshal(token.Extra(memberExpiresOn)); err == nil {
		_ = end.UnmarshalJSON(encoded) // what cannot be read is 0
	}
	return end
}

// keep turns a token that came at now into what is kept. current is the refresh
// token that was at hand: it stays where none came.
func keep(token *oauth2.Token, now time.Time, current secret.Text) held {
	refresh := secret.New(token.RefreshToken)
	if refresh.IsEmpty() {
		refresh = current
	}
	return held{access: secret.New(token.AccessToken), validUntil: now.Add(shorten(lifetime(token, now))), refresh: refresh}
}

// shorten takes expiryMargin off a lifetime that is longer.
func shorten(lifetime time.Duration) time.Duration {
	if lifetime > expiryMargin {
		return lifetime - expiryMargin
	}
	return lifetime
}

// isSendable reports whether an access token can stand in a header: visible ASCII
// (RFC 6750, 2.1, allows less). Anything else would break the request, or add to it.
func isSendable(token string) bool {
	for _, b := range []byte(token) {
		if b <= ' ' || b > '~' {
			return false
		}
	}
	return token != ""
}

// checkSendable refuses a token that cannot be sent.
func (t *tokenClient) checkSendable(token *oauth2.Token) error {
	if isSendable(token.AccessToken) {
		return nil
	}
	host := t.cfg.SignInHost()
	return &failure.Error{
		Kind:    failure.SignIn,
		Message: "Sign-in at " + host + " returned an access token that cannot be sent: it contains spaces, line ends or other characters that are not allowed in a token.",
		Advice:  inItsPlace,
	}
}

// seconds is a number of seconds, given as a number or as text; 0 where it is
// neither.
type seconds float64

// UnmarshalJSON reads a number, or text that holds one.
func (n *seconds) UnmarshalJSON(b []byte) error {
	var text string
	if json.Unmarshal(b, &text) != nil {
		text = string(b)
	}
	value, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(value) || value < 0 || value > math.MaxInt32*100.0 {
		value = 0
	}
	*n = seconds(value)
	return nil
}
