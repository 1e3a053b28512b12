package signin

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// Principal is who a verified access token speaks for.
type Principal struct {
	TokenID  string // uti
	Tenant   string
	AppID    string // the application's client id
	Audience string

	// ServicePrincipalID is set for an application by itself, the User members
	// for a person who signed in to one.
	ServicePrincipalID string
	UserID             string
	UserPrincipalName  string

	Roles  []string // application permissions
	Scopes []string // delegated permissions

	IssuedAt  time.Time
	ExpiresAt time.Time
}

// Delegated reports whether a person stands behind the token.
func (p Principal) Delegated() bool { return p.UserID != "" }

// TokenError says why an access token is refused, in the terms that Graph's 401
// uses.
type TokenError struct {
	Code    string // Graph's error.code: InvalidAuthenticationToken
	Message string
}

// Error is the code and the message.
func (e *TokenError) Error() string { return e.Code + ": " + e.Message }

// Verify returns the subject of an access token for Graph, or a *TokenError.
//
// A person's token stays good until it ends even when the sessions were revoked
// or the person was disabled meanwhile: that is how Graph treats tokens of clients that
// do not declare continuous access evaluation. A token that was verified once
// costs one look-up afterwards.
func (s *Service) Verify(token string) (Principal, error) { return s.verify(token, Graph) }

// VerifyMFA is Verify for the MFA service's tokens.
func (s *Service) VerifyMFA(token string) (Principal, error) { return s.verify(token, MFA) }

func (s *Service) verify(token string, want Resource) (Principal, error) {
	cache := s.verifiedTokens()
	p, known := cache.get(token)
	if !known {
		var err error
		if p, err = s.parseAccessToken(token); err != nil {
			return Principal{}, err
		}
		cache.put(token, p)
	}
	if !s.options.Now().Before(p.ExpiresAt) {
		return Principal{}, invalidToken("The token has expired.")
	}
	if audienceOf(p.Audience) != want {
		return Principal{}, invalidToken("The token's audience '%s' is another.", p.Audience)
	}
	return p, nil
}

func invalidToken(format string, a ...any) *TokenError {
	return &TokenError{Code: "InvalidAuthenticationToken", Message: fmt.Sprintf(format, a...)}
}

// audienceOf tells the resource of an audience that this Service itself wrote.
func audienceOf(aud string) Resource {
	switch {
	case aud == MFAAudience:
		return MFA
	case aud == tokenExchangeAudience:
		return tokenExchange
	case aud == graphAppID:
		return Graph
	}
	if u, err := url.Parse(aud); err == nil && u.Host != "" && u.Path == "" {
		return Graph
	}
	return ownAPI
}

type accessClaims struct {
	jwt.RegisteredClaims
	Version   string   `json:"ver"`
	Tenant    string   `json:"tid"`
	AppID     string   `json:"appid"`
	AZP       string   `json:"azp"`
	ObjectID  string   `json:"oid"`
	UPN       string   `json:"upn"`
	Preferred string   `json:"preferred_username"`
	Roles     []string `json:"roles"`
	Scope     *string  `json:"scp"` // only a person's token has it
	TokenID   string   `json:"uti"`
}

func (s *Service) parseAccessToken(token string) (Principal, error) {
	if token == "" {
		return Principal{}, invalidToken("The access token is empty.")
	}
	ring := s.ring()
	var c accessClaims
	parser := jwt.NewParser(jwt.WithValidMethods([]string{string(ring.algorithm)}), jwt.WithoutClaimsValidation())
	_, err := parser.ParseWithClaims(token, &c, func(t *jwt.Token) (any, error) {
		kid, _ := t.Header["kid"].(string)
		key, ok := ring.find(kid)
		if !ok {
			return nil, fmt.Errorf("no key %q is published", kid)
		}
		return key.signer.Public(), nil
	})
	switch {
	case err != nil:
		return Principal{}, invalidToken("The token cannot be read or its signature is not good: %v.", err)
	case c.AppID+c.AZP == "", len(c.Audience) != 1, c.ExpiresAt == nil, c.IssuedAt == nil:
		return Principal{}, invalidToken("The token is no access token.")
	case c.Tenant != s.options.TenantID:
		return Principal{}, invalidToken("The token is of another tenant.")
	}
	return c.principal(), nil
}

func (c accessClaims) principal() Principal {
	p := Principal{
		TokenID: c.TokenID, Tenant: c.Tenant, AppID: c.AppID + c.AZP, Audience: c.Audience[0],
		Roles:    slices.Clone(c.Roles),
		IssuedAt: c.IssuedAt.Time, ExpiresAt: c.ExpiresAt.Time,
	}
	if c.Scope == nil {
		p.ServicePrincipalID = c.ObjectID
	} else {
		p.UserID, p.UserPrincipalName, p.Scopes = c.ObjectID, c.UPN+c.Preferred, strings.Fields(*c.Scope)
	}
	return p
}

// maxVerified bounds the tokens remembered, some 2 KiB each.
const maxVerified = 4096

// verifiedTokens remembers the tokens whose signature was found good.
type verifiedTokens struct {
	mu sync.RWMutex
	m  map[string]Principal
}

func newVerifiedTokens() *verifiedTokens { return &verifiedTokens{m: map[string]Principal{}} }

func (v *verifiedTokens) get(token string) (Principal, bool) {
	v.mu.RLock()
	defer v.mu.RUnlock()
	p, ok := v.m[token]
	return p, ok
}

// put remembers a token. A full memory is emptied: verifying again is cheap
// enough, keeping an order is not worth it.
func (v *verifiedTokens) put(token string, p Principal) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(v.m) >= maxVerified {
		clear(v.m)
	}
	v.m[token] = p
}
