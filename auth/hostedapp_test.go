package auth

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"msgraph-user/internal/failure"
	"msgraph-user/internal/graphtest"
)

// hostedKey is 32 bytes in base64, as the authorization page hands them out.
const hostedKey = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="

func hostedApp(changes ...any) map[string]any {
	params := map[string]any{
		"host": "https://graph.microsoft.com", "creds_auth_id": credential("registration"),
		"creds_tenant_id": credential("hosted-token-" + longSecret), "creds_enc_key": credential(hostedKey),
	}
	for i := 0; i < len(changes); i += 2 {
		params[changes[i].(string)] = changes[i+1]
	}
	return params
}

// tokenService is the hosted application's token service.
type tokenService struct {
	status   int
	answer   string
	requests []map[string]string
	urls     []string
}

func (s *tokenService) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	var request map[string]string
	if err := json.Unmarshal(body, &request); err != nil {
		return nil, err
	}
	s.requests, s.urls = append(s.requests, request), append(s.urls, r.URL.String())
	return graphtest.Answer(r, s.status, s.answer), nil
}

// decrypt opens an encrypted token as the service does.
func decrypt(t *testing.T, encrypted string) string {
	t.Helper()
	sealed, err := base64.StdEncoding.DecodeString(encrypted)
	if err != nil {
		t.Fatal(err)
	}
	key, err := base64.StdEncoding.DecodeString(hostedKey)
	if err != nil {
		t.Fatal(err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		t.Fatal(err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := aead.Open(nil, sealed[:12], sealed[12:], nil)
	if err != nil {
		t.Fatal(err)
	}
	return string(plain)
}

func TestTheTokenServiceIsSentAnEncryptedToken(t *testing.T) {
	service, clock := &tokenService{status: 200, answer: `{"access_token":"t","expires_in":100,"refresh_token":"RT-1"}`}, newClock()
	source := NewSource(configure(t, hostedApp()), Options{Transport: service, Now: clock.now})
	for _, want := range []string{"1700000000:hosted-token-" + longSecret, "1700000200:RT-1"} {
		if _, err := source.Token(t.Context()); err != nil {
			t.Fatal(err)
		}
		request := service.requests[len(service.requests)-1]
		if got := decrypt(t, request["encrypted_token"]); got != want {
			t.Errorf("encrypted %q, want %q", got, want)
		}
		clock.advance(200 * time.Second)
	}
	if service.requests[0]["encrypted_token"][:16] == service.requests[1]["encrypted_token"][:16] {
		t.Error("the nonce is not fresh")
	}
}

// A key serves in either alphabet of base64, padded or not; another size does not.
func TestKeysOfTheHostedApp(t *testing.T) {
	plain := bytes.Repeat([]byte{0xfb, 0xff}, 16)
	for text, serves := range map[string]bool{
		base64.StdEncoding.EncodeToString(plain):      true,
		base64.RawStdEncoding.EncodeToString(plain):   true,
		base64.URLEncoding.EncodeToString(plain):      true,
		base64.RawURLEncoding.EncodeToString(plain):   true,
		base64.StdEncoding.EncodeToString(plain[:31]): false,
		"no base64!": false,
		base64.StdEncoding.EncodeToString(plain) + "x": false,
	} {
		_, err := configure(t, hostedApp("creds_enc_key", credential(text))).hostedCipher()
		if serves != (err == nil) || !serves && failure.KindOf(err) != failure.BadConfiguration {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestWhereTheTokenServiceIs(t *testing.T) {
	for _, c := range []struct{ id, host, want string }{
		{"reg", "https://graph.microsoft.com", "https://oproxy.demisto.ninja/obtain-token"},
		{"reg@https://oproxy.example/get", "https://graph.microsoft.com", "https://oproxy.example/get"},
		{"reg", "http://127.0.0.1:8080", "http://127.0.0.1:8080/obtain-token"},
		{"reg@http://127.0.0.1:9/get", "http://127.0.0.1:8080", "http://127.0.0.1:9/get"},
	} {
		service := &tokenService{status: 200, answer: `{"access_token":"t"}`}
		cfg := configure(t, hostedApp("creds_auth_id", credential(c.id), "host", c.host))
		if _, err := NewSource(cfg, Options{Transport: service}).Token(t.Context()); err != nil {
			t.Fatal(err)
		}
		if service.urls[0] != c.want || service.requests[0]["registration_id"] != "reg" || service.requests[0]["app_name"] != "ms-graph-user" {
			t.Errorf("sent %v to %s, want %s", service.requests[0], service.urls[0], c.want)
		}
	}
}

func TestTheBackOffDoublesUpToAMinute(t *testing.T) {
	service, clock, store := &tokenService{status: 401, answer: `{"title":"Unauthorized"}`}, newClock(), NewMemoryStore()
	source := NewSource(configure(t, hostedApp()), Options{Transport: service, Now: clock.now, Store: store})
	for i, wait := range []time.Duration{2, 4, 8, 16, 32, 64, 64, 64} {
		wait *= time.Second
		if _, err := source.Token(t.Context()); failure.KindOf(err) != failure.SignIn || !strings.Contains(err.Error(), "401") {
			t.Fatal(err)
		}
		clock.advance(wait - time.Second)
		if _, err := source.Token(t.Context()); failure.KindOf(err) != failure.SignIn {
			t.Fatal(err)
		}
		if len(service.requests) != i+1 {
			t.Fatalf("failure %d: asked again before %s were over", i+1, wait)
		}
		clock.advance(time.Second)
	}
	service.status, service.answer = 200, `{"access_token":"t"}`
	if _, err := source.Token(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, member := range []string{"next_request_time", "delay_request_counter"} {
		if value, there := store.contexts[""][member]; there {
			t.Errorf("%s is %v after a success", member, value)
		}
	}
}

func TestAnAnswerWithoutATokenCountsAsAFailure(t *testing.T) {
	for _, answer := range []string{`{}`, `null`, `[]`, `<html>`, ``} {
		service, store := &tokenService{status: 200, answer: answer}, NewMemoryStore()
		source := NewSource(configure(t, hostedApp()), Options{Transport: service, Store: store})
		if _, err := source.Token(t.Context()); failure.KindOf(err) != failure.SignIn {
			t.Errorf("%q: %v", answer, err)
		}
		if store.contexts[""]["delay_request_counter"] != 2 {
			t.Errorf("%q: the integration context holds %v", answer, store.contexts[""])
		}
	}
}
