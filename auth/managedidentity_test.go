package auth

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"msgraph-user/internal/failure"
	"msgraph-user/internal/graphtest"
)

func environment(pairs ...string) func(string) string {
	values := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		values[pairs[i]] = pairs[i+1]
	}
	return func(name string) string { return values[name] }
}

// azure is a metadata service that answers with serve, and keeps the requests.
func azure(t *testing.T, serve http.HandlerFunc) (origin string, requests *[]*http.Request) {
	t.Helper()
	requests = &[]*http.Request{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		*requests = append(*requests, r)
		serve(w, r)
	}))
	t.Cleanup(server.Close)
	return server.URL, requests
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

func identity(changes ...any) map[string]any {
	params := map[string]any{"use_managed_identities": true}
	for i := 0; i < len(changes); i += 2 {
		params[changes[i].(string)] = changes[i+1]
	}
	return params
}

// to sends every request to origin in place of the host it names.
func to(origin string) graphtest.Transport {
	return func(r *http.Request) (*http.Response, error) {
		u, err := url.Parse(origin)
		if err != nil {
			return nil, err
		}
		r = r.Clone(r.Context())
		r.Header.Set("X-Asked-Host", r.URL.Host)
		r.URL.Host = u.Host
		return http.DefaultTransport.RoundTrip(r)
	}
}

func TestVirtualMachine(t *testing.T) {
	for _, c := range []struct {
		name   string
		params map[string]any
		query  string
	}{
		{"the machine's own identity", identity(), "api-version=2018-02-01&resource=https%3A%2F%2Fgraph.microsoft.com"},
		{"an identity of the user's", identity("managed_identities_client_id", credential("mi-1")), "api-version=2018-02-01&client_id=mi-1&resource=https%3A%2F%2Fgraph.microsoft.com"},
		{"another cloud", identity("azure_cloud", "US GCC-High"), "api-version=2018-02-01&resource=https%3A%2F%2Fgraph.microsoft.us"},
	} {
		t.Run(c.name, func(t *testing.T) {
			origin, requests := azure(t, func(w http.ResponseWriter, r *http.Request) {
				if r.Header.Get("Metadata") != "true" {
					writeJSON(w, 400, map[string]string{"error": "invalid_request", "error_description": "Required metadata header not specified"})
					return
				}
				writeJSON(w, 200, map[string]string{"access_token": "mi", "expires_in": "86399", "refresh_token": ""})
			})
			store := NewMemoryStore()
			source := NewSource(configure(t, c.params), Options{MetadataTransport: to(origin), Store: store, Now: newClock().now, Getenv: noEnvironment})
			if token, err := source.Token(t.Context()); err != nil || token.Reveal() != "mi" {
				t.Fatalf("token %q, %v", token.Reveal(), err)
			}
			last := (*requests)[len(*requests)-1]
			if last.Method != "GET" || last.URL.Path != "/metadata/identity/oauth2/token" || last.URL.RawQuery != c.query || last.Header.Get("X-Asked-Host") != "169.254.169.254" {
				t.Errorf("asked %s %s at %s, want ?%s", last.Method, last.URL, last.Header.Get("X-Asked-Host"), c.query)
			}
			if until := store.contexts[""]["valid_until"]; until != recorded.Unix()+86394 {
				t.Errorf("valid until %v", until)
			}
		})
	}
}

func TestAPracticeTenantHasTheMetadataServiceToo(t *testing.T) {
	origin, _ := azure(t, func(w http.ResponseWriter, r *http.Request) {
		writeJSON(w, 200, map[string]string{"access_token": r.URL.Query().Get("resource"), "expires_in": "100"})
	})
	token, err := NewSource(configure(t, identity("host", origin)), Options{Getenv: noEnvironment}).Token(t.Context())
	if err != nil || token.Reveal() != origin {
		t.Errorf("token %q, %v", token.Reveal(), err)
	}
}

func TestAppService(t *testing.T) {
	origin, requests := azure(t, func(w http.ResponseWriter, r *http.Request) {
		writeJSON(w, 200, map[string]any{"access_token": "app", "expires_on": "1700007200"})
	})
	store := NewMemoryStore()
	env := environment("IDENTITY_ENDPOINT", origin+"/msi/token?x=1", "IDENTITY_HEADER", "proof", "IMDS_ENDPOINT", "http://unused.example")
	source := NewSource(configure(t, identity("managed_identities_client_id", credential("mi-1"))), Options{Store: store, Now: newClock().now, Getenv: env})
	if token, err := source.Token(t.Context()); err != nil || token.Reveal() != "app" {
		t.Fatalf("token %q, %v", token.Reveal(), err)
	}
	r := (*requests)[0]
	if len(*requests) != 1 || r.Header.Get("X-IDENTITY-HEADER") != "proof" || r.URL.Path != "/msi/token" ||
		r.URL.RawQuery != "api-version=2019-08-01&client_id=mi-1&resource=https%3A%2F%2Fgraph.microsoft.com&x=1" {
		t.Errorf("%d requests, the first %s with %v", len(*requests), r.URL, r.Header)
	}
	if until := store.contexts[""]["valid_until"]; until != int64(1700007195) {
		t.Errorf("valid until %v, want the end that the service names", until)
	}
}

