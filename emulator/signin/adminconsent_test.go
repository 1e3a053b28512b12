package signin

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

func (w *world) adminConsent(path string, pairs ...string) (back url.Values, status int, page string) {
	w.t.Helper()
	q := form(append([]string{"client_id", testApp, "redirect_uri", redirect, "state", "12345", "login_hint", "adelev@contoso.onmicrosoft.com"}, pairs...)...)
	resp, err := w.client.Get(w.url + "/" + testTenant + path + "?" + q.Encode())
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	if to, err := resp.Location(); err == nil {
		return to.Query(), resp.StatusCode, ""
	}
	return nil, resp.StatusCode, string(body)
}

func TestAdminConsentIsForEverybody(t *testing.T) {
	w := newWorld(t)
	w.dir.changeUser("adele", func(u *User) { u.Administrator = true })
	scope := "https://graph.microsoft.com/Mail.Read https://graph.microsoft.com/Calendars.Read"
	if _, status, page := w.adminConsent("/v2.0/adminconsent", "scope", scope); status != 200 || !strings.Contains(page, "Mail.Read") || !strings.Contains(page, "whole organization") {
		t.Fatalf("%d %s", status, page)
	}
	back, _, _ := w.adminConsent("/v2.0/adminconsent", "scope", scope, "consent", "accept")
	if back.Get("admin_consent") != "True" || back.Get("tenant") != testTenant || back.Get("state") != "12345" || back.Get("scope") != scope {
		t.Errorf("back with %v", back)
	}
	if a := w.byPassword("username", "script@contoso.onmicrosoft.com", "scope", "Mail.Read"); a.status != http.StatusOK {
		t.Errorf("somebody else: %v", a.body)
	}
	if a := w.byPassword("username", "script@contoso.onmicrosoft.com", "scope", "Mail.Send"); a.number() != 65001 {
		t.Errorf("another permission: %v", a.body)
	}
}

func TestAdminConsentWithoutScopeListsWhatIsConfigured(t *testing.T) {
	w := newWorld(t)
	w.dir.changeUser("adele", func(u *User) { u.Administrator = true })
	if _, _, page := w.adminConsent("/adminconsent"); !strings.Contains(page, "Group.Read.All") {
		t.Errorf("the page: %s", page)
	}
	back, _, _ := w.adminConsent("/adminconsent", "consent", "accept")
	if back.Get("admin_consent") != "True" || back.Get("tenant") != testTenant || back.Has("scope") {
		t.Errorf("back with %v", back)
	}
}

func TestAdminConsentIsRefused(t *testing.T) {
	w := newWorld(t)
	w.dir.changeUser("adele", func(u *User) { u.Administrator = true })
	back, _, _ := w.adminConsent("/v2.0/adminconsent", "scope", "User.Read", "consent", "deny")
	if back.Get("error") != "access_denied" || !strings.HasPrefix(back.Get("error_description"), "AADSTS65004") || back.Get("admin_consent") != "True" || back.Has("tenant") {
		t.Errorf("declined: %v", back)
	}
	if back, _, _ := w.adminConsent("/v2.0/adminconsent"); !strings.HasPrefix(back.Get("error_description"), "AADSTS900144") {
		t.Errorf("no scope: %v", back)
	}
	for name, c := range map[string]struct {
		pairs  []string
		number string
	}{
		"no administrator":           {[]string{"login_hint", "script@contoso.onmicrosoft.com", "consent", "accept"}, "AADSTS90094"},
		"a redirect URI of somebody": {[]string{"redirect_uri", "https://evil.example"}, "AADSTS50011"},
		"no client":                  {[]string{"client_id", ""}, "AADSTS900144"},
		"a disabled application":     {[]string{"client_id", testOff}, "AADSTS7000112"},
	} {
		if back, status, page := w.adminConsent("/adminconsent", c.pairs...); back != nil || status != 400 || !strings.Contains(page, c.number) {
			t.Errorf("%s: %v %d %s", name, back, status, page)
		}
	}
	if _, status, page := w.adminConsent("/adminconsent", "login_hint", ""); status != 200 || !strings.Contains(page, "An administrator has to sign in") {
		t.Errorf("nobody: %d %s", status, page)
	}
}
