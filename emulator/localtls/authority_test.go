package localtls_test

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"msgraph-user/emulator/localtls"
)

func TestServerIsTrustedThroughTheAuthorityAlone(t *testing.T) {
	a, err := localtls.NewAuthority(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := a.Issue("tenant.localhost")
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	server.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}}
	server.StartTLS()
	defer server.Close()

	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(a.PEM()) {
		t.Fatal("the PEM holds no certificate")
	}
	for _, c := range []struct {
		name  string
		roots *x509.CertPool
		host  string
		good  bool
	}{
		{"by address", pool, "127.0.0.1", true},
		{"by address of version 6", pool, "::1", true},
		{"by name", pool, "localhost", true},
		{"by a name that was asked for", pool, "tenant.localhost", true},
		{"another name", pool, "graph.microsoft.com", false},
		{"without the authority", x509.NewCertPool(), "localhost", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			conn, err := tls.Dial("tcp", strings.TrimPrefix(server.URL, "https://"), &tls.Config{RootCAs: c.roots, ServerName: c.host})
			if err == nil {
				conn.Close()
			}
			if (err == nil) != c.good {
				t.Errorf("the handshake ended with %v; good is %v", err, c.good)
			}
		})
	}
}

func TestPEMHoldsNoKey(t *testing.T) {
	a, err := localtls.NewAuthority(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	block, rest := pem.Decode(a.PEM())
	if block == nil || block.Type != "CERTIFICATE" || len(rest) != 0 {
		t.Fatalf("the PEM is not one certificate: %s", a.PEM())
	}
	c, err := x509.ParseCertificate(block.Bytes)
	if err != nil || !c.IsCA {
		t.Errorf("the certificate is no authority's: %v", err)
	}
}
