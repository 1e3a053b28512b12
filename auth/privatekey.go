package auth

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"regexp"
	"strings"
	"sync"
)

var (
	pemBlock = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`(?s)-----BEGIN ([A-Z0-9 ]+)-----(.*?)-----END ([A-Z0-9 ]+)-----`)
	})
	whiteSpace = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\s+`) })
)

// repairPEM puts the line breaks back that a form field turned to spaces, or
// that were typed as \n, and drops what stands between the blocks.
func repairPEM(text string) []byte {
	text = strings.NewReplacer(`\r`, "", `\n`, "\n").Replace(text)
	var repaired strings.Builder
	for _, block := range pemBlock().FindAllStringSubmatch(text, -1) {
		body := block[2]
		if !strings.Contains(body, ":") { // a header such as Proc-Type cannot be told from data without its line
			body = whiteSpace().ReplaceAllString(body, "")
		}
		repaired.WriteString("-----BEGIN " + block[1] + "-----\n" + strings.TrimSpace(body) + "\n-----END " + block[3] + "-----\n")
	}
	return []byte(repaired.String())
}

// parsePrivateKey reads an RSA key (PKCS#8 or PKCS#1), and the certificate beside
// it where the text holds one.
func parsePrivateKey(text string) (key *rsa.PrivateKey, cert *x509.Certificate, err error) {
	rest := repairPEM(text)
	for {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		switch {
		case block.Headers["Proc-Type"] != "" || block.Type == "ENCRYPTED PRIVATE KEY":
			return nil, nil, errors.New("it is locked with a password; give it without (openssl pkcs8 -in KEY -out PLAIN)")
		case strings.HasSuffix(block.Type, "PRIVATE KEY"):
			if key, err = rsaKey(block); err != nil {
				return nil, nil, err
			}
		case block.Type == "CERTIFICATE" && cert == nil:
			if cert, err = x509.ParseCertificate(block.Bytes); err != nil {
				return nil, nil, errors.New("the certificate beside it cannot be read")
			}
		}
	}
	if key == nil {
		return nil, nil, errors.New("no PEM block of a private key was found in it")
	}
	return key, cert, nil
}

func rsaKey(block *pem.Block) (*rsa.PrivateKey, error) {
	if key, err := x509.ParsePKCS1PrivateKey(block.Bytes); err == nil {
		return key, nil
	}
	// The parsers' own errors may quote what they read, so none is passed on.
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, errors.New("it is neither PKCS#8 nor PKCS#1")
	}
	if key, ok := key.(*rsa.PrivateKey); ok {
		return key, nil
	}
	return nil, errors.New("it is not an RSA key; Entra accepts only RSA certificates for applications")
}
