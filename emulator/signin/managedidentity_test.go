package signin

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func (w *world) get(path string, header ...string) (answer, http.Header) {
	w.t.Helper()
	r, err := http.NewRequestWithContext(w.t.Context(), http.MethodGet, w.url+path, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	resp, err := w.client.Do(r)
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	return answerOf(w.t, resp), resp.Header
}

func TestMetadataServiceRefuses(t *testing.T) {
	w := newWorld(t)
	good := "/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https://graph.microsoft.com/"
	for _, c := range []struct {
		name   string
		path   string
		header []string
		status int
		oauth  string
	}{
		{"as documented", good, []string{"Metadata", "true"}, 200, ""},
		{"no header", good, nil, 400, "invalid_request"},
		{"another value", good, []string{"Metadata", "1"}, 400, "invalid_request"},
		{"through a proxy", good, []string{"Metadata", "true", "X-Forwarded-For", "10.0.0.1"}, 400, "invalid_request"},
		{"no version", "/metadata/identity/oauth2/token?resource=https://graph.microsoft.com", []string{"Metadata", "true"}, 400, "invalid_request"},
		{"no resource", "/metadata/identity/oauth2/token?api-version=2018-02-01", []string{"Metadata", "true"}, 400, "invalid_request"},
		{"unknown resource", "/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https://other.example", []string{"Metadata", "true"}, 400, "invalid_resource"},
		{"unknown identity", good + "&client_id=" + testPublic, []string{"Metadata", "true"}, 400, "invalid_request"},
		{"two names", good + "&client_id=" + testApp + "&object_id=x", []string{"Metadata", "true"}, 400, "invalid_request"},
		{"App Service", "/msi/token?api-version=2019-08-01&resource=https://graph.microsoft.com", []string{"X-IDENTITY-HEADER", "app-service-secret"}, 200, ""},
		{"App Service, wrong header", "/msi/token?api-version=2019-08-01&resource=https://graph.microsoft.com", []string{"X-IDENTITY-HEADER", "wrong"}, 401, "unauthorized"},
		{"App Service, another version", "/msi/token?api-version=2017-09-01&resource=https://graph.microsoft.com", []string{"X-IDENTITY-HEADER", "app-service-secret"}, 400, "invalid_request"},
	} {
		t.Run(c.name, func(t *testing.T) {
			a, _ := w.get(c.path, c.header...)
			if a.status != c.status || a.text("error") != c.oauth {
				t.Errorf("got %d %v; want %d %q", a.status, a.body, c.status, c.oauth)
			}
			if c.status == 200 && (a.text("expires_in") != "86399" || a.text("client_id") != testApp || a.text("expires_on") == "") {
				t.Errorf("answer %v", a.body)
			}
		})
	}
}

func TestAppServiceWithoutSecretRefusesAll(t *testing.T) {
	w := newWorld(t, func(o *Options) { o.AppServiceSecret = "" })
	if a, _ := w.get("/msi/token?api-version=2019-08-01&resource=https://graph.microsoft.com", "X-IDENTITY-HEADER", ""); a.status != 401 {
		t.Errorf("status %d, want 401", a.status)
	}
}

func TestArcWantsTheContentOfItsKeyFile(t *testing.T) {
	directory := t.TempDir()
	w := newWorld(t, func(o *Options) { o.ArcKeyDirectory = directory })
	const path = "/metadata/identity/oauth2/token?api-version=2020-06-01&resource=https://graph.microsoft.com"

	challenge, header := w.get(path, "Metadata", "true")
	file, ok := strings.CutPrefix(header.Get("WWW-Authenticate"), "Basic realm=")
	if challenge.status != 401 || !ok || filepath.Dir(file) != directory || filepath.Ext(file) != ".key" {
		t.Fatalf("the challenge is %d %q", challenge.status, header.Get("WWW-Authenticate"))
	}
	info, err := os.Stat(file)
	if err != nil || info.Mode().Perm() != 0o600 || info.Size() > 4096 {
		t.Fatalf("the key file: %v, %v", info, err)
	}
	if a, _ := w.get(path, "Metadata", "true", "Authorization", "Basic guessed"); a.status != 401 {
		t.Errorf("a guessed key gets %d", a.status)
	}
	key, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	a, _ := w.get(path, "Metadata", "true", "Authorization", "Basic "+string(key))
	w.principal(a)
	if _, err := os.Stat(file); !os.IsNotExist(err) {
		t.Errorf("the key file is still there: %v", err)
	}
	if a, _ := w.get(path, "Metadata", "true", "Authorization", "Basic "+string(key)); a.status != 401 {
		t.Errorf("a key that was used gets %d", a.status)
	}
}
