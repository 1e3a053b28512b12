package container

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"msgraph-user/emulator"
	"msgraph-user/internal/containment"
)

// A record comes in as a file entry of the War Room: the platform says where its bytes
// are. A path in an argument is never opened.
func TestARecordComesInAsAnEntry(t *testing.T) {
	w, err := containment.New(nil, containment.Run{RunID: "run-1", Tenant: emulator.ReadyTenant, Command: "msgraph-user-contain"})
	if err == nil {
		_, err = w.Finish(context.Background(), containment.Seal{})
	}
	path := filepath.Join(t.TempDir(), "42_entry")
	_, content, unread := w.File()
	if err := errors.Join(err, unread, os.WriteFile(path, content, 0o600)); err != nil {
		t.Fatal(err)
	}
	for name, in := range loops {
		t.Run(name, func(t *testing.T) {
			c := in(t, practice)
			at := path
			c.answer = func(m message) (string, bool) {
				if m.Command != "getFilePath" || m.Args["id"] != "12@34" {
					return "", false
				}
				line, err := json.Marshal(map[string]string{"id": "12@34", "path": at, "name": "containment-run-1.jsonl"})
				if err != nil {
					t.Error(err)
				}
				return string(line), true
			}
			verify := func(name, value string) string {
				return fmt.Sprint(c.run(newCall("msgraph-user-containment-verify", args{name: value})))
			}
			if got := verify("entry_id", "12@34"); !strings.Contains(got, "consistent, not proven unchanged") {
				t.Errorf("the entry: %s", got)
			}
			at = filepath.Join(t.TempDir(), "gone")
			if got := verify("entry_id", "12@34"); !strings.Contains(got, "The file of the entry 12@34 cannot be read") {
				t.Errorf("an entry without its file: %s", got)
			}
			for _, argument := range []string{path, "@" + path} {
				if got := verify("file", argument); !strings.Contains(got, "is no record") {
					t.Errorf("a path as the file: %s", got)
				}
			}
		})
	}
}
