package emulator_test

import (
	"net/http"
	"strings"
	"testing"

	"msgraph-user/emulator"
	"msgraph-user/emulator/faults"
)

func TestHealthNeedsNoTokenAndIsInNoLog(t *testing.T) {
	x := start(t, emulator.Options{})
	if err := x.Faults().SetSpec(faults.Spec{Throttle: 1}); err != nil {
		t.Fatal(err)
	}
	x.token = ""
	if got := x.get("http://any.example/healthz"); got.status != http.StatusOK || got.text != "ok\n" {
		t.Errorf("%d %q", got.status, got.text)
	}
	if _, page, _ := x.onPage("GET", "/", "", nil); strings.Contains(page, "healthz") {
		t.Error("the page shows it as a request")
	}
}

// Graph answers pages of other origins, and the tenant's own page and controls do not.
func TestGraphIsSharedAcrossOrigins(t *testing.T) {
	x := start(t, emulator.Options{})
	origin := []string{"Origin", "https://page.example"}
	preflight := append([]string{"Access-Control-Request-Method", "PATCH", "Access-Control-Request-Headers", "authorization,consistencylevel"}, origin...)
	for path, shared := range map[string]bool{someone: true, "/v1.0/$batch": true, "/beta/users": true, "/oidc/userinfo": true, "/": false, "/_emulator/requests": false, "/devicelogin": false} {
		got := x.do("OPTIONS", path, "", preflight...)
		if (got.header.Get("Access-Control-Allow-Origin") == "*") != shared {
			t.Errorf("%s: %v", path, got.header)
		}
		if shared && (got.status != http.StatusOK || got.header.Get("Access-Control-Allow-Headers") != "authorization,consistencylevel") {
			t.Errorf("%s: %d %v", path, got.status, got.header)
		}
	}
	if got := x.get(someone, origin...); got.status != http.StatusOK || !strings.Contains(got.header.Get("Access-Control-Expose-Headers"), "Location") {
		t.Errorf("a read: %d %v", got.status, got.header)
	}
	x.token = ""
	if got := x.get(someone, origin...); got.status != http.StatusUnauthorized || got.header.Get("Access-Control-Allow-Origin") != "*" {
		t.Errorf("a refusal that the page must be able to read: %d %v", got.status, got.header)
	}
	if got := x.get(someone); got.header.Get("Access-Control-Allow-Origin") != "" {
		t.Error("no browser asked")
	}
}
