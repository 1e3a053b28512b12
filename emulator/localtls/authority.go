// Package localtls makes certificates for a server on this machine: an authority,
// for one run or kept in a directory, and certificates for localhost and other
// names that it signs.
package localtls

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"time"
)

// certificateLife is how long the certificates are good: a run of the practice
// tenant, and within what Apple's and Google's programs accept.
const certificateLife = 90 * 24 * time.Hour

// Authority is a certificate authority. The key of one that NewAuthority made
// never leaves the process.
type Authority struct {
	key         *ecdsa.PrivateKey
	certificate *x509.Certificate
	now         time.Time // when it was made or opened
}

// NewAuthority makes an authority that is good from an hour before now, for
// clocks that are late, until certificateLife after it.
func NewAuthority(now time.Time) (*Authority, error) { return newAuthority(now, certificateLife) }

func newAuthority(now time.Time, life time.Duration) (*Authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("the authority's key could not be made: %w", err)
	}
	template, err := newTemplate("msgraph-user practice authority", now, life)
	if err != nil {
		return nil, err
	}
	template.IsCA, template.MaxPathLenZero, template.BasicConstraintsValid = true, true, true
	template.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageCRLSign
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, fmt.Errorf("the authority's certificate could not be made: %w", err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("the authority's certificate cannot be read back: %w", err)
	}
	return &Authority{key: key, certificate: certificate, now: now}, nil
}

// PEM is the authority's certificate, for a client's list of trusted ones.
func (a *Authority) PEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.certificate.Raw})
}

// Issue makes a certificate for a server at localhost, 127.0.0.1, ::1, and the
// hosts given, which are names or addresses.
func (a *Authority) Issue(hosts ...string) (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("the server's key could not be made: %w", err)
	}
	template, err := newTemplate("localhost", a.now, certificateLife)
	if err != nil {
		return tls.Certificate{}, err
	}
	template.KeyUsage = x509.KeyUsageDigitalSignature
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	for _, h := range append([]string{"localhost", "127.0.0.1", "::1"}, hosts...) {
		if ip := net.ParseIP(h); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, h)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.certificate, key.Public(), a.key)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("the server's certificate could not be made: %w", err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("the server's certificate cannot be read back: %w", err)
	}
	return tls.Certificate{Certificate: [][]byte{der, a.certificate.Raw}, PrivateKey: key, Leaf: leaf}, nil
}

// clockTolerance is how late a client's clock may be.
const clockTolerance = time.Hour

func newTemplate(name string, now time.Time, life time.Duration) (*x509.Certificate, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return nil, fmt.Errorf("no serial number could be drawn: %w", err)
	}
	return &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: name},
		NotBefore: now.Add(-clockTolerance), NotAfter: now.Add(life),
	}, nil
}
