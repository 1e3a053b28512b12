package directory

import (
	"crypto/sha256"
	"encoding/hex"

	"github.com/google/uuid"
)

// Hash returns the form in which the tenant keeps a password or secret.
func Hash(secret string) string {
	sum := sha256.Sum256([]byte("practice tenant:" + secret))
	return hex.EncodeToString(sum[:])
}

// NewID returns a random GUID.
func NewID() string { return uuid.NewString() }

// StableID returns the GUID that belongs to name: the same at every start, so
// that a seed need not spell out identifiers.
func StableID(kind, name string) string {
	sum := sha256.Sum256([]byte(kind + "\x00" + name))
	id := uuid.UUID(sum[:16])
	id[6], id[8] = id[6]&0x0f|0x40, id[8]&0x3f|0x80 // it looks like a random one
	return id.String()
}
