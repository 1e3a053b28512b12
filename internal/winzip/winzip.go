// Package winzip writes a ZIP archive of one file under a password, encrypted as
// WinZip does it (AE-2 with AES-256), so that the usual archive tools open it.
// The format is described at https://www.winzip.com/en/support/aes-encryption/.
package winzip

import (
	"archive/zip"
	"bytes"
	"crypto/aes"
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha1"
	"encoding/binary"
	"fmt"
	"time"

	"msgraph-user/internal/secret"
)

// The constants of the format for AES-256.
const (
	methodAES       = 99 // the "compression method" that says: encrypted, see the extra field
	methodStored    = 0
	flagEncrypted   = 0x1
	versionForAES   = 51 // the least version that can extract, 5.1
	extraAES        = 0x9901
	vendorVersion2  = 2 // AE-2: no CRC, which would tell about a short text
	strengthAES256  = 3
	iterations      = 1000
	saltSize        = 16
	keySize         = 32
	verifierSize    = 2
	authCodeSize    = 10
	extraDataLength = 7
)

// Encrypt returns a ZIP archive that holds one file called name with content,
// readable with password only. Nothing is written to disk.
func Encrypt(name string, content []byte, password secret.Text, modified time.Time) ([]byte, error) {
	salt := make([]byte, saltSize)
	// rand.Read never fails: it ends the program where the system has no randomness.
	_, _ = rand.Read(salt)
	body, err := encryptBody(content, password, salt)
	if err != nil {
		return nil, err
	}
	var archive bytes.Buffer
	w := zip.NewWriter(&archive)
	part, err := w.CreateRaw(&zip.FileHeader{
		Name:               name,
		Method:             methodAES,
		Flags:              flagEncrypted,
		CreatorVersion:     versionForAES,
		ReaderVersion:      versionForAES,
		Modified:           modified,
		CompressedSize64:   uint64(len(body)),
		UncompressedSize64: uint64(len(content)),
		Extra:              extraField(),
	})
	if err != nil {
		return nil, fmt.Errorf("begin the archive member %s: %w", name, err)
	}
	if _, err := part.Write(body); err != nil {
		return nil, fmt.Errorf("write the archive member %s: %w", name, err)
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("end the archive: %w", err)
	}
	return archive.Bytes(), nil
}

// extraField says which AES encryption the member has and what it hides.
func extraField() []byte {
	b := binary.LittleEndian.AppendUint16(nil, extraAES)
	b = binary.LittleEndian.AppendUint16(b, extraDataLength)
	b = binary.LittleEndian.AppendUint16(b, vendorVersion2)
	b = append(b, 'A', 'E', strengthAES256)
	return binary.LittleEndian.AppendUint16(b, methodStored)
}

// encryptBody returns salt, password verifier, ciphertext and authentication code.
func encryptBody(content []byte, password secret.Text, salt []byte) ([]byte, error) {
	keys, err := pbkdf2.Key(sha1.New, password.Reveal(), salt, iterations, 2*keySize+verifierSize)
	if err != nil {
		return nil, fmt.Errorf("derive the archive's key: %w", err)
	}
	encryptionKey, authKey, verifier := keys[:keySize], keys[keySize:2*keySize], keys[2*keySize:]
	ciphertext, err := counterMode(encryptionKey, content)
	if err != nil {
		return nil, err
	}
	mac := hmac.New(sha1.New, authKey)
	mac.Write(ciphertext)
	body := make([]byte, 0, saltSize+verifierSize+len(ciphertext)+authCodeSize)
	body = append(append(append(body, salt...), verifier...), ciphertext...)
	return append(body, mac.Sum(nil)[:authCodeSize]...), nil
}

// counterMode is AES in counter mode with WinZip's counter: little endian and
// beginning at 1. The standard library's counts big endian.
func counterMode(key, content []byte) ([]byte, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("make the archive's cipher: %w", err)
	}
	out := make([]byte, len(content))
	var counter, pad [aes.BlockSize]byte
	for at, n := 0, uint64(1); at < len(content); at, n = at+aes.BlockSize, n+1 {
		binary.LittleEndian.PutUint64(counter[:], n)
		block.Encrypt(pad[:], counter[:])
		end := min(at+aes.BlockSize, len(content))
		for i := at; i < end; i++ {
			out[i] = content[i] ^ pad[i-at]
		}
	}
	return out, nil
}
