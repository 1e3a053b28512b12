package auth_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"io/fs"
	"math/big"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"msgraph-user/auth"
	"msgraph-user/emulator"
	"msgraph-user/emulator/company"
	"msgraph-user/internal/secret"
)

const (
	practiceUser  = "aiko.tanaka@larkspur.example"
	hostedID      = "88888888-8888-8888-8888-888888888888"
	hostedToken   = "practice-hosted-token"
	hostedKey     = "cHJhY3RpY2UtdGVuYW50LWhvc3RlZC1rZXktMzItYiE="
	appService    = "app-service-proof"
	arcFolder     = "/var/opt/azcmagent/tokens/"
	workloadClaim = "system:serviceaccount:default:soar"
)

// practice is a practice tenant in this process, whose ready application has a
// certificate and is a managed identity as well.
type practice struct {
	t      *testing.T
	client *http.Client
	arc    string // the folder that stands for Azure Arc's
	key    string // the certificate's private key
	thumb  string
}

// now is the bubble's time, which begins in 2000, in the days of the sample company.
func now() time.Time { return time.Now().AddDate(26, 10, 0) }

func newPractice(t *testing.T) *practice {
	t.Helper()
	p := &practice{t: t, arc: t.TempDir()}
	tenant, err := emulator.New(emulator.Options{
		Seed: p.seed(), InProcess: true, Now: now, AppServiceSecret: appService, ArcKeyDirectory: p.arc,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tenant.Close() })
	p.client = &http.Client{
		Transport:     tenant.Transport(),
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return p
}

// seed is the sample company with more ways for its ready application to sign in.
func (p *practice) seed() []byte {
	p.t.Helper()
	var people map[string]any
	if err := json.Unmarshal([]byte(company.Seed()), &people); err != nil {
		p.t.Fatal(err)
	}
	for _, principal := range people["servicePrincipals"].([]any) {
		record := principal.(map[string]any)
		private, _ := record["private"].(map[string]any)
		switch {
		case record["appId"] == emulator.ReadyApplication:
			private["managedIdentity"] = "system"
			private["credentials"] = append(private["credentials"].([]any), map[string]any{"certificate": p.certificate(), "start": "2000-01-01T00:00:00Z"})
		case private != nil:
			delete(private, "managedIdentity")
		}
	}
	seed, err := json.Marshal(people)
	if err != nil {
		p.t.Fatal(err)
	}
	return seed
}

func (p *practice) certificate() string {
	p.t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		p.t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "app"}, NotBefore: time.Unix(0, 0), NotAfter: time.Now().AddDate(100, 0, 0)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		p.t.Fatal(err)
	}
	p.thumb = fmt.Sprintf("%X", sha1.Sum(der))
	p.key = string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}))
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

// parameters returns the ready configuration with changes in name, value order.
func (p *practice) parameters(changes ...any) map[string]any {
	params := emulator.Parameters("")
	for i := 0; i < len(changes); i += 2 {
		params[changes[i].(string)] = changes[i+1]
	}
	return params
}

func password(text string) map[string]any { return map[string]any{"password": text} }

// source returns the Source of params in the environment env, whose hosts are all
// the practice tenant.
func (p *practice) source(params map[string]any, env map[string]string, store auth.ContextStore) *auth.Source {
	p.t.Helper()
	getenv := func(name string) string { return env[name] }
	cfg, err := auth.ConfigureIn(params, getenv)
	if err != nil {
		p.t.Fatal(err)
	}
	return auth.NewSource(cfg, auth.Options{
		Transport: p.client.Transport, MetadataTransport: arcFolderRenamed{p}, Store: store, Getenv: getenv,
		Open: p.open, Now: now,
	})
}

// open opens a file; those of Azure Arc's folder are in p.arc.
func (p *practice) open(name string) (fs.File, error) {
	if key, ok := strings.CutPrefix(name, arcFolder); ok {
		name = filepath.Join(p.arc, key)
	}
	return os.Open(name)
}

// arcFolderRenamed carries requests to the practice tenant, whose Azure Arc names
// key files in a folder of the test's: they are named as if in the agent's own.
type arcFolderRenamed struct{ *practice }

func (a arcFolderRenamed) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := a.client.Transport.RoundTrip(r)
	if err == nil {
		challenge := answer.Header.Get("WWW-Authenticate")
		answer.Header.Set("WWW-Authenticate", strings.Replace(challenge, a.arc+"/", arcFolder, 1))
	}
	return answer, err
}

// accepted checks that Graph takes the token, and returns what it says of itself.
func (p *practice) accepted(token secret.Text) auth.TokenClaims {
	p.t.Helper()
	claims, err := auth.Claims(token)
	if err != nil {
		p.t.Fatal(err)
	}
	request, err := http.NewRequest(http.MethodGet, "https://graph.microsoft.com/v1.0/users?$top=1&$select=id", nil)
	if err != nil {
		p.t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+token.Reveal())
	answer, err := p.client.Do(request)
	if err != nil {
		p.t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		body, _ := io.ReadAll(answer.Body)
		p.t.Errorf("Graph answers %s: %s", answer.Status, body)
	}
	return claims
}

