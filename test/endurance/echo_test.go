package endurance_test

import (
	"encoding/json"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
)

// echo is a host that fails, and whose failures repeat all that it was sent: as it
// came, decoded, as JSON and as markup. Asked for tokens it gives opaque ones while
// the tokens are said to come.
type echo struct {
	*httptest.Server
	mu     sync.Mutex
	fails  failing
	tokens bool
	n      int
}

// failing writes a failure that says text.
type failing func(w http.ResponseWriter, r *http.Request, text string)

func newEcho(t testing.TB) *echo {
	e := &echo{}
	e.Server = httptest.NewServer(e)
	t.Cleanup(e.Close)
	return e
}

// fail says how from now on, and whether sign-ins succeed.
func (e *echo) fail(how failing, tokens bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.fails, e.tokens = how, tokens
}

func (e *echo) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	e.mu.Lock()
	e.n++
	n, fails, tokens := e.n, e.fails, e.tokens
	e.mu.Unlock()
	isToken := strings.HasSuffix(r.URL.Path, "/oauth2/v2.0/token") || r.URL.Path == "/obtain-token"
	if isToken && tokens {
		says(fmt.Sprintf(`{"access_token":"%s-access-%d","refresh_token":"%s-refresh-%d","expires_in":3600}`, marker, n, marker, n))(w, r)
		return
	}
	fails(w, r, repeated(r, string(body)))
}

// repeated is what a careless service might say of a request.
func repeated(r *http.Request, body string) string {
	decoded, err := url.QueryUnescape(body)
	if err != nil {
		decoded = body
	}
	said := []string{"You sent", r.Header.Get("Authorization"), strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "), body, decoded, html.EscapeString(decoded)}
	var object map[string]any
	if json.Unmarshal([]byte(body), &object) == nil {
		said = append(said, fmt.Sprint(object))
	}
	return strings.Join(said, " ")
}

func quoted(text string) string {
	data, _ := json.Marshal(text) // a string can always be encoded
	return string(data)
}

// graphError answers status with a refusal in Graph's form.
func graphError(status int, headers ...string) failing {
	return func(w http.ResponseWriter, r *http.Request, text string) {
		for i := 0; i < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		body := fmt.Sprintf(`{"error":{"code":%s,"message":%s,"innerError":{"date":%s,"request-id":%s}}}`, quoted(text), quoted(text), quoted(text), quoted(text))
		if strings.Contains(r.URL.Path, "/oauth2/") || r.URL.Path == "/obtain-token" {
			body = fmt.Sprintf(`{"error":%s,"error_description":%s,"suberror":%s}`, quoted(text), quoted("AADSTS7000215: "+text), quoted(text))
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Request-Id", "r-1")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// page answers status with text in a body of a media type.
func page(status int, media, before, after string) failing {
	return func(w http.ResponseWriter, _ *http.Request, text string) {
		w.Header().Set("Content-Type", media)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, before+text+after)
	}
}

// cutShort announces more than it sends.
func cutShort(w http.ResponseWriter, _ *http.Request, text string) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", "100000")
	_, _ = io.WriteString(w, `{"error":{"message":"`+text)
}

func hangUp(http.ResponseWriter, *http.Request, string) { panic(http.ErrAbortHandler) }

func redirected(w http.ResponseWriter, _ *http.Request, text string) {
	w.Header().Set("Location", "http://127.0.0.1:1/"+url.PathEscape(text)+"?q="+url.QueryEscape(text))
	w.WriteHeader(http.StatusFound)
}

// mfaRefusal is the MFA service's word, with text in every element.
func mfaRefusal(w http.ResponseWriter, _ *http.Request, text string) {
	text = html.EscapeString(text)
	_, _ = fmt.Fprintf(w, `<R><Result><Value>%s</Value><Message>%s</Message></Result><AuthenticationResult>%s</AuthenticationResult></R>`, text, text, text)
}

// failures are all the ways to fail, by name.
var failures = map[string]failing{
	"400":                   graphError(400),
	"401":                   graphError(401),
	"403":                   graphError(403),
	"404":                   graphError(404),
	"409":                   graphError(409),
	"429 for long":          graphError(429, "Retry-After", "9999"),
	"500":                   graphError(500),
	"503":                   graphError(503),
	"503 for long":          graphError(503, "Retry-After", "9999"),
	"504":                   graphError(504),
	"a web page":            page(502, "text/html", "<html><body>", "</body></html>"),
	"text":                  page(400, "text/plain", "", ""),
	"200 and a web page":    page(200, "text/html", "<html>", ""),
	"200 and a wrong shape": page(200, "application/json", `["`, `"]`),
	"200 and half of JSON":  page(200, "application/json", `{"value":[{"id":"`, ""),
	"a cut answer":          cutShort,
	"no answer":             hangUp,
	"a redirect":            redirected,
	"the MFA service's no":  mfaRefusal,
}
