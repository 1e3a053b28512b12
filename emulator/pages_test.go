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

// onPage asks for a path of the tenant's page as a browser at this machine would,
// unless change makes it another.
func (x *tenant) onPage(method, path, form string, change func(*http.Request)) (status int, body string, header http.Header) {
	x.t.Helper()
	r := httptest.NewRequest(method, "http://127.0.0.1:8080"+path, strings.NewReader(form))
	r.RemoteAddr = "127.0.0.1:50000"
	if form != "" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if change != nil {
		change(r)
	}
	w := httptest.NewRecorder()
	x.ServeHTTP(w, r)
	return w.Code, w.Body.String(), w.Result().Header
}

func TestThePageIsForThisMachine(t *testing.T) {
	x := start(t, emulator.Options{AllowedHosts: []string{"tenant.internal"}})
	for _, c := range []struct {
		name, host, from string
		status           int
	}{
		{"from another machine by an allowed name", "tenant.internal:8080", "192.0.2.7:50000", http.StatusOK},
		{"by address", "127.0.0.1:8080", "127.0.0.1:50000", http.StatusOK},
		{"by IPv6 address", "[::1]:8080", "[::1]:50000", http.StatusOK},
		{"by name", "localhost:8080", "127.0.0.1:50000", http.StatusOK},
		{"by a name below localhost", "tenant.localhost", "127.0.0.1:50000", http.StatusOK},
		{"a rebound name", "evil.example:8080", "127.0.0.1:50000", http.StatusForbidden},
		{"a name that only begins well", "127.0.0.1.evil.example", "127.0.0.1:50000", http.StatusForbidden},
		{"from another machine", "127.0.0.1:8080", "192.0.2.7:50000", http.StatusForbidden},
		{"from another machine by its name", "tenant.example:8080", "192.0.2.7:50000", http.StatusForbidden},
	} {
		for _, path := range []string{"/", "/_emulator/page/style.css"} {
			status, body, _ := x.onPage("GET", path, "", func(r *http.Request) { r.Host, r.RemoteAddr = c.host, c.from })
			if status != c.status {
				t.Errorf("%s, %s: %d, want %d", c.name, path, status, c.status)
			}
			if status == http.StatusForbidden && strings.Contains(body, "Larkspur") {
				t.Errorf("%s: the refusal tells of the tenant", c.name)
			}
		}
	}
}

var formToken = regexp.MustCompile(`name="token" value="([^"]+)"`)

func (x *tenant) formToken() string {
	x.t.Helper()
	_, page, _ := x.onPage("GET", "/", "", nil)
	found := formToken.FindStringSubmatch(page)
	if found == nil {
		x.t.Fatal("the page has no token in its forms")
	}
	return found[1]
}

func TestThePagesFormsNeedItsToken(t *testing.T) {
	x := start(t, emulator.Options{})
	x.do("DELETE", someone, "")
	other := start(t, emulator.Options{})
	for name, form := range map[string]string{
		"none": "x=1", "an empty one": "token=", "another tenant's": "token=" + other.formToken(),
	} {
		if status, _, _ := x.onPage("POST", "/_emulator/page/reset", form, nil); status != http.StatusForbidden {
			t.Errorf("with %s: %d", name, status)
		}
	}
	if got := x.do("GET", someone, ""); got.status != http.StatusNotFound {
		t.Error("the tenant was reset")
	}
	if status, _, _ := x.onPage("GET", "/_emulator/page/reset?token="+x.formToken(), "", nil); status != http.StatusMethodNotAllowed {
		t.Errorf("by a link: %d", status)
	}
	status, _, header := x.onPage("POST", "/_emulator/page/reset", "token="+x.formToken(), nil)
	if status != http.StatusSeeOther || header.Get("Location") != "/?done=reset#controls" {
		t.Errorf("with the page's own: %d %s", status, header.Get("Location"))
	}
	x.token = x.signIn(emulator.ReadyApplication, emulator.ReadySecret)
	if got := x.do("GET", someone, ""); got.status != http.StatusOK {
		t.Error("the tenant was not reset")
	}
}

func TestThePagesControlsSayWhatIsWrong(t *testing.T) {
	x := start(t, emulator.Options{})
	token := x.formToken()
	for _, c := range []struct{ control, field, value, says string }{
		{"clock", "advance", "tomorrow", "tomorrow"},
		{"faults", "faults", "throttle=2", "throttle=2"},
		{"faults", "faults", `<script>`, "&lt;script&gt;"},
		{"lag", "lag", "-1s", "negative"},
	} {
		form := url.Values{"token": {token}, c.field: {c.value}}.Encode()
		if status, page, _ := x.onPage("POST", "/_emulator/page/"+c.control, form, nil); status != http.StatusBadRequest || !strings.Contains(page, `role="alert"`) || !strings.Contains(page, c.says) {
			t.Errorf("%s=%s: %d, and the page does not say %s", c.field, c.value, status, c.says)
		}
	}
}

