package auth

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"msgraph-user/internal/failure"
)

func TestConfigureChoosesTheMethod(t *testing.T) {
	key := certificateKey(t).pkcs8
	cert := map[string]any{"identifier": strings.Repeat("0A", 20), "password": key}
	workload := func(name string) string {
		return map[string]string{envFederatedTokenFile: "/token", envClientID: "env-client", envTenantID: "env-tenant"}[name]
	}
	for _, c := range []struct {
		name       string
		params     map[string]any
		getenv     func(string) string
		method     Method
		credential Credential
		client     string
	}{
		{"a secret", application(), noEnvironment, ClientCredentials, ClientSecret, "client"},
		{"a certificate", application("creds_enc_key", nil, "creds_certificate", cert), noEnvironment, ClientCredentials, Certificate, "client"},
		{"a certificate before a secret", application("creds_certificate", cert), noEnvironment, ClientCredentials, Certificate, "client"},
		{"a code", person(), noEnvironment, AuthorizationCode, ClientSecret, "client"},
		{"a person of a public client", person("creds_auth_code", nil, "creds_enc_key", nil), noEnvironment, AuthorizationCode, NoCredential, "client"},
		{"not self-deployed", map[string]any{"creds_auth_id": credential("reg"), "creds_tenant_id": credential("tok"), "creds_enc_key": credential(hostedKey)}, noEnvironment, HostedApp, NoCredential, "reg"},
		{"self_deployed as text", application("self_deployed", "TRUE"), noEnvironment, ClientCredentials, ClientSecret, "client"},
		{"a managed identity", map[string]any{"use_managed_identities": true}, noEnvironment, ManagedIdentity, NoCredential, ""},
		{"a managed identity of the user's", map[string]any{"use_managed_identities": "true", "managed_identities_client_id": credential("mi")}, noEnvironment, ManagedIdentity, NoCredential, "mi"},
		{"a workload identity", application("creds_enc_key", nil), workload, ClientCredentials, FederatedToken, "client"},
		{"a workload identity alone", map[string]any{}, workload, ClientCredentials, FederatedToken, "env-client"},
		{"a secret before a workload identity", application(), workload, ClientCredentials, ClientSecret, "client"},
		{"older names", map[string]any{"self_deployed": true, "auth_id": "c", "tenant_id": "t", "enc_key": "k"}, noEnvironment, ClientCredentials, ClientSecret, "c"},
		{"older names of a certificate", map[string]any{"self_deployed": true, "auth_id": "c", "tenant_id": "t", "certificate_thumbprint": strings.Repeat("0A", 20), "private_key": key}, noEnvironment, ClientCredentials, Certificate, "c"},
		{"older names beside empty newer ones", application("creds_auth_id", credential(""), "auth_id", "old"), noEnvironment, ClientCredentials, ClientSecret, "old"},
		{"newer names before older ones", application("auth_id", "old"), noEnvironment, ClientCredentials, ClientSecret, "client"},
		{"a redirect URI without a code, left filled in", application("redirect_uri", "https://localhost/myapp"), noEnvironment, ClientCredentials, ClientSecret, "client"},
		{"a redirect URI that the login command receives at", application("redirect_uri", "http://localhost:8400"), noEnvironment, AuthorizationCode, ClientSecret, "client"},
		{"a redirect URI of a public client", application("redirect_uri", "https://localhost/myapp", "creds_enc_key", nil), noEnvironment, AuthorizationCode, NoCredential, "client"},
		{"an older code", application("redirect_uri", "https://localhost", "auth_code", "CODE"), noEnvironment, AuthorizationCode, ClientSecret, "client"},
	} {
		t.Run(c.name, func(t *testing.T) {
			cfg, err := ConfigureIn(c.params, c.getenv)
			if err != nil {
				t.Fatal(err)
			}
			if cfg.Method != c.method || cfg.Credential != c.credential || cfg.ClientID != c.client {
				t.Errorf("%s with %s as %q, want %s with %s as %q", cfg.Method, cfg.Credential, cfg.ClientID, c.method, c.credential, c.client)
			}
		})
	}
}

