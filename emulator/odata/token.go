package odata

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
)

// EncodeToken returns an opaque page or delta token that holds content, bound to
// what it was given out for: query names the request it continues.
func EncodeToken(query string, content any) string {
	body, _ := json.Marshal(content) // plain structs of ours: cannot fail
	var stamp [8]byte
	binary.BigEndian.PutUint64(stamp[:], fingerprint(query, body))
	return base64.RawURLEncoding.EncodeToString(append(stamp[:], body...))
}

// DecodeToken reads a token that EncodeToken gave out for the same query; it
// reports whether it is one.
func DecodeToken(query, token string, content any) bool {
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || len(raw) < 8 {
		return false
	}
	body := raw[8:]
	return binary.BigEndian.Uint64(raw) == fingerprint(query, body) && json.Unmarshal(body, content) == nil
}

func fingerprint(query string, body []byte) uint64 {
	h := sha256.New()
	h.Write([]byte(query))
	h.Write([]byte{0})
	h.Write(body)
	return binary.BigEndian.Uint64(h.Sum(nil))
}

// BadToken is the refusal of a page token that was not given out here, or for
// another query.
func BadToken() *Error {
	return &Error{400, "Directory_ExpiredPageToken", "The specified page token value has expired and can no longer be included in your request."}
}
