package signin

import (
	"crypto/x509"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/confidential"
	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/managedidentity"
	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/public"
	"github.com/lestrrat-go/jwx/v3/jwt"
)

// reroute sends every request to one server, whatever host it names, as the
// metadata service's fixed address and Microsoft's discovery host are out of a
// test's reach.
type reroute struct {
	to   *url.URL
	base http.RoundTripper

	mu    sync.Mutex
	hosts map[string]bool
}

func (r *reroute) RoundTrip(q *http.Request) (*http.Response, error) {
	r.mu.Lock()
	r.hosts[q.URL.Host] = true
	r.mu.Unlock()
	q = q.Clone(q.Context())
	q.Host, q.URL.Scheme, q.URL.Host = q.URL.Host, r.to.Scheme, r.to.Host
	return r.base.RoundTrip(q)
}

func (w *world) rerouted() (*http.Client, *reroute) {
	to, err := url.Parse(w.url)
	if err != nil {
		w.t.Fatal(err)
	}
	r := &reroute{to: to, base: w.client.Transport, hosts: map[string]bool{}}
	return &http.Client{Transport: r}, r
}

// rsaWorld signs as Entra does.
func rsaWorld(t *testing.T) *world {
	return newWorld(t, func(o *Options) { o.Algorithm = RS256 })
}

func claim[T any](t *testing.T, token jwt.Token, name string) T {
	t.Helper()
	var v T
	if err := token.Get(name, &v); err != nil {
		t.Errorf("claim %s: %v", name, err)
	}
	return v
}

func TestMicrosoftsLibrarySignsInWithASecret(t *testing.T) {
	w := rsaWorld(t)
	credential, err := confidential.NewCredFromSecret(testSecret)
	if err != nil {
		t.Fatal(err)
	}
	client, trace := w.rerouted()
	app, err := confidential.New(w.url+"/"+testTenant, testApp, credential, confidential.WithHTTPClient(client))
	if err != nil {
		t.Fatal(err)
	}
	got, err := app.AcquireTokenByCredential(t.Context(), []string{w.url + "/.default"})
	if err != nil {
		t.Fatal(err)
	}
	if !trace.hosts["login.microsoftonline.com"] {
		t.Error("the library asked nobody whether the host is to be trusted: instance discovery is untested")
	}
	token := w.verifyThroughDiscovery(got.AccessToken, "/.well-known/openid-configuration", w.url)
	if claim[string](t, token, "tid") != testTenant || claim[string](t, token, "appid") != testApp || claim[string](t, token, "ver") != "1.0" ||
		claim[string](t, token, "idtyp") != "app" || claim[string](t, token, "oid") == "" || claim[string](t, token, "uti") == "" {
		t.Errorf("claims of %v", token)
	}
	var roles []string
	for _, r := range claim[[]any](t, token, "roles") {
		roles = append(roles, r.(string))
	}
	if !slices.Equal(roles, []string{"User.ReadWrite.All", "Group.Read.All"}) {
		t.Errorf("roles %v", roles)
	}
}

func TestMicrosoftsLibrarySignsInWithACertificate(t *testing.T) {
	w := newWorld(t)
	certificate, key := newCertificate(t, w.now())
	credential, err := confidential.NewCredFromCert([]*x509.Certificate{certificate}, key)
	if err != nil {
		t.Fatal(err)
	}
	app, err := confidential.New(w.url+"/"+testTenant, testApp, credential, confidential.WithHTTPClient(w.client), confidential.WithInstanceDiscovery(false))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := app.AcquireTokenByCredential(t.Context(), []string{graphScope}); err == nil || !strings.Contains(err.Error(), "AADSTS700027") {
		t.Errorf("a certificate that nobody registered: %v, want AADSTS700027", err)
	}
	w.dir.changeApp(testApp, func(a *Application) { a.Certificates = []*x509.Certificate{certificate} })
	got, err := app.AcquireTokenByCredential(t.Context(), []string{graphScope})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.service.Verify(got.AccessToken); err != nil {
		t.Error(err)
	}
}

// codeFrom follows an authorize URL as a browser does and returns the code that
// comes back.
func (w *world) codeFrom(authorize string) string {
	w.t.Helper()
	resp, err := w.client.Get(authorize)
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	back, err := resp.Location()
	if err != nil {
		w.t.Fatalf("status %d, no way back: %v", resp.StatusCode, err)
	}
	if back.Query().Get("code") == "" {
		w.t.Fatalf("no code in %s", back)
	}
	return back.Query().Get("code")
}

