package signin

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"io"
	"math/big"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/lestrrat-go/jwx/v3/jwa"
	"github.com/lestrrat-go/jwx/v3/jwk"
	"github.com/lestrrat-go/jwx/v3/jws"
	"github.com/lestrrat-go/jwx/v3/jwt"
)

// assertion is a client assertion before it is signed.
type assertion struct {
	header map[string]any
	claims map[string]any
	alg    jwa.SignatureAlgorithm
	key    any
}

// sign makes the JWT with a library that the service does not use.
func (a assertion) sign(t testing.TB) string {
	t.Helper()
	headers := jws.NewHeaders()
	for k, v := range a.header {
		if err := headers.Set(k, v); err != nil {
			t.Fatal(err)
		}
	}
	token := jwt.New()
	for k, v := range a.claims {
		if err := token.Set(k, v); err != nil {
			t.Fatal(err)
		}
	}
	signed, err := jwt.Sign(token, jwt.WithKey(a.alg, a.key, jws.WithProtectedHeaders(headers)))
	if err != nil {
		t.Fatal(err)
	}
	return string(signed)
}

func (w *world) assert(assertion string, pairs ...string) answer {
	w.t.Helper()
	return w.token(append([]string{"grant_type", "client_credentials", "client_id", testApp, "scope", graphScope,
		"client_assertion_type", assertionType, "client_assertion", assertion}, pairs...)...)
}

// newCertificate makes a certificate as a person registers for an application.
func newCertificate(t *testing.T, now time.Time) (*x509.Certificate, *rsa.PrivateKey) {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "soar"}, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return c, key
}

func TestCertificateAssertions(t *testing.T) {
	w := newWorld(t)
	certificate, key := newCertificate(t, w.now())
	_, strange := newCertificate(t, w.now())
	w.dir.changeApp(testApp, func(a *Application) { a.Certificates = []*x509.Certificate{certificate} })
	one, two := sha1.Sum(certificate.Raw), sha256.Sum256(certificate.Raw)
	x5t, s256 := base64.RawURLEncoding.EncodeToString(one[:]), base64.RawURLEncoding.EncodeToString(two[:])
	endpoint := w.url + "/" + testTenant + "/oauth2/v2.0/token"

	for _, c := range []struct {
		name   string
		change func(a *assertion)
		number int // 0: it signs in
	}{
		{"x5t", func(*assertion) {}, 0},
		{"x5t#S256, PS256", func(a *assertion) { a.header, a.alg = map[string]any{"x5t#S256": s256}, jwa.PS256() }, 0},
		{"both thumbprints", func(a *assertion) { a.header["x5t#S256"] = s256 }, 0},
		{"thumbprint in hexadecimal as kid", func(a *assertion) { a.header = map[string]any{"kid": hex.EncodeToString(one[:])} }, 0},
		{"audience is the issuer", func(a *assertion) { a.claims["aud"] = "https://login.microsoftonline.com/" + testTenant + "/v2.0" }, 0},
		{"audience by domain", func(a *assertion) { a.claims["aud"] = w.url + "/contoso.onmicrosoft.com/oauth2/token" }, 0},
		{"clock four minutes ahead", func(a *assertion) { a.claims["nbf"] = w.now().Add(4 * time.Minute) }, 0},
		{"thumbprints that differ", func(a *assertion) { a.header["x5t#S256"] = x5t }, 700027},
		{"no thumbprint", func(a *assertion) { a.header = map[string]any{} }, 700027},
		{"unknown thumbprint", func(a *assertion) { a.header["x5t"] = "AAAA" }, 700027},
		{"signed by another key", func(a *assertion) { a.key = strange }, 700027},
		{"signed with the public key as secret", func(a *assertion) { a.alg, a.key = jwa.HS256(), certificate.RawSubjectPublicKeyInfo }, 700027},
		{"audience of another tenant", func(a *assertion) {
			a.claims["aud"] = w.url + "/99999999-9999-9999-9999-999999999999/oauth2/v2.0/token"
		}, 700023},
		{"audience of another host", func(a *assertion) { a.claims["aud"] = "https://evil.example/" + testTenant + "/oauth2/v2.0/token" }, 700023},
		{"audience of another endpoint", func(a *assertion) { a.claims["aud"] = w.url + "/" + testTenant + "/oauth2/v2.0/authorize" }, 700023},
		{"no audience", func(a *assertion) { delete(a.claims, "aud") }, 700023},
		{"another subject", func(a *assertion) { a.claims["sub"] = testPublic }, 700021},
		{"no jti", func(a *assertion) { delete(a.claims, "jti") }, 50027},
		{"no end", func(a *assertion) { delete(a.claims, "exp") }, 50027},
		{"over", func(a *assertion) { a.claims["exp"] = w.now().Add(-6 * time.Minute) }, 700024},
		{"not yet", func(a *assertion) { a.claims["nbf"] = w.now().Add(6 * time.Minute) }, 700024},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := assertion{
				header: map[string]any{"x5t": x5t}, alg: jwa.RS256(), key: key,
				claims: map[string]any{"aud": endpoint, "iss": testApp, "sub": testApp, "jti": uuid.NewString(), "nbf": w.now(), "exp": w.now().Add(10 * time.Minute)},
			}
			c.change(&a)
			if got := w.assert(a.sign(t)); got.number() != c.number || (c.number == 0) != (got.status == 200) {
				t.Errorf("got %d, status %d (%s); want %d", got.number(), got.status, got.text("error_description"), c.number)
			}
		})
	}
	t.Run("certificate over", func(t *testing.T) {
		w.advance(2 * time.Hour)
		a := assertion{header: map[string]any{"x5t": x5t}, alg: jwa.RS256(), key: key,
			claims: map[string]any{"aud": endpoint, "iss": testApp, "sub": testApp, "jti": "1", "exp": w.now().Add(time.Minute)}}
		if got := w.assert(a.sign(t)); got.number() != 700027 {
			t.Errorf("got %d, want 700027", got.number())
		}
	})
}

