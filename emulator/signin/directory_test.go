package signin

import (
	"encoding/json"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"
)

const (
	testTenant   = "22222222-2222-2222-2222-222222222222"
	testApp      = "11111111-1111-1111-1111-111111111111"
	testSecret   = "emulator-secret"
	testPublic   = "33333333-3333-3333-3333-333333333333"
	testOff      = "44444444-4444-4444-4444-444444444444"
	redirect     = "https://localhost/myapp"
	testPassword = "Practice-1234"
	graphScope   = "https://graph.microsoft.com/.default"
)

// fakeDirectory is a directory of a few people and applications.
type fakeDirectory struct {
	mu    sync.Mutex
	users map[string]User
	apps  map[string]Application
	ids   map[IdentitySelector]string
}

func (d *fakeDirectory) User(key string) (User, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, u := range d.users {
		if strings.EqualFold(u.ID, key) || strings.EqualFold(u.UserPrincipalName, key) {
			return u, true
		}
	}
	return User{}, false
}

// CheckPassword knows one password for everybody but the guest, who has none.
func (d *fakeDirectory) CheckPassword(id, password string) (has, right bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return id != d.users["guest"].ID, password == testPassword
}

func (d *fakeDirectory) Users(text string) []User {
	d.mu.Lock()
	defer d.mu.Unlock()
	var found []User
	for _, u := range []User{d.users["adele"], d.users["script"]} {
		if strings.Contains(strings.ToLower(u.DisplayName+" "+u.UserPrincipalName), strings.ToLower(text)) {
			found = append(found, u)
		}
	}
	return found
}

func (d *fakeDirectory) Application(id string) (Application, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	a, ok := d.apps[strings.ToLower(id)]
	return a, ok
}

func (d *fakeDirectory) Redirects() []Redirect {
	d.mu.Lock()
	defer d.mu.Unlock()
	var list []Redirect
	for _, a := range d.apps {
		list = append(list, a.Redirects...)
	}
	return list
}

func (d *fakeDirectory) ManagedIdentity(which IdentitySelector) (Application, bool) {
	d.mu.Lock()
	id, ok := d.ids[which]
	d.mu.Unlock()
	if !ok {
		return Application{}, false
	}
	return d.Application(id)
}

func (d *fakeDirectory) changeUser(name string, change func(*User)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	u := d.users[name]
	change(&u)
	d.users[name] = u
}

func (d *fakeDirectory) changeApp(id string, change func(*Application)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	a := d.apps[id]
	change(&a)
	d.apps[id] = a
}

// world is a service on a clock that only the test moves, behind a server.
type world struct {
	t       *testing.T
	service *Service
	dir     *fakeDirectory
	url     string
	client  *http.Client

	mu   sync.Mutex
	time time.Time
}

func (w *world) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.time
}

func (w *world) advance(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.time = w.time.Add(d)
}

// newWorld starts a tenant whose tokens are of ES256, which costs the tests no
// key of 2,048 bits, unless change says otherwise.
func newWorld(t *testing.T, change ...func(*Options)) *world {
	t.Helper()
	w := &world{t: t, dir: newFakeDirectory(), time: time.Now().Truncate(time.Second)}
	o := Options{
		TenantID: testTenant, Domains: []string{"contoso.onmicrosoft.com"}, Directory: w.dir, Now: w.now,
		Algorithm: ES256, AppServiceSecret: "app-service-secret",
		Registrations: []Registration{{ID: "registration-1", Token: "hosted-token", Key: strings.Repeat("A", 43) + "=", ClientID: testApp}},
	}
	for _, c := range change {
		c(&o)
	}
	w.service = New(o)
	server := httptest.NewUnstartedServer(w.service)
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // connections that a client opened and did not need
	server.StartTLS()
	t.Cleanup(server.Close)
	w.url, w.client = server.URL, server.Client()
	w.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return w
}

