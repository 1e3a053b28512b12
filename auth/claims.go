package auth

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"msgraph-user/internal/secret"
)

// TokenClaims is what an access token says of itself
// (https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference).
type TokenClaims struct {
	Audience      string
	Issuer        string
	TenantID      string
	ApplicationID string
	ObjectID      string
	UserName      string   // empty for an application's token
	Roles         []string // application permissions
	Scopes        []string // delegated permissions
	Directory     []string // template ids of the directory roles that a person holds
	Issued        time.Time
	Expires       time.Time
}

var errNoClaims = errors.New("the access token is not a JSON Web Token, so its permissions cannot be read")

// Claims reads an access token without verifying it: for showing a person what
// was granted, never for deciding what is allowed.
func Claims(token secret.Text) (TokenClaims, error) {
	parts := strings.Split(token.Reveal(), ".")
	if len(parts) != 3 {
		return TokenClaims{}, errNoClaims
	}
	payload, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[1], "="))
	if err != nil {
		return TokenClaims{}, errNoClaims
	}
	var c struct {
		Aud, Iss, Tid, Oid, Scp, Azp, Appid, Upn string
		Username                                 string `json:"preferred_username"`
		Unique                                   string `json:"unique_name"`
		Roles, Wids                              []string
		Iat, Exp                                 seconds
	}
	if json.Unmarshal(payload, &c) != nil {
		return TokenClaims{}, errNoClaims
	}
	return TokenClaims{
		Audience: c.Aud, Issuer: c.Iss, TenantID: c.Tid, ObjectID: c.Oid,
		ApplicationID: first(c.Appid, c.Azp), UserName: first(c.Upn, c.Username, c.Unique),
		Roles: c.Roles, Scopes: strings.Fields(c.Scp), Directory: c.Wids,
		Issued: epoch(float64(c.Iat)), Expires: epoch(float64(c.Exp)),
	}, nil
}

func first(texts ...string) string {
	for _, text := range texts {
		if text != "" {
			return text
		}
	}
	return ""
}
