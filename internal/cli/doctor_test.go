package cli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"msgraph-user/emulator"
	"msgraph-user/internal/doctor"
	"msgraph-user/internal/graphtest"
)

// paramsFile writes an instance's parameters to a file.
func paramsFile(t *testing.T, params map[string]any) string {
	t.Helper()
	data, err := json.Marshal(params)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "params.json")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func credential(value string) map[string]any { return map[string]any{"password": value} }

// examine runs the doctor on the ready instance with some parameters changed.
func examine(t *testing.T, options emulator.Options, changes map[string]any) (doctor.Report, int) {
	t.Helper()
	_, base := graphtest.Tenant(t, options)
	params := emulator.Parameters(base)
	for name, value := range changes {
		params[name] = value
	}
	status, stdout, stderr := runProgram(t, "", "doctor", "--json", "--params", paramsFile(t, params))
	var report doctor.Report
	if err := json.Unmarshal([]byte(stdout), &report); err != nil {
		t.Fatalf("%v in %s%s", err, stdout, stderr)
	}
	return report, status
}

func commandIn(t *testing.T, report doctor.Report, name string) doctor.Command {
	t.Helper()
	i := slices.IndexFunc(report.Commands, func(c doctor.Command) bool { return c.Command == name })
	if i < 0 {
		t.Fatalf("%s is not in the report", name)
	}
	return report.Commands[i]
}

func TestDoctorFindsNothingAmiss(t *testing.T) {
	report, status := examine(t, emulator.Options{}, nil)
	if !report.Healthy || status != exitDone || len(report.Commands) != len(commandNames(t)) {
		t.Errorf("status %d, %+v", status, report)
	}
	if c := commandIn(t, report, "msgraph-user-session-revoke"); c.State != doctor.Allowed || !slices.Equal(c.Needs, []string{"User.RevokeSessions.All"}) {
		t.Errorf("%+v", c)
	}
	if c := commandIn(t, report, "msgraph-user-change-password-on-premise"); c.State != doctor.OtherWay {
		t.Errorf("a password reset as an application: %+v", c)
	}
}

// Each protected user is looked up: an entry that names nobody protects nobody.
func TestDoctorLooksProtectedUsersUp(t *testing.T) {
	for name, c := range map[string]struct {
		users   string
		ok      bool
		details string
	}{
		"all are there": {"aiko.tanaka@larkspur.example\nivy.chen@larkspur.example", true, "read-only off; 2 protected users, both found"},
		"one is not":    {"aiko.tanaka@larkspur.example\nivy.chn@larkspur.example", false, "read-only off; 2 protected users, 1 found; not found: ivy.chn@larkspur.example"},
		"none":          {"", true, "read-only off; no protected users"},
	} {
		t.Run(name, func(t *testing.T) {
			report, _ := examine(t, emulator.Options{}, map[string]any{"protected_users": c.users})
			i := slices.IndexFunc(report.Checks, func(c doctor.Check) bool { return c.Name == "guard rails" })
			if i < 0 || report.Checks[i].OK != c.ok || !strings.HasPrefix(report.Checks[i].Detail, c.details) {
				t.Errorf("%+v", report.Checks)
			}
		})
	}
}

func TestDoctorNamesWhatIsMissing(t *testing.T) {
	report, status := examine(t, emulator.Options{}, map[string]any{
		"creds_auth_id": credential("33333333-3333-3333-3333-333333333333"), "creds_enc_key": credential("too-little-secret"),
	})
	if report.Healthy || status != exitFailed {
		t.Errorf("status %d, healthy %v", status, report.Healthy)
	}
	c := commandIn(t, report, "msgraph-user-account-disable")
	if c.State != doctor.Lacking || !slices.Equal(c.Missing, []string{"User.EnableDisableAccount.All", "User.Read.All"}) {
		t.Errorf("%+v", c)
	}
	if c := commandIn(t, report, "msgraph-user-generate-login-url"); c.State != doctor.Everything {
		t.Errorf("%+v", c)
	}
}

func TestDoctorSeesWhatIsWrong(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		options emulator.Options
		changes map[string]any
		check   string
		says    string
	}{
		{"the configuration", emulator.Options{}, map[string]any{"creds_enc_key": nil}, "configuration", "creds_enc_key"},
		{"the secret", emulator.Options{}, map[string]any{"creds_enc_key": credential("not-the-secret-of-it")}, "sign-in", "AADSTS7000215"},
		{"the tenant", emulator.Options{}, map[string]any{"creds_tenant_id": credential("99999999-9999-9999-9999-999999999999")}, "sign-in", "AADSTS90002"},
		{"the host", emulator.Options{}, map[string]any{"host": "http://127.0.0.1:1"}, "reach Graph", "127.0.0.1"},
		{"the clock", emulator.Options{Now: func() time.Time { return time.Now().Add(-20 * time.Minute) }}, nil, "clock", "differs by 20m"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			report, status := examine(t, c.options, c.changes)
			i := slices.IndexFunc(report.Checks, func(check doctor.Check) bool { return check.Name == c.check && !check.OK })
			if status != exitFailed || i < 0 || !strings.Contains(report.Checks[i].Detail, c.says) {
				t.Errorf("status %d, %+v", status, report.Checks)
			}
			for _, check := range report.Checks {
				if strings.Contains(check.Detail, "not-the-secret-of-it") {
					t.Errorf("the secret is shown: %s", check.Detail)
				}
			}
		})
	}
}

