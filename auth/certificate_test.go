package auth

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"math/big"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lestrrat-go/jwx/v3/jwa"
	"github.com/lestrrat-go/jwx/v3/jws"
	"github.com/lestrrat-go/jwx/v3/jwt"
)

// keyPair is a certificate of an application, as a person has it.
type keyPair struct {
	cert                 *x509.Certificate
	pkcs8, pkcs1, pemOf  string
	thumbprint, longName string // hexadecimal SHA-1 and SHA-256
}

var makeKeyPair = sync.OnceValues(func() (*keyPair, error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "app"}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return nil, err
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	short, long := sha1.Sum(der), sha256.Sum256(der)
	return &keyPair{
		cert:       cert,
		pkcs8:      pemText("PRIVATE KEY", pkcs8),
		pkcs1:      pemText("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(key)),
		pemOf:      pemText("CERTIFICATE", der),
		thumbprint: fmt.Sprintf("%X", short),
		longName:   fmt.Sprintf("%x", long),
	}, nil
})

func certificateKey(t testing.TB) *keyPair {
	t.Helper()
	pair, err := makeKeyPair()
	if err != nil {
		t.Fatal(err)
	}
	return pair
}

func pemText(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

// The assertion is read and verified by a library that did not make it.
func TestClientAssertion(t *testing.T) {
	pair := certificateKey(t)
	withCert := pair.pkcs8 + pair.pemOf
	for _, c := range []struct {
		name, thumbprint, key string
		x5t, x5t256           bool
	}{
		{"PKCS#8", pair.thumbprint, pair.pkcs8, true, false},
		{"PKCS#1", pair.thumbprint, pair.pkcs1, true, false},
		{"a thumbprint with colons", colons(pair.thumbprint), pair.pkcs8, true, false},
		{"a thumbprint in small letters", strings.ToLower(pair.thumbprint), pair.pkcs8, true, false},
		{"a SHA-256 thumbprint", pair.longName, pair.pkcs8, false, true},
		{"line breaks turned to spaces", pair.thumbprint, strings.ReplaceAll(pair.pkcs8, "\n", " "), true, false},
		{"PKCS#1 with line breaks turned to spaces", pair.thumbprint, strings.ReplaceAll(pair.pkcs1, "\n", " "), true, false},
		{"line breaks gone", pair.thumbprint, strings.ReplaceAll(pair.pkcs8, "\n", ""), true, false},
		{"line breaks typed as \\n", pair.thumbprint, strings.ReplaceAll(pair.pkcs8, "\n", `\n`), true, false},
		{"Windows line breaks", pair.thumbprint, strings.ReplaceAll(pair.pkcs8, "\n", "\r\n"), true, false},
		{"the certificate beside the key", pair.thumbprint, withCert, true, true},
		{"the certificate before the key, on one line", "", strings.ReplaceAll(pair.pemOf+pair.pkcs1, "\n", " "), true, true},
		{"what openssl pkcs12 writes around", pair.thumbprint, "Bag Attributes\n  friendlyName: app\n" + withCert, true, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			far := always("t")
			params := application("creds_enc_key", nil, "creds_certificate", map[string]any{"identifier": c.thumbprint, "password": c.key})
			if _, err := NewSource(configure(t, params), Options{Transport: far}).Token(t.Context()); err != nil {
				t.Fatal(err)
			}
			form := far.forms[0]
			assertion := form.Get("client_assertion")
			checkAssertion(t, pair, assertion, c.x5t, c.x5t256)
			form.Del("client_assertion")
			want := url.Values{
				"grant_type": {"client_credentials"}, "client_id": {"client"}, "scope": {"https://graph.microsoft.com/.default"},
				"client_assertion_type": {assertionType},
			}
			if form.Encode() != want.Encode() {
				t.Errorf("sent %s, want %s", form.Encode(), want.Encode())
			}
		})
	}
}

