package signin

import (
	"crypto/sha1" // x5t is defined over SHA-1 (RFC 7515, 4.1.7)
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// clockSkew is how far the clocks of a client and of Entra may be apart.
const clockSkew = 5 * time.Minute

// checkAssertion verifies a client assertion: one that the application signed
// with its certificate (RFC 7523;
// https://learn.microsoft.com/entra/identity-platform/certificate-credentials),
// or one of another issuer that a federated credential trusts. The first says
// which certificate by thumbprint and is issued by the client itself.
func (x *exchange) checkAssertion(app Application, assertion string) *refusal {
	if t := x.r.PostForm.Get("client_assertion_type"); t != assertionType {
		return refuse(900144, "The parameter 'client_assertion_type' must be '%s'.", assertionType)
	}
	var claims jwt.RegisteredClaims
	token, _, err := jwt.NewParser().ParseUnverified(assertion, &claims)
	if err != nil {
		return refuse(50027, "The client assertion is no JWT.")
	}
	if f := x.checkLife(claims); f != nil {
		return f
	}
	if strings.EqualFold(claims.Issuer, app.ID) {
		return x.checkCertificate(app, assertion, token.Header, claims)
	}
	return x.checkFederated(app, assertion, claims)
}

func (x *exchange) checkLife(c jwt.RegisteredClaims) *refusal {
	now := x.now()
	switch {
	case c.ExpiresAt == nil:
		return refuse(50027, "The client assertion lacks the claim 'exp'.")
	case now.After(c.ExpiresAt.Add(clockSkew)), c.NotBefore != nil && now.Before(c.NotBefore.Add(-clockSkew)):
		return refuse(700024, "The client assertion is outside its valid time: it is now %s, it ends %s.",
			now.UTC().Format(time.RFC3339), c.ExpiresAt.UTC().Format(time.RFC3339))
	}
	return nil
}

func (x *exchange) checkCertificate(app Application, assertion string, header map[string]any, c jwt.RegisteredClaims) *refusal {
	switch {
	case !strings.EqualFold(c.Subject, app.ID):
		return refuse(700021, "The client assertion's subject '%s' is not the client id '%s'.", c.Subject, app.ID)
	case c.ID == "":
		return refuse(50027, "The client assertion lacks the claim 'jti'.")
	case !slices.ContainsFunc(c.Audience, x.isOurAudience):
		return refuse(700023, "The client assertion's audience '%s' is not this tenant's token endpoint.", strings.Join(c.Audience, " "))
	}
	certificate := findCertificate(app.Certificates, header)
	if certificate == nil {
		return refuse(700027, "No certificate of application '%s' has the thumbprint that the client assertion names.", app.ID)
	}
	if now := x.now(); now.After(certificate.NotAfter) || now.Before(certificate.NotBefore) {
		return refuse(700027, "The certificate that signed the client assertion is not valid at this time.")
	}
	parser := jwt.NewParser(jwt.WithValidMethods([]string{"RS256", "PS256", "ES256"}), jwt.WithoutClaimsValidation())
	if _, err := parser.Parse(assertion, func(*jwt.Token) (any, error) { return certificate.PublicKey, nil }); err != nil {
		return refuse(700027, "The client assertion's signature does not fit the certificate: %v.", err)
	}
	return nil
}

// findCertificate finds the certificate by x5t#S256, x5t, or a kid that is the
// thumbprint in hexadecimal; where more than one is named, all must fit.
func findCertificate(all []*x509.Certificate, header map[string]any) *x509.Certificate {
	x5t, _ := header["x5t"].(string)
	s256, _ := header["x5t#S256"].(string)
	kid, _ := header["kid"].(string)
	for _, c := range all {
		one, two := sha1.Sum(c.Raw), sha256.Sum256(c.Raw)
		switch {
		case x5t != "" && !isThumbprint(x5t, one[:]):
		case s256 != "" && !isThumbprint(s256, two[:]):
		case x5t == "" && s256 == "" && !strings.EqualFold(kid, hex.EncodeToString(one[:])):
		default:
			return c
		}
	}
	return nil
}

// isThumbprint compares a thumbprint in base64url, as RFC 7515 has it, or in plain
// base64, as Microsoft's library for Go sends it and Entra takes it.
func isThumbprint(text string, sum []byte) bool {
	unpadded := strings.NewReplacer("+", "-", "/", "_", "=", "").Replace(text)
	return unpadded == base64.RawURLEncoding.EncodeToString(sum)
}

// signInHosts are the hosts of Entra's sign-in in all clouds, whose names an
// assertion may carry though the practice tenant answers on another.
var signInHosts = []string{
	"login.microsoftonline.com", "login.microsoft.com", "login.windows.net", "sts.windows.net",
	"login.microsoftonline.us", "login.microsoftonline.de", "login.chinacloudapi.cn", "login.partner.microsoftonline.cn",
}

// isOurAudience reports whether aud names the token endpoint or the issuer of
// this tenant, in either version.
func (x *exchange) isOurAudience(aud string) bool {
	u, err := url.Parse(aud)
	if err != nil || u.Host == "" {
		return false
	}
	if !strings.EqualFold(u.Scheme+"://"+u.Host, x.origin()) && !slices.Contains(signInHosts, strings.ToLower(u.Host)) && !loopback(u) {
		return false
	}
	tenant, rest, _ := strings.Cut(strings.Trim(u.Path, "/"), "/")
	shared := strings.EqualFold(tenant, "common") || strings.EqualFold(tenant, "organizations")
	return (x.isTenant(tenant) || shared) && slices.Contains([]string{"oauth2/v2.0/token", "oauth2/token", "v2.0", ""}, rest)
}

// checkFederated verifies an assertion of another issuer
// (https://learn.microsoft.com/entra/workload-id/workload-identity-federation).
func (x *exchange) checkFederated(app Application, assertion string, c jwt.RegisteredClaims) *refusal {
	credential, f := matchFederated(app.Federated, c)
	if f != nil {
		return f
	}
	parser := jwt.NewParser(jwt.WithValidMethods([]string{"RS256", "ES256"}), jwt.WithoutClaimsValidation())
	_, err := parser.Parse(assertion, func(t *jwt.Token) (any, error) {
		kid, _ := t.Header["kid"].(string)
		if credential.Issuer == WorkloadIssuer {
			if key, ok := x.ring().find(kid); ok {
				return key.signer.Public(), nil
			}
			return nil, errors.New("the tenant's workload issuer has no such key")
		}
		return publicKeyOf(credential.JWKS, kid)
	})
	if err != nil {
		return refuse(700027, "The federated assertion's signature could not be verified: %v.", err)
	}
	return nil
}

// matchFederated finds the credential that trusts the assertion, and else says
// which of issuer, audience and subject is at fault.
func matchFederated(all []FederatedCredential, c jwt.RegisteredClaims) (FederatedCredential, *refusal) {
	f := refuse(700211, "No federated credential trusts the issuer '%s'.", c.Issuer)
	for _, credential := range all {
		audience := credential.Audience
		if audience == "" {
			audience = tokenExchangeAudience
		}
		switch {
		case credential.Issuer != c.Issuer:
		case !slices.Contains(c.Audience, audience):
			f = refuse(700212, "No federated credential of issuer '%s' trusts the audience '%s'.", c.Issuer, strings.Join(c.Audience, " "))
		case credential.Subject != c.Subject:
			f = refuse(700213, "No federated credential of issuer '%s' trusts the subject '%s'.", c.Issuer, c.Subject)
		default:
			return credential, nil
		}
	}
	return FederatedCredential{}, f
}
