package cli

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"msgraph-user/emulator"
)

// freePort returns a port that nobody listens on.
func freePort(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	_, port, err := net.SplitHostPort(listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// runLogin starts login, hands the printed sign-in address to person, and returns
// how the program ended.
func runLogin(t *testing.T, params, state string, person func(address string, stdin io.Writer)) (status int, printed string) {
	t.Helper()
	inRead, inWrite := io.Pipe()
	outRead, outWrite := io.Pipe()
	ended := make(chan int, 1)
	yml := integrationYML(t)
	var stderr lockedBuffer
	go func() {
		ended <- run(t.Context(), yml, Streams{
			Args:  []string{"login", "--no-browser", "--params", params, "--state", state},
			Stdin: inRead, Stdout: outWrite, Stderr: &stderr, Getenv: func(string) string { return "" },
		})
		outWrite.Close()
		inRead.Close()
	}()
	out := bufio.NewScanner(outRead)
	for out.Scan() {
		printed += out.Text() + "\n"
		if strings.HasPrefix(out.Text(), "http") {
			go person(out.Text(), inWrite)
		}
	}
	return <-ended, printed + stderr.String()
}

// A person signs in once; from then on the state file is all that calls need.
func TestLogin(t *testing.T) {
	base := tenantOverHTTP(t, emulator.Options{})
	browser := &http.Client{}
	visit := func(address string) *http.Response {
		response, err := browser.Get(address)
		if err != nil {
			t.Error(err)
			return nil
		}
		response.Body.Close()
		return response
	}
	hint := "&login_hint=" + url.QueryEscape(anAdmin)
	noFollow := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	for _, c := range []struct {
		name, redirect string
		person         func(address string, stdin io.Writer)
	}{
		{"the browser comes back to this machine", "http://localhost:" + freePort(t), func(address string, _ io.Writer) { visit(address + hint) }},
		{"the address is pasted", "https://localhost/myapp", func(address string, stdin io.Writer) {
			response, err := noFollow.Get(address + hint)
			if err != nil {
				t.Error(err)
				return
			}
			response.Body.Close()
			_, _ = io.WriteString(stdin, response.Header.Get("Location")+"\n") // a program that ended reads nothing
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			params := emulator.Parameters(base)
			params["redirect_uri"] = c.redirect
			delete(params, "creds_enc_key") // a public client: the person is all the proof
			file, state := paramsFile(t, params), filepath.Join(t.TempDir(), "state.json")
			if status, printed := runLogin(t, file, state, c.person); status != exitDone || !strings.Contains(printed, "Signed in.") {
				t.Fatalf("status %d:\n%s", status, printed)
			}
			info, err := os.Stat(state)
			if err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("the state file: %v %v", info.Mode(), err)
			}
			status, stdout, stderr := runProgram(t, "", "call", "--params", file, "--state", state, "--json",
				"msgraph-user-change-password-on-premise", "user="+plainUser, "password="+practicePwd)
			if status != exitDone || !strings.Contains(stdout, "PollingCommand") {
				t.Errorf("what only a person can do: status %d\n%s%s", status, stdout, stderr)
			}
		})
	}
}

func TestLoginRefuses(t *testing.T) {
	base := tenantOverHTTP(t, emulator.Options{})
	params := emulator.Parameters(base)
	params["redirect_uri"] = "http://localhost:" + freePort(t)
	file, state := paramsFile(t, params), filepath.Join(t.TempDir(), "state.json")
	status, printed := runLogin(t, file, state, func(string, io.Writer) {
		response, err := http.Get(params["redirect_uri"].(string) + "/?code=stolen&state=other")
		if err == nil {
			response.Body.Close()
		}
	})
	if status != exitFailed || !strings.Contains(printed, "does not belong to this sign-in") {
		t.Errorf("an answer to another sign-in: status %d:\n%s", status, printed)
	}
	if status, _, stderr := runProgram(t, "", "login", "--params", file); status != exitUsage || !strings.Contains(stderr, "--state") {
		t.Errorf("without a place for the grant: status %d %s", status, stderr)
	}
}
