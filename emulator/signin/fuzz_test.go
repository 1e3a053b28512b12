package signin

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// FuzzTokenEndpoint: whatever is posted, the answer is JSON, is no fault of the
// tenant, and holds no token unless its status is 200.
func FuzzTokenEndpoint(f *testing.F) {
	f.Add(testTenant, form("grant_type", "client_credentials", "client_id", testApp, "client_secret", testSecret, "scope", graphScope).Encode())
	f.Add("common", form("grant_type", "refresh_token", "client_id", testApp, "client_secret", testSecret, "refresh_token", "a.b").Encode())
	f.Add(testTenant, form("grant_type", "authorization_code", "client_id", testPublic, "code", "1.x", "code_verifier", "v").Encode())
	f.Add(testTenant, form("grant_type", "client_credentials", "client_id", testApp, "client_assertion_type", assertionType, "client_assertion",
		"eyJhbGciOiJSUzI1NiIsIng1dCI6ImEifQ.eyJpc3MiOiIxMTExMTExMS0xMTExLTExMTEtMTExMS0xMTExMTExMTExMTEiLCJleHAiOjk5OTk5OTk5OTl9.AAAA").Encode())
	f.Add(testTenant, form("grant_type", "password", "client_id", testPublic, "username", "adelev@contoso.onmicrosoft.com", "password", testPassword, "scope", "User.Read").Encode())
	f.Add(testTenant, form("grant_type", onBehalfOf, "client_id", testApp, "client_secret", testSecret, "requested_token_use", "on_behalf_of", "assertion", "e30.e30.", "scope", graphScope).Encode())
	f.Add("a.b", "grant_type=%zz")
	s := New(Options{TenantID: testTenant, Directory: newFakeDirectory(), Algorithm: ES256})
	f.Fuzz(func(t *testing.T, tenant, body string) {
		r := httptest.NewRequest(http.MethodPost, "/x/oauth2/v2.0/token", strings.NewReader(body))
		r.URL.Path = "/" + strings.ReplaceAll(tenant, "/", "") + "/oauth2/v2.0/token"
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if w.Code == http.StatusNotFound {
			return // no tenant in the path
		}
		var m map[string]any
		if err := json.Unmarshal(w.Body.Bytes(), &m); err != nil || w.Code >= 500 {
			t.Fatalf("%d, %v: %s", w.Code, err, w.Body)
		}
		if (m["access_token"] != nil) != (w.Code == http.StatusOK) {
			t.Errorf("%d %v", w.Code, m)
		}
	})
}

// FuzzScope: a scope that is taken names a resource that exists, and permissions
// of the right shape.
func FuzzScope(f *testing.F) {
	for _, s := range []string{"User.Read offline_access", graphScope, "https://graph.microsoft.com//.default", "api://" + testApp + "/access", "/", "https:///.default", "a b/c"} {
		f.Add(s)
	}
	s := New(Options{TenantID: testTenant, Directory: newFakeDirectory(), AnyOrigin: true})
	f.Fuzz(func(t *testing.T, scope string) {
		x := newExchange(s, httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil))
		q, refused := x.parseScope(scope)
		if refused != nil {
			return
		}
		if q.target.resource == "" || q.target.audience == "" {
			t.Errorf("%q is for no resource: %+v", scope, q)
		}
		for _, p := range q.permissions {
			if !permissionName.MatchString(p) {
				t.Errorf("%q asks for the permission %q", scope, p)
			}
		}
	})
}

// FuzzRestore: a snapshot that is taken leaves a service that answers.
func FuzzRestore(f *testing.F) {
	f.Add([]byte(`{}`))
	f.Add([]byte(`{"Families":{"a":{"ID":"a","Live":null}}}`))
	f.Fuzz(func(t *testing.T, snapshot []byte) {
		s := New(Options{TenantID: testTenant, Directory: newFakeDirectory(), Algorithm: ES256})
		if s.Restore(snapshot) != nil {
			return
		}
		r := httptest.NewRequest(http.MethodPost, "/"+testTenant+"/oauth2/v2.0/token",
			strings.NewReader(form("grant_type", "refresh_token", "client_id", testApp, "client_secret", testSecret, "refresh_token", "a.b").Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if w.Code >= 500 {
			t.Errorf("%d %s", w.Code, w.Body)
		}
	})
}
