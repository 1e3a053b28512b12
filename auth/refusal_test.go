package auth

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"msgraph-user/internal/failure"
	"msgraph-user/internal/graphtest"
	"msgraph-user/internal/httpclient"
)

// refusedBy returns the failure of a sign-in at a server that answers as serve does.
func refusedBy(t *testing.T, serve http.HandlerFunc) *failure.Error {
	t.Helper()
	server := httptest.NewServer(serve)
	defer server.Close()
	cfg := configure(t, application("host", server.URL))
	_, err := NewSource(cfg, Options{}).Token(t.Context())
	e, ok := errors.AsType[*failure.Error](err)
	if !ok {
		t.Fatalf("%v is no failure", err)
	}
	return e
}

func TestAnswersThatAreNoToken(t *testing.T) {
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		t.Error("a redirect was followed, credentials and all")
	}))
	defer elsewhere.Close()
	answer := func(status int, kind, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", kind)
			w.WriteHeader(status)
			_, _ = w.Write([]byte(body))
		}
	}
	for _, c := range []struct {
		name     string
		serve    http.HandlerFunc
		status   int
		mentions []string
	}{
		{"a web page", answer(200, "text/html", "<html>Log in to the hotel</html>"), 200, []string{"web page", "127.0.0.1"}},
		{"a web page for an error", answer(403, "text/html", "<html>blocked</html>"), 403, []string{"403", "web page"}},
		{"no JSON", answer(200, "application/json", "{"), 200, []string{"not JSON"}},
		{"nothing", answer(200, "application/json", ""), 200, []string{"not JSON"}},
		{"no token", answer(200, "application/json", `{"token_type":"Bearer"}`), 200, []string{"access_token"}},
		{"a token that is no text", answer(200, "application/json", `{"access_token":7}`), 200, []string{"access_token"}},
		{"an error with 200", answer(200, "application/json", `{"error":"invalid_client"}`), 200, []string{"invalid_client"}},
		{"too large", answer(200, "application/json", `{"x":"`+strings.Repeat("a", 1<<20)+`"}`), 200, []string{"larger"}},
		{"a redirect", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, elsewhere.URL+"/x", http.StatusTemporaryRedirect)
		}, http.StatusTemporaryRedirect, []string{"redirect"}},
		{"an unknown error", answer(400, "application/json", `{"error":"new_error","error_description":"new"}`), 400, []string{"400", "new_error"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := refusedBy(t, c.serve)
			if e.Kind != failure.SignIn || e.Status != c.status {
				t.Errorf("kind %v, status %d, want a failed sign-in with %d", e.Kind, e.Status, c.status)
			}
			for _, text := range c.mentions {
				if !strings.Contains(e.Error(), text) {
					t.Errorf("%q does not mention %q", e, text)
				}
			}
		})
	}
}

func TestRefusalsCarryEntrasNumbersAndAdvice(t *testing.T) {
	for _, c := range []struct {
		name, body string
		oauth      string
		numbers    []int
		advice     string
	}{
		{"numbers", `{"error":"invalid_client","error_description":"AADSTS7000215: Invalid client secret provided.","error_codes":[7000215]}`, "invalid_client", []int{7000215}, "creds_enc_key"},
		{"a number in the text only", `{"error":"invalid_grant","error_description":"AADSTS70008: expired. AADSTS70008"}`, "invalid_grant", []int{70008}, "msgraph-user-auth-reset"},
		{"several numbers", `{"error":"invalid_grant","error_description":"AADSTS50173: revoked","error_codes":[999999,50173]}`, "invalid_grant", []int{999999, 50173}, "auth-reset"},
		{"no number", `{"error":"invalid_grant"}`, "invalid_grant", nil, "auth-reset"},
		{"an unknown number", `{"error":"invalid_client","error_codes":[1]}`, "invalid_client", []int{1}, "creds_auth_id"},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := refusedBy(t, func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "application/json; charset=utf-8")
				w.WriteHeader(400)
				_, _ = w.Write([]byte(c.body))
			})
			if e.OAuthError != c.oauth || !slices.Equal(e.AADSTS, c.numbers) || !strings.Contains(e.Advice, c.advice) {
				t.Errorf("%q, %v, advice %q", e.OAuthError, e.AADSTS, e.Advice)
			}
		})
	}
}