// files is a file system in which a name is looked up as it is.
func files(content map[string]string) func(string) (fs.File, error) {
	return func(name string) (fs.File, error) {
		text, ok := content[name]
		if !ok {
			return nil, fs.ErrNotExist
		}
		return fstest.MapFS{"f": {Data: []byte(text)}}.Open("f")
	}
}

func TestAzureArc(t *testing.T) {
	const folder = "/var/opt/azcmagent/tokens/"
	for _, c := range []struct {
		name, challenge string
		key             string
		works           bool
	}{
		{"as Microsoft documents it", "Basic realm=" + folder + "a.key", "arc-key", true},
		{"in quotes", `Basic realm="` + folder + `a.key"`, "arc-key", true},
		{"a key file of 4,096 bytes", "Basic realm=" + folder + "a.key", strings.Repeat("k", 4096), true},
		{"a key file that is too long", "Basic realm=" + folder + "a.key", strings.Repeat("k", 4097), false},
		{"a file elsewhere", "Basic realm=/etc/shadow.key", "arc-key", false},
		{"a way out of the folder", "Basic realm=" + folder + "../../../../etc/a.key", "arc-key", false},
		{"a folder below", "Basic realm=" + folder + "b/a.key", "arc-key", false},
		{"no key file by its name", "Basic realm=" + folder + "a.txt", "arc-key", false},
		{"a file that is not there", "Basic realm=" + folder + "other.key", "", false},
		{"no file at all", "Basic", "", false},
		{"no challenge", "", "", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			origin, requests := azure(t, func(w http.ResponseWriter, r *http.Request) {
				switch {
				case r.Header.Get("Metadata") != "true":
					w.WriteHeader(400)
				case r.Header.Get("Authorization") == "":
					w.Header().Set("WWW-Authenticate", c.challenge)
					w.WriteHeader(401)
				case r.Header.Get("Authorization") == "Basic "+c.key:
					writeJSON(w, 200, map[string]string{"access_token": "arc", "expires_in": "3600"})
				default:
					w.WriteHeader(403)
				}
			})
			content := map[string]string{"/etc/shadow.key": c.key, folder + "a.txt": c.key, folder + "b/a.key": c.key, folder + "../../../../etc/a.key": c.key}
			if c.key != "" {
				content[folder+"a.key"] = c.key
			}
			source := NewSource(configure(t, identity()), Options{
				Getenv: environment("IDENTITY_ENDPOINT", origin, "IMDS_ENDPOINT", origin), Open: files(content),
			})
			token, err := source.Token(t.Context())
			if c.works != (err == nil) || c.works && token.Reveal() != "arc" {
				t.Errorf("token %q, %v", token.Reveal(), err)
			}
			if !c.works && len(*requests) != 1 {
				t.Errorf("%d requests, want none after the challenge", len(*requests))
			}
			if !c.works && failure.KindOf(err) != failure.SignIn {
				t.Errorf("%v", err)
			}
		})
	}
}

func TestAzureArcHasNoIdentitiesOfTheUsers(t *testing.T) {
	source := NewSource(configure(t, identity("managed_identities_client_id", credential("mi"))), Options{
		Getenv: environment("IDENTITY_ENDPOINT", "http://127.0.0.1:1", "IMDS_ENDPOINT", "http://127.0.0.1:1"),
	})
	_, err := source.Token(t.Context())
	if e, ok := errors.AsType[*failure.Error](err); !ok || e.Parameter != "managed_identities_client_id" {
		t.Error(err)
	}
}

func TestArcKeyFilesOnWindows(t *testing.T) {
	for name, want := range map[string]bool{
		`C:\ProgramData\AzureConnectedMachineAgent\Tokens\a.key`:    true,
		`C:\ProgramData\AzureConnectedMachineAgent\Tokens\..\a.key`: false,
		`C:\ProgramData\AzureConnectedMachineAgent\Tokens\a.key:x`:  false,
		`C:\Windows\a.key`:                                 false,
		`/var/opt/azcmagent/tokens/a.key`:                  false,
		`\\server\AzureConnectedMachineAgent\Tokens\a.key`: false,
	} {
		if got := isArcKeyFile("windows", `C:\ProgramData`, name); got != want {
			t.Errorf("%s: %v", name, got)
		}
	}
	if isArcKeyFile("windows", "", `/AzureConnectedMachineAgent/Tokens/a.key`) {
		t.Error("a folder is accepted where ProgramData is not known")
	}
}