func checkAssertion(t *testing.T, pair *keyPair, assertion string, x5t, x5t256 bool) {
	t.Helper()
	token, err := jwt.Parse([]byte(assertion), jwt.WithKey(jwa.RS256(), pair.cert.PublicKey),
		jwt.WithIssuer("client"), jwt.WithSubject("client"),
		jwt.WithAudience("https://login.microsoftonline.com/tenant/oauth2/v2.0/token"))
	if err != nil {
		t.Fatal(err)
	}
	expires, _ := token.Expiration()
	before, _ := token.NotBefore()
	if left, past := time.Until(expires), time.Since(before); left > 11*time.Minute || left < 5*time.Minute || past < 4*time.Minute {
		t.Errorf("valid for %s from %s ago on: want a short life, with room for clocks that differ by minutes", left, past)
	}
	if id, ok := token.JwtID(); !ok || len(id) < 16 {
		t.Errorf("jti %q", id)
	}
	message, err := jws.Parse([]byte(assertion))
	if err != nil {
		t.Fatal(err)
	}
	header := message.Signatures()[0].ProtectedHeaders()
	short, long := sha1.Sum(pair.cert.Raw), sha256.Sum256(pair.cert.Raw)
	if got, has := header.X509CertThumbprint(); has != x5t || has && got != base64.RawURLEncoding.EncodeToString(short[:]) {
		t.Errorf("x5t %q, there: %v", got, has)
	}
	if got, has := header.X509CertThumbprintS256(); has != x5t256 || has && got != base64.RawURLEncoding.EncodeToString(long[:]) {
		t.Errorf("x5t#S256 %q, there: %v", got, has)
	}
}

func colons(hex string) string {
	var b strings.Builder
	for i := 0; i < len(hex); i += 2 {
		if i > 0 {
			b.WriteByte(':')
		}
		b.WriteString(hex[i : i+2])
	}
	return b.String()
}

func TestEveryAssertionIsFresh(t *testing.T) {
	pair := certificateKey(t)
	cfg := configure(t, application("certificate_thumbprint", pair.thumbprint, "private_key", pair.pkcs8))
	seen := map[string]bool{}
	for range 5 {
		signer, err := cfg.signer()
		if err != nil {
			t.Fatal(err)
		}
		assertion, err := signer.assertion("client", "audience", recorded)
		if err != nil || seen[assertion] {
			t.Fatalf("the same assertion twice, or %v", err)
		}
		seen[assertion] = true
	}
}

func TestPrivateKeysThatCannotServe(t *testing.T) {
	pair := certificateKey(t)
	elliptic, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	ecDER, err := x509.MarshalPKCS8PrivateKey(elliptic)
	if err != nil {
		t.Fatal(err)
	}
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, thumbprint, key, mentions string }{
		{"locked, PKCS#8", pair.thumbprint, pemText("ENCRYPTED PRIVATE KEY", []byte("x")), "password"},
		{"locked, PKCS#1", pair.thumbprint, "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nAAAA\n-----END RSA PRIVATE KEY-----\n", "password"},
		{"elliptic", pair.thumbprint, pemText("PRIVATE KEY", ecDER), "RSA"},
		{"cut", pair.thumbprint, pair.pkcs8[:200], "no PEM block"},
		{"broken", pair.thumbprint, pemText("PRIVATE KEY", []byte("nonsense")), "PKCS#8"},
		{"certificate only", pair.thumbprint, pair.pemOf, "no PEM block"},
		{"certificate of another key", "", pemText("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(other)) + pair.pemOf, "does not belong"},
		{"thumbprint of another certificate", strings.Repeat("0A", 20), pair.pkcs8 + pair.pemOf, pair.thumbprint},
		{"broken certificate", pair.thumbprint, pair.pkcs8 + pemText("CERTIFICATE", []byte("x")), "certificate beside"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := configure(t, application("certificate_thumbprint", c.thumbprint, "private_key", c.key)).signer()
			if err == nil || !strings.Contains(err.Error(), c.mentions) {
				t.Errorf("%v, want it to mention %q", err, c.mentions)
			}
		})
	}
}

func FuzzParsePrivateKey(f *testing.F) {
	pair, err := makeKeyPair()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(pair.pkcs8 + pair.pemOf)
	f.Add(strings.ReplaceAll(pair.pkcs1, "\n", " "))
	f.Add("-----BEGIN A-----B-----END A-----")
	f.Fuzz(func(t *testing.T, text string) {
		key, _, err := parsePrivateKey(text)
		if (key == nil) != (err != nil) {
			t.Errorf("key %v, error %v", key != nil, err)
		}
	})
}