func TestAdvicesAreOneSentenceEach(t *testing.T) {
	seen, saying := map[int]bool{}, map[string]bool{}
	sentence := regexp.MustCompile(`^[A-Z].*[a-z)]\.$`)
	for _, a := range advices {
		if row := fmt.Sprint(a.number, a.says); saying[row] {
			t.Errorf("AADSTS%d is there twice", a.number)
		} else {
			saying[row] = true
		}
		if seen[a.number] && a.says != "" {
			t.Errorf("AADSTS%d %q stands after a row that takes all", a.number, a.says)
		}
		seen[a.number] = true
		if !sentence.MatchString(a.advice) || strings.Contains(a.advice, ". ") {
			t.Errorf("AADSTS%d: %q is not one sentence", a.number, a.advice)
		}
	}
	for _, common := range []int{7000215, 7000222, 700016, 700027, 700024, 70008, 70000, 700082, 700084, 90002, 50011, 500112, 65001, 50076, 50079, 53003, 50173, 54005, 50057, 50105, 7000218, 9002313} {
		if !seen[common] {
			t.Errorf("no advice for AADSTS%d", common)
		}
	}
}

func TestErrorsHoldNoSecret(t *testing.T) {
	refresh := "RT-canary-0123456789"
	echo := func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(400)
		_, _ = w.Write([]byte(`{"error":"` + url.QueryEscape(r.Form.Get("refresh_token")) + `","error_description":"You sent ` + r.Form.Get("client_secret") + " and " + url.QueryEscape(r.Form.Encode()) + ` eyJhbGciOiJSUzI1NiJ9.eyJhIjoxfQ.c2ln"}`))
	}
	server := httptest.NewServer(http.HandlerFunc(echo))
	defer server.Close()
	cfg := configure(t, person("host", server.URL, "creds_enc_key", credential("p&ss w+rd-0123456789"), "creds_auth_code", credential("refresh_token:"+refresh)))
	lines := &logged{}
	_, err := NewSource(cfg, Options{Log: lines.logger()}).Token(t.Context())
	e, ok := errors.AsType[*failure.Error](err)
	if !ok {
		t.Fatal(err)
	}
	for _, text := range []string{e.Error(), e.OAuthError, lines.String()} {
		for _, canary := range []string{refresh, "p&ss w+rd-0123456789", url.QueryEscape("p&ss w+rd-0123456789"), "eyJhbGci"} {
			if strings.Contains(text, canary) {
				t.Errorf("%q holds %q", text, canary)
			}
		}
	}
}

func TestUnreachableSignInHost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		refused := graphtest.Transport(func(*http.Request) (*http.Response, error) { return nil, errors.New("connect: " + longSecret) })
		_, err := NewSource(configure(t, application()), Options{Transport: refused}).Token(t.Context())
		e, ok := errors.AsType[*failure.Error](err)
		if !ok || e.Kind != failure.Unreachable || e.Host != "login.microsoftonline.com" {
			t.Errorf("%v, want unreachable", err)
		}
		if !strings.Contains(err.Error(), "connect: ***") || strings.Contains(err.Error(), longSecret) || strings.Contains(err.Error(), "change may have been made") {
			t.Errorf("%q", err)
		}
	})
}