func newFakeDirectory() *fakeDirectory {
	return &fakeDirectory{
		users: map[string]User{
			"adele":  {ID: "a0000000-0000-0000-0000-000000000001", UserPrincipalName: "AdeleV@contoso.onmicrosoft.com", DisplayName: "Adele Vance", GivenName: "Adele", Surname: "Vance", Mail: "adele@contoso.com", Enabled: true},
			"off":    {ID: "a0000000-0000-0000-0000-000000000002", UserPrincipalName: "off@contoso.onmicrosoft.com", DisplayName: "Off", Enabled: false},
			"guest":  {ID: "a0000000-0000-0000-0000-000000000003", UserPrincipalName: "guest_fabrikam.com#EXT#@contoso.onmicrosoft.com", DisplayName: "Guest", Enabled: true, Guest: true},
			"policy": {ID: "a0000000-0000-0000-0000-000000000004", UserPrincipalName: "policy@contoso.onmicrosoft.com", DisplayName: "Policy", Enabled: true, Interrupt: 53003},
			"mfa":    {ID: "a0000000-0000-0000-0000-000000000005", UserPrincipalName: "mfa@contoso.onmicrosoft.com", DisplayName: "MFA", Enabled: true, Interrupt: 50076},
			"script": {ID: "a0000000-0000-0000-0000-000000000006", UserPrincipalName: "script@contoso.onmicrosoft.com", DisplayName: `<script>alert("x")</script>`, Enabled: true},
		},
		apps: map[string]Application{
			testApp: {
				ID: testApp, PrincipalID: "b0000000-0000-0000-0000-000000000001", DisplayName: "SOAR",
				Secrets: []Secret{{Value: "old-secret", End: time.Unix(1700000000, 0)}, {Value: testSecret}},
				Roles:   []string{"User.ReadWrite.All", "Group.Read.All"}, Scopes: []string{"User.ReadWrite.All", "User.Read"},
				Redirects: []Redirect{{redirect, Web}, {"http://localhost", Web}}, Exposed: []string{"access_as_user"},
			},
			testPublic:  {ID: testPublic, PrincipalID: "b0000000-0000-0000-0000-000000000002", DisplayName: "CLI", Public: true, Scopes: []string{"User.Read"}, Redirects: []Redirect{{"http://localhost", PublicClient}, {"http://localhost:3000", SPA}}},
			testOff:     {ID: testOff, PrincipalID: "b0000000-0000-0000-0000-000000000003", DisplayName: "Off", Disabled: true, Secrets: []Secret{{Value: testSecret}}},
			MFAClientID: {ID: MFAClientID, PrincipalID: "b0000000-0000-0000-0000-000000000004", DisplayName: "MFA client", Secrets: []Secret{{Value: "mfa-secret-text"}}},
		},
		ids: map[IdentitySelector]string{
			{}: testApp, {ClientID: testApp}: testApp, {ResourceID: "/subscriptions/s/identities/i"}: testApp,
		},
	}
}

// answer is a JSON body with its status.
type answer struct {
	status int
	body   map[string]any
}

func (a answer) text(name string) string {
	s, _ := a.body[name].(string)
	return s
}

// number is the AADSTS number of a refusal, 0 for none.
func (a answer) number() int {
	codes, _ := a.body["error_codes"].([]any)
	if len(codes) != 1 {
		return 0
	}
	n, _ := codes[0].(float64)
	return int(n)
}

func (w *world) post(path string, form url.Values) answer {
	w.t.Helper()
	r, err := http.NewRequestWithContext(w.t.Context(), http.MethodPost, w.url+path, strings.NewReader(form.Encode()))
	if err != nil {
		w.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return w.do(r)
}

func (w *world) do(r *http.Request) answer {
	w.t.Helper()
	resp, err := w.client.Do(r)
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	a := answer{status: resp.StatusCode}
	if err := json.NewDecoder(resp.Body).Decode(&a.body); err != nil {
		w.t.Fatalf("the answer of %s is not JSON: %v", r.URL.Path, err)
	}
	return a
}

// token posts to the token endpoint. Pairs are names and values.
func (w *world) token(pairs ...string) answer {
	w.t.Helper()
	return w.post("/"+testTenant+"/oauth2/v2.0/token", form(pairs...))
}

func form(pairs ...string) url.Values {
	v := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		v.Set(pairs[i], pairs[i+1])
	}
	return v
}

// principal verifies an access token as Graph would.
func (w *world) principal(a answer) Principal {
	w.t.Helper()
	if a.status != http.StatusOK {
		w.t.Fatalf("no token: %d %v", a.status, a.body)
	}
	p, err := w.service.Verify(a.text("access_token"))
	if err != nil {
		w.t.Fatal(err)
	}
	return p
}
