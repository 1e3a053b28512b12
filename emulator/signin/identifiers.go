package signin

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"regexp"
)

// newGUID returns a random GUID (RFC 9562, version 4).
func newGUID() string {
	b := randomBytes(16)
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

var guid = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

func isGUID(s string) bool { return guid.MatchString(s) }

// newSecret returns n random bytes in base64url, for codes and tokens that only
// the store can read.
func newSecret(n int) string { return base64.RawURLEncoding.EncodeToString(randomBytes(n)) }

func randomBytes(n int) []byte {
	b := make([]byte, n)
	rand.Read(b) // never fails, and ends the program if it could (crypto/rand)
	return b
}
