package emulator_test

import (
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"msgraph-user/emulator"
)

// browse posts a form to the hosted application's page.
func browse(t *testing.T, base string, form ...string) string {
	t.Helper()
	values := url.Values{}
	for i := 0; i < len(form); i += 2 {
		values.Set(form[i], form[i+1])
	}
	response, err := http.PostForm(base+"/ms-graph-user", values)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	page, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return html.UnescapeString(string(page))
}

func TestHostedApplicationsPage(t *testing.T) {
	x := start(t, emulator.Options{})
	server := httptest.NewServer(x)
	defer server.Close()
	if page := browse(t, server.URL); !strings.Contains(page, "Priya Raman") || !strings.Contains(page, "<script>alert(1)</script> Tables") {
		t.Errorf("the picker shows %s", page)
	}
	for _, c := range []struct {
		name, shows string
		form        []string
	}{
		{"somebody without the role", "AADSTS90094", []string{"account", "dele.okafor@larkspur.example", "consent", "accept"}},
		{"nobody", "AADSTS50034", []string{"account", "nobody", "consent", "accept"}},
		{"an administrator is asked", "User.RevokeSessions.All", []string{"account", "priya.raman@larkspur.example"}},
		{"and may say no", "AADSTS65004", []string{"account", "priya.raman@larkspur.example", "consent", "deny"}},
	} {
		if page := browse(t, server.URL, c.form...); !strings.Contains(page, c.shows) || strings.Contains(page, `id="key"`) {
			t.Errorf("%s: the page lacks %q: %s", c.name, c.shows, page)
		}
	}
	first := handedOut(t, browse(t, server.URL, "account", "priya.raman@larkspur.example", "consent", "accept"))
	second := handedOut(t, browse(t, server.URL, "account", "priya.raman@larkspur.example", "consent", "accept"))
	for i, name := range []string{"ID", "token", "key"} {
		if first[i] == second[i] {
			t.Errorf("two instances are handed the same %s", name)
		}
	}
}

var handed = regexp.MustCompile(`id="(?:id|token|key)" readonly value="([^"]+)"`)

func handedOut(t *testing.T, page string) [3]string {
	t.Helper()
	var values [3]string
	found := handed.FindAllStringSubmatch(page, -1)
	if len(found) != len(values) {
		t.Fatalf("the page hands out %d values: %s", len(found), page)
	}
	for i := range values {
		values[i] = found[i][1]
	}
	return values
}
