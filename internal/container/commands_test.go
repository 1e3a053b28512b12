package container

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"

	"msgraph-user/internal/graphtest"
	"msgraph-user/internal/xsoar"
)

type args = map[string]any

// Every command once, in an order in which the practice tenant lets most succeed.
var everyCommand = []call{
	newCall("test-module", nil),
	newCall("msgraph-user-test", nil),
	newCall("msgraph-user-list", args{"filter": "startswith(displayName,'R')"}),
	newCall("msgraph-user-get", args{"user": "zoe.groesse@larkspur.example"}),
	newCall("msgraph-user-get-delta", args{"properties": "displayName"}),
	newCall("msgraph-user-list-changes", args{"properties": "displayName"}),
	newCall("msgraph-user-create", args{"display_name": "New <Hire> & Söhne", "mail_nickname": "hire", "password": "Practice-5678", "user_principal_name": "hire@larkspur.example"}),
	newCall("msgraph-user-update", args{"user": "hire@larkspur.example", "updated_fields": "jobTitle=Analyst,officeLocation="}),
	newCall("msgraph-user-assign-manager", args{"user": "hire@larkspur.example", "manager": "mira.holt@larkspur.example"}),
	newCall("msgraph-user-get-manager", args{"user": "hire@larkspur.example"}),
	newCall("msgraph-direct-reports", args{"user": "mira.holt@larkspur.example"}),
	newCall("msgraph-user-account-disable", args{"user": "hire@larkspur.example"}),
	newCall("msgraph-user-unblock", args{"user": "hire@larkspur.example"}),
	newCall("msgraph-user-terminate-session", args{"user": "hire@larkspur.example"}),
	newCall("msgraph-user-session-revoke", args{"user": "hire@larkspur.example"}),
	newCall("msgraph-user-change-password", args{"user": "hire@larkspur.example", "password": "Practice-9012"}),
	newCall("msgraph-user-change-password-on-premise", args{"user": "hire@larkspur.example", "password": "Practice-9012"}),
	newCall("msgraph-user-force-reset-password", args{"user": "hire@larkspur.example"}),
	newCall("msgraph-user-delete", args{"user": "hire@larkspur.example"}),
	newCall("msgraph-user-get-groups", args{"user": "zoe.groesse@larkspur.example"}),
	newCall("msgraph-user-owned-devices-list", args{"user": "aiko.tanaka@larkspur.example"}),
	newCall("msgraph-user-get-auth-methods", args{"user": "ivy.chen@larkspur.example"}),
	newCall("msgraph-user-get-user-default-auth-method", args{"user": "zoe.groesse@larkspur.example"}),
	newCall("msgraph-user-tap-policy-list", args{"user_id": "ivy.chen@larkspur.example"}),
	newCall("msgraph-user-temp-access-pass-method-list", args{"user": "ivy.chen@larkspur.example"}),
	newCall("msgraph-user-tap-policy-delete", args{"user_id": "ivy.chen@larkspur.example", "policy_id": "b8f2359b-0d46-498d-a7fd-a400f749f7fe"}),
	newCall("msgraph-user-temp-access-pass-method-delete", args{"user": "ivy.chen@larkspur.example", "method_id": "b8f2359b-0d46-498d-a7fd-a400f749f7fe"}),
	newCall("msgraph-user-tap-policy-create", args{"user_id": "zoe.groesse@larkspur.example", "zip_password": "practice-zip-password"}),
	newCall("msgraph-user-fido2-method-list", args{"user": "aiko.tanaka@larkspur.example"}),
	newCall("msgraph-user-fido2-method-delete", args{"user": "aiko.tanaka@larkspur.example", "method_id": "786fa0ffcd2945cca26d1d"}),
	newCall("msgraph-user-email-method-list", args{"user": "renee.dubois@larkspur.example"}),
	newCall("msgraph-user-email-method-delete", args{"user": "renee.dubois@larkspur.example"}),
	newCall("msgraph-user-authenticator-method-list", args{"user": "svc-soar@larkspur.onmicrosoft.com"}),
	newCall("msgraph-user-authenticator-method-delete", args{"user": "svc-soar@larkspur.onmicrosoft.com", "method_id": "32718410-229c-409c-a36f-eb32c547ab1b"}),
	newCall("msgraph-user-phone-method-list", args{"user": "sam.whitfield@larkspur.example"}),
	newCall("msgraph-user-phone-method-delete", args{"user": "sam.whitfield@larkspur.example", "method_id": "3179e48a-750b-4051-897c-87b9720928f7"}),
	newCall("msgraph-user-software-oath-method-list", args{"user": "zoe.groesse@larkspur.example"}),
	newCall("msgraph-user-software-oath-method-delete", args{"user": "zoe.groesse@larkspur.example", "method_id": "7d123cc2-337f-45d2-a9b4-3dd9f5d73ed2"}),
	newCall("msgraph-user-windows-hello-method-list", args{"user": "sam.whitfield@larkspur.example"}),
	newCall("msgraph-user-windows-hello-method-delete", args{"user": "sam.whitfield@larkspur.example", "method_id": "9ae46292-1de8-4802-a973-23f9d6d839fd"}),
	newCall("msgraph-user-create-mfa-client-secret", nil),
	newCall("msgraph-user-create-mfa-client-access-token", args{"client_secret": "no such secret"}),
	newCall("msgraph-user-request-mfa", args{"user_mail": "zoe.groesse@larkspur.example", "access_token": "no such token"}),
	newCall("msgraph-user-sign-ins-list", args{"user": "zoe.groesse@larkspur.example"}),
	newCall("msgraph-user-audits-list", args{"user": "zoe.groesse@larkspur.example"}),
	newCall("msgraph-user-risk-get", args{"user": "zoe.groesse@larkspur.example"}),
	newCall("msgraph-user-investigate", args{"user": "zoe.groesse@larkspur.example"}),
	newCall("msgraph-user-risk-detections-list", args{"user": "zoe.groesse@larkspur.example"}),
	newCall("msgraph-user-consents-list", args{"user": "zoe.groesse@larkspur.example"}),
	newCall("msgraph-user-app-roles-list", args{"user": "zoe.groesse@larkspur.example"}),
	newCall("msgraph-user-roles-list", args{"user": "zoe.groesse@larkspur.example"}),
	newCall("msgraph-user-devices-list", args{"user": "sam.whitfield@larkspur.example"}),
	newCall("msgraph-user-inbox-rules-list", args{"user": "zoe.groesse@larkspur.example"}),
	newCall("msgraph-user-licenses-list", args{"user": "zoe.groesse@larkspur.example"}),
	newCall("msgraph-user-list-deleted", nil),
	newCall("msgraph-user-containment-verify", args{"run_id": "no-such-run"}),
	newCall("msgraph-user-undo", args{"run_id": "no-such-run"}),
	newCall("msgraph-user-restore", args{"user": "nobody.here@larkspur.example"}),
	newCall("msgraph-user-group-add", args{"user": "zoe.groesse@larkspur.example", "group_id": "00000000-0000-0000-0000-000000000001"}),
	newCall("msgraph-user-group-remove", args{"user": "zoe.groesse@larkspur.example", "group_id": "00000000-0000-0000-0000-000000000001"}),
	newCall("msgraph-user-role-remove", args{"user": "zoe.groesse@larkspur.example", "role": "Global Administrator"}),
	newCall("msgraph-user-consent-revoke", args{"grant_id": "no-such-grant"}),
	newCall("msgraph-user-app-role-remove", args{"user": "zoe.groesse@larkspur.example", "assignment_id": "no-such-assignment"}),
	newCall("msgraph-user-device-disable", args{"device_id": "00000000-0000-0000-0000-000000000001"}),
	newCall("msgraph-user-device-enable", args{"device_id": "00000000-0000-0000-0000-000000000001"}),
	newCall("msgraph-user-inbox-rule-disable", args{"user": "zoe.groesse@larkspur.example", "rule_id": "no-such-rule"}),
	newCall("msgraph-user-inbox-rule-enable", args{"user": "zoe.groesse@larkspur.example", "rule_id": "no-such-rule"}),
	newCall("msgraph-user-risk-confirm", args{"user": "zoe.groesse@larkspur.example"}),
	newCall("msgraph-user-risk-dismiss", args{"user": "zoe.groesse@larkspur.example"}),
	newCall("msgraph-user-generate-login-url", nil),
	newCall("msgraph-user-auth-reset", nil),
}

