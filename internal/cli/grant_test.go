package cli

import (
	"bufio"
	"context"
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
			in, out, stderr, ended := startServe(t)
			say := func(message string) {
				t.Helper()
				if _, err := io.WriteString(in, message+"\n"); err != nil {
					t.Fatal(err)
				}
			}
			hear := func() (line string) {
				t.Helper()
				if !out.Scan() {
					t.Fatalf("nothing came: %s", stderr)
				}
				return out.Text()
			}
			answer := func(result string) {
				t.Helper()
				var asked struct {
					ID     json.RawMessage `json:"id"`
					Method string          `json:"method"`
				}
				if err := json.Unmarshal([]byte(hear()), &asked); err != nil || asked.Method == "" {
					t.Fatalf("not a question: %s", out.Text())
				}
				say(fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,%s}`, asked.ID, result))
			}
			say(`{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"capabilities":{"integrationContext":true}}}`)
			hear()
			params := fmt.Sprintf(`{"host":%q,"self_deployed":true,"creds_auth_id":"app","creds_tenant_id":"tenant","creds_enc_key":"secret","redirect_uri":"https://localhost/myapp","creds_auth_code":"code"}`, server.URL)
			say(`{"jsonrpc":"2.0","id":2,"method":"msgraph-user-get","params":{"args":{"user":"u"},"params":` + params + `}}`)
			answer(`"result":{}`)
			if test.refuses {
				answer(`"error":{"code":-1,"message":"no"}`)
			} else {
				answer(`"result":null`)
			}
			if got := hear(); strings.Contains(got, `"error"`) != test.refuses || test.refuses && !strings.Contains(got, "integration context") {
				t.Errorf("the command answered %s", got)
			}
			if test.shutdown {
				say(`{"jsonrpc":"2.0","id":3,"method":"shutdown"}`)
				hear()
			}
			in.Close()
			for out.Scan() { // a last question gets no answer
			}
			if status := <-ended; status != test.status {
				t.Errorf("status %d, want %d: %s", status, test.status, stderr)
			}
			if log := stderr.String(); strings.Contains(log, "refresh token is lost") != test.refuses || strings.Contains(log, "canary") {
				t.Errorf("logged %s", log)
			}
		})
	}
}

// startServe starts serve with a peer's ends of its streams.
func startServe(t *testing.T) (in io.WriteCloser, out *bufio.Scanner, stderr *lockedBuffer, ended chan int) {
	t.Helper()
	inRead, inWrite := io.Pipe()
	outRead, outWrite := io.Pipe()
	stderr, ended = &lockedBuffer{}, make(chan int, 1)
	streams := Streams{Args: []string{"serve"}, Stdin: inRead, Stdout: outWrite, Stderr: stderr, Getenv: func(string) string { return "" }}
	yml := integrationYML(t)
	go func() {
		status := run(context.Background(), yml, streams)
		outWrite.Close()
		ended <- status
	}()
	scanner := bufio.NewScanner(outRead)
	scanner.Buffer(nil, 1<<20)
	return inWrite, scanner, stderr, ended
}
