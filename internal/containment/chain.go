package containment

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"msgraph-user/internal/rawjson"
)

// hash is the hex SHA-256 of a text.
func hash(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// encode returns a line without its line end. previous is the hash of the line before
// it; "" for the first.
func encode(line Line, previous string) ([]byte, error) {
	body, err := rawjson.Marshal(line)
	if err != nil {
		return nil, err
	}
	inner := body[1 : len(body)-1]
	if line.kind() == (Seal{}).kind() {
		return seal(fmt.Appendf(nil, `{"previous":"%s","kind":"seal",%s}`, previous, inner)), nil
	}
	return fmt.Appendf(nil, `{"kind":"%s",%s,"previous":"%s"}`, line.kind(), inner, previous), nil
}

// sealStart is how a seal line begins, sealEnd what stands after the seal.
const (
	sealStart = `{"seal":"`
	sealEnd   = `",`
)

// seal puts the seal of a line in its front: the hash of the line as it is without it.
func seal(line []byte) []byte {
	sealed := append([]byte(sealStart+hash(line)+sealEnd), line[1:]...)
	return sealed
}

// unseal takes a seal line apart: its seal, and the line that it covers. ok is false
// for a line of another form.
func unseal(line []byte) (given string, covered []byte, ok bool) {
	const start, end = len(sealStart), len(sealStart) + sha256.Size*2
	if len(line) < end+len(sealEnd) || string(line[:start]) != sealStart || string(line[end:end+len(sealEnd)]) != sealEnd {
		return "", nil, false
	}
	return string(line[start:end]), append([]byte("{"), line[end+len(sealEnd):]...), true
}
