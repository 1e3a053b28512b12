package engine

import (
	"crypto/rand"
	"math/big"

	"msgraph-user/internal/secret"
)

// passwordAlphabets are the kinds of characters that a password of Entra has to mix
// (https://learn.microsoft.com/entra/identity/authentication/concept-sspr-policy).
var passwordAlphabets = []string{"ABCDEFGHJKLMNPQRSTUVWXYZ", "abcdefghijkmnpqrstuvwxyz", "23456789", "!#%*+-=?@_"}

// RandomPassword makes a password that nobody knows.
func RandomPassword() secret.Text {
	const length = 40
	password := make([]byte, length)
	for i := range password {
		alphabet := passwordAlphabets[i%len(passwordAlphabets)]
		at, err := rand.Int(rand.Reader, big.NewInt(int64(len(alphabet))))
		if err != nil {
			panic(err) // crypto/rand never fails
		}
		password[i] = alphabet[at.Int64()]
	}
	return secret.New(string(password))
}
