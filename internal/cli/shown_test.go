package cli

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"msgraph-user/emulator"
	"msgraph-user/internal/graphtest"
)

// evil is what a far side may say to a terminal: clear the screen, write the other
// way round, and begin a line that reads as the program's own.
const evil = "A\x1b[2J\u009b31m\u202eB\nmsgraph-user: EVIL\r\nmsgraph-user: EVIL"

// hostileSide is a host whose every text is evil. It gives tokens unless refuses.
func hostileSide(t *testing.T, refuses bool) (base string) {
	t.Helper()
	answer := func(w http.ResponseWriter, status int, body map[string]any) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		if err := json.NewEncoder(w).Encode(body); err != nil {
			t.Error(err)
		}
	}
	claims, err := json.Marshal(map[string]any{"roles": []string{evil}, "scp": evil, "upn": evil, "preferred_username": evil, "appid": evil, "exp": 4000000000})
	if err != nil {
		t.Fatal(err)
	}
	encode := base64.RawURLEncoding.EncodeToString
	token := encode([]byte(`{"alg":"none"}`)) + "." + encode(claims) + "." + encode([]byte("x"))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasSuffix(r.URL.Path, "/devicecode"):
			answer(w, 200, map[string]any{"device_code": "d", "user_code": evil, "verification_uri": "https://device.example/" + evil, "interval": 1, "expires_in": 60})
		case strings.HasSuffix(r.URL.Path, "/token") && refuses:
			answer(w, 400, map[string]any{"error": "authorization_declined" + evil, "error_description": evil, "error_codes": []int{50126}})
		case strings.HasSuffix(r.URL.Path, "/token"):
			answer(w, 200, map[string]any{"access_token": token, "token_type": "Bearer", "expires_in": 3600, "refresh_token": "r"})
		case strings.HasPrefix(r.URL.Path, "/v1.0/users/refused"):
			answer(w, 403, map[string]any{"error": map[string]any{"code": evil, "message": evil}})
		case strings.HasPrefix(r.URL.Path, "/v1.0/users"):
			answer(w, 200, map[string]any{"id": "1", "displayName": evil, "userPrincipalName": evil, evil: evil})
		default:
			http.Error(w, evil, http.StatusBadGateway)
		}
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// Whatever a far side says, no interface shows what steers a terminal, and no line of it
// stands as one of the program's own.
func TestNothingShownSteersTheTerminal(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		refuses bool
		args    []string
	}{
		"doctor":              {false, []string{"doctor"}},
		"doctor, refused":     {true, []string{"doctor"}},
		"doctor --json":       {false, []string{"doctor", "--json"}},
		"login --device-code": {true, []string{"login", "--device-code", "--state", "STATE"}},
		"call":                {false, []string{"call", "msgraph-user-get", "user=x"}},
		"call --json":         {false, []string{"call", "--json", "msgraph-user-get", "user=x"}},
		"call --context":      {false, []string{"call", "--context", "msgraph-user-get", "user=x"}},
		"call --template":     {false, []string{"call", "--template", "{{json .}} {{.displayName}}", "msgraph-user-get", "user=x"}},
		"call, refused":       {false, []string{"call", "msgraph-user-get", "user=refused"}},
		"call, its log":       {false, []string{"call", "--log-level", "debug", "--log-format", "json", "msgraph-user-get", "user=refused"}},
		"call, no token":      {true, []string{"call", "msgraph-user-get", "user=x"}},
		"call, wrong usage":   {true, []string{"call", "msgraph-user-get", evil + "=1"}},
		"a subcommand":        {true, []string{evil}},
	} {
		t.Run(name, func(t *testing.T) {
			params := emulator.Parameters(hostileSide(t, c.refuses))
			var args []string
			for _, arg := range c.args {
				if arg == "STATE" {
					arg = filepath.Join(t.TempDir(), "state.json")
					params["redirect_uri"] = "http://localhost:8400"
				}
				args = append(args, arg)
			}
			_, stdout, stderr := runProgram(t, "", append(args, "--params", paramsFile(t, params))...)
			for _, shown := range []string{stdout, stderr} {
				if !utf8.ValidString(shown) || strings.ContainsFunc(shown, func(r rune) bool {
					return r != '\n' && r != '\t' && (unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r))
				}) {
					t.Errorf("it steers a terminal: %q", shown)
				}
				if name != "call" && name != "call --template" && strings.Contains(shown, "\nmsgraph-user: EVIL") {
					t.Errorf("the far side writes a line of its own: %q", shown)
				}
			}
			if !strings.Contains(stdout+stderr, "31m") {
				t.Errorf("nothing of it is shown: %q %q", stdout, stderr)
			}
		})
	}
}

// A browser's error is told on one line.
func TestLoginTellsAnErrorOnOneLine(t *testing.T) {
	answer := url.Values{"error": {"access_denied"}, "error_description": {evil}}
	_, err := codeOf(answer)
	var stderr graphtest.Buffer
	(&program{streams: Streams{Stderr: &stderr}}).exitStatus(&cobra.Command{}, err)
	if got := stderr.String(); strings.Count(got, "\n") != 1 || strings.ContainsRune(got, '\x1b') || !strings.Contains(got, "access_denied") {
		t.Errorf("%q", got)
	}
}
