package emulator_test

import (
	"crypto/tls"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"msgraph-user/emulator"
	"msgraph-user/emulator/localtls"
)

// Microsoft's own JavaScript client pages, filters, writes, follows delta links
// and sends batches, over TLS.
func TestMicrosoftsJavaScriptClient(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("node is not installed: Microsoft's JavaScript client needs it")
	}
	if _, err := os.Stat(filepath.Join("jsclient", "node_modules")); err != nil {
		t.Skip("Microsoft's client is not installed: run npm ci --prefix emulator/jsclient")
	}
	tenant, err := emulator.New(emulator.Options{})
	if err != nil {
		t.Fatal(err)
	}
	authority, err := localtls.NewAuthority(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := authority.Issue("127.0.0.1", "localhost")
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(tenant)
	server.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}}
	server.StartTLS()
	defer server.Close()
	trusted := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(trusted, authority.PEM(), 0o600); err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), node, "client.mjs")
	command.Dir = "jsclient"
	command.Env = append(os.Environ(), "NODE_EXTRA_CA_CERTS="+trusted, "TENANT_URL="+server.URL,
		"TENANT_ID="+emulator.ReadyTenant, "CLIENT_ID="+emulator.ReadyApplication, "CLIENT_SECRET="+emulator.ReadySecret)
	said, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	if n := strings.Count(string(said), "as against Graph"); n != 5 {
		t.Errorf("%d parts ran:\n%s", n, said)
	}
}