func TestRevokedCredentialsAreToldFromWrongOnes(t *testing.T) {
	for _, c := range []struct {
		number   int
		text     string
		mentions string
		not      string
	}{
		{700027, "The provided client assertion for 'app' is using a key which is revoked.", "was revoked", "upload it there"},
		{700027, "The certificate with identifier used to sign the client assertion is not registered on application.", "upload it there", "revoked"},
		{7005003, "The provided client secret keys for app 'app' are revoked.", "client secret was revoked", "creds_certificate"},
		{7005004, "The provided client assertion for 'app' is using a key which is revoked.", "certificate's key was revoked", "creds_enc_key"},
		{7005005, "The provided federated credential with id: 'f' for application 'app' is revoked.", "federated credential of this workload was revoked", "creds_enc_key"},
		{7005006, "'app' has blocked token issuance for this request.", "Token issuance is blocked", "creds_enc_key"},
	} {
		for name, codes := range map[string]string{"listed": fmt.Sprintf(`,"error_codes":[%d]`, c.number), "only in the text": ""} {
			t.Run(fmt.Sprintf("AADSTS%d %s", c.number, name), func(t *testing.T) {
				e := refusedBy(t, func(w http.ResponseWriter, r *http.Request) {
					w.Header().Set("Content-Type", "application/json; charset=utf-8")
					w.WriteHeader(401)
					fmt.Fprintf(w, `{"error":"invalid_client","error_description":"AADSTS%d: %s"%s}`, c.number, c.text, codes)
				})
				if !strings.Contains(e.Advice, c.mentions) || strings.Contains(e.Advice, c.not) || !slices.Equal(e.AADSTS, []int{c.number}) {
					t.Errorf("%v: advice %q", e.AADSTS, e.Advice)
				}
			})
		}
	}
}

func TestTheTenantCommonIsNoTenant(t *testing.T) {
	for _, number := range []int{50059, 90130} {
		e := refusedBy(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(400)
			fmt.Fprintf(w, `{"error":"invalid_request","error_description":"AADSTS%d: no","error_codes":[%d]}`, number, number)
		})
		if !strings.Contains(e.Advice, "creds_tenant_id") || !strings.Contains(e.Advice, "common") {
			t.Errorf("AADSTS%d: advice %q", number, e.Advice)
		}
	}
}

func TestAProxysRefusalIsNotTheSignInServices(t *testing.T) {
	for _, c := range []struct {
		name, kind, body string
		status           int
		mentions         string
	}{
		{"a 407", "text/html", "<html>authenticate</html>", 407, "HTTPS_PROXY"},
		{"a 407 in plain text", "text/plain", "authenticate", 407, "HTTPS_PROXY"},
		{"an HTML 403", "text/html", "<html>blocked</html>", 403, "proxy or firewall"},
		{"a 403 in plain text", "text/plain", "blocked", 403, "proxy or firewall"},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := refusedBy(t, func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", c.kind)
				w.WriteHeader(c.status)
				_, _ = w.Write([]byte(c.body))
			})
			if !strings.Contains(e.Advice, c.mentions) || strings.Contains(e.Advice, "creds_") {
				t.Errorf("advice %q", e.Advice)
			}
		})
	}
}

func TestAnUnreachableProxyIsAdvisedAbout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		refused := graphtest.Transport(func(*http.Request) (*http.Response, error) { return nil, &httpclient.ProxyError{Status: 407} })
		_, err := NewSource(configure(t, application()), Options{Transport: refused}).Token(t.Context())
		if e, ok := errors.AsType[*failure.Error](err); !ok || e.Kind != failure.Unreachable || !strings.Contains(e.Advice, "USER:PASSWORD") || !strings.Contains(e.Message, "407") {
			t.Errorf("%v", err)
		}
	})
}

func TestATokenOfAnotherFormIsCalledThat(t *testing.T) {
	e := refusedBy(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"access_token":"eyJhbGciOiJSUzI1NiJ9.eyJhIjoxfQ.c2ln","expires_in":"soon"}`))
	})
	if !strings.Contains(e.Message, "expires_in as a whole number") || strings.Contains(e.Error(), "eyJhb") {
		t.Errorf("%q", e)
	}
}
