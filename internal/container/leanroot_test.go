package container

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"msgraph-user/internal/xsoar"
)

const (
	// maxLean is how many bytes the lean image may have.
	maxLean = 15_000_000
	// longRuns is the variable that switches on what takes a minute.
	longRuns = "MSGRAPH_USER_LONG"
)

// leanRoot builds the root of the lean image. It holds the program that the other
// tests use; in long runs one that is compiled for it.
func leanRoot(t *testing.T) string {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("the image is one of Linux, and this is", runtime.GOOS)
	}
	root := t.TempDir()
	build := exec.Command("./leanroot.sh", root, program)
	if os.Getenv(longRuns) != "" {
		build = exec.Command("./leanroot.sh", root)
	}
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("leanroot.sh: %v\n%s", err, out)
	}
	if err := os.Chmod(root, 0o755); err != nil { // for any user
		t.Fatal(err)
	}
	return root
}

func TestLeanRootHoldsTheProgramAndCertificatesOnly(t *testing.T) {
	root := leanRoot(t)
	var size int64
	var files []string
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		size += info.Size()
		files = append(files, strings.TrimPrefix(path, root))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	const want = "/etc/group /etc/passwd /etc/ssl/certs/ca-certificates.crt /usr/local/bin/msgraph-user /usr/local/bin/python /usr/local/bin/python3"
	if got := strings.Join(files, " "); got != want {
		t.Errorf("it holds %s", got)
	}
	if size >= maxLean && os.Getenv(longRuns) != "" {
		t.Errorf("it has %d bytes, more than %d", size, maxLean)
	}
	certificates, err := os.ReadFile(filepath.Join(root, "etc/ssl/certs/ca-certificates.crt"))
	if err != nil || bytes.Count(certificates, []byte("BEGIN CERTIFICATE")) < 50 {
		t.Errorf("%d certificates, %v", bytes.Count(certificates, []byte("BEGIN CERTIFICATE")), err)
	}
}

func TestLeanRootNeedsCertificates(t *testing.T) {
	build := exec.Command("./leanroot.sh", t.TempDir(), program)
	build.Env = append(os.Environ(), "CA_BUNDLE=/nowhere/ca.crt")
	if out, err := build.CombinedOutput(); err == nil || !strings.Contains(string(out), "CA_BUNDLE") {
		t.Errorf("%v %s", err, out)
	}
}

// confined returns the command that runs in root and sees nothing outside it: as
// another user where this test may change its user, else in a namespace of users.
func confined(root, user string, command ...string) *exec.Cmd {
	process := &exec.Cmd{Path: command[0], Args: command}
	process.SysProcAttr = &syscall.SysProcAttr{Chroot: root}
	if os.Geteuid() == 0 {
		if user != "root" {
			process.SysProcAttr.Credential = &syscall.Credential{Uid: 31337, Gid: 31337}
		}
		return process
	}
	process.SysProcAttr.Cloneflags = syscall.CLONE_NEWUSER
	process.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}}
	process.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}}
	return process
}

// inLean starts the lean image as the platform does.
func inLean(t *testing.T, root, user string) *container {
	t.Helper()
	probe := confined(root, user, "/usr/local/bin/msgraph-user", "version")
	if err := probe.Run(); errors.Is(err, syscall.EPERM) {
		t.Skip("this machine lets the test confine nothing:", err)
	} else if err != nil {
		t.Fatal(err)
	}
	process := confined(root, user, "/usr/local/bin/python", "/tmp/pyrunner/loop.py")
	c := &container{t: t, process: process, context: map[string]any{}}
	c.launch("/work", []string{"HOME=/", "PATH=/usr/local/bin", practice})
	c.dir = filepath.Join(root, "work")
	return c
}

func TestLeanImageRunsTheLoop(t *testing.T) {
	root := leanRoot(t)
	c := inLean(t, root, "root")
	c.mustSucceed()
	entries := c.run(newCall("msgraph-user-tap-policy-create", args{"user_id": "zoe.groesse@larkspur.example", "zip_password": "practice-zip-password"}))
	c.fetchFiles(newCall("msgraph-user-tap-policy-create", nil), entries)
	if got := comparable(entries); !strings.Contains(got, `"a ZIP"`) {
		t.Errorf("no file came out of the container: %s", got)
	}
}

// Another user cannot write to the working directory, as on a disk that nobody can
// write to.
func TestLeanImageRunsAsAnyUserWithoutAWritableDisk(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can become another user")
	}
	c := inLean(t, leanRoot(t), "another")
	c.mustSucceed()
	entries := c.run(newCall("msgraph-user-tap-policy-create", args{"user_id": "zoe.groesse@larkspur.example", "zip_password": "practice-zip-password"}))
	if kind, contents := onlyEntry(t, entries[:1]); kind != xsoar.Error || !strings.Contains(contents, "permission denied") {
		t.Errorf("%d %s", kind, contents)
	}
}
