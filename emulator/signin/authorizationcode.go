package signin

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"strings"
)

// grantAuthorizationCode redeems a code
// (https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow).
func (x *exchange) grantAuthorizationCode(q tokenRequest) (issued, *refusal, error) {
	value, f := x.required("code")
	if f != nil {
		return issued{}, f, nil
	}
	asked := x.asksFor(q)
	c, f := x.redeem(q, value)
	if f != nil {
		return issued{}, f, nil
	}
	want, f := x.renamed(c.grantedScopes, asked)
	if f != nil {
		return issued{}, f, nil
	}
	out, f, err := x.issueToPerson(q, c.grantedScopes, want, c.Nonce)
	if f == nil && err == nil && want.offline {
		x.mu.Lock()
		defer x.mu.Unlock()
		out.answer.RefreshToken = x.grants.newFamily(c.grantedScopes, x.now())
	}
	return out, f, err
}

// renamed is what a token request wants of a grant: what the grant is for, or
// other scopes of its own naming. OpenID's are wanted where either names them:
// Microsoft's libraries name them at the token endpoint only.
func (x *exchange) renamed(g grantedScopes, asked string) (scopeRequest, *refusal) {
	want := g.request()
	if asked == "" {
		return want, nil
	}
	named, f := x.parseScope(asked)
	if f != nil {
		return named, f
	}
	named.offline = named.offline || want.offline
	named.openid = append(named.openid, missingScopes(named.openid, want.openid)...)
	return named, nil
}

// redeem checks a code against what it was given for and marks it used; it can be
// tried once.
func (x *exchange) redeem(q tokenRequest, value string) (authorizationCode, *refusal) {
	x.mu.Lock()
	defer x.mu.Unlock()
	c, ok := x.grants.Codes[value]
	switch {
	case !ok:
		return authorizationCode{}, refuseUnknownGrant("authorization code", value)
	case c.Redeemed:
		return authorizationCode{}, refuse(54005, "The authorization code was redeemed before. Ask for a new one.")
	case x.now().After(c.Made.Add(codeLife)):
		return authorizationCode{}, refuse(70008, "The authorization code has expired: it lives %v. Ask for a new one.", codeLife)
	case !strings.EqualFold(c.ClientID, q.app.ID):
		return authorizationCode{}, refuse(700005, "The authorization code was given to another application than '%s'.", q.app.ID)
	}
	if got := x.r.PostForm.Get("redirect_uri"); got != c.RedirectURI {
		return authorizationCode{}, refuse(500112, "The redirect_uri '%s' is not the '%s' that the code was asked for with.", got, c.RedirectURI)
	}
	if f := x.mayRedeem(q, c.Platform); f != nil {
		return authorizationCode{}, f
	}
	if f := checkVerifier(c, x.r.PostForm.Get("code_verifier")); f != nil {
		return authorizationCode{}, f
	}
	c.Redeemed = true
	return *c, nil
}

// isVerifier reports whether a text has the form of RFC 7636, 4.1.
func isVerifier(text string) bool {
	const unreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._~-"
	return len(text) >= 43 && len(text) <= 128 && strings.Trim(text, unreserved) == ""
}

// checkVerifier holds the verifier to the challenge (RFC 7636, 4.6).
func checkVerifier(c *authorizationCode, verifier string) *refusal {
	proof := verifier
	if c.ChallengeMethod == "S256" {
		sum := sha256.Sum256([]byte(verifier))
		proof = base64.RawURLEncoding.EncodeToString(sum[:])
	}
	switch {
	case c.Challenge == "" && verifier == "":
		return nil
	case c.Challenge == "", !isVerifier(verifier), subtle.ConstantTimeCompare([]byte(proof), []byte(c.Challenge)) != 1:
		return refuse(501481, "The code_verifier does not fit the code_challenge that the code was asked for with.")
	}
	return nil
}
