package signin

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

func answerOf(t *testing.T, resp *http.Response) answer {
	t.Helper()
	a := answer{status: resp.StatusCode}
	if err := json.NewDecoder(resp.Body).Decode(&a.body); err != nil {
		t.Fatalf("the answer is not JSON: %v", err)
	}
	return a
}

func (w *world) page(path string) (string, *http.Response) {
	w.t.Helper()
	resp, err := w.client.Get(w.url + path)
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return string(b), resp
}

func TestPagesEscapeEverything(t *testing.T) {
	w := newWorld(t)
	evil := `"><script>alert(1)</script>`
	authorize := "/" + testTenant + "/oauth2/v2.0/authorize?" + form("client_id", testApp, "response_type", "code",
		"redirect_uri", redirect, "scope", "User.Read", "state", evil, evil, evil).Encode()
	for name, path := range map[string]string{
		"account picker":   authorize,
		"consent":          strings.Replace(authorize, "User.Read", "Mail.Read", 1) + "&login_hint=script%40contoso.onmicrosoft.com",
		"form post":        authorize + "&login_hint=script%40contoso.onmicrosoft.com&response_mode=form_post",
		"unknown account":  authorize + "&login_hint=" + url.QueryEscape(evil),
		"device":           "/devicelogin?user_code=" + url.QueryEscape(evil),
		"error":            "/error?code=" + url.QueryEscape(evil),
		"unknown tenant":   "/" + url.PathEscape(strings.ReplaceAll(evil, "/", "")) + "/oauth2/v2.0/authorize",
		"unknown redirect": strings.Replace(authorize, url.QueryEscape(redirect), url.QueryEscape("https://x.example/"+evil), 1),
	} {
		t.Run(name, func(t *testing.T) {
			body, resp := w.page(path)
			if strings.Contains(body, "<script>") || strings.Contains(body, `"><`+"script") {
				t.Errorf("the page holds a script of the request's:\n%s", body)
			}
			if got := resp.Header.Get("Content-Type"); got != "text/html; charset=utf-8" {
				t.Errorf("Content-Type %q", got)
			}
			if !strings.Contains(resp.Header.Get("Content-Security-Policy"), "default-src 'none'") {
				t.Error("no content security policy")
			}
		})
	}
}

// TestPickerLeadsToACode clicks an account as a person would, without script.
func TestPickerLeadsToACode(t *testing.T) {
	w := newWorld(t)
	path := "/" + testTenant + "/oauth2/v2.0/authorize"
	q := form("client_id", testApp, "response_type", "code", "redirect_uri", redirect, "scope", graphScope, "state", "s")
	body, _ := w.page(path + "?" + q.Encode())
	if !strings.Contains(body, `name="account" value="a0000000-0000-0000-0000-000000000001"`) || !strings.Contains(body, `action="`+path+`"`) {
		t.Fatalf("no account to pick:\n%s", body)
	}
	q.Set("account", "a0000000-0000-0000-0000-000000000001")
	resp, err := w.client.PostForm(w.url+path, q)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	back, err := resp.Location()
	if err != nil || back.Query().Get("code") == "" || back.Query().Get("state") != "s" {
		t.Errorf("came back with %v, %v", back, err)
	}
}

// The picker finds people, keeps what the application asked, and leads back to it.
func TestPickerSearchesAndGoesBack(t *testing.T) {
	w := newWorld(t)
	path := "/" + testTenant + "/oauth2/v2.0/authorize"
	asked := form("client_id", testApp, "response_type", "code", "redirect_uri", redirect, "scope", graphScope, "state", "s")
	send := func(pairs ...string) (string, *http.Response) {
		q := url.Values{}
		for name, v := range asked {
			q[name] = v
		}
		for name, v := range form(pairs...) {
			q[name] = v
		}
		resp, err := w.client.PostForm(w.url+path, q)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return string(body), resp
	}
	page, _ := send("find", "ADELE")
	if strings.Contains(page, "script@contoso") || !strings.Contains(page, "AdeleV@contoso") || !strings.Contains(page, `name="state" value="s"`) {
		t.Errorf("a search for one: %s", page)
	}
	if page, _ := send("find", "zzz"); !strings.Contains(page, "contains “zzz”") {
		t.Errorf("a search for nobody: %s", page)
	}
	_, resp := send("consent", "deny")
	if back, err := resp.Location(); err != nil || back.Query().Get("error") != "access_denied" || back.Query().Get("state") != "s" {
		t.Errorf("back to the application: %v %v", back, err)
	}
	if page, _ := send("account", "nobody@contoso.onmicrosoft.com"); !strings.Contains(page, "Use another account") || strings.Contains(page, `name="account" value="nobody`) {
		t.Errorf("after a refusal: %s", page)
	}
	if page, _ := send("account", "script@contoso.onmicrosoft.com", "scope", "Mail.Read"); !strings.Contains(page, "Use another account") {
		t.Errorf("at the consent: %s", page)
	}
}