func TestApplicationsSignInToThePracticeTenant(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPractice(t)
		workload := filepath.Join(p.arc, "workload-token")
		p.saveWorkloadToken(workload)
		for _, c := range []struct {
			name   string
			params map[string]any
			env    map[string]string
		}{
			{"a secret", p.parameters(), nil},
			{"a certificate", p.parameters("creds_enc_key", nil, "creds_certificate", map[string]any{"identifier": p.thumb, "password": strings.ReplaceAll(p.key, "\n", " ")}), nil},
			{"a workload identity", p.parameters("creds_enc_key", nil), map[string]string{"AZURE_FEDERATED_TOKEN_FILE": workload}},
			{"the hosted application", map[string]any{"creds_auth_id": password(hostedID), "creds_tenant_id": password(hostedToken), "creds_enc_key": password(hostedKey)}, nil},
			{"a virtual machine's identity", map[string]any{"use_managed_identities": true}, nil},
			{"an identity by its ID", map[string]any{"use_managed_identities": true, "managed_identities_client_id": password(emulator.ReadyApplication)}, nil},
			{"App Service", map[string]any{"use_managed_identities": true}, map[string]string{"IDENTITY_ENDPOINT": "http://localhost/msi/token", "IDENTITY_HEADER": appService}},
			{"Azure Arc", map[string]any{"use_managed_identities": true}, map[string]string{"IDENTITY_ENDPOINT": "http://localhost:40342/metadata/identity/oauth2/token", "IMDS_ENDPOINT": "http://localhost:40342"}},
		} {
			source := p.source(c.params, c.env, nil)
			token, err := source.Token(t.Context())
			if err != nil {
				t.Errorf("%s: %v", c.name, err)
				continue
			}
			if claims := p.accepted(token); !slices.Contains(claims.Roles, "User.Read.All") || claims.ApplicationID != emulator.ReadyApplication {
				t.Errorf("%s: the token is of application %s with roles %v", c.name, claims.ApplicationID, claims.Roles)
			}
		}
	})
}

func TestPeopleSignInToThePracticeTenant(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPractice(t)
		const redirect = "https://localhost/myapp"
		cfg, err := auth.Configure(p.parameters("redirect_uri", redirect))
		if err != nil {
			t.Fatal(err)
		}
		loginURL, err := auth.AuthorizeURL(cfg)
		if err != nil {
			t.Fatal(err)
		}
		store := auth.NewMemoryStore()
		source := p.source(p.parameters("redirect_uri", redirect, "creds_auth_code", password(p.authorize(loginURL))), nil, store)
		token, err := source.Token(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if claims := p.accepted(token); claims.UserName != practiceUser || !slices.Contains(claims.Scopes, "Directory.AccessAsUser.All") {
			t.Errorf("the token is %s's, with scopes %v", claims.UserName, claims.Scopes)
		}
		spent := ""
		for range 5 {
			if token, _, err = source.Renew(t.Context(), token, ""); err != nil {
				t.Fatal(err)
			}
			p.accepted(token)
			held, _ := store.GetIntegrationContext(t.Context(), "")
			if held["current_refresh_token"] == spent {
				t.Error("the refresh token was not rotated")
			}
			spent = held["current_refresh_token"].(string)
		}
	})
}

func TestLoginsOnThePracticeTenant(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPractice(t)
		params := p.parameters("redirect_uri", "http://localhost:8400", "creds_enc_key", nil, "creds_auth_id", password(emulator.ReadyPublicApplication))
		for name, signIn := range map[string]func(*auth.Source) error{
			"a browser": func(s *auth.Source) error {
				login, err := s.BeginLogin("")
				if err != nil {
					return err
				}
				return s.FinishLogin(t.Context(), login, secret.New(p.authorize(login.URL)))
			},
			"a device code": func(s *auth.Source) error {
				return s.LoginByDeviceCode(t.Context(), func(prompt auth.DevicePrompt) {
					answer, err := p.client.PostForm(prompt.URL, url.Values{"user_code": {prompt.UserCode}, "account": {practiceUser}})
					if err != nil || answer.StatusCode != http.StatusOK {
						t.Errorf("%v, %v", answer, err)
					}
				})
			},
		} {
			store := auth.NewMemoryStore()
			if err := signIn(p.source(params, nil, store)); err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			token, err := p.source(params, nil, store).Token(t.Context())
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			if claims := p.accepted(token); claims.UserName != practiceUser {
				t.Errorf("%s: the token is %s's", name, claims.UserName)
			}
		}
	})
}

func TestTheMFAServicesTokenFromThePracticeTenant(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPractice(t)
		_, err := p.source(p.parameters(), nil, nil).MFAToken(t.Context(), secret.New("wrong-secret"))
		if err == nil || !strings.Contains(err.Error(), "7000215") && !strings.Contains(err.Error(), "700016") {
			t.Errorf("%v, want the tenant's refusal", err)
		}
	})
}

// authorize goes to the login page as practiceUser, and returns the code that
// comes back.
func (p *practice) authorize(loginURL string) string {
	p.t.Helper()
	answer, err := p.client.Get(loginURL + "&login_hint=" + practiceUser)
	if err != nil {
		p.t.Fatal(err)
	}
	defer answer.Body.Close()
	back, err := url.Parse(answer.Header.Get("Location"))
	if err != nil || back.Query().Get("code") == "" {
		body, _ := io.ReadAll(answer.Body)
		p.t.Fatalf("%s, sent back to %s: %s", answer.Status, back, body)
	}
	return back.Query().Get("code")
}

// saveWorkloadToken plays the cluster that writes a workload's token to a file.
func (p *practice) saveWorkloadToken(file string) {
	p.t.Helper()
	answer, err := p.client.Get("https://login.microsoftonline.com/workload-identity/token?subject=" + workloadClaim)
	if err != nil {
		p.t.Fatal(err)
	}
	defer answer.Body.Close()
	token, err := io.ReadAll(answer.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	if err := os.WriteFile(file, token, 0o600); err != nil {
		p.t.Fatal(err)
	}
}