func TestOffAzure(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	nobody, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody.Close()
	elsewhere, _ := azure(t, func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(404) })
	for _, c := range []struct{ name, origin string }{
		{"nobody listens", "http://" + nobody.Addr().String()},
		{"a host that takes the connection and says nothing", "http://" + silent.Addr().String()},
		{"another provider's metadata service", elsewhere},
	} {
		t.Run(c.name, func(t *testing.T) {
			began := time.Now()
			source := NewSource(configure(t, identity()), Options{MetadataTransport: to(c.origin), Getenv: noEnvironment})
			_, err := source.Token(t.Context())
			if failure.KindOf(err) != failure.SignIn || !strings.Contains(err.Error(), "use_managed_identities") {
				t.Errorf("%v, want advice", err)
			}
			if took := time.Since(began); took > 20*time.Second { // a loaded machine is slow; without a limit it never ends
				t.Errorf("took %s", took)
			}
		})
	}
}

func TestMetadataIsNeverAskedThroughTheProxy(t *testing.T) {
	origin, _ := azure(t, func(w http.ResponseWriter, r *http.Request) {
		writeJSON(w, 200, map[string]string{"access_token": "direct", "expires_in": "3600"})
	})
	proxied := graphtest.Transport(func(r *http.Request) (*http.Response, error) {
		t.Errorf("%s took the way that may have a proxy", r.URL)
		return graphtest.Answer(r, 502, ""), nil
	})
	source := NewSource(configure(t, identity("proxy", true)), Options{Transport: proxied, MetadataTransport: to(origin), Getenv: noEnvironment})
	if _, err := source.Token(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestMetadataErrorsAdvise(t *testing.T) {
	origin, requests := azure(t, func(w http.ResponseWriter, r *http.Request) {
		writeJSON(w, 400, map[string]string{"error": "invalid_request", "error_description": "Identity not found"})
	})
	source := NewSource(configure(t, identity("managed_identities_client_id", credential("mi"))), Options{MetadataTransport: to(origin), Getenv: noEnvironment})
	_, err := source.Token(t.Context())
	if failure.KindOf(err) != failure.SignIn || !strings.Contains(err.Error(), "Identity not found") || !strings.Contains(err.Error(), "managed_identities_client_id") {
		t.Error(err)
	}
	if len(*requests) != 2 {
		t.Errorf("%d requests, want the probe and one more", len(*requests))
	}
}

func TestWorkloadIdentityReadsItsTokenAnew(t *testing.T) {
	far, clock := always("t"), newClock()
	content := map[string]string{"/run/token": "first\n"}
	env := environment(envFederatedTokenFile, "/run/token", envClientID, "env-client", envTenantID, "env-tenant")
	cfg, err := ConfigureIn(map[string]any{}, env)
	if err != nil {
		t.Fatal(err)
	}
	source := NewSource(cfg, Options{Transport: far, Now: clock.now, Getenv: env, Open: files(content)})
	for _, token := range []string{"first", "second"} {
		content["/run/token"] = token
		if _, err := source.Token(t.Context()); err != nil {
			t.Fatal(err)
		}
		want := url.Values{
			"grant_type": {"client_credentials"}, "client_id": {"env-client"}, "scope": {"https://graph.microsoft.com/.default"},
			"client_assertion_type": {assertionType}, "client_assertion": {token},
		}
		if got := far.forms[len(far.forms)-1]; got.Encode() != want.Encode() {
			t.Errorf("sent %s, want %s", got.Encode(), want.Encode())
		}
		clock.advance(2 * time.Hour)
	}
	if far.urls[0] != "https://login.microsoftonline.com/env-tenant/oauth2/v2.0/token" {
		t.Error(far.urls[0])
	}
	for _, broken := range []string{"", strings.Repeat("x", maxFederatedToken+1)} {
		content["/run/token"] = broken
		if _, err := source.Token(context.Background()); failure.KindOf(err) != failure.SignIn || !strings.Contains(err.Error(), envFederatedTokenFile) {
			t.Errorf("%d bytes: %v", len(broken), err)
		}
	}
}

// Docker answers for Azure's metadata address on a developer's machine: an identity
// that could be assigned there does not exist.
func TestWhatAnswersAtTheMetadataAddressMayNotBeAzures(t *testing.T) {
	for name, body := range map[string]string{
		"Docker's 403":     "connecting to 169.254.169.254:80: connecting to 169.254.169.254:80: dial tcp 169.254.169.254:80: connectex: A socket operation was attempted to an unreachable network.",
		"an empty 403":     "",
		"a web page's 403": "<html>blocked</html>",
	} {
		t.Run(name, func(t *testing.T) {
			origin, _ := azure(t, func(w http.ResponseWriter, r *http.Request) {
				w.WriteHeader(403)
				_, _ = io.WriteString(w, body)
			})
			source := NewSource(configure(t, identity()), Options{MetadataTransport: to(origin), Getenv: noEnvironment})
			_, err := source.Token(t.Context())
			e, ok := errors.AsType[*failure.Error](err)
			if !ok || e.Kind != failure.SignIn || e.Status != 403 || !strings.Contains(e.Message, "is not Azure's metadata service") ||
				!strings.Contains(e.Advice, "exist on Azure only") || strings.Contains(e.Advice, "Assign") {
				t.Errorf("%v", err)
			}
		})
	}
}
