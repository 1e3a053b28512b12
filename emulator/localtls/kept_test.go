package localtls_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"msgraph-user/emulator/localtls"
)

func TestAKeptAuthorityIsTheSameAtTheNextStart(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "tls")
	now := time.Now()
	first, err := localtls.OpenAuthority(dir, now)
	if err != nil {
		t.Fatal(err)
	}
	later := now.Add(2 * 365 * 24 * time.Hour)
	second, err := localtls.OpenAuthority(dir, later)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(first.PEM(), second.PEM()) {
		t.Error("the second start has another authority")
	}
	if kept, err := os.ReadFile(filepath.Join(dir, localtls.CertificateFile)); err != nil || !bytes.Equal(kept, first.PEM()) {
		t.Errorf("the certificate's file: %v", err)
	}
	if info, err := os.Stat(filepath.Join(dir, localtls.KeyFile)); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the key's file: %v %v", info.Mode(), err)
	}
	issued, err := second.Issue()
	if err != nil {
		t.Fatal(err)
	}
	if leaf := issued.Leaf; leaf.NotBefore.After(later) || !leaf.NotAfter.After(later.Add(80*24*time.Hour)) {
		t.Errorf("the server's certificate is good from %s to %s, and it is %s", leaf.NotBefore, leaf.NotAfter, later)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*")); len(left) != 2 {
		t.Errorf("in the directory: %v", left)
	}
}

func TestAKeptAuthorityIsRefused(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(path string) error
		after time.Duration
		says  string
	}{
		"others may read the key": {func(path string) error { return os.Chmod(path, 0o640) }, 0, "chmod 600"},
		"it has ended":            {func(string) error { return nil }, 6 * 365 * 24 * time.Hour, "ended on"},
		"it is cut short":         {func(path string) error { return os.Truncate(path, 100) }, 0, "does not hold a certificate and a key"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if _, err := localtls.OpenAuthority(dir, time.Now()); err != nil {
				t.Fatal(err)
			}
			if err := c.spoil(filepath.Join(dir, localtls.KeyFile)); err != nil {
				t.Fatal(err)
			}
			if _, err := localtls.OpenAuthority(dir, time.Now().Add(c.after)); err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v, want %q", err, c.says)
			}
		})
	}
}

func TestTwoFirstStartsMakeOneAuthority(t *testing.T) {
	dir := t.TempDir()
	var all [8][]byte
	var wg sync.WaitGroup
	for i := range all {
		wg.Go(func() {
			a, err := localtls.OpenAuthority(dir, time.Now())
			if err != nil {
				t.Error(err)
				return
			}
			all[i] = a.PEM()
		})
	}
	wg.Wait()
	for _, pem := range all {
		if !bytes.Equal(pem, all[0]) {
			t.Fatal("the starts have different authorities")
		}
	}
}
