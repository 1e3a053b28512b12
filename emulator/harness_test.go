package emulator_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"msgraph-user/emulator"
)

// tenant is a practice tenant under test, reached in process by an application.
type tenant struct {
	t *testing.T
	*emulator.Tenant
	client *http.Client
	token  string
	now    time.Time

	unchecked bool // bodies are not held against Microsoft's description
}

const graph = "https://graph.microsoft.com"

// start makes a tenant whose clock stands still, with a token of the ready
// application.
func start(t *testing.T, options emulator.Options) *tenant {
	t.Helper()
	x := &tenant{t: t, now: time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC)}
	options.InProcess = true
	if options.Now == nil {
		options.Now = func() time.Time { return x.now }
	}
	var err error
	if x.Tenant, err = emulator.New(options); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = x.Close() })
	x.client = &http.Client{Transport: x.Transport()}
	x.token = x.signIn(emulator.ReadyApplication, emulator.ReadySecret)
	return x
}

// signIn returns an access token of an application by itself.
func (x *tenant) signIn(id, secret string) string {
	x.t.Helper()
	return x.tokenFor(url.Values{"client_id": {id}, "client_secret": {secret}, "grant_type": {"client_credentials"}, "scope": {graph + "/.default"}})
}

func (x *tenant) tokenFor(form url.Values) string {
	x.t.Helper()
	answer := x.askForToken(form)
	if answer.Token == "" {
		x.t.Fatalf("no token: %s", answer.Description)
	}
	return answer.Token
}

// tokenAnswer is what the token endpoint says.
type tokenAnswer struct {
	Token       string `json:"access_token"`
	Refresh     string `json:"refresh_token"`
	Description string `json:"error_description"`
}

func (x *tenant) askForToken(form url.Values) tokenAnswer {
	x.t.Helper()
	response, err := x.client.PostForm("https://login.microsoftonline.com/"+emulator.ReadyTenant+"/oauth2/v2.0/token", form)
	if err != nil {
		x.t.Fatal(err)
	}
	defer response.Body.Close()
	var answer tokenAnswer
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		x.t.Fatal(err)
	}
	return answer
}

// signInAs returns a delegated access token of a person, by the code flow.
func (x *tenant) signInAs(upn string) string {
	x.t.Helper()
	answer := x.signInFully(upn)
	if answer.Token == "" {
		x.t.Fatalf("%s: no token: %s", upn, answer.Description)
	}
	return answer.Token
}

// signInFully is signInAs with the refresh token.
func (x *tenant) signInFully(upn string) tokenAnswer {
	x.t.Helper()
	query := url.Values{"client_id": {emulator.ReadyApplication}, "response_type": {"code"}, "redirect_uri": {"https://localhost/myapp"},
		"scope": {"offline_access " + graph + "/.default"}, "login_hint": {upn}}
	client := &http.Client{Transport: x.Transport(), CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.Get("https://login.microsoftonline.com/" + emulator.ReadyTenant + "/oauth2/v2.0/authorize?" + query.Encode())
	if err != nil {
		x.t.Fatal(err)
	}
	defer response.Body.Close()
	location, err := response.Location()
	if err != nil {
		text, _ := io.ReadAll(response.Body)
		x.t.Fatalf("no redirect: %v %s", err, text)
	}
	return x.askForToken(url.Values{"client_id": {emulator.ReadyApplication}, "client_secret": {emulator.ReadySecret}, "grant_type": {"authorization_code"},
		"redirect_uri": {"https://localhost/myapp"}, "code": {location.Query().Get("code")}})
}

// refresh spends a refresh token.
func (x *tenant) refresh(token string) tokenAnswer {
	x.t.Helper()
	return x.askForToken(url.Values{"client_id": {emulator.ReadyApplication}, "client_secret": {emulator.ReadySecret}, "grant_type": {"refresh_token"},
		"refresh_token": {token}, "scope": {graph + "/.default"}})
}

// answer is what came back of a request.
type answer struct {
	status int
	header http.Header
	text   string
	json   map[string]any
}

// value returns the objects of a collection.
func (a answer) value() []map[string]any {
	items, _ := a.json["value"].([]any)
	objects := make([]map[string]any, len(items))
	for i, item := range items {
		objects[i], _ = item.(map[string]any)
	}
	return objects
}

// code and message return those of Graph's error.
func (a answer) code() string    { return a.errorMember("code") }
func (a answer) message() string { return a.errorMember("message") }

func (a answer) errorMember(name string) string {
	e, _ := a.json["error"].(map[string]any)
	text, _ := e[name].(string)
	return text
}

// do sends a request to Graph: path is its path with query, or a whole URL; body
// is JSON text; header holds names and values in turn.
func (x *tenant) do(method, path, body string, header ...string) answer {
	x.t.Helper()
	if !strings.HasPrefix(path, "http") {
		path = graph + path
	}
	request, err := http.NewRequest(method, strings.ReplaceAll(path, " ", "%20"), bytes.NewReader([]byte(body)))
	if err != nil {
		x.t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+x.token)
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	response, err := x.client.Do(request)
	if err != nil {
		x.t.Fatal(err)
	}
	defer response.Body.Close()
	raw, err := io.ReadAll(response.Body)
	if err != nil {
		x.t.Fatal(err)
	}
	a := answer{status: response.StatusCode, header: response.Header, text: string(raw)}
	if body != "" && !x.unchecked && a.status < 300 && strings.Contains(path, "/v1.0/") {
		x.checkAccepted(response.Header.Get("Request-Id"), body)
	}
	if strings.Contains(response.Header.Get("Content-Type"), "json") {
		if err := json.Unmarshal(raw, &a.json); err != nil {
			x.t.Fatalf("%s %s: %v in %s", method, path, err, raw)
		}
	}
	return a
}

// checkAccepted holds the body of a request that was accepted against Microsoft's
// description of the operation.
func (x *tenant) checkAccepted(requestID, body string) {
	x.t.Helper()
	for _, request := range slices.Backward(x.Requests()) {
		if request.RequestID != requestID {
			continue
		}
		if err := readMetadata(x.t).requestFits(request.Operation, []byte(body)); err != nil {
			x.t.Errorf("%s was accepted, yet %s does not fit: %v", request.Operation, body, err)
		}
		return
	}
}

// get is do without a body.
func (x *tenant) get(path string, header ...string) answer {
	x.t.Helper()
	return x.do("GET", path, "", header...)
}

// want fails the test where the status is another.
func (x *tenant) want(a answer, status int) answer {
	x.t.Helper()
	if a.status != status {
		x.t.Fatalf("status %d, want %d: %s", a.status, status, a.text)
	}
	return a
}