func TestAssertionsThatAreNone(t *testing.T) {
	w := newWorld(t)
	for name, c := range map[string]struct {
		pairs  []string
		number int
	}{
		"nonsense":     {[]string{"client_assertion", "nonsense"}, 50027},
		"three parts":  {[]string{"client_assertion", "a.b.c"}, 50027},
		"another type": {[]string{"client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:saml2-bearer"}, 900144},
	} {
		if got := w.assert("x.y.z", c.pairs...); got.number() != c.number {
			t.Errorf("%s: got %d, want %d", name, got.number(), c.number)
		}
	}
}

// clusterKey is the key of another issuer, with its public half as a key set.
func clusterKey(t *testing.T) (crypto.Signer, []byte) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	publicKey, err := jwk.Import(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	set := jwk.NewSet()
	if err := publicKey.Set("kid", "cluster-1"); err != nil {
		t.Fatal(err)
	}
	if err := set.AddKey(publicKey); err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(set)
	if err != nil {
		t.Fatal(err)
	}
	return key, b
}

func TestFederatedAssertions(t *testing.T) {
	w := newWorld(t)
	key, set := clusterKey(t)
	_, otherSet := clusterKey(t)
	w.dir.changeApp(testApp, func(a *Application) {
		a.Federated = []FederatedCredential{
			{Issuer: "https://cluster.example", Subject: "system:serviceaccount:default:soar", JWKS: set},
			{Issuer: "https://broken.example", Subject: "s", JWKS: otherSet},
			{Issuer: "https://keyless.example", Subject: "s"},
		}
	})
	for _, c := range []struct {
		name   string
		change func(a *assertion)
		number int
	}{
		{"as trusted", func(*assertion) {}, 0},
		{"no key id, one key", func(a *assertion) { a.header = nil }, 0},
		{"another issuer", func(a *assertion) { a.claims["iss"] = "https://cluster.example/" }, 700211},
		{"another audience", func(a *assertion) { a.claims["aud"] = "https://graph.microsoft.com" }, 700212},
		{"another subject", func(a *assertion) { a.claims["sub"] = "system:serviceaccount:default:SOAR" }, 700213},
		{"signed by another key", func(a *assertion) { a.claims["iss"], a.claims["sub"] = "https://broken.example", "s" }, 700027},
		{"unknown key", func(a *assertion) { a.header["kid"] = "cluster-2" }, 700027},
		{"issuer without keys", func(a *assertion) { a.claims["iss"], a.claims["sub"] = "https://keyless.example", "s" }, 700027},
		{"over", func(a *assertion) { a.claims["exp"] = w.now().Add(-time.Hour) }, 700024},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := assertion{
				header: map[string]any{"kid": "cluster-1"}, alg: jwa.ES256(), key: key,
				claims: map[string]any{"iss": "https://cluster.example", "sub": "system:serviceaccount:default:soar", "aud": tokenExchangeAudience, "exp": w.now().Add(time.Hour)},
			}
			c.change(&a)
			if got := w.assert(a.sign(t)); got.number() != c.number || (c.number == 0) != (got.status == 200) {
				t.Errorf("got %d, status %d (%s); want %d", got.number(), got.status, got.text("error_description"), c.number)
			}
		})
	}
}

func TestPracticeClusterHandsOutAssertions(t *testing.T) {
	w := newWorld(t)
	w.dir.changeApp(testApp, func(a *Application) {
		a.Federated = []FederatedCredential{{Issuer: WorkloadIssuer, Subject: "system:serviceaccount:default:soar"}}
	})
	resp, err := w.client.Get(w.url + "/workload-identity/token?subject=" + url.QueryEscape("system:serviceaccount:default:soar"))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	token, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%v %d", err, resp.StatusCode)
	}
	w.principal(w.assert(string(token)))
	w.service.RotateKeys()
	w.principal(w.assert(string(token)))
	if _, err := w.service.Verify(string(token)); err == nil {
		t.Error("Graph takes a federated assertion for an access token")
	}
}
