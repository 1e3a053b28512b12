package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"msgraph-user/emulator"
	"msgraph-user/emulator/company"
)

// tenant is the practice tenant as a program of its own, over HTTPS.
type tenant struct {
	base, dir string
	stop      func()
}

// buildProgram builds the program into dir, and returns its path.
func buildProgram(ctx context.Context, dir string) (string, error) {
	program := filepath.Join(dir, "msgraph-user")
	if out, err := exec.CommandContext(ctx, "go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		return "", fmt.Errorf("build: %w\n%s", err, out)
	}
	return program, nil
}

// startTenant starts the program's tenant, with the sample company and a
// certificate for its application. Its files are in dir.
func startTenant(ctx context.Context, program, dir string) (*tenant, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	if err := writeCertificate(dir); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	cmd := exec.CommandContext(ctx, program, "emulator", "--listen", address(), "--tls", "--tls-dir", dir, "--seed", filepath.Join(dir, "seed.json"))
	cmd.Stderr = os.Stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		cancel()
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		cancel()
		return nil, err
	}
	stop := func() {
		cancel()
		_ = cmd.Wait() // it was told to end
	}
	base, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		stop()
		return nil, fmt.Errorf("the tenant does not start: %w", err)
	}
	return &tenant{strings.TrimSuffix(strings.TrimSpace(base), ":443"), dir, stop}, nil
}

// address is where the tenant listens: at the port of HTTPS, where this machine
// lets us, since MSAL for Python and for Java forget another port before they send
// a password.
func address() string {
	const preferred = "127.0.0.9:443"
	listener, err := net.Listen("tcp", preferred)
	if err != nil {
		fmt.Fprintln(os.Stderr, "reportcard: passwords may fail, because port 443 is not to be had:", err)
		return "127.0.0.1:0"
	}
	listener.Close()
	return preferred
}

// environment is what the clients are told.
func (t *tenant) environment() []string {
	ca := filepath.Join(t.dir, "ca.pem")
	return append(os.Environ(),
		"TENANT_URL="+t.base, "TENANT_ID="+emulator.ReadyTenant, "CLIENT_ID="+emulator.ReadyApplication, "CLIENT_SECRET="+emulator.ReadySecret,
		"PUBLIC_CLIENT_ID="+emulator.ReadyPublicApplication, "PERSON=mira.holt@larkspur.example", "PERSON_PASSWORD=Practice-1234",
		"DISABLED=elena.rossi@larkspur.example", "CA_FILE="+ca,
		"CERTIFICATE="+filepath.Join(t.dir, "certificate.pem"), "CERTIFICATE_KEY="+filepath.Join(t.dir, "certificate-key.pem"),
		// How each language is told to trust the tenant's authority.
		"REQUESTS_CA_BUNDLE="+ca, "SSL_CERT_FILE="+ca, "NODE_EXTRA_CA_CERTS="+ca,
		"AZURE_POD_IDENTITY_AUTHORITY_HOST="+t.base)
}

// writeCertificate makes a certificate for the ready application, and a seed in
// which it has it.
func writeCertificate(dir string) error {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return err
	}
	now := time.Now()
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "report card"}, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(24 * time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return err
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	seed, err := seedWith(certificate)
	if err != nil {
		return err
	}
	for name, content := range map[string][]byte{
		"certificate.pem": certificate, "certificate-key.pem": pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8}), "seed.json": seed,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			return err
		}
	}
	return nil
}

func seedWith(certificate []byte) ([]byte, error) {
	var seed map[string]any
	if err := json.Unmarshal(company.Seed(), &seed); err != nil {
		return nil, err
	}
	for _, sp := range seed["servicePrincipals"].([]any) {
		if sp := sp.(map[string]any); sp["appId"] == emulator.ReadyApplication {
			private := sp["private"].(map[string]any)
			private["credentials"] = append(private["credentials"].([]any), map[string]any{"certificate": string(certificate)})
		}
	}
	return json.Marshal(seed)
}
