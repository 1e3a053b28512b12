package signin

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// seal encrypts as an instance of the hosted application does.
func seal(t *testing.T, key, plain string) string {
	t.Helper()
	k, err := base64.StdEncoding.DecodeString(key)
	if err != nil {
		t.Fatal(err)
	}
	block, err := aes.NewCipher(k)
	if err != nil {
		t.Fatal(err)
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		t.Fatal(err)
	}
	nonce := randomBytes(gcm.NonceSize())
	return base64.StdEncoding.EncodeToString(gcm.Seal(nonce, nonce, []byte(plain), nil))
}

func (w *world) obtain(body any) answer {
	w.t.Helper()
	b, err := json.Marshal(body)
	if err != nil {
		w.t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(w.t.Context(), http.MethodPost, w.url+"/obtain-token", bytes.NewReader(b))
	if err != nil {
		w.t.Fatal(err)
	}
	return w.do(r)
}

func TestHostedApplication(t *testing.T) {
	w := newWorld(t)
	key := strings.Repeat("A", 43) + "="
	otherKey := strings.Repeat("B", 43) + "="
	epoch := w.now().Unix()
	token := func(at int64) string { return fmt.Sprintf("%d:hosted-token", at) }
	for _, c := range []struct {
		name           string
		app, id, token string
		status         int
		mention        string
	}{
		{"as an instance sends it", "ms-graph-user", "registration-1", seal(t, key, token(epoch)), 200, ""},
		{"four minutes late", "ms-graph-user", "registration-1", seal(t, key, token(epoch-240)), 200, ""},
		{"ten minutes late", "ms-graph-user", "registration-1", seal(t, key, token(epoch-600)), 401, "clock"},
		{"ten minutes early", "ms-graph-user", "registration-1", seal(t, key, token(epoch+600)), 401, "clock"},
		{"another application", "ms-graph-mail", "registration-1", seal(t, key, token(epoch)), 401, "not hosted"},
		{"unknown registration", "ms-graph-user", "registration-2", seal(t, key, token(epoch)), 401, "not known"},
		{"another key", "ms-graph-user", "registration-1", seal(t, otherKey, token(epoch)), 401, "does not open"},
		{"another token", "ms-graph-user", "registration-1", seal(t, key, fmt.Sprintf("%d:other", epoch)), 401, "registration's token"},
		{"no time", "ms-graph-user", "registration-1", seal(t, key, "hosted-token"), 401, "registration's token"},
		{"not encrypted", "ms-graph-user", "registration-1", "hosted-token", 401, "does not open"},
		{"too short", "ms-graph-user", "registration-1", "AAAA", 401, "does not open"},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := w.obtain(map[string]string{"app_name": c.app, "registration_id": c.id, "encrypted_token": c.token})
			if a.status != c.status || !strings.Contains(a.text("detail"), c.mention) {
				t.Errorf("got %d %v; want %d, %q", a.status, a.body, c.status, c.mention)
			}
			if c.status == 200 {
				w.principal(a)
			}
		})
	}
}

func TestRegistrationWorksAtOnce(t *testing.T) {
	w := newWorld(t)
	r, err := w.service.Register(testApp)
	if err != nil {
		t.Fatal(err)
	}
	a := w.obtain(map[string]string{"app_name": "ms-graph-user", "registration_id": r.ID, "encrypted_token": seal(t, r.Key, fmt.Sprintf("%d:%s", w.now().Unix(), r.Token))})
	w.principal(a)
	if _, err := w.service.Register("99999999-9999-9999-9999-999999999999"); err == nil {
		t.Error("a registration for an application that does not exist")
	}
}

func TestHostedApplicationAtAPathOfItsOwn(t *testing.T) {
	w := newWorld(t)
	body := fmt.Sprintf(`{"app_name":"ms-graph-user","registration_id":"registration-1","encrypted_token":%q}`, seal(t, strings.Repeat("A", 43)+"=", fmt.Sprintf("%d:hosted-token", w.now().Unix())))
	got := httptest.NewRecorder()
	w.service.HostedApp().ServeHTTP(got, httptest.NewRequest(http.MethodPost, "https://oproxy.example/get", strings.NewReader(body)))
	if got.Code != http.StatusOK {
		t.Errorf("%d %s", got.Code, got.Body)
	}
}

func TestHostedTokenLifetimeIsTheTenants(t *testing.T) {
	w := newWorld(t, func(o *Options) { o.TokenLifetime = func() time.Duration { return 2 * time.Minute } })
	a := w.obtain(map[string]string{"app_name": "ms-graph-user", "registration_id": "registration-1", "encrypted_token": seal(t, strings.Repeat("A", 43)+"=", fmt.Sprintf("%d:hosted-token", w.now().Unix()))})
	if a.body["expires_in"] != 120.0 {
		t.Errorf("answer %v", a.body)
	}
}
