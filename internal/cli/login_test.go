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
	"msgraph-user/internal/graphtest"
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
	yml := graphtest.IntegrationYML(t)
	var stderr graphtest.Buffer
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
	_, base := graphtest.Tenant(t, emulator.Options{})
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
			params["creds_auth_id"] = map[string]any{"password": emulator.ReadyPublicApplication} // the person is all the proof
			delete(params, "creds_enc_key")
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

// Whatever is no answer to this sign-in does not end the wait, and nothing of it is
// shown: another program or a page in the browser may have guessed the port.
func TestLoginWaitsForItsOwnAnswer(t *testing.T) {
	_, base := graphtest.Tenant(t, emulator.Options{})
	params := emulator.Parameters(base)
	redirect := "http://localhost:" + freePort(t)
	params["redirect_uri"] = redirect
	params["creds_auth_id"] = map[string]any{"password": emulator.ReadyPublicApplication}
	delete(params, "creds_enc_key")
	noFollow := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	ask := func(method, address string, change func(*http.Request)) int {
		request, err := http.NewRequest(method, address, nil)
		if err != nil {
			t.Error(err)
			return 0
		}
		change(request)
		response, err := noFollow.Do(request)
		if err != nil {
			t.Error(err)
			return 0
		}
		response.Body.Close()
		return response.StatusCode
	}
	unchanged := func(*http.Request) {}
	person := func(address string, _ io.Writer) {
		response, err := noFollow.Get(address + "&login_hint=" + url.QueryEscape(anAdmin))
		if err != nil {
			t.Error(err)
			return
		}
		response.Body.Close()
		answer := response.Header.Get("Location")
		for name, status := range map[string]int{
			"another state":    ask("GET", redirect+"/?code=STOLEN&state=STOLEN", unchanged),
			"no state":         ask("GET", redirect+"/?code=STOLEN", unchanged),
			"an error":         ask("GET", redirect+"/?error=STOLEN&error_description=STOLEN&state=STOLEN", unchanged),
			"neither":          ask("GET", redirect+"/favicon.ico", unchanged),
			"another Host":     ask("GET", answer, func(r *http.Request) { r.Host = "evil.example" }),
			"another port":     ask("GET", answer, func(r *http.Request) { r.Host = "localhost:1" }),
			"a foreign Origin": ask("GET", answer, func(r *http.Request) { r.Header.Set("Origin", "https://evil.example") }),
			"a form is sent":   ask("POST", answer, unchanged),
			"another path":     ask("GET", redirect+"/STOLEN?"+answer[strings.Index(answer, "?")+1:], unchanged),
		} {
			if status < 400 {
				t.Errorf("%s: status %d", name, status)
			}
		}
		if status := ask("GET", answer, func(r *http.Request) { r.Header.Set("Origin", "null") }); status != http.StatusOK {
			t.Errorf("its own answer: status %d", status)
		}
	}
	status, printed := runLogin(t, paramsFile(t, params), filepath.Join(t.TempDir(), "state.json"), person)
	if status != exitDone || !strings.Contains(printed, "Signed in.") || strings.Contains(printed, "STOLEN") {
		t.Errorf("status %d:\n%s", status, printed)
	}
}

// A pasted address that is not this sign-in's is asked for again.
func TestLoginAsksForItsOwnAddress(t *testing.T) {
	_, base := graphtest.Tenant(t, emulator.Options{})
	params := emulator.Parameters(base)
	params["redirect_uri"] = "https://localhost/myapp"
	params["creds_auth_id"] = map[string]any{"password": emulator.ReadyPublicApplication}
	delete(params, "creds_enc_key")
	noFollow := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	status, printed := runLogin(t, paramsFile(t, params), filepath.Join(t.TempDir(), "state.json"), func(address string, stdin io.Writer) {
		response, err := noFollow.Get(address + "&login_hint=" + url.QueryEscape(anAdmin))
		if err != nil {
			t.Error(err)
			return
		}
		response.Body.Close()
		for _, line := range []string{"https://localhost/myapp?code=STOLEN&state=STOLEN", "%zz", "", strings.Repeat("x", 2*longestAddress), response.Header.Get("Location")} {
			_, _ = io.WriteString(stdin, line+"\n") // a program that ended reads nothing
		}
	})
	if status != exitDone || !strings.Contains(printed, "belongs to another sign-in") || strings.Contains(printed, "STOLEN") {
		t.Errorf("status %d:\n%s", status, printed)
	}
}

func TestLoginNeedsAPlaceForTheGrant(t *testing.T) {
	file := paramsFile(t, emulator.Parameters(""))
	if status, _, stderr := runProgram(t, "", "login", "--params", file); status != exitUsage || !strings.Contains(stderr, "--state") {
		t.Errorf("status %d %s", status, stderr)
	}
}
