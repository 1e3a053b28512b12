package endurance_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"msgraph-user/emulator"
)

// scripted is a Graph and sign-in host that answers as a test says, and keeps what
// it was asked. Unscripted paths are a 404.
type scripted struct {
	*httptest.Server
	mu      sync.Mutex
	answers map[string]http.HandlerFunc // by method and path
	asked   []*http.Request
}

const tokenPath = "/" + emulator.ReadyTenant + "/oauth2/v2.0/token"

func newScripted(t testing.TB) *scripted {
	s := &scripted{answers: map[string]http.HandlerFunc{"POST " + tokenPath: says(`{"access_token":"canary-access-token","expires_in":3600}`)}}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	return s
}

func (s *scripted) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.asked = append(s.asked, r)
	answer, ok := s.answers[r.Method+" "+r.URL.Path]
	s.mu.Unlock()
	if !ok {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	answer(w, r)
}

// requests returns the methods and paths that came since the last time.
func (s *scripted) requests() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []string
	for _, r := range s.asked {
		all = append(all, r.Method+" "+r.URL.Path)
	}
	s.asked = nil
	return all
}

func (s *scripted) answer(on string, handler http.HandlerFunc) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answers[on] = handler
}

func says(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(body))
	}
}

func pointsTo(status int, location string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", location)
		w.WriteHeader(status)
	}
}

// foreign returns links that are not the Graph at base, the canary's among them.
func foreign(t testing.TB, base, canary string) []string {
	t.Helper()
	own, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	there, err := url.Parse(canary)
	if err != nil {
		t.Fatal(err)
	}
	return []string{
		canary + "/v1.0/users?$skiptoken=x",
		"http://localhost:" + there.Port() + "/v1.0/users",
		"http://" + own.Host + "@" + there.Host + "/v1.0/users",
		"http://user:password@" + own.Host + "/v1.0/users",
		"http://user@" + own.Host + "/v1.0/users",
		"https://" + own.Host + "/v1.0/users",
		"http://" + own.Hostname() + "/v1.0/users",
		"http://" + own.Hostname() + ":1/v1.0/users",
		"//" + there.Host + "/v1.0/users",
		"http:" + there.Host + "/v1.0/users",
		"http:\\\\" + there.Host + "/v1.0/users",
		base + "\\@" + there.Host + "/v1.0/users",
		base + ".evil.example/v1.0/users",
		base + "/v1.0/../../admin",
		base + "/v1.0/%2e%2e/admin",
		base + "/" + emulator.ReadyTenant + "/oauth2/v2.0/token",
		"file:///etc/passwd",
		"/v1.0/users", "users", "?", "%",
	}
}

// Links that were given to a command, and lead elsewhere, are refused before
// anything is sent, the sign-in included.
func TestForeignLinksAreRefusedBeforeAnythingIsSent(t *testing.T) {
	t.Parallel()
	far, bird := newScripted(t), newCanary(t)
	p := startProgram(t, "serve")
	params := emulator.Parameters(far.URL)
	for _, c := range []struct{ command, argument, user string }{
		{"msgraph-user-list", "next_page", ""},
		{"msgraph-user-owned-devices-list", "next_page", colleague},
		{"msgraph-user-authenticator-method-list", "next_page", colleague},
		{"msgraph-user-phone-method-list", "next_page", colleague},
		{"msgraph-user-change-password-on-premise", "polling_url", colleague},
	} {
		for _, link := range foreign(t, far.URL, bird.URL) {
			args := of(c.argument, link)
			if c.user != "" {
				args["user"] = c.user
			}
			if a := p.Call(c.command, args, params); a.Code() != -32602 || a.Error.Data["argument"] != c.argument {
				t.Errorf("%s %s=%s: %s", c.command, c.argument, link, a.Text)
			}
		}
	}
	if sent := far.requests(); len(sent) > 0 {
		t.Errorf("sent: %v", sent)
	}
}

// A user id is one segment of a path, whatever it holds.
func TestAUserIsOneSegmentOfThePath(t *testing.T) {
	t.Parallel()
	far := newScripted(t)
	p := startProgram(t, "serve")
	params := with(emulator.Parameters(far.URL), "handle_error", false)
	for _, user := range []string{
		"../groups", "a/b", "a/../../beta/users/x", "a?$select=id", "a#b", "a%2fb", "//evil.example/x", "äö", "a&b=c",
	} {
		p.Call("msgraph-user-get", of("user", user), params)
		sent := far.requests()
		if got := sent[len(sent)-1]; got != "GET /v1.0/users/"+user {
			t.Errorf("%q was asked for as %q", user, got)
		}
	}
	for _, user := range []string{"", ".", "..", "\u200b", "a\r\nHost: evil.example", "ä ö", "a\x00b", "a\\b", "a;b", `a"b`, "a<b"} {
		if a := p.Call("msgraph-user-delete", of("user", user), params); a.Code() != -32602 || len(far.requests()) > 0 {
			t.Errorf("%q: %s", user, a.Text)
		}
	}
}

