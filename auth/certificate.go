package auth

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1" //nolint:gosec // x5t is SHA-1 by definition (RFC 7515, 4.1.7)
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"strings"
	"sync"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"msgraph-user/internal/failure"
	"msgraph-user/internal/secret"
)

const (
	assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer" // RFC 7523, 2.2
	// An assertion is used at once. Its times leave room for a clock that is
	// minutes off in either direction.
	assertionLifetime = 10 * time.Minute
	assertionBackdate = 5 * time.Minute
)

// signer makes client assertions
// (https://learn.microsoft.com/entra/identity-platform/certificate-credentials).
type signer struct {
	key        *rsa.PrivateKey
	thumbprint map[string]any // the header members that say which certificate it is
}

// useCertificate takes thumbprint and key. Their form is looked at only when they
// are needed: an instance whose token still lives works without.
func (c *Configuration) useCertificate(thumbprint string, key secret.Text) error {
	switch {
	case key.IsEmpty():
		return failure.Parameter("creds_certificate", "The certificate's thumbprint is given but its private key is missing (creds_certificate, password).")
	case thumbprint == "" && !strings.Contains(key.Reveal(), "CERTIFICATE"):
		return failure.Parameter("creds_certificate", "The certificate's thumbprint is missing (creds_certificate, identifier).")
	}
	c.Credential = Certificate
	c.credentials.thumbprint, c.credentials.privateKey = thumbprint, key
	c.signer = sync.OnceValues(func() (*signer, error) { return newSigner(thumbprint, key) })
	return nil
}

func newSigner(thumbprint string, key secret.Text) (*signer, error) {
	private, cert, err := parsePrivateKey(key.Reveal())
	if err != nil {
		return nil, failure.Parameter("creds_certificate", "The certificate's private key cannot be used: %s.", err)
	}
	header, err := thumbprintHeader(thumbprint, cert)
	if err != nil {
		return nil, err
	}
	if cert != nil && !private.PublicKey.Equal(cert.PublicKey) {
		return nil, failure.Parameter("creds_certificate", "The private key does not belong to the certificate in the same text.")
	}
	return &signer{private, header}, nil
}

// thumbprintSeparators takes out what tools write between the bytes of a thumbprint.
var thumbprintSeparators = strings.NewReplacer(":", "", " ", "", "-", "")

// thumbprintHeader returns the JWT header members that name the certificate: x5t
// from its SHA-1 thumbprint, x5t#S256 from a SHA-256 one, both where the
// certificate itself is at hand.
func thumbprintHeader(thumbprint string, cert *x509.Certificate) (map[string]any, error) {
	given, err := hex.DecodeString(thumbprint)
	if err != nil || (len(given) != 0 && len(given) != sha1.Size && len(given) != sha256.Size) {
		return nil, failure.Parameter("creds_certificate",
			"The certificate's thumbprint (creds_certificate, identifier) is not 40 or 64 hexadecimal digits. Copy it from the app registration's page of certificates.")
	}
	header := map[string]any{}
	nameThumbprint(header, given)
	if cert != nil {
		short, long := sha1.Sum(cert.Raw), sha256.Sum256(cert.Raw) //nolint:gosec // see the import
		for _, sum := range [][]byte{short[:], long[:]} {
			if len(given) == len(sum) && !bytes.Equal(given, sum) {
				return nil, failure.Parameter("creds_certificate",
					"The thumbprint given is not that of the certificate beside the private key, which is %X.", sum)
			}
			nameThumbprint(header, sum)
		}
	}
	return header, nil
}

func nameThumbprint(header map[string]any, sum []byte) {
	switch len(sum) {
	case sha1.Size:
		header["x5t"] = base64.RawURLEncoding.EncodeToString(sum)
	case sha256.Size:
		header["x5t#S256"] = base64.RawURLEncoding.EncodeToString(sum)
	}
}

// assertion returns a fresh client assertion for the token endpoint audience.
func (s *signer) assertion(clientID, audience string, now time.Time) (string, error) {
	issued := now.Add(-assertionBackdate)
	token := jwt.NewWithClaims(jwt.SigningMethodRS256, jwt.MapClaims{
		"iss": clientID,
		"sub": clientID,
		"aud": audience,
		"jti": rand.Text(),
		"iat": issued.Unix(),
		"nbf": issued.Unix(),
		"exp": now.Add(assertionLifetime).Unix(),
	})
	for name, value := range s.thumbprint {
		token.Header[name] = value
	}
	return token.SignedString(s.key)
}

// signedAssertion returns a fresh assertion for app, signed with the instance's key.
func (t *tokenClient) signedAssertion(app oauthApp) (string, error) {
	signer, err := t.cfg.signer()
	if err != nil {
		return "", err
	}
	assertion, err := signer.assertion(app.id, app.tokenURL, t.now())
	if err != nil {
		return "", &failure.Error{
			Kind: failure.SignIn, Cause: err,
			Message: "The client assertion could not be signed with the certificate's private key.",
			Advice:  "Give a private key that belongs to a certificate of the app registration.",
		}
	}
	return assertion, nil
}
