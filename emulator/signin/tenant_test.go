package signin_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"html"
	"io"
	"log"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/confidential"
	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/public"

	"msgraph-user/emulator"
	"msgraph-user/emulator/company"
	"msgraph-user/emulator/localtls"
)

// tenant is the whole practice tenant over HTTPS, with a certificate of its own
// authority, as emulator --tls serves it.
type tenant struct {
	t      *testing.T
	url    string
	client *http.Client
}

func newTenant(t *testing.T, seed []byte) *tenant {
	t.Helper()
	whole, err := emulator.New(emulator.Options{Seed: seed})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { whole.Close() })
	authority, err := localtls.NewAuthority(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := authority.Issue()
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(whole)
	server.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}}
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	trusted := x509.NewCertPool()
	trusted.AppendCertsFromPEM(authority.PEM())
	client := &http.Client{
		Transport:     &http.Transport{TLSClientConfig: &tls.Config{RootCAs: trusted}},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return &tenant{t: t, url: server.URL, client: client}
}

// authority is what Microsoft's libraries call the tenant's sign-in URL.
func (n *tenant) authority() string { return n.url + "/" + emulator.ReadyTenant }

func (n *tenant) confidential(credential confidential.Credential) confidential.Client {
	n.t.Helper()
	app, err := confidential.New(n.authority(), emulator.ReadyApplication, credential,
		confidential.WithHTTPClient(n.client), confidential.WithInstanceDiscovery(false))
	if err != nil {
		n.t.Fatal(err)
	}
	return app
}

// graph asks Graph with a token and returns the answer.
func (n *tenant) graph(method, path, token, body string) map[string]any {
	n.t.Helper()
	r, err := http.NewRequestWithContext(n.t.Context(), method, n.url+path, strings.NewReader(body))
	if err != nil {
		n.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Content-Type", "application/json")
	resp, err := n.client.Do(r)
	if err != nil {
		n.t.Fatal(err)
	}
	defer resp.Body.Close()
	var m map[string]any
	if err := json.NewDecoder(resp.Body).Decode(&m); err != nil || resp.StatusCode != http.StatusOK {
		n.t.Fatalf("%s %s: %d %v %v", method, path, resp.StatusCode, m, err)
	}
	return m
}

func (n *tenant) tokenWith(credential confidential.Credential) string {
	n.t.Helper()
	got, err := n.confidential(credential).AcquireTokenByCredential(n.t.Context(), []string{n.url + "/.default"})
	if err != nil {
		n.t.Fatal(err)
	}
	return got.AccessToken
}

func secret(t *testing.T, value string) confidential.Credential {
	t.Helper()
	c, err := confidential.NewCredFromSecret(value)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestSecretOpensGraph(t *testing.T) {
	n := newTenant(t, nil)
	users := n.graph("GET", "/v1.0/users?$top=1", n.tokenWith(secret(t, emulator.ReadySecret)), "")
	if list, _ := users["value"].([]any); len(list) != 1 {
		t.Errorf("users: %v", users)
	}
}

func TestSecretThatGraphAddedSignsIn(t *testing.T) {
	n := newTenant(t, nil)
	token := n.tokenWith(secret(t, emulator.ReadySecret))
	filter := url.QueryEscape(fmt.Sprintf("appId eq '%s'", emulator.ReadyApplication))
	found, _ := n.graph("GET", "/v1.0/servicePrincipals?$filter="+filter, token, "")["value"].([]any)
	if len(found) != 1 {
		t.Fatalf("service principals: %v", found)
	}
	id, _ := found[0].(map[string]any)["id"].(string)
	added := n.graph("POST", "/v1.0/servicePrincipals/"+id+"/addPassword", token, `{"passwordCredential":{"displayName":"added"}}`)
	value, _ := added["secretText"].(string)
	if value == "" {
		t.Fatalf("addPassword: %v", added)
	}
	n.graph("GET", "/v1.0/users?$top=1", n.tokenWith(secret(t, value)), "")
}

// withCertificate is the sample company with a certificate for its application.
func withCertificate(t *testing.T, der []byte) []byte {
	t.Helper()
	var seed map[string]any
	if err := json.Unmarshal(company.Seed(), &seed); err != nil {
		t.Fatal(err)
	}
	for _, sp := range seed["servicePrincipals"].([]any) {
		sp := sp.(map[string]any)
		if sp["appId"] == emulator.ReadyApplication {
			private := sp["private"].(map[string]any)
			private["credentials"] = append(private["credentials"].([]any),
				map[string]any{"certificate": string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})), "start": time.Now()})
		}
	}
	b, err := json.Marshal(seed)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestCertificateOpensGraph(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "soar"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	credential, err := confidential.NewCredFromCert([]*x509.Certificate{certificate}, key)
	if err != nil {
		t.Fatal(err)
	}
	n := newTenant(t, withCertificate(t, der))
	n.graph("GET", "/v1.0/users?$top=1", n.tokenWith(credential), "")
}

