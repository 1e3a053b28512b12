package cli

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// The base URL is one that a program on this machine reaches, by a certificate
// that holds for it.
func TestTheBaseURLCanBeReached(t *testing.T) {
	for _, listen := range []string{"127.0.0.1:0", "0.0.0.0:0", ":0", "[::]:0", "[::1]:0", "localhost:0"} {
		t.Run(listen, func(t *testing.T) {
			if strings.HasPrefix(listen, "[") && !hasIPv6() {
				listen = "127.0.0.1:0"
			}
			ca := filepath.Join(t.TempDir(), "ca.pem")
			listener, base, err := emulatorFlags{listen: listen, tls: true, tlsCA: ca}.open(time.Now())
			if err != nil {
				t.Fatal(err)
			}
			serve(t, listener)
			if strings.Contains(base, "0.0.0.0") || strings.Contains(base, "[::]") {
				t.Errorf("the base URL is %s", base)
			}
			response, err := clientTrusting(t, ca, "").Get(base)
			if err != nil {
				t.Fatal(err)
			}
			response.Body.Close()
		})
	}
}

func hasIPv6() bool {
	listener, err := net.Listen("tcp", "[::1]:0")
	if err == nil {
		listener.Close()
	}
	return err == nil
}

func serve(t *testing.T, listener net.Listener) {
	server := &http.Server{
		Handler:  http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}),
		ErrorLog: log.New(io.Discard, "", 0), // a client that trusts another authority
	}
	go server.Serve(listener)
	t.Cleanup(func() { server.Close() })
}

// clientTrusting trusts the authority of a file, and goes to one address
// whatever the host is, as a hosts file has it.
func clientTrusting(t *testing.T, ca, address string) *http.Client {
	t.Helper()
	pem, err := os.ReadFile(ca)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(pem)
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}
	if address != "" {
		transport.DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, address)
		}
	}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

func TestNamesOfTheCertificate(t *testing.T) {
	dir := t.TempDir()
	flags := emulatorFlags{listen: "127.0.0.1:0", tls: true, tlsDir: dir, tlsNames: []string{"graph.microsoft.com", "login.microsoftonline.com"}}
	listener, _, err := flags.open(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	serve(t, listener)
	client := clientTrusting(t, filepath.Join(dir, "ca.pem"), listener.Addr().String())
	for host, good := range map[string]bool{"graph.microsoft.com": true, "login.microsoftonline.com": true, "localhost": true, "graph.microsoft.us": false} {
		response, err := client.Get("https://" + host + "/")
		if err == nil {
			response.Body.Close()
		}
		if (err == nil) != good {
			t.Errorf("%s: %v", host, err)
		}
	}
	again, _, err := flags.open(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	serve(t, again)
	response, err := clientTrusting(t, filepath.Join(dir, "ca.pem"), again.Addr().String()).Get("https://localhost/")
	if err != nil {
		t.Fatalf("the next start has another authority: %v", err)
	}
	response.Body.Close()
}

func TestFlagsOfTLSGoWithTLS(t *testing.T) {
	for _, flags := range []emulatorFlags{{tlsCA: "x"}, {tlsDir: "x"}, {tlsNames: []string{"x"}}} {
		if _, _, err := flags.open(time.Now()); err == nil || !strings.Contains(err.Error(), "go with --tls") {
			t.Errorf("%+v: %v", flags, err)
		}
	}
}