// Whatever host answers with a redirect, it is not followed: neither the token nor
// a secret leaves for where it points.
func TestRedirectsAreNotFollowed(t *testing.T) {
	t.Parallel()
	bird := newCanary(t)
	p := startProgram(t, "serve")
	const reset = "/v1.0/users/" + colleague + "/authentication/passwordMethods"
	for name, c := range map[string]struct {
		on, command string
		args        map[string]any
	}{
		"Graph, reading":   {"GET /v1.0/users/" + colleague, "msgraph-user-get", of("user", colleague)},
		"Graph, a list":    {"GET /v1.0/users", "msgraph-user-list", nil},
		"Graph, a change":  {"PATCH /v1.0/users/" + colleague, "msgraph-user-account-disable", of("user", colleague)},
		"Graph, a create":  {"POST /v1.0/users", "msgraph-user-create", of("display_name", "D", "mail_nickname", "d", "password", "Practice-Pa55word", "user_principal_name", "d@larkspur.example")},
		"Graph, a delete":  {"DELETE /v1.0/users/" + colleague, "msgraph-user-delete", of("user", colleague)},
		"sign-in":          {"POST " + tokenPath, "msgraph-user-get", of("user", colleague)},
		"the MFA's token":  {"POST /" + emulator.ReadyTenant + "/oauth2/token", "msgraph-user-create-mfa-client-access-token", of("client_secret", "canary-mfa-secret")},
		"the MFA service":  {"POST /StrongAuthenticationService.svc/Connector//BeginTwoWayAuthentication", "msgraph-user-request-mfa", of("user_mail", colleague, "access_token", "canary-mfa-token")},
		"a password reset": {"GET " + reset, "msgraph-user-change-password-on-premise", of("user", colleague, "password", "Practice-Pa55word")},
	} {
		for _, status := range []int{301, 302, 303, 307, 308} {
			far := newScripted(t)
			far.answer(c.on, pointsTo(status, bird.URL+"/v1.0/users/x?code=secret"))
			a := p.Call(c.command, c.args, emulator.Parameters(far.URL))
			if code := a.Code(); code != -32002 && code != -32001 {
				t.Errorf("%s, %d: %s", name, status, a.Text)
			}
			asked := false
			for _, sent := range far.requests() {
				asked = asked || sent == c.on
			}
			if !asked {
				t.Errorf("%s: %s was not asked for", name, c.on)
			}
		}
	}
}

// What Graph gives out as its next page, or as the place of an operation, is only
// handed on; who hands it back is refused.
func TestLinksOfGraphAreHandedOnOnly(t *testing.T) {
	t.Parallel()
	far, bird := newScripted(t), newCanary(t)
	p := startProgram(t, "serve")
	params := emulator.Parameters(far.URL)
	link := bird.URL + "/v1.0/users?$skiptoken=x"
	far.answer("GET /v1.0/users", says(fmt.Sprintf(`{"value":[{"id":"1"}],"@odata.nextLink":%q}`, link)))
	a := p.Call("msgraph-user-list", nil, params)
	if a.Error != nil || !strings.Contains(a.Text, bird.URL) {
		t.Fatalf("the list: %s", a.Text)
	}
	if a := p.Call("msgraph-user-list", of("next_page", link), params); a.Code() != -32602 {
		t.Errorf("its next page: %s", a.Text)
	}

	place := bird.URL + "/v1.0/users/x/authentication/operations/1"
	for _, version := range []string{"/v1.0", "/beta"} {
		methods := version + "/users/" + colleague + "/authentication/passwordMethods"
		far.answer("GET "+methods, says(`{"value":[{"id":"m"}]}`))
		for _, action := range []string{"/authentication/methods/m/resetPassword", "/authentication/passwordMethods/m/resetPassword"} {
			far.answer("POST "+version+"/users/"+colleague+action, pointsTo(http.StatusAccepted, place))
		}
	}
	a = p.Call("msgraph-user-change-password-on-premise", of("user", colleague, "password", "Practice-Pa55word"), params)
	if a.Error != nil || len(a.Result.Entries) != 1 || a.Result.Entries[0].PollingArgs["polling_url"] != place {
		t.Fatalf("the reset: %s", a.Text)
	}
	if a := p.Call("msgraph-user-change-password-on-premise", a.Result.Entries[0].PollingArgs, params); a.Code() != -32602 || a.Error.Data["argument"] != "polling_url" {
		t.Errorf("its polling: %s", a.Text)
	}
}

// The token goes to the instance's own Graph and nowhere else.
func TestTheTokenGoesToGraphOnly(t *testing.T) {
	t.Parallel()
	far := newScripted(t)
	far.answer("GET /v1.0/users/"+colleague, says(`{"id":"1"}`))
	p := startProgram(t, "serve")
	if a := p.Call("msgraph-user-get", of("user", colleague), emulator.Parameters(far.URL)); a.Error != nil {
		t.Fatal(a.Text)
	}
	far.mu.Lock()
	defer far.mu.Unlock()
	for _, r := range far.asked {
		toGraph := strings.HasPrefix(r.URL.Path, "/v1.0/")
		if carries := r.Header.Get("Authorization") == "Bearer canary-access-token"; carries != toGraph {
			t.Errorf("%s %s carries %q", r.Method, r.URL.Path, r.Header.Get("Authorization"))
		}
	}
}
