package auth

import (
	"errors"
	"strings"
	"testing"

	"msgraph-user/internal/failure"
)

func TestResolveCloud(t *testing.T) {
	const login = "https://login.microsoftonline.com"
	for _, c := range []struct {
		name, host, endpoint string
		graph, signIn        string
	}{
		{"", "", "", "https://graph.microsoft.com", login},
		{"Worldwide", "https://graph.microsoft.com", "", "https://graph.microsoft.com", login},
		{"US GCC", "https://graph.microsoft.com", "", "https://graph.microsoft.com", login},
		{"US GCC-High", "https://graph.microsoft.com", "", "https://graph.microsoft.us", "https://login.microsoftonline.us"},
		{"US GCC-High", "https://graph.microsoft.us/", "", "https://graph.microsoft.us", "https://login.microsoftonline.us"},
		{"DoD", "", "", "https://dod-graph.microsoft.us", "https://login.microsoftonline.us"},
		{"Germany", "https://GRAPH.microsoft.de:443", "", "https://graph.microsoft.de", "https://login.microsoftonline.de"},
		{"China", "https://graph.microsoft.com", "", "https://microsoftgraph.chinacloudapi.cn", "https://login.chinacloudapi.cn"},
		{"", "https://graph.microsoft.us", "", "https://graph.microsoft.us", "https://login.microsoftonline.us"},
		{"Worldwide", "https://microsoftgraph.chinacloudapi.cn", "", "https://microsoftgraph.chinacloudapi.cn", "https://login.chinacloudapi.cn"},
		{"Worldwide", "https://graph.internal.example", "", "https://graph.internal.example", login},
		{"Custom", "https://graph.internal.example", "", "https://graph.internal.example", login},
		{"Custom", "https://graph.internal.example:8443", "https://adfs.example/adfs/", "https://graph.internal.example:8443", "https://adfs.example/adfs"},
		{"Custom", "https://graph.microsoft.de", "", "https://graph.microsoft.de", "https://login.microsoftonline.de"},
		{"Custom", "", "", "https://graph.microsoft.com", login},
		{"Germany", "", "https://login.microsoftonline.de", "https://graph.microsoft.de", "https://login.microsoftonline.de"},
		{"Worldwide", "http://127.0.0.1:8080", "", "http://127.0.0.1:8080", "http://127.0.0.1:8080"},
		{"Custom", "http://localhost:1/", "", "http://localhost:1", "http://localhost:1"},
		{"Custom", "https://tenant.localhost", "", "https://tenant.localhost", "https://tenant.localhost"},
		{"Custom", "http://[::1]:99", "", "http://[::1]:99", "http://[::1]:99"},
		{"Custom", "http://127.9.9.9", "http://127.0.0.1:7", "http://127.9.9.9", "http://127.0.0.1:7"},
		{"", "http://127.0.0.1:8080", "https://login.example", "http://127.0.0.1:8080", "https://login.example"},
	} {
		got, err := resolveCloud(c.name, c.host, c.endpoint)
		if err != nil || got.Graph != c.graph || got.SignIn != c.signIn {
			t.Errorf("%q, %q, %q: %+v, %v; want %s and %s", c.name, c.host, c.endpoint, got, err, c.graph, c.signIn)
		}
	}
}

func TestResolveCloudRefuses(t *testing.T) {
	for _, c := range []struct {
		name, host, endpoint string
		parameter, mentions  string
	}{
		{"Germany", "https://graph.microsoft.us", "", "host", "Germany https://graph.microsoft.de https://graph.microsoft.us"},
		{"US GCC", "https://graph.microsoft.us", "", "host", "US GCC"},
		{"DoD", "http://localhost:1", "", "host", "DoD"},
		{"Mars", "", "", "azure_cloud", "Mars Worldwide Custom"},
		{"Germany", "", "https://login.microsoftonline.us", "azure_ad_endpoint", "Germany https://login.microsoftonline.us"},
		{"", "graph.microsoft.com", "", "host", ""},
		{"", "https://", "", "host", ""},
		{"", "https://:443", "", "host", ""},
		{"", "ftp://graph.microsoft.com", "", "host", "https://"},
		{"", "http://graph.microsoft.com", "", "host", "https://"},
		{"", "http://localhost.evil.example", "", "host", "https://"},
		{"", "http://127.0.0.1.evil.example", "", "host", "https://"},
		{"", "https://user@graph.microsoft.com", "", "host", "user name"},
		{"", "https://graph.microsoft.com@evil.example", "", "host", "user name"},
		{"", "https://graph.microsoft.com?x", "", "host", "query"},
		{"", "https://graph.microsoft.com?", "", "host", "query"},
		{"", "https://graph.microsoft.com#f", "", "host", "fragment"},
		{"", "https://graph.microsoft.com#", "", "host", "fragment"},
		{"", "https://graph.microsoft.com/v1.0", "", "host", "/v1.0"},
		{"", "https://graph.microsoft.com/%2e%2e", "", "host", "path"},
		{"", "https://graph.micro soft.com", "", "host", ""},
		{"Custom", "", "http://login.example", "azure_ad_endpoint", "https://"},
		{"Custom", "", "https://login.example?tenant=x", "azure_ad_endpoint", "query"},
		{"Custom", "", "login.example", "azure_ad_endpoint", ""},
	} {
		_, err := resolveCloud(c.name, c.host, c.endpoint)
		e, ok := errors.AsType[*failure.Error](err)
		if !ok || e.Kind != failure.BadConfiguration || e.Parameter != c.parameter {
			t.Errorf("%q, %q, %q: %v; want a refusal that names %s", c.name, c.host, c.endpoint, err, c.parameter)
			continue
		}
		for _, text := range strings.Split(c.mentions, " ") {
			if !strings.Contains(err.Error(), text) {
				t.Errorf("%q does not mention %q", err, text)
			}
		}
	}
}

func TestATenantIsOneSegmentOfThePath(t *testing.T) {
	for tenant, want := range map[string]string{
		"contoso.onmicrosoft.com": "contoso.onmicrosoft.com", "..": "%2E%2E", ".": "%2E", "a/../b": "a%2F..%2Fb",
		"t?x=1#f": "t%3Fx=1%23f", "t%2F": "t%252F", `a\b`: "a%5Cb",
	} {
		cfg := configure(t, application("creds_tenant_id", credential(tenant)))
		if got := cfg.TokenURL(); got != "https://login.microsoftonline.com/"+want+"/oauth2/v2.0/token" {
			t.Errorf("tenant %q: %s", tenant, got)
		}
	}
}
