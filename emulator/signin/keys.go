package signin

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1" // x5t is defined over SHA-1 (RFC 7517, 4.8)
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"fmt"
	"math/big"
	"slices"
	"sync"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// Algorithm is the signature algorithm of the tokens (RFC 7518, 3.1).
type Algorithm string

const (
	// RS256 is what Entra signs with. Its first token waits for a key of 2,048
	// bits, about 90 ms on a small machine, and each signature takes 1 ms.
	RS256 Algorithm = "RS256"
	// ES256 has a key in microseconds. It is for the tenant inside the program,
	// whose tokens no other program sees and whose first answer must not wait.
	ES256 Algorithm = "ES256"
)

const (
	// keyLife is how long a key signs before the ring makes the next one.
	// Microsoft asks for tolerance of a rollover at any time and rolls within weeks.
	keyLife = 42 * 24 * time.Hour
	// keyOverlap is how long a retired key stays published: longer than any
	// token it signed lives.
	keyOverlap = 25 * time.Hour
)

// signingKey is one key with the certificate that publishes it.
type signingKey struct {
	id          string // kid and x5t: the certificate's SHA-1 in base64url
	signer      crypto.Signer
	certificate []byte // DER
	made        time.Time
	retired     time.Time // zero while it signs
}

// keyRing holds the tenant's signing keys, the one in use last.
type keyRing struct {
	algorithm Algorithm
	now       func() time.Time

	mu   sync.Mutex
	keys []*signingKey
}

func newKeyRing(a Algorithm, now func() time.Time) *keyRing {
	if a == "" {
		a = RS256
	}
	return &keyRing{algorithm: a, now: now}
}

func (k *keyRing) method() jwt.SigningMethod { return jwt.GetSigningMethod(string(k.algorithm)) }

// current returns the key to sign with. It makes one when there is none yet or
// the last has served its time; callers that come meanwhile wait for it.
func (k *keyRing) current() (*signingKey, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if n := len(k.keys); n > 0 && k.keys[n-1].retired.IsZero() && k.now().Before(k.keys[n-1].made.Add(keyLife)) {
		return k.keys[n-1], nil
	}
	k.retire()
	key, err := newSigningKey(k.algorithm, k.now())
	if err != nil {
		return nil, err
	}
	k.keys = append(k.keys, key)
	return key, nil
}

// rotate ends the use of the key that signs; the next token makes another.
func (k *keyRing) rotate() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.retire()
}

func (k *keyRing) retire() {
	if n := len(k.keys); n > 0 && k.keys[n-1].retired.IsZero() {
		k.keys[n-1].retired = k.now()
	}
}

// published returns the keys that verify tokens now, those of the past that are
// still due included. It makes the first key if none exists.
func (k *keyRing) published() ([]*signingKey, error) {
	if _, err := k.current(); err != nil {
		return nil, err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.keys = slices.DeleteFunc(k.keys, func(s *signingKey) bool {
		return !s.retired.IsZero() && k.now().After(s.retired.Add(keyOverlap))
	})
	return slices.Clone(k.keys), nil
}

// find returns the published key of that id.
func (k *keyRing) find(id string) (*signingKey, bool) {
	keys, err := k.published()
	if err != nil {
		return nil, false
	}
	i := slices.IndexFunc(keys, func(s *signingKey) bool { return s.id == id })
	if i < 0 {
		return nil, false
	}
	return keys[i], true
}

func newSigningKey(a Algorithm, now time.Time) (*signingKey, error) {
	signer, err := generate(a)
	if err != nil {
		return nil, fmt.Errorf("no signing key could be made: %w", err)
	}
	template := &x509.Certificate{
		SerialNumber: new(big.Int).SetBytes(randomBytes(8)),
		Subject:      pkix.Name{CommonName: "practice tenant signing key"},
		NotBefore:    now.Add(-time.Hour),
		NotAfter:     now.Add(5 * 365 * 24 * time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, signer.Public(), signer)
	if err != nil {
		return nil, fmt.Errorf("no certificate could be made for the signing key: %w", err)
	}
	sum := sha1.Sum(der)
	return &signingKey{id: base64.RawURLEncoding.EncodeToString(sum[:]), signer: signer, certificate: der, made: now}, nil
}

func generate(a Algorithm) (crypto.Signer, error) {
	switch a {
	case RS256:
		return rsa.GenerateKey(rand.Reader, 2048)
	case ES256:
		return ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	}
	return nil, fmt.Errorf("this tenant does not support the algorithm %q: use RS256 or ES256", a)
}