var (
	formAction = regexp.MustCompile(`action="([^"]+)"`)
	formField  = regexp.MustCompile(`<input type="hidden" name="([^"]+)" value="([^"]*)">`)
)

// submit opens a page and sends its form, as the page's script or button does.
func (n *tenant) submit(page string) error {
	resp, err := n.client.Get(page)
	if err != nil {
		return err
	}
	body, err := io.ReadAll(resp.Body)
	resp.Body.Close()
	action := formAction.FindStringSubmatch(string(body))
	if err != nil || action == nil {
		return fmt.Errorf("no form, status %d, %v: %s", resp.StatusCode, err, body)
	}
	fields := url.Values{}
	for _, f := range formField.FindAllStringSubmatch(string(body), -1) {
		fields.Set(html.UnescapeString(f[1]), html.UnescapeString(f[2]))
	}
	resp, err = http.PostForm(html.UnescapeString(action[1]), fields)
	if err != nil {
		return err
	}
	return resp.Body.Close()
}

// TestInteractiveSignInOpensGraph lets Microsoft's library do all of it: the
// loopback redirect, PKCE, the exchange; a function of ours is the browser.
func TestInteractiveSignInOpensGraph(t *testing.T) {
	n := newTenant(t, nil)
	token := n.tokenWith(secret(t, emulator.ReadySecret))
	first, _ := n.graph("GET", "/v1.0/users?$top=1&$filter="+url.QueryEscape("accountEnabled eq true"), token, "")["value"].([]any)
	upn, _ := first[0].(map[string]any)["userPrincipalName"].(string)

	app, err := public.New(emulator.ReadyPublicApplication, public.WithAuthority(n.authority()), public.WithHTTPClient(n.client), public.WithInstanceDiscovery(false))
	if err != nil {
		t.Fatal(err)
	}
	browser := func(authorize string) error {
		if !strings.Contains(authorize, "code_challenge_method=S256") || !strings.Contains(authorize, "response_mode=form_post") {
			return fmt.Errorf("no PKCE, or no form_post, in %s", authorize)
		}
		return n.submit(authorize)
	}
	scopes := []string{"https://graph.microsoft.com/User.Read.All"}
	got, err := app.AcquireTokenInteractive(t.Context(), scopes, public.WithLoginHint(upn), public.WithOpenURL(browser))
	if err != nil {
		t.Fatal(err)
	}
	if user := n.graph("GET", "/v1.0/users/"+url.PathEscape(upn), got.AccessToken, ""); user["userPrincipalName"] != upn {
		t.Errorf("user %v", user)
	}
	renewed, err := app.AcquireTokenSilent(t.Context(), []string{"https://graph.microsoft.com/User.ReadWrite.All"}, public.WithSilentAccount(got.Account))
	if err != nil {
		t.Fatal(err)
	}
	n.graph("GET", "/v1.0/users?$top=1", renewed.AccessToken, "")
}
