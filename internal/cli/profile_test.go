package cli

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"msgraph-user/emulator"
	"msgraph-user/internal/audit"
	"msgraph-user/internal/graphtest"
	"msgraph-user/internal/rawjson"
)

// runAt runs a command line in a home with profiles.
func runAt(t *testing.T, home, stdin string, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, errs graphtest.Buffer
	getenv := func(name string) string { return map[string]string{"HOME": home}[name] }
	status = run(t.Context(), graphtest.IntegrationYML(t), Streams{Args: args, Stdin: strings.NewReader(stdin), Stdout: &out, Stderr: &errs, Getenv: getenv})
	return status, out.String(), errs.String()
}

// homeWith has the profile lab on base, as the default where that is wanted.
func homeWith(t *testing.T, base string, isDefault bool) string {
	t.Helper()
	home := t.TempDir()
	folder := filepath.Join(home, ".config", "msgraph-user")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	params, err := rawjson.Marshal(emulator.Parameters(base))
	if err != nil {
		t.Fatal(err)
	}
	text := "profiles:\n  lab:\n    state: lab.state\n    params: " + string(params) + "\n"
	if isDefault {
		text = "default: lab\n" + text
	}
	if err := os.WriteFile(filepath.Join(folder, "config.yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return home
}

// tenantCalled is a practice tenant over HTTP that says what it is called, or that
// this may not be read.
func tenantCalled(t *testing.T, name string) (base string) {
	t.Helper()
	tenant, err := emulator.New(emulator.Options{})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path != "/v1.0/organization":
			tenant.ServeHTTP(w, r)
		case name == "":
			http.Error(w, `{"error":{"code":"Authorization_RequestDenied","message":"Insufficient privileges"}}`, http.StatusForbidden)
		default:
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write([]byte(`{"value":[{"id":"22222222-2222-2222-2222-222222222222","displayName":` + string(rawjson.Quote(name)) + `}]}`))
		}
	}))
	t.Cleanup(func() {
		server.Close()
		tenant.Close()
	})
	return server.URL
}

const noInstance = "no instance: pass --params FILE or --profile NAME, or --emulator to practise"

// A profile is used where it is named, or is the default of a command for people.
func TestWhichCommandsUseAProfile(t *testing.T) {
	base := tenantCalled(t, "Larkspur Ltd")
	get := []string{"call", "msgraph-user-get", "user=" + plainUser, "properties=displayName"}
	named := append([]string{"--profile", "lab"}, get...)
	const who = "the tenant Larkspur Ltd (22222222-2222-2222-2222-222222222222), by the profile lab"
	for name, c := range map[string]struct {
		isDefault bool
		args      []string
		status    int
		says      string // on either stream
		not       string
	}{
		"none is named, none is the default": {false, get, exitUsage, noInstance, "Aiko"},
		"named":                              {false, named, exitDone, who, noInstance},
		"the default":                        {true, get, exitDone, who, noInstance},
		"the default of doctor":              {true, []string{"doctor"}, exitDone, who, noInstance},
		"the default of the War Room":        {true, []string{"warroom"}, exitDone, "", noInstance},
		"doctor without one":                 {false, []string{"doctor"}, exitUsage, noInstance, ""},
		"warroom without one":                {false, []string{"warroom"}, exitUsage, noInstance, ""},
		"login without one":                  {false, []string{"login", "--state", "x"}, exitUsage, noInstance, ""},
		"the practice tenant is asked for":   {true, append(get, "--emulator"), exitDone, "Practice tenant", "Larkspur Ltd"},
		"it is switched off again":           {true, append(get, "--emulator", "--emulator=false"), exitDone, who, "Practice"},
		"parameters are given":               {true, append(get, "--params", paramsFile(t, emulator.Parameters(base))), exitDone, "Aiko", "profile"},
		"both are named":                     {false, append(named, "--params", "p.yaml"), exitUsage, "exclude each other", ""},
		"and the practice tenant":            {false, append(named, "--emulator"), exitUsage, "exclude each other", "Practice tenant:"},
		"an unknown one":                     {true, []string{"--profile", "lba", "doctor"}, exitUsage, `there is no profile "lba"`, "ok "},
	} {
		t.Run(name, func(t *testing.T) {
			status, stdout, stderr := runAt(t, homeWith(t, base, c.isDefault), "", c.args...)
			if status != c.status || !strings.Contains(stdout+stderr, c.says) || c.not != "" && strings.Contains(stdout+stderr, c.not) {
				t.Errorf("status %d\n%s%s", status, stdout, stderr)
			}
		})
	}
}

