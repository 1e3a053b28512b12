package signin

import (
	"crypto/rand"
	"encoding/base64"
	"regexp"
	"sync"
)

var guid = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)
})

func isGUID(s string) bool { return guid().MatchString(s) }

// newSecret returns n random bytes in base64url, for codes and tokens that only
// the store can read.
func newSecret(n int) string { return base64.RawURLEncoding.EncodeToString(randomBytes(n)) }

func randomBytes(n int) []byte {
	b := make([]byte, n)
	rand.Read(b) // never fails, and ends the program if it could (crypto/rand)
	return b
}
