package container

import (
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
)

// TestConnectionsOutliveACommand runs 50 commands in the loop against a far side
// over TLS. They open one connection, and ask the platform for its context once.
func TestConnectionsOutliveACommand(t *testing.T) {
	for name, http2 := range map[string]bool{"HTTP/1.1": false, "HTTP/2": true} {
		t.Run(name, func(t *testing.T) {
			var connections atomic.Int32
			server := httptest.NewUnstartedServer(http.HandlerFunc(answerAsGraph))
			server.Config.ErrorLog = log.New(io.Discard, "", 0)
			server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
				if state == http.StateNew {
					connections.Add(1)
				}
			}
			server.EnableHTTP2 = http2
			server.StartTLS()
			t.Cleanup(server.Close)
			asked := map[string]int{}
			c := inGo(t, "MSGRAPH_USER_FLAGS=")
			c.answer = func(m message) (string, bool) {
				asked[m.Command]++
				return "", false
			}
			get := newCall("msgraph-user-get", map[string]any{"user": "ivy.chen@larkspur.example"})
			get.Params = map[string]any{
				"host": server.URL, "azure_ad_endpoint": server.URL, "insecure": true, "self_deployed": true,
				"creds_auth_id": password("client"), "creds_tenant_id": password("tenant"), "creds_enc_key": password("secret"),
			}
			for range 50 {
				if entries := c.run(get); len(entries) != 1 || entries[0]["Type"] != 1.0 {
					t.Fatalf("%v", entries)
				}
			}
			if n := connections.Load(); n != 1 {
				t.Errorf("50 commands opened %d connections, want 1", n)
			}
			if asked["getIntegrationContext"] != 1 || asked["setIntegrationContext"] != 1 {
				t.Errorf("50 commands asked the platform %v, want one question and one change", asked)
			}
		})
	}
}

func password(text string) map[string]any { return map[string]any{"password": text} }

// answerAsGraph answers for the token endpoint and for one user.
func answerAsGraph(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	if strings.HasSuffix(r.URL.Path, "/token") {
		fmt.Fprint(w, `{"token_type":"Bearer","access_token":"t","expires_in":3599}`)
		return
	}
	fmt.Fprint(w, `{"id":"1","userPrincipalName":"ivy.chen@larkspur.example"}`)
}
