package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// A peer that keeps the integration context, and does not take the refresh token
// that a sign-in brought: the person's consent ends with the process, and the exit
// status says so.
func TestServeEndsWithStatus1WhereARotatedGrantIsStoredNowhere(t *testing.T) {
	for _, test := range []struct {
		name     string
		refuses  bool
		shutdown bool
		status   int
	}{
		{"at the end of input", true, false, exitFailed},
		{"after shutdown", true, true, exitFailed},
		{"stored, at the end of input", false, false, exitDone},
		{"stored, after shutdown", false, true, exitDone},
	} {
		t.Run(test.name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				fmt.Fprint(w, `{"token_type":"Bearer","access_token":"access-1","refresh_token":"canary-RT-1","expires_in":3599,"id":"1"}`)
			}))
			defer server.Close()
			s, ended := startServe(t)
			answer := func(result string) {
				t.Helper()
				var asked struct {
					ID     json.RawMessage `json:"id"`
					Method string          `json:"method"`
				}
				question := s.Line()
				if err := json.Unmarshal([]byte(question), &asked); err != nil || asked.Method == "" {
					t.Fatalf("not a question: %s", question)
				}
				s.Write(fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,%s}`+"\n", asked.ID, result))
			}
			s.Write(`{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"capabilities":{"integrationContext":true}}}` + "\n")
			s.Line()
			params := fmt.Sprintf(`{"host":%q,"self_deployed":true,"creds_auth_id":"app","creds_tenant_id":"tenant","creds_enc_key":"secret","redirect_uri":"https://localhost/myapp","creds_auth_code":"code"}`, server.URL)
			s.Write(`{"jsonrpc":"2.0","id":2,"method":"msgraph-user-get","params":{"args":{"user":"u"},"params":` + params + `}}` + "\n")
			answer(`"result":{}`)
			if test.refuses {
				answer(`"error":{"code":-1,"message":"no"}`)
			} else {
				answer(`"result":null`)
			}
			if got := s.Line(); strings.Contains(got, `"error"`) != test.refuses || test.refuses && !strings.Contains(got, "integration context") {
				t.Errorf("the command answered %s", got)
			}
			if test.shutdown {
				s.Write(`{"jsonrpc":"2.0","id":3,"method":"shutdown"}` + "\n")
				s.Line()
			}
			s.In.Close()
			if _, err := io.Copy(io.Discard, s.Out); err != nil { // a last question gets no answer
				t.Error(err)
			}
			if status := <-ended; status != test.status {
				t.Errorf("status %d, want %d: %s", status, test.status, s.Stderr)
			}
			if log := s.Stderr.String(); strings.Contains(log, "refresh token is lost") != test.refuses || strings.Contains(log, "canary") {
				t.Errorf("logged %s", log)
			}
		})
	}
}