// The table above is worth nothing once it lacks a command that playbooks of the
// Python integration use. The loops treat all commands alike.
func TestEveryCommandOfTheContractIsTried(t *testing.T) {
	contract, err := os.ReadFile(filepath.Join("..", "..", "testdata", "contract", "interface.json"))
	if err != nil {
		t.Fatal(err)
	}
	var replaced struct{ Commands map[string]any }
	if err := json.Unmarshal(contract, &replaced); err != nil {
		t.Fatal(err)
	}
	tried := map[string]bool{}
	for _, c := range everyCommand {
		tried[c.Command] = true
	}
	for name := range replaced.Commands {
		if !tried[name] {
			t.Errorf("%s is not tried", name)
		}
	}
}

// A container gives the entries that serve gives, whichever loop runs in it.
func TestContainersGiveWhatServeGives(t *testing.T) {
	want := entriesOfServe(t)
	for name, start := range loops {
		t.Run(name, func(t *testing.T) {
			c := start(t)
			succeeded := 0
			for n, asked := range everyCommand {
				got := c.run(asked)
				c.fetchFiles(asked, got)
				if diff := cmp.Diff(comparable(want[n]), comparable(got)); diff != "" {
					t.Errorf("%s (-serve +container)\n%s", asked.Command, diff)
				}
				if len(got) > 0 && got[0]["Type"] != float64(xsoar.Error) {
					succeeded++
				}
			}
			if succeeded < 40 {
				t.Errorf("only %d commands succeeded", succeeded)
			}
			if _, kept := c.context["access_token"]; kept {
				t.Error("the token is still in the integration context after auth-reset")
			}
		})
	}
}

