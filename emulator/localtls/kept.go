package localtls

import (
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// The files of a kept authority in its directory.
const (
	// KeyFile holds the authority's certificate and its key, for its owner alone.
	KeyFile = "authority.pem"
	// CertificateFile holds the certificate, for the clients.
	CertificateFile = "ca.pem"
)

// keptLife is how long a kept authority is good: clients trust it once.
const keptLife = 5 * 365 * 24 * time.Hour

// OpenAuthority returns the authority that dir keeps, and makes it where there is
// none, the directory too. The key's file has mode 0600; one that others may read
// is refused. An authority that has ended is refused: clients must learn to trust
// another.
func OpenAuthority(dir string, now time.Time) (*Authority, error) {
	path := filepath.Join(dir, KeyFile)
	content, err := readPrivate(path)
	if errors.Is(err, fs.ErrNotExist) {
		if content, err = makeKept(dir, now); err != nil {
			return nil, err
		}
	}
	if err != nil {
		return nil, err
	}
	a, err := parseAuthority(content, now)
	if err != nil {
		return nil, fmt.Errorf("%s: %w. Remove it to make another authority, which clients must then trust", path, err)
	}
	if err := os.WriteFile(filepath.Join(dir, CertificateFile), a.PEM(), 0o644); err != nil { // a certificate is no secret
		return nil, fmt.Errorf("write the authority's certificate: %w", err)
	}
	return a, nil
}

func readPrivate(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("%s is the key of the practice authority, and others may read it (mode %04o): run chmod 600 on it, or remove it", path, info.Mode().Perm())
	}
	return os.ReadFile(path)
}

// makeKept makes an authority and puts it into dir as a whole. Where another
// process was faster, that one's is taken.
func makeKept(dir string, now time.Time) ([]byte, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	a, err := newAuthority(now, keptLife)
	if err != nil {
		return nil, err
	}
	key, err := x509.MarshalPKCS8PrivateKey(a.key)
	if err != nil {
		return nil, fmt.Errorf("the authority's key cannot be written: %w", err)
	}
	content := append(a.PEM(), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key})...)
	file, err := os.CreateTemp(dir, KeyFile+".*") // mode 0600
	if err != nil {
		return nil, err
	}
	defer os.Remove(file.Name())
	if _, err := file.Write(content); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	if err := file.Close(); err != nil {
		return nil, err
	}
	path := filepath.Join(dir, KeyFile)
	if err := os.Link(file.Name(), path); errors.Is(err, fs.ErrExist) {
		return readPrivate(path)
	} else if err != nil {
		return nil, err
	}
	return content, nil
}

// parseAuthority reads what makeKept wrote.
func parseAuthority(content []byte, now time.Time) (*Authority, error) {
	first, rest := pem.Decode(content)
	second, _ := pem.Decode(rest)
	if first == nil || second == nil {
		return nil, errors.New("it does not hold a certificate and a key")
	}
	certificate, err := x509.ParseCertificate(first.Bytes)
	if err != nil {
		return nil, err
	}
	parsed, err := x509.ParsePKCS8PrivateKey(second.Bytes)
	if err != nil {
		return nil, err
	}
	key, ok := parsed.(*ecdsa.PrivateKey)
	switch {
	case !ok || !key.PublicKey.Equal(certificate.PublicKey):
		return nil, errors.New("the key is not the certificate's")
	case !now.Before(certificate.NotAfter):
		return nil, fmt.Errorf("the authority ended on %s", certificate.NotAfter.Format(time.DateOnly))
	}
	return &Authority{key: key, certificate: certificate, now: now}, nil
}