// A person reads what is wrong first, then what to grant and where; the commands on
// request only.
func TestDoctorForAPerson(t *testing.T) {
	status, stdout, _ := runProgram(t, "", "doctor", "--emulator")
	if status != exitDone || strings.Contains(stdout, "msgraph-user-get") || !strings.HasPrefix(stdout, "ok  tenant") || !strings.Contains(stdout, "commands can run") {
		t.Errorf("status %d:\n%s", status, stdout)
	}
	if _, stdout, _ = runProgram(t, "", "doctor", "--emulator", "--commands"); !strings.Contains(stdout, "\nmsgraph-user-get ") || !strings.Contains(stdout, "Needs") {
		t.Errorf("on request:\n%s", stdout)
	}
	_, base := graphtest.Tenant(t, emulator.Options{})
	params := emulator.Parameters(base)
	params["creds_auth_id"], params["creds_enc_key"] = credential("33333333-3333-3333-3333-333333333333"), credential("too-little-secret")
	params["protected_users"] = "nobody@larkspur.example"
	_, stdout, _ = runProgram(t, "", "doctor", "--params", paramsFile(t, params))
	at := 0
	for _, next := range []string{
		"FAILED  guard rails", "User.RevokeSessions.All ", "msgraph-user-session-revoke",
		"Grant: Microsoft Entra admin center > App registrations > 33333333-3333-3333-3333-333333333333 > API permissions > Add a permission > Microsoft Graph > Application permissions; then Grant admin consent",
		"ok  tenant", "ok  sign-in", "as the application 33333333",
	} {
		found := strings.Index(stdout[at:], next)
		if found < 0 {
			t.Fatalf("%q does not follow in\n%s", next, stdout)
		}
		at += found
	}
}

// What to grant in addition is what is missing, and nothing that is granted in another
// name already.
func TestDoctorAsksForNoMoreThanIsMissing(t *testing.T) {
	report, _ := examine(t, emulator.Options{}, map[string]any{
		"creds_auth_id": credential("33333333-3333-3333-3333-333333333333"), "creds_enc_key": credential("too-little-secret"),
	})
	for _, m := range report.Missing {
		if slices.Contains(report.Identity.Permissions, m.Permission) || len(m.Commands) == 0 {
			t.Errorf("%+v is asked for, of %v", m, report.Identity.Permissions)
		}
		for _, name := range m.Commands {
			if c := commandIn(t, report, name); c.State != doctor.Lacking || !slices.Contains(c.Missing, m.Permission) {
				t.Errorf("%s: %+v", m.Permission, c)
			}
		}
	}
	if report.Identity.Kind != "application" || report.Identity.ApplicationID != "33333333-3333-3333-3333-333333333333" {
		t.Errorf("%+v", report.Identity)
	}
}

func TestWhoAmI(t *testing.T) {
	status, stdout, _ := runProgram(t, "", "whoami", "--emulator")
	if status != exitDone || !strings.Contains(stdout, "Signed in as  the application 11111111-1111-1111-1111-111111111111\n") || !strings.Contains(stdout, "Tenant        the practice tenant") {
		t.Errorf("status %d:\n%s", status, stdout)
	}
	status, stdout, _ = runProgram(t, "", "whoami", "--emulator", "--json")
	var who doctor.Identity
	if err := json.Unmarshal([]byte(stdout), &who); err != nil || status != exitDone || who.TenantID == "" || !slices.Contains(who.Permissions, "User.Read.All") {
		t.Errorf("status %d, %+v, %v", status, who, err)
	}
}

// After logout the file holds no token of the instance, and what others keep in it stays.
func TestLogoutDeletesTheTokens(t *testing.T) {
	state := filepath.Join(t.TempDir(), "state.json")
	_, base := graphtest.Tenant(t, emulator.Options{})
	params := paramsFile(t, emulator.Parameters(base))
	runProgram(t, "", "call", "--params", params, "--state", state, "msgraph-user-list-changes", "properties=id", "remember=mine")
	before, err := os.ReadFile(state)
	if err != nil || !strings.Contains(string(before), "access_token") {
		t.Fatalf("%s %v", before, err)
	}
	status, stdout, stderr := runProgram(t, "", "logout", "--params", params, "--state", state)
	after, err := os.ReadFile(state)
	if status != exitDone || err != nil || strings.Contains(string(after), "access_token") || !strings.Contains(string(after), "mine") || !strings.Contains(stdout, "Signed out") {
		t.Errorf("status %d, %v: %s\n%s%s", status, err, after, stdout, stderr)
	}
	if status, _, stderr := runProgram(t, "", "logout", "--params", params); status != exitUsage || !strings.Contains(stderr, "--state") {
		t.Errorf("without a file: status %d, %s", status, stderr)
	}
}