// fetchFiles does with file entries what the platform does: it takes the bytes from
// the working directory. They come back as serve gives them.
func (c *container) fetchFiles(asked call, entries []map[string]any) {
	c.t.Helper()
	for _, entry := range entries {
		id, ok := entry["FileID"].(string)
		if !ok {
			continue
		}
		if entry["Contents"] != "" {
			c.t.Errorf("%s: the Contents of a file are %v", asked.Command, entry["Contents"])
		}
		data, err := os.ReadFile(filepath.Join(c.dir, "42_"+id))
		if err != nil {
			c.t.Fatal(err)
		}
		delete(entry, "FileID")
		entry["FileData"] = base64.StdEncoding.EncodeToString(data)
	}
}

// entriesOfServe runs every command through JSON-RPC. An error is there what the
// platform has an error entry for.
func entriesOfServe(t *testing.T) [][]map[string]any {
	t.Helper()
	server := graphtest.Start(t, exec.Command(program, "serve", "--emulator"))
	results := make([][]map[string]any, len(everyCommand))
	for n, asked := range everyCommand { // one after the other: they build on one another
		server.Send(map[string]any{"jsonrpc": "2.0", "id": n, "method": asked.Command, "params": map[string]any{"args": asked.Args, "context": asked.Context}})
		results[n] = entriesOf(t, server.Line())
	}
	server.In.Close()
	if status := server.Exit(); status != 0 {
		t.Errorf("serve ended with status %d: %s", status, server.Stderr)
	}
	return results
}

// entriesOf returns the entries of a reply, whole.
func entriesOf(t *testing.T, line string) []map[string]any {
	t.Helper()
	var answer struct {
		Result struct{ Entries []map[string]any }
		Error  *struct{ Message string }
	}
	if err := json.Unmarshal([]byte(line), &answer); err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	if answer.Error != nil {
		return []map[string]any{{"Type": float64(xsoar.Error), "ContentsFormat": "text", "Contents": answer.Error.Message}}
	}
	return answer.Result.Entries
}

// What two runs of a command cannot have in common.
var changingPatterns = map[*regexp.Regexp]string{
	regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`): "GUID",
	regexp.MustCompile(`deltatoken=[\w-]+`):                                            "deltatoken=LINK",
	regexp.MustCompile(`[0-9a-f]{32}`):                                                 "GUID",
	regexp.MustCompile(`\w{3}8Q~[\w.~-]+`):                                             "CLIENT-SECRET",
	regexp.MustCompile(`\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)?`):        "TIME",
}

// comparable returns entries as indented JSON without what differs from run to run.
func comparable(entries []map[string]any) string {
	shown := make([]map[string]any, len(entries))
	for n, entry := range entries {
		if data, ok := entry["FileData"].(string); ok {
			entry = maps.Clone(entry)
			entry["Contents"], entry["FileData"] = "", kindOfFile(data)
		}
		shown[n] = entry
	}
	text, err := json.MarshalIndent(shown, "", " ")
	if err != nil {
		return err.Error()
	}
	for pattern, stand := range changingPatterns {
		text = pattern.ReplaceAll(text, []byte(stand))
	}
	return string(text)
}

func kindOfFile(encoded string) string {
	data, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil || !bytes.HasPrefix(data, []byte("PK")) {
		return "no ZIP"
	}
	return "a ZIP"
}