func TestMicrosoftsLibrarySignsAPersonInAndRenews(t *testing.T) {
	w := rsaWorld(t)
	credential, err := confidential.NewCredFromSecret(testSecret)
	if err != nil {
		t.Fatal(err)
	}
	app, err := confidential.New(w.url+"/"+testTenant, testApp, credential, confidential.WithHTTPClient(w.client), confidential.WithInstanceDiscovery(false))
	if err != nil {
		t.Fatal(err)
	}
	scopes := []string{"https://graph.microsoft.com/User.Read"}
	authorize, err := app.AuthCodeURL(t.Context(), testApp, redirect, scopes, confidential.WithLoginHint("adelev@contoso.onmicrosoft.com"))
	if err != nil {
		t.Fatal(err)
	}
	verifier := strings.Repeat("verifier-", 6)
	authorize += "&code_challenge_method=S256&code_challenge=" + challengeOf(verifier)
	got, err := app.AcquireTokenByAuthCode(t.Context(), w.codeFrom(authorize), redirect, scopes, confidential.WithChallenge(verifier))
	if err != nil {
		t.Fatal(err)
	}
	token := w.verifyThroughDiscovery(got.AccessToken, "/.well-known/openid-configuration", "https://graph.microsoft.com")
	if scp := claim[string](t, token, "scp"); !strings.Contains(scp, "User.Read") || strings.Contains(scp, "User.ReadWrite.All") {
		t.Errorf("scp %q is not what was asked for", scp)
	}
	if got.Account.PreferredUsername != "AdeleV@contoso.onmicrosoft.com" {
		t.Errorf("account %+v", got.Account)
	}
	w.verifyThroughDiscovery(got.IDToken.RawToken, "/v2.0/.well-known/openid-configuration", testApp)

	// A scope that the cache has no token for makes the library use its refresh
	// token.
	renewed, err := app.AcquireTokenSilent(t.Context(), []string{"https://graph.microsoft.com/User.ReadWrite.All"}, confidential.WithSilentAccount(got.Account))
	if err != nil {
		t.Fatal(err)
	}
	if p, err := w.service.Verify(renewed.AccessToken); err != nil || !slices.Contains(p.Scopes, "User.ReadWrite.All") || !p.Delegated() {
		t.Errorf("principal %+v, %v", p, err)
	}
}

func TestMicrosoftsLibrarySignsInOnADevice(t *testing.T) {
	w := newWorld(t)
	app, err := public.New(testPublic, public.WithAuthority(w.url+"/"+testTenant), public.WithHTTPClient(w.client), public.WithInstanceDiscovery(false))
	if err != nil {
		t.Fatal(err)
	}
	device, err := app.AcquireTokenByDeviceCode(t.Context(), []string{"https://graph.microsoft.com/User.Read"})
	if err != nil {
		t.Fatal(err)
	}
	resp, err := w.client.PostForm(device.Result.VerificationURL, form("user_code", strings.ToLower(device.Result.UserCode), "account", "adelev@contoso.onmicrosoft.com"))
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	got, err := device.AuthenticationResult(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if p, err := w.service.Verify(got.AccessToken); err != nil || p.UserPrincipalName != "AdeleV@contoso.onmicrosoft.com" || p.AppID != testPublic {
		t.Errorf("principal %+v, %v", p, err)
	}
}

func TestMicrosoftsLibrarySignsInAsAManagedIdentity(t *testing.T) {
	appService := map[string]string{"IDENTITY_ENDPOINT": "http://127.0.0.1:41564/msi/token", "IDENTITY_HEADER": "app-service-secret"}
	// The library keeps one cache for the whole process, which it passes by where
	// claims are asked for.
	for name, c := range map[string]struct {
		id          managedidentity.ID
		environment map[string]string
		host        string
		resource    string
	}{
		"machine":                     {managedidentity.SystemAssigned(), nil, "169.254.169.254", "https://graph.microsoft.com"},
		"machine, by client id":       {managedidentity.UserAssignedClientID(testApp), nil, "169.254.169.254", "https://graph.microsoft.us"},
		"machine, by resource id":     {managedidentity.UserAssignedResourceID("/subscriptions/s/identities/i"), nil, "169.254.169.254", "https://dod-graph.microsoft.us"},
		"App Service":                 {managedidentity.SystemAssigned(), appService, "127.0.0.1:41564", "https://graph.microsoft.de"},
		"App Service, by resource id": {managedidentity.UserAssignedResourceID("/subscriptions/s/identities/i"), appService, "127.0.0.1:41564", "https://microsoftgraph.chinacloudapi.cn"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			for k, v := range c.environment {
				t.Setenv(k, v)
			}
			client, trace := w.rerouted()
			app, err := managedidentity.New(c.id, managedidentity.WithHTTPClient(client), managedidentity.WithRetryPolicyDisabled())
			if err != nil {
				t.Fatal(err)
			}
			got, err := app.AcquireToken(t.Context(), c.resource, managedidentity.WithClaims("{}"))
			if err != nil {
				t.Fatal(err)
			}
			if !trace.hosts[c.host] {
				t.Errorf("the library asked %v, not %s", trace.hosts, c.host)
			}
			if p, err := w.service.Verify(got.AccessToken); err != nil || p.AppID != testApp || p.Delegated() {
				t.Errorf("principal %+v, %v", p, err)
			}
			if life := got.ExpiresOn.Sub(w.now()); life < 23*time.Hour {
				t.Errorf("the token lives %v, less than a day", life)
			}
		})
	}
}
