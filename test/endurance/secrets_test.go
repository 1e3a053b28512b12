package endurance_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// marker stands in every secret of these tests, and may be in no output.
const marker = "CNRY7"

func canarySecret(name string) string { return marker + `-` + name + `+/=&%"\<é>'` }

func password(value string) map[string]any { return map[string]any{"password": value} }

// privateKey returns a key as PEM.
func privateKey(t testing.TB) string {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

// canaryInstances are an instance for each way to sign in, all of whose secrets
// but the key hold the marker.
func canaryInstances(base, key string) map[string]map[string]any {
	own := func(more map[string]any) map[string]any {
		params := map[string]any{"host": base, "self_deployed": true, "allow_secret_generators": true,
			"creds_auth_id": password("an-application"), "creds_tenant_id": password("a-tenant")}
		maps.Copy(params, more)
		return params
	}
	return map[string]map[string]any{
		"client secret": own(map[string]any{"creds_enc_key": password(canarySecret("client-secret"))}),
		"certificate":   own(map[string]any{"creds_certificate": map[string]any{"identifier": strings.Repeat("AB", 20), "password": key}}),
		"code": own(map[string]any{"creds_enc_key": password(canarySecret("client-secret")), "redirect_uri": "https://localhost/myapp",
			"creds_auth_code": password(canarySecret("code"))}),
		"refresh token": own(map[string]any{"creds_enc_key": password(canarySecret("client-secret")), "redirect_uri": "https://localhost/myapp",
			"creds_auth_code": password("refresh_token:" + canarySecret("refresh"))}),
		"hosted app": {"host": base, "creds_auth_id": password("a-registration"), "creds_tenant_id": password(canarySecret("hosted-token")),
			"creds_enc_key": password(marker + strings.Repeat("a", 43-len(marker)) + "="), "allow_secret_generators": true},
	}
}

// canaryCommands are all commands, whose secret arguments hold the marker.
func canaryCommands(t testing.TB) map[string]map[string]any {
	t.Helper()
	all := argumentsOf(t, colleague)
	for _, args := range all {
		for _, name := range []string{"password", "zip_password", "client_secret", "access_token"} {
			if args[name] != nil {
				args[name] = canarySecret(name)
			}
		}
	}
	all["msgraph-user-update"]["updated_fields"] = `{"passwordProfile":{"password":` + quoted(canarySecret("profile")) + `},"jobTitle":"x"}`
	all["msgraph-user-create"]["other_properties"] = `{"passwordPolicies":"None"}`
	return all
}

// leaks searches text for what may not be there.
func leaks(t testing.TB, where, text, extract string) {
	t.Helper()
	for _, secret := range []string{marker, extract, "eyJ", "PRIVATE KEY"} {
		if i := strings.Index(text, secret); i >= 0 {
			t.Errorf("%s holds a secret: …%s…", where, text[max(0, i-200):min(len(text), i+60)])
		}
	}
}

// Every command fails in every way, and so does the sign-in of every kind of
// instance, before a far side that repeats all that it was sent. No secret is in an
// answer, a log line, the audit trail or the recorded session. Where
// MSGRAPH_USER_LONG is set, every command fails in an instance of every kind.
func TestNoFailureShowsASecret(t *testing.T) {
	t.Parallel()
	key := privateKey(t)
	extract := strings.Split(key, "\n")[3]
	folder := t.TempDir()
	trailFile, record := filepath.Join(folder, "audit.jsonl"), filepath.Join(folder, "session.jsonl")
	p := startProgram(t, "serve", "--log-level", "debug", "--audit", trailFile, "--record", record, "--max-commands", "20000", "--max-waiting", "20000")
	sent := make(chan int, 1)
	requests := canaryRequests(t, p, key)
	go func() {
		for _, request := range requests {
			p.Send(request)
		}
		sent <- len(requests)
	}()
	for range requests {
		leaks(t, "an answer", p.Line(), extract)
	}
	p.In.Close()
	if status := p.Exit(); status != 0 {
		t.Errorf("exit status %d", status)
	}
	leaks(t, "the log", p.Stderr.String(), extract)
	for _, path := range []string{trailFile, record} {
		data, err := os.ReadFile(path)
		if err != nil || len(data) == 0 {
			t.Errorf("%s: %d bytes, %v", path, len(data), err)
		}
		leaks(t, path, string(data), extract)
	}
	t.Logf("%d calls, %d KiB of log", <-sent, len(p.Stderr.String())>>10)
}

// canaryRequests are the calls of all commands before a far side for each way to
// fail, where sign-ins succeed, and of a few where the sign-in fails.
func canaryRequests(t testing.TB, p *program, key string) []map[string]any {
	commands := canaryCommands(t)
	var requests []map[string]any
	for name, fails := range failures {
		for _, tokens := range []bool{true, false} {
			far := newEcho(t)
			far.fail(fails, tokens)
			for instance, params := range canaryInstances(far.URL, key) {
				for command, args := range commands {
					wanted := os.Getenv(longRuns) != ""
					if tokens {
						wanted = wanted || instance == "refresh token"
					} else {
						wanted = wanted || strings.HasPrefix(command, "msgraph-user-create")
					}
					if wanted {
						request := p.Request(command, args, params)
						context := map[string]any{"IntegrationInstance": fmt.Sprint(instance, name, tokens)}
						if command == "msgraph-user-contain" {
							context["timeout"] = 20 // of its own it has none, and each of its requests is tried again
						}
						request["params"].(map[string]any)["context"] = context
						requests = append(requests, request)
					}
				}
			}
		}
	}
	return requests
}

// What is refused before anything is sent is refused without repeating a secret,
// however wrong the place is that it stands in.
func TestNoRefusalShowsASecret(t *testing.T) {
	t.Parallel()
	bird := newCanary(t)
	own := func(name string, value any) map[string]any {
		return with(canaryInstances(bird.URL, "")["code"], name, value)
	}
	at := strings.TrimPrefix(bird.URL, "http://")
	text := canarySecret("x")
	p := startProgram(t, "serve", "--log-level", "debug")
	for name, c := range map[string]struct {
		args, params map[string]any
	}{
		"a key that is none":           {of("user", colleague), own("creds_certificate", map[string]any{"identifier": strings.Repeat("AB", 20), "password": text})},
		"a key that is cut":            {of("user", colleague), own("creds_certificate", map[string]any{"identifier": strings.Repeat("AB", 20), "password": "-----BEGIN PRIVATE KEY-----\n" + text})},
		"a user name in the host":      {of("user", colleague), own("host", "https://user:"+marker+"-x@"+at)},
		"a secret in the host's place": {of("user", colleague), own("host", text)},
		"one in the sign-in URL":       {of("user", colleague), own("azure_ad_endpoint", "https://user:"+marker+"-x@"+at)},
		"a list":                       {of("user", colleague), own("creds_enc_key", []string{text})},
		"an object":                    {of("user", colleague), own("creds_enc_key", map[string]any{"password": map[string]any{text: text}})},
		"a list inside":                {of("user", colleague), own("creds_enc_key", map[string]any{"password": []string{text}})},
		"a boolean with a text":        {of("user", colleague), own("proxy", text)},
		"a password that is a list":    {map[string]any{"user": colleague, "password": []any{map[string]any{"a": text}}}, own("read_only", true)},
		"a password that is an object": {map[string]any{"user": colleague, "password": map[string]any{text: text}}, own("read_only", true)},
		"a mistyped argument":          {of("user", colleague, "pasword", text), own("read_only", true)},
	} {
		command := "msgraph-user-get"
		if name == "a mistyped argument" || strings.HasPrefix(name, "a password") {
			command = "msgraph-user-change-password"
		}
		a := p.Call(command, c.args, c.params)
		if a.Code() != -32602 {
			t.Errorf("%s: %s", name, a.Text)
		}
		leaks(t, name, a.Text, marker)
	}
	for _, fields := range []string{
		`passwordProfile={"forceChangePasswordNextSignIn":true,"password":` + quoted(text) + `}`,
		`{"passwordProfile":{"password":` + quoted(text) + `}`,
		`password=` + marker + `-x,jobTitle`,
	} {
		a := p.Call("msgraph-user-update", of("user", colleague, "updated_fields", fields), own("protected_users", ""))
		leaks(t, fields[:10], a.Text, marker)
	}
	for _, line := range []string{
		`{"jsonrpc":"2.0","id":1,"method":"msgraph-user-change-password","params":{"args":{"password":"` + marker,
		`{"jsonrpc":"2.0","id":1,"method":"msgraph-user-change-password","params":["` + marker + `"]}`,
		`{"jsonrpc":"2.0","id":1,"method":"msgraph-user-get","params":{"args":"` + marker + `"}}`,
		`{"jsonrpc":"2.0","id":1,"method":"msgraph-user-get","params":{"context":{"timeout":"` + marker + `"}}}`,
		`{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"params":"` + marker + `"}}`,
		marker,
	} {
		p.Write(line + "\n")
		leaks(t, line[:min(len(line), 60)], p.Line(), marker)
	}
	leaks(t, "the log", p.Stderr.String(), marker)
}
