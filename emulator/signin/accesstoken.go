package signin

import (
	"fmt"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// subject is the identity in a token, and what the token allows.
type subject struct {
	app    Application
	user   *User // nil for an application by itself
	target target
	scopes []string // delegated permissions, as scp lists them
	proof  appProof
	auth   time.Time // when the person signed in
}

// appProof is how the application proved itself, as azpacr and appidacr count it.
type appProof string

const (
	proofNone      appProof = "0" // a public client
	proofSecret    appProof = "1"
	proofAssertion appProof = "2"
)

// lifetime of an access token issued now: the tenant's setting, else usual.
func (s *Service) lifetime(usual time.Duration) time.Duration {
	if s.options.TokenLifetime != nil {
		if d := s.options.TokenLifetime(); d > 0 {
			return d
		}
	}
	return usual
}

// accessToken makes a signed access token that lives for life, with the claims
// of https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference.
// Graph and the MFA service get tokens of version 1.0, an API of the tenant's own 2.0,
// as Entra issues them.
func (x *exchange) accessToken(sub subject, life time.Duration) (string, error) {
	now := x.now()
	claims := jwt.MapClaims{
		"aud": sub.target.audience,
		"iat": now.Unix(), "nbf": now.Unix(), "exp": now.Add(life).Unix(),
		"tid": x.options.TenantID, "ver": sub.target.version(), "uti": newSecret(16),
	}
	first := sub.target.version() == "1.0"
	if first {
		claims["iss"] = x.issuerV1()
		claims["appid"], claims["appidacr"] = sub.app.ID, string(sub.proof)
		claims["app_displayname"] = sub.app.DisplayName
		claims["idtyp"] = "app" // in version 2.0 an optional claim
		if sub.user != nil {
			claims["idtyp"] = "user"
		}
	} else {
		claims["iss"] = x.issuerV2()
		claims["azp"], claims["azpacr"] = sub.app.ID, string(sub.proof)
	}
	if sub.user == nil {
		describeApplication(claims, sub)
	} else {
		describeUser(claims, sub)
	}
	return x.sign(claims)
}

func describeApplication(claims jwt.MapClaims, sub subject) {
	claims["oid"], claims["sub"] = sub.app.PrincipalID, sub.app.PrincipalID
	if sub.target.resource == Graph && len(sub.app.Roles) > 0 {
		claims["roles"] = sub.app.Roles
	}
}

func describeUser(claims jwt.MapClaims, sub subject) {
	u := sub.user
	claims["oid"], claims["sub"] = u.ID, pairwise(u.ID, sub.app.ID)
	claims["scp"] = strings.Join(sub.scopes, " ")
	claims["name"] = u.DisplayName
	claims["amr"] = []string{"pwd"}
	claims["auth_time"] = sub.auth.Unix()
	if sub.target.version() == "1.0" {
		claims["upn"], claims["unique_name"] = u.UserPrincipalName, u.UserPrincipalName
		claims["given_name"], claims["family_name"] = u.GivenName, u.Surname
	} else {
		claims["preferred_username"] = u.UserPrincipalName
	}
	if u.Guest {
		claims["acct"] = 1
	}
}

// idToken makes the OpenID Connect ID token for a person
// (https://learn.microsoft.com/entra/identity-platform/id-token-claims-reference).
func (x *exchange) idToken(sub subject, nonce string) (string, error) {
	now := x.now()
	claims := jwt.MapClaims{
		"aud": sub.app.ID, "iss": x.issuerV2(), "ver": "2.0", "tid": x.options.TenantID,
		"iat": now.Unix(), "nbf": now.Unix(), "exp": now.Add(time.Hour).Unix(),
		"oid": sub.user.ID, "sub": pairwise(sub.user.ID, sub.app.ID), "uti": newSecret(16),
		"name": sub.user.DisplayName, "preferred_username": sub.user.UserPrincipalName,
	}
	if sub.user.Mail != "" {
		claims["email"] = sub.user.Mail
	}
	if nonce != "" {
		claims["nonce"] = nonce
	}
	return x.sign(claims)
}

// sign makes a token of claims. Its header names the key by its thumbprint too in
// tokens of version 1.0 only, as Entra's do.
func (x *exchange) sign(claims jwt.MapClaims) (string, error) {
	ring := x.ring()
	key, err := ring.current()
	if err != nil {
		return "", err
	}
	t := jwt.NewWithClaims(ring.method(), claims)
	t.Header["kid"] = key.id
	if claims["ver"] == "1.0" {
		t.Header["x5t"] = key.id
	}
	signed, err := t.SignedString(key.signer)
	if err != nil {
		return "", fmt.Errorf("the token could not be signed: %w", err)
	}
	return signed, nil
}

// issuerV1 is the issuer of tokens of version 1.0, the same in every cloud.
func (s *Service) issuerV1() string { return "https://sts.windows.net/" + s.options.TenantID + "/" }

// issuerV2 is the issuer that the v2.0 discovery document names.
func (x *exchange) issuerV2() string { return x.realm() + "/v2.0" }
