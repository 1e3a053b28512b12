package winzip_test

import (
	"archive/zip"
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"msgraph-user/internal/secret"
	"msgraph-user/internal/winzip"
)

const pass = "Zy#w4e+1 pass"

func archive(t *testing.T, content string) []byte {
	t.Helper()
	data, err := winzip.Encrypt("TAPPolicyPass.txt", []byte(content), secret.New(pass), time.Date(2026, 1, 2, 3, 4, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestArchiveHidesItsContent(t *testing.T) {
	content := strings.Repeat("a temporary access pass, ", 9)
	data := archive(t, content)
	if bytes.Contains(data, []byte("temporary")) || bytes.Contains(data, []byte(pass)) {
		t.Fatal("the archive shows its content or password")
	}
	r, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	member := r.File[0]
	if len(r.File) != 1 || member.Name != "TAPPolicyPass.txt" || member.Method != 99 || member.Flags&1 == 0 || member.CRC32 != 0 {
		t.Errorf("unexpected member %+v", member.FileHeader)
	}
	if bytes.Equal(archive(t, content), data) {
		t.Error("two archives are alike: the salt is not fresh")
	}
}

// The archive is opened by a program that did not make it.
func TestSevenZipOpensTheArchive(t *testing.T) {
	sevenZip, err := exec.LookPath("7z")
	if err != nil {
		t.Skip("7z is not installed (Debian: p7zip-full)")
	}
	for _, content := range []string{"", "x", strings.Repeat("0123456789abcdef", 3), "seventeen letters"} {
		dir := t.TempDir()
		file := filepath.Join(dir, "a.zip")
		if err := os.WriteFile(file, archive(t, content), 0o600); err != nil {
			t.Fatal(err)
		}
		if out, err := exec.Command(sevenZip, "x", "-y", "-o"+dir, "-p"+pass, file).CombinedOutput(); err != nil {
			t.Fatalf("with the password: %v\n%s", err, out)
		}
		got, err := os.ReadFile(filepath.Join(dir, "TAPPolicyPass.txt"))
		if err != nil || string(got) != content {
			t.Errorf("extracted %q (%v), want %q", got, err, content)
		}
		if content == "" {
			continue // an empty member has nothing that a wrong password could spoil
		}
		if out, err := exec.Command(sevenZip, "t", "-pwrong", file).CombinedOutput(); err == nil {
			t.Errorf("a wrong password opened it:\n%s", out)
		}
	}
}