// serve and loop are started by machines: what a person made the default is not theirs.
func TestMachinesNeverGetTheDefaultProfile(t *testing.T) {
	home := homeWith(t, tenantCalled(t, ""), true)
	request := `{"jsonrpc":"2.0","id":1,"method":"msgraph-user-get","params":{"args":{"user":"` + plainUser + `"}}}` + "\n"
	_, stdout, _ := runAt(t, home, request, "serve")
	if !strings.Contains(stdout, `"code":-32602`) || strings.Contains(stdout, "Aiko") {
		t.Errorf("serve used it: %s", stdout)
	}
	if _, stdout, _ = runAt(t, home, request, "serve", "--profile", "lab"); !strings.Contains(stdout, "Aiko") {
		t.Errorf("serve does not use the one that it was given: %s", stdout)
	}
}

// Where the organization may not be read, the tenant's id has to do.
func TestATenantWithoutANameIsNamedByItsID(t *testing.T) {
	home := homeWith(t, tenantCalled(t, ""), true)
	status, _, stderr := runAt(t, home, "", "call", "-o", "json", "msgraph-user-get", "user="+plainUser)
	if status != exitDone || !strings.Contains(stderr, `"kind":"notice"`) || !strings.Contains(stderr, "the tenant "+emulator.Parameters("")["creds_tenant_id"].(map[string]any)["password"].(string)+", by the profile lab") {
		t.Errorf("status %d\n%s", status, stderr)
	}
}

func TestProfilesAreListedWithoutTheirSecrets(t *testing.T) {
	home := homeWith(t, "http://127.0.0.1:1", true)
	status, stdout, stderr := runAt(t, home, "", "profiles")
	if status != exitDone || !strings.Contains(stdout, "lab  default  params: in this file  state: ") || strings.Contains(stdout+stderr, "emulator-secret") {
		t.Errorf("status %d\n%s%s", status, stdout, stderr)
	}
	if status, stdout, _ = runAt(t, t.TempDir(), "", "profiles"); status != exitDone || !strings.Contains(stdout, "No profile is configured") {
		t.Errorf("without a file: status %d\n%s", status, stdout)
	}
	if err := os.Chmod(filepath.Join(home, ".config", "msgraph-user", "config.yaml"), 0o644); err != nil {
		t.Fatal(err)
	}
	if status, _, stderr = runAt(t, home, "", "profiles"); status != exitFailed || !strings.Contains(stderr, "chmod 600") {
		t.Errorf("readable by all: status %d\n%s", status, stderr)
	}
}

// The audit trail names the machine, the profile, and the person where one started the
// program; a service's account is none.
func TestTheAuditTrailNamesTheOperator(t *testing.T) {
	home := homeWith(t, tenantCalled(t, ""), true)
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	getenv := func(name string) string { return map[string]string{"HOME": home, "USER": "ada"}[name] }
	request := `{"jsonrpc":"2.0","id":1,"method":"msgraph-user-unblock","params":{"args":{"user":"` + plainUser + `"},"context":{"IntegrationInstance":"entra_prod"}}}` + "\n"
	for _, args := range [][]string{
		{"call", "--audit", path, "msgraph-user-unblock", "user=" + plainUser},
		{"serve", "--profile", "lab", "--audit", path},
	} {
		var out graphtest.Buffer
		run(t.Context(), graphtest.IntegrationYML(t), Streams{Args: args, Stdin: strings.NewReader(request), Stdout: &out, Stderr: &out, Getenv: getenv})
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	host, _ := os.Hostname()
	written := strings.Split(strings.TrimSpace(string(data)), "\n")
	for n, want := range []audit.Origin{{Instance: "lab", Host: host, Operator: "ada"}, {}, {Instance: "entra_prod", Host: host}} {
		var line audit.Line
		if n >= len(written) || json.Unmarshal([]byte(written[n]), &line) != nil {
			t.Fatalf("%d lines: %s", len(written), data)
		}
		if n != 1 && line.Origin != want {
			t.Errorf("line %d: %+v, want %+v", n, line.Origin, want)
		}
	}
}
