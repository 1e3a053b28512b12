package directory

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
)

// Hash returns the form in which the tenant keeps a password or secret.
func Hash(secret string) string {
	sum := sha256.Sum256([]byte("practice tenant:" + secret))
	return hex.EncodeToString(sum[:])
}

// NewID returns a random GUID.
func NewID() string {
	var b [16]byte
	rand.Read(b[:]) // never fails: crypto/rand ends the program instead
	return guid(b)
}

// StableID returns the GUID that belongs to name: the same at every start, so
// that a seed need not spell out identifiers.
func StableID(kind, name string) string {
	sum := sha256.Sum256([]byte(kind + "\x00" + name))
	return guid([16]byte(sum[:16]))
}

func guid(b [16]byte) string {
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[0:4], b[4:6], b[6:8], b[8:10], b[10:16])
}
