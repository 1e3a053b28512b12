package auth

import (
	"encoding/json"
	"math"
	"strconv"
	"time"

	"msgraph-user/internal/secret"
)

// grant is what a sign-in yields.
type grant struct {
	access   secret.Text
	refresh  secret.Text // empty: none came, the one at hand stays
	lifetime time.Duration
}

// record is a grant as it is kept.
type record struct {
	held
	lifetime time.Duration
}

// keep turns a grant obtained now into what is stored. current is the refresh
// token that was at hand.
func (g grant) keep(now time.Time, current secret.Text) record {
	refresh := g.refresh
	if refresh.IsEmpty() {
		refresh = current
	}
	lifetime := g.lifetime
	if lifetime > expiryMargin {
		lifetime -= expiryMargin
	}
	return record{held: held{access: g.access, validUntil: now.Add(lifetime), refresh: refresh}, lifetime: lifetime}
}

// tokenAnswer is a token as the services answer it. Numbers come as numbers or
// as text (https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token).
type tokenAnswer struct {
	AccessToken  string  `json:"access_token"`
	RefreshToken string  `json:"refresh_token"`
	ExpiresIn    seconds `json:"expires_in"`
	ExpiresOn    seconds `json:"expires_on"` // epoch
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

// shortestLifetime is what a token that just came is taken to live, whatever a
// clock that differs makes of its end.
const shortestLifetime = time.Minute

func (a tokenAnswer) grant(now time.Time) grant {
	g := grant{access: secret.New(a.AccessToken), refresh: secret.New(a.RefreshToken), lifetime: defaultTokenLifetime}
	switch {
	case a.ExpiresIn > 0:
		g.lifetime = time.Duration(float64(a.ExpiresIn) * float64(time.Second))
	case a.ExpiresOn > 0:
		g.lifetime = max(epoch(float64(a.ExpiresOn)).Sub(now), shortestLifetime)
	}
	return g
}