func TestThePageFindsPeople(t *testing.T) {
	x := start(t, emulator.Options{Users: 2500})
	for query, want := range map[string]string{
		"":               "100 shown of 2500 found, 2500 in the tenant",
		"dele.okafor@":   "1 shown, 2500 in the tenant",
		"HEAD OF SALES":  "1 shown",
		"finance":        " shown",
		"nobody at all":  "0 shown, 2500",
		`<script>alert(`: "1 shown",
		`"><script>`:     "0 shown",
		"%27 OR 1=1 --":  "0 shown",
	} {
		status, page, _ := x.onPage("GET", "/?q="+url.QueryEscape(query), "", nil)
		if status != http.StatusOK || !strings.Contains(page, want) {
			t.Errorf("%q: %d, and the page lacks %q", query, status, want)
		}
		if strings.Contains(page, "<script>") {
			t.Errorf("%q: the page holds a script that is not its own", query)
		}
	}
}

// What was changed shows before and after; what was put back is no change.
func TestThePageShowsBeforeAndAfter(t *testing.T) {
	x := start(t, emulator.Options{})
	changes := func() string {
		_, page, _ := x.onPage("GET", "/", "", nil)
		_, after, _ := strings.Cut(page, `id="change-list">`)
		list, _, _ := strings.Cut(after, "</section>")
		return html.UnescapeString(list)
	}
	shows := func(what string, parts ...string) {
		t.Helper()
		list := changes()
		for _, part := range parts {
			if !strings.Contains(list, part) {
				t.Errorf("%s: the changes lack %s: %s", what, part, list)
			}
		}
	}
	shows("at the start", "Nothing yet.")
	x.do("PATCH", someone, `{"accountEnabled":false}`)
	shows("disabled", "Dele Okafor", "user changed", "accountEnabled", "<del><bdi>true</bdi></del>", "<ins><bdi>false</bdi></ins>")
	x.do("PATCH", someone, `{"accountEnabled":true}`)
	shows("enabled again", "Nothing yet.")
	x.do("PUT", someone+"/manager/$ref", `{"@odata.id":"https://graph.microsoft.com/v1.0/users/carlos.vega@larkspur.example"}`)
	shows("another manager", "manager", "Mira Holt", "Carlos Vega")
	phone := x.do("GET", someone+"/authentication/phoneMethods", "").value()[0]["id"].(string)
	x.do("DELETE", someone+"/authentication/phoneMethods/"+phone, "")
	shows("a method less", "authentication methods", "phone "+phone)
	x.do("POST", "/v1.0/users", newUser)
	shows("a new user", "Nia Frost", "user created")
	x.do("DELETE", someone, "")
	shows("a deleted user", "user deleted")
	if strings.Contains(changes(), "Practice-1234") {
		t.Error("a password is shown")
	}
	if err := x.Reset(); err != nil {
		t.Fatal(err)
	}
	shows("after a reset", "Nothing yet.")
}

func TestThePageShowsRequests(t *testing.T) {
	x := start(t, emulator.Options{})
	x.do("GET", someone+"?$select=id", "", "User-Agent", "msgraph-user/1.2.3 (msgraph-user-get)")
	x.do("GET", "/v1.0/users?$select=id", "", "User-Agent", "curl/8.1 extra")
	x.do("GET", "/v1.0/teams/<script>", "", "User-Agent", "<script>")
	x.token = x.signIn("33333333-3333-3333-3333-333333333333", "too-little-secret")
	x.do("PATCH", someone, `{"accountEnabled":false}`)
	_, page, _ := x.onPage("GET", "/", "", nil)
	for _, part := range []string{
		`<bdi class="who">msgraph-user-get</bdi>`, "GET /v1.0/users/{user-id}", "User.ReadBasic.All", `<bdi class="who">curl/8.1</bdi>`, "SOAR with too little", `<code class="line lacks">User.EnableDisableAccount.All</code>`, `<code class="line">$select=id</code>`,
		"PATCH /v1.0/users/{user-id}", "User.EnableDisableAccount.All &#43; User.Read.All", "was refused", `class="code c5">501`,
	} {
		if !strings.Contains(page, part) {
			t.Errorf("the page lacks %s", part)
		}
	}
	if strings.Contains(page, "<script>") {
		t.Error("the page holds a script that is not its own")
	}
}

