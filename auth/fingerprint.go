package auth

import (
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"strings"
	"sync"

	"msgraph-user/internal/secret"
)

const (
	// machineMade is the length in characters from which a secret is taken as made
	// by a machine: nobody can try all values of one, so a fast hash hides it.
	machineMade = 32
	// slowRounds is how often PBKDF2 hashes a set of secrets that holds a shorter
	// one: a guess costs some 2 ms, which is what the first answer of a process can
	// spare. Entra's own secrets have 40 characters, so that only a secret which
	// somebody made up is hidden by this alone.
	slowRounds = 10_000
)

// Fingerprint returns what the integration context's member configuration holds:
// a mark of the settings that a token was had with. Equal settings give equal
// fingerprints in any process, so that processes may share a store.
//
// No secret can be found from it. Secrets enter through PBKDF2, salted with the
// cloud, tenant and application they belong to, so that no table made in advance
// helps. A guess has to be right about all secrets of a part; where one of them is
// short enough to be guessed, each guess is made slow. That slow hash is made
// only when a token is stored or one with a fingerprint is met, once a
// Configuration.
//
// It has two parts. The first stands for whose grant it is (cloud, tenant,
// application, sign-in method, pasted code), the second for the application's
// secret as well. An access token is used where both are the same. A refresh
// token is used where the first is: the token endpoint asks for the secret
// itself, and a secret that was renewed must not sign a person out.
func (c *Configuration) Fingerprint() string { return c.marks.text() }

// marks gives the two parts of a fingerprint, which are made when first asked for.
type marks func() [2]string

func (m marks) text() string {
	parts := m()
	return "v1." + parts[0] + "." + parts[1]
}

// own reports what of a context that carries fingerprint is the configuration's.
// One that carries none is the caller's word.
func (m marks) own(fingerprint string) (access, grant bool) {
	if fingerprint == "" {
		return true, true
	}
	if !strings.HasPrefix(fingerprint, "v1.") { // spares the slow hash
		return false, false
	}
	mine := m.text()
	return fingerprint == mine, strings.HasPrefix(fingerprint, mine[:strings.LastIndex(mine, ".")+1])
}

// marksFor returns the marks to use in store. What is kept in this process's
// memory nobody else reads, and the secrets themselves are beside it.
func (c *Configuration) marksFor(store ContextStore) marks {
	if _, ok := store.(*MemoryStore); ok {
		return c.makeMarks(1)
	}
	return c.marks
}

// makeMarks returns the marks of c; rounds is for sets with a short secret.
func (c *Configuration) makeMarks(rounds int) marks {
	return sync.OnceValue(func() [2]string {
		k := &c.credentials
		settings := digest(string(c.Method), c.Cloud.Graph, c.Cloud.SignIn, c.TenantID, c.ClientID, c.RedirectURI, c.tokenService)
		grant := obscure(rounds, settings, k.authCode, k.hostedToken)
		proof := digest(grant, string(c.Credential), k.thumbprint, k.federatedFile)
		return [2]string{grant, obscure(rounds, proof, k.clientSecret, k.privateKey, k.hostedKey)}
	})
}

// digest joins texts so that no two different lists give the same.
func digest(texts ...string) string {
	h := sha256.New()
	for _, t := range texts {
		sum := sha256.Sum256([]byte(t))
		h.Write(sum[:])
	}
	return string(h.Sum(nil))
}

// obscure hashes secrets under salt: once, or, where one of them is short, as often
// as slow says.
func obscure(slow int, salt string, secrets ...secret.Text) string {
	rounds, revealed := 1, make([]string, 0, len(secrets))
	for _, s := range secrets {
		if n := len(s.Reveal()); n > 0 && n < machineMade {
			rounds = slow
		}
		revealed = append(revealed, s.Reveal())
	}
	key, err := pbkdf2.Key(sha256.New, digest(revealed...), []byte(salt), rounds, 16)
	if err != nil {
		// Only where FIPS rules forbid these constants. A value that nothing equals
		// is safe: the next call gets a new token.
		return rand.Text()
	}
	return base64.RawURLEncoding.EncodeToString(key)
}