func TestFormPostCarriesTheCode(t *testing.T) {
	w := newWorld(t)
	body, _ := w.page("/" + testTenant + "/oauth2/v2.0/authorize?" + form("client_id", testApp, "response_type", "code", "response_mode", "form_post",
		"redirect_uri", redirect, "scope", graphScope, "state", "s", "login_hint", "AdeleV@contoso.onmicrosoft.com").Encode())
	for _, want := range []string{`action="` + redirect + `"`, `name="code" value="1.`, `name="state" value="s"`} {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %s:\n%s", want, body)
		}
	}
}

func TestLogoutGoesToRegisteredAddressesOnly(t *testing.T) {
	w := newWorld(t)
	for to, status := range map[string]int{"": 200, redirect: 302, "http://localhost:9/stolen": 200, "https://evil.example/": 200} {
		if _, resp := w.page("/common/oauth2/v2.0/logout?post_logout_redirect_uri=" + url.QueryEscape(to)); resp.StatusCode != status {
			t.Errorf("%q: status %d, want %d", to, resp.StatusCode, status)
		}
	}
}

func TestDiscoveryNamesTheOriginThatWasAsked(t *testing.T) {
	w := newWorld(t)
	for _, tenant := range []string{testTenant, "contoso.onmicrosoft.com", "common", "organizations"} {
		a, _ := w.get("/" + tenant + "/v2.0/.well-known/openid-configuration")
		if a.text("issuer") != w.url+"/"+testTenant+"/v2.0" || a.text("token_endpoint") != w.url+"/"+testTenant+"/oauth2/v2.0/token" {
			t.Errorf("%s: %v", tenant, a.body)
		}
	}
	if a, _ := w.get("/fabrikam.com/v2.0/.well-known/openid-configuration"); a.number() != 90002 {
		t.Errorf("another tenant: %v", a.body)
	}
}

func TestInstanceDiscovery(t *testing.T) {
	w := newWorld(t)
	a, _ := w.get("/common/discovery/instance?api-version=1.1&authorization_endpoint=" + url.QueryEscape(w.url+"/x/oauth2/v2.0/authorize"))
	if a.text("tenant_discovery_endpoint") != w.url+"/"+testTenant+"/v2.0/.well-known/openid-configuration" || fmt.Sprint(a.body["metadata"]) == "[]" {
		t.Errorf("answer %v", a.body)
	}
	if a, _ := w.get("/common/discovery/instance"); a.number() != 90023 {
		t.Errorf("without an endpoint: %v", a.body)
	}
}

func TestInProcessRequestsNameTheirWholeURL(t *testing.T) {
	s := New(Options{TenantID: testTenant, Directory: newFakeDirectory(), Algorithm: ES256, AnyOrigin: true})
	r := httptest.NewRequest(http.MethodPost, "https://login.internal.example/"+testTenant+"/oauth2/v2.0/token",
		strings.NewReader(form("grant_type", "client_credentials", "client_id", testApp, "client_secret", testSecret, "scope", "https://graph.internal.example/.default").Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	if w.Code != http.StatusOK {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

func TestServes(t *testing.T) {
	s := New(Options{TenantID: testTenant, Directory: newFakeDirectory()})
	for path, want := range map[string]bool{
		"/" + testTenant + "/oauth2/v2.0/token": true, "/metadata/identity/oauth2/token": true, "/obtain-token": true,
		"/v1.0/users": false, "/": false, "": false, "//oauth2/token": false, "/v1.0/oauth2PermissionGrants": false,
	} {
		if s.Serves(path) != want {
			t.Errorf("%s: %v", path, !want)
		}
	}
}

func TestSnapshotKeepsGrants(t *testing.T) {
	w := newWorld(t)
	refreshToken := w.redeem(w.code("scope", "Mail.Read offline_access", "consent", "accept")).text("refresh_token")
	code := w.code()
	snapshot, err := w.service.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	w.service.Reset()
	if err := w.service.Restore(snapshot); err != nil {
		t.Fatal(err)
	}
	w.principal(w.refresh(refreshToken))
	w.principal(w.redeem(code))
	for _, damaged := range []string{"", "[]", `{"Families":{"x":null}}`, `{"Codes":{"x":null}}`, `{"Devices":{"x":null}}`, `{"Consents":null}`} {
		if err := w.service.Restore([]byte(damaged)); err == nil {
			t.Errorf("%q was taken", damaged)
		}
	}
	w.principal(w.refresh(refreshToken))
}