// A row leads to what was sent and answered, without secrets.
func TestThePageShowsBodiesAndAnswers(t *testing.T) {
	x := start(t, emulator.Options{})
	body := strings.Replace(newUser, `"displayName":"Nia Frost"`, `"displayName":"<script>alert(1)</script>"`, 1)
	made := x.want(x.do("POST", "/v1.0/users", body), http.StatusCreated)
	id := made.header.Get("Request-Id")
	if _, page, _ := x.onPage("GET", "/", "", nil); !strings.Contains(page, `/_emulator/page/exchange?id=`+id) {
		t.Fatal("the row leads nowhere")
	}
	for _, path := range []string{"/_emulator/page/exchange?id=" + id, "/_emulator/page/exchange?part&id=" + id} {
		status, page, _ := x.onPage("GET", path, "", nil)
		text := html.UnescapeString(page)
		if status != http.StatusOK || !strings.Contains(text, `"mailNickname": "nia.frost"`) || !strings.Contains(text, `"@odata.context"`) || !strings.Contains(text, `"password": "…"`) {
			t.Errorf("%s: %d %s", path, status, text)
		}
		if strings.Contains(page, "<script>") || strings.Contains(page, "Practice-1234") {
			t.Errorf("%s shows a script or a password: %s", path, page)
		}
	}
	if _, page, _ := x.onPage("GET", "/_emulator/page/exchange?part&id=unknown", "", nil); !strings.Contains(page, "no longer remembers") {
		t.Errorf("an unknown id: %s", page)
	}
	if status, _, _ := x.onPage("GET", "/_emulator/page/exchange?part&id="+id, "", func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") }); status != http.StatusForbidden {
		t.Errorf("for another site: %d", status)
	}
}

func TestThePageNarrowsPeople(t *testing.T) {
	x := start(t, emulator.Options{})
	for state, want := range map[string]string{
		"": "62 shown", "all": "62 shown", "guests": "4 shown", "synced": "10 shown", "disabled": "3 shown", "enabled": "59 shown",
		"never signed in": "4 shown", "stale": "12 shown", "nonsense": "62 shown",
	} {
		if _, page, _ := x.onPage("GET", "/?state="+url.QueryEscape(state), "", nil); !strings.Contains(page, "<p>"+want) {
			t.Errorf("%q: the page lacks %s", state, want)
		}
	}
}

func TestThePageTakesSnapshots(t *testing.T) {
	x := start(t, emulator.Options{})
	token := x.formToken()
	press := func(control, name string) int {
		status, _, _ := x.onPage("POST", "/_emulator/page/"+control, url.Values{"token": {token}, "name": {name}}.Encode(), nil)
		return status
	}
	if status := press("snapshot", "before"); status != http.StatusSeeOther {
		t.Fatalf("taking one: %d", status)
	}
	x.do("DELETE", someone, "")
	if status := press("restore", "other"); status != http.StatusBadRequest {
		t.Errorf("one that was not taken: %d", status)
	}
	if status := press("restore", "before"); status != http.StatusSeeOther {
		t.Errorf("restoring: %d", status)
	}
	if got := x.get(someone); got.status != http.StatusOK {
		t.Errorf("the user is not back: %d", got.status)
	}
	if got := x.get("/_emulator/snapshots"); !strings.Contains(got.text, `["before"]`) {
		t.Errorf("the snapshots: %s", got.text)
	}
}

func TestThePageIsWholeWithoutAScript(t *testing.T) {
	x := start(t, emulator.Options{})
	status, page, header := x.onPage("GET", "/", "", nil)
	if status != http.StatusOK {
		t.Fatal(status)
	}
	policy := header.Get("Content-Security-Policy")
	if strings.Contains(policy, "unsafe") || !strings.Contains(policy, "default-src 'none'") {
		t.Errorf("the policy is %s", policy)
	}
	for _, part := range []string{`lang="en"`, `name="viewport"`, "<noscript>", `role="status"`, `<label for="q">`, `<summary>`, `href="#requests"`} {
		if !strings.Contains(page, part) {
			t.Errorf("the page lacks %s", part)
		}
	}
	for _, field := range regexp.MustCompile(`<input id="([^"]+)"`).FindAllStringSubmatch(page, -1) {
		if !strings.Contains(page, `<label for="`+field[1]+`">`) {
			t.Errorf("the field %s has no label", field[1])
		}
	}
	for _, path := range regexp.MustCompile(`(?:href|src)="(/[^"#]+)"`).FindAllStringSubmatch(page, -1) {
		response := httptest.NewRecorder()
		r := httptest.NewRequest("GET", "http://localhost"+path[1], nil)
		r.RemoteAddr = "127.0.0.1:1"
		x.ServeHTTP(response, r)
		content, _ := io.ReadAll(response.Body)
		if response.Code != http.StatusOK || len(content) == 0 {
			t.Errorf("%s answers %d", path[1], response.Code)
		}
		if strings.HasPrefix(path[1], "/_emulator/page/") && strings.Contains(string(content), "://") {
			t.Errorf("%s loads something from elsewhere", path[1])
		}
	}
}
