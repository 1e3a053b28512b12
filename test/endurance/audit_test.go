package endurance_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"msgraph-user/internal/audit"
)

// trail reads an audit trail, every line of which has to be JSON.
func trail(t testing.TB, path string) []audit.Line {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var lines []audit.Line
	for text := range strings.Lines(string(data)) {
		var line audit.Line
		if err := json.Unmarshal([]byte(text), &line); err != nil {
			t.Fatalf("%v in %q", err, text)
		}
		lines = append(lines, line)
	}
	return lines
}

func TestTheAuditTrailAcrossASIGKILL(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	script := file(t, "script.yml", `[{"on":"DELETE /v1.0/users/*","do":"latency","latency":"1m"}]`)
	p := startProgram(t, "serve", "--emulator", "--audit", path, "--fault-script", script)
	request := p.Request("msgraph-user-delete", of("user", colleague), nil)
	request["params"].(map[string]any)["context"] = map[string]any{"IntegrationInstance": "entra", "Inv": map[string]any{"id": "42"}}
	p.Send(request)
	p.awaitUnderWay()
	if err := p.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	p.Exit()
	lines := trail(t, path)
	if len(lines) != 1 || lines[0].Outcome != audit.Open || lines[0].Command != "msgraph-user-delete" ||
		lines[0].Target != colleague || lines[0].Incident != "42" || lines[0].Instance != "entra" || lines[0].Time.IsZero() {
		t.Fatalf("after the kill: %+v", lines)
	}

	next := startProgram(t, "serve", "--emulator", "--audit", path)
	next.Call("msgraph-user-account-disable", of("user", colleague), nil)
	next.Call("msgraph-user-get", of("user", colleague), nil) // a look leaves no line
	next.Call("msgraph-user-create", of("display_name", "D", "mail_nickname", "d", "password", "short", "user_principal_name", "d@larkspur.example"), nil)
	lines = trail(t, path)
	if len(lines) != 5 || lines[0].Outcome != audit.Open || lines[1].Outcome != audit.Open || lines[2].Outcome != audit.Done ||
		lines[1].ID != lines[2].ID || lines[2].RequestID == "" || lines[4].Outcome != audit.Failed || lines[4].Target != "d@larkspur.example" || lines[4].Error == "" || lines[4].RequestID == "" {
		t.Errorf("after the next start: %+v", lines)
	}
	if got := lines[3].Asked["password"]; got != "***" {
		t.Errorf("the trail says that the password is %q", got)
	}
}

func TestAChangeThatCannotBeAuditedIsNotMade(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(t.TempDir(), "folder")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	p := startProgram(t, "serve", "--emulator", "--audit", filepath.Join(folder, "audit.jsonl"))
	p.Call("msgraph-user-get", of("user", colleague), nil) // it has started
	if err := os.RemoveAll(folder); err != nil {           // the file has no place any more
		t.Fatal(err)
	}
	a := p.Call("msgraph-user-account-disable", of("user", colleague), nil)
	if a.Code() != -32603 || !strings.Contains(a.Error.Message, "Nothing was changed") {
		t.Errorf("answered %s", a.Text)
	}
	user := p.Call("msgraph-user-get", of("user", colleague, "properties", "accountEnabled"), nil)
	if user.Error != nil || !strings.Contains(user.Text, `"accountEnabled":true`) {
		t.Errorf("the user is %s", user.Text)
	}
}

func TestAnAuditTrailThatCannotBeOpenedRefusesToStart(t *testing.T) {
	t.Parallel()
	p := startProgram(t, "serve", "--emulator", "--audit", filepath.Join(t.TempDir(), "no", "folder"))
	if status := p.Exit(); status != 1 || !strings.Contains(p.Stderr.String(), "audit trail") {
		t.Errorf("exit status %d: %s", status, p.Stderr)
	}
}