func TestConfigureNamesTheParameter(t *testing.T) {
	hosted := func(changes ...any) map[string]any {
		return application(append([]any{"self_deployed", false, "creds_enc_key", credential(hostedKey)}, changes...)...)
	}
	for _, c := range []struct {
		name      string
		params    map[string]any
		parameter string
	}{
		{"no ID", application("creds_auth_id", nil), "creds_auth_id"},
		{"no tenant", application("creds_tenant_id", credential(" ")), "creds_tenant_id"},
		{"no secret", application("creds_enc_key", nil), "creds_enc_key"},
		{"a code without the redirect URI", application("creds_auth_code", credential("CODE")), "redirect_uri"},
		{"a code without a secret", person("creds_enc_key", nil), "creds_enc_key"},
		{"a thumbprint without a key", application("creds_enc_key", nil, "creds_certificate", map[string]any{"identifier": "0A"}), "creds_certificate"},
		{"a key without a thumbprint", application("private_key", certificateKey(t).pkcs8), "creds_certificate"},
		{"hosted, no ID", hosted("creds_auth_id", nil), "creds_auth_id"},
		{"hosted, no token", hosted("creds_tenant_id", nil), "creds_tenant_id"},
		{"hosted, no key", hosted("creds_enc_key", nil), "creds_enc_key"},
		{"hosted, a service in the clear", hosted("creds_auth_id", credential("reg@http://oproxy.example")), "creds_auth_id"},
		{"hosted, a service that is none", hosted("creds_auth_id", credential("reg@example.com")), "creds_auth_id"},
		{"a flag that is none", application("insecure", "perhaps"), "insecure"},
		{"a flag of the wrong shape", application("proxy", []any{}), "proxy"},
		{"an ID of the wrong shape", application("creds_auth_id", []any{"client"}), "creds_auth_id"},
		{"a password of the wrong shape", application("creds_enc_key", map[string]any{"password": []any{}}), "creds_enc_key"},
		{"an unknown cloud", application("azure_cloud", "Mars"), "azure_cloud"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := ConfigureIn(c.params, noEnvironment)
			if e, ok := errors.AsType[*failure.Error](err); !ok || e.Kind != failure.BadConfiguration || e.Parameter != c.parameter {
				t.Errorf("%v, want a refusal that names %s", err, c.parameter)
			}
		})
	}
}

func TestNothingPrintsASecret(t *testing.T) {
	cfg := configure(t, person("creds_auth_code", credential("refresh_token:RT-"+longSecret), "private_key", certificateKey(t).pkcs8, "certificate_thumbprint", strings.Repeat("0A", 20)))
	encoded, err := json.Marshal(cfg)
	if err == nil && strings.Contains(string(encoded), longSecret) {
		t.Error("JSON holds a secret")
	}
	lines := &logged{}
	lines.logger().Info("configured", "cfg", cfg, slog.Any("source", NewSource(cfg, Options{})))
	source := NewSource(cfg, Options{Transport: always("access-" + longSecret)})
	if _, err := source.Token(t.Context()); err != nil {
		t.Fatal(err)
	}
	login := &Login{URL: "https://login.example", verifier: cfg.credentials.authCode}
	for _, text := range []string{
		fmt.Sprintf("%v %+v %#v", cfg, cfg, *cfg), fmt.Sprintf("%v %+v %#v", source, source, source), fmt.Sprintf("%v %+v", login, login),
		lines.String(), cfg.Fingerprint(),
	} {
		if strings.Contains(text, longSecret) || strings.Contains(text, "PRIVATE KEY") {
			t.Errorf("%.200s holds a secret", text)
		}
	}
	if n := len(cfg.Secrets()); n != 3 {
		t.Errorf("%d secrets for the scrubber, want the key, the pasted text and the refresh token in it", n)
	}
}

// Ids and secrets are not checked for a form before they are needed: with a
// living token at hand they are not.
func TestBadKeysAreNamedWhenTheyAreNeeded(t *testing.T) {
	hosted := func(key string) map[string]any {
		return application("self_deployed", false, "creds_enc_key", credential(key))
	}
	thumbprint := strings.Repeat("0A", 20)
	for _, c := range []struct {
		name      string
		params    map[string]any
		parameter string
	}{
		{"a certificate's key that is none", application("certificate_thumbprint", thumbprint, "private_key", "KEY"), "creds_certificate"},
		{"a thumbprint that is none", application("certificate_thumbprint", "xyz", "private_key", certificateKey(t).pkcs8), "creds_certificate"},
		{"hosted, a key that is none", hosted("%%%not base64"), "creds_enc_key"},
		{"hosted, a key of the wrong length", hosted("QUJD"), "creds_enc_key"},
	} {
		t.Run(c.name, func(t *testing.T) {
			store := NewMemoryStore()
			source := NewSource(configure(t, c.params), Options{Store: store, Now: newClock().now})
			_, err := source.Token(t.Context())
			if e, ok := errors.AsType[*failure.Error](err); !ok || e.Kind != failure.BadConfiguration || e.Parameter != c.parameter {
				t.Errorf("%v, want a refusal that names %s", err, c.parameter)
			}
			store.contexts[""] = map[string]any{"access_token": "held", "valid_until": recorded.Unix() + 3000}
			if token, err := source.Token(t.Context()); err != nil || token.Reveal() != "held" {
				t.Errorf("token %q, %v, with a living one at hand", token.Reveal(), err)
			}
		})
	}
}
