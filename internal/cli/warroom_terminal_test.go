//go:build unix

package cli

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"

	"msgraph-user/internal/graphtest"
)

// patience is how long a person waits for what has to appear.
const patience = 20 * time.Second

// seat is a person's place at a War Room in a pseudo-terminal.
type seat struct {
	t    *testing.T
	tty  *os.File
	cmd  *exec.Cmd
	home string

	mu     sync.Mutex
	grown  *sync.Cond
	screen string // what was drawn since the last key, styles taken off
	closed bool
}

var styles = regexp.MustCompile("\x1b\\[[0-9;?]*[A-Za-z]")

// sitDown starts the program in a window of so many columns.
func sitDown(t *testing.T, columns uint16, args ...string) *seat {
	t.Helper()
	s := &seat{t: t, home: t.TempDir()}
	s.grown = sync.NewCond(&s.mu)
	s.cmd = graphtest.Self(append([]string{"warroom"}, args...)...)
	s.cmd.Env = append(s.cmd.Env, graphtest.SourceRoot+"="+sourceRoot(t), "TERM=xterm", "NO_COLOR=", "GORACE="+promptEnd, "XDG_STATE_HOME=", "HOME="+s.home)
	s.cmd.Dir = s.home
	tty, err := pty.StartWithSize(s.cmd, &pty.Winsize{Rows: 40, Cols: columns})
	if err != nil {
		t.Fatal(err)
	}
	s.tty = tty
	read := make(chan struct{})
	go s.watch(read)
	t.Cleanup(func() {
		_ = s.cmd.Process.Kill() // it may have ended by itself
		_ = s.cmd.Wait()
		tty.Close()
		<-read
	})
	s.see("practice> ")
	return s
}

// watch takes what the program draws until its end.
func (s *seat) watch(over chan struct{}) {
	defer close(over)
	piece := make([]byte, 4096)
	for {
		n, err := s.tty.Read(piece)
		s.mu.Lock()
		s.screen += strings.ReplaceAll(string(piece[:n]), "\r", "")
		s.closed = err != nil
		s.grown.Broadcast()
		s.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// keys types, after what was drawn before is forgotten.
func (s *seat) keys(text string) {
	s.t.Helper()
	s.mu.Lock()
	s.screen = ""
	s.mu.Unlock()
	if _, err := s.tty.WriteString(text); err != nil {
		s.t.Fatal(err)
	}
}

// see waits until all parts are drawn, and returns what is.
func (s *seat) see(parts ...string) string {
	s.t.Helper()
	late := false
	timer := time.AfterFunc(patience, func() {
		s.mu.Lock()
		late = true
		s.grown.Broadcast()
		s.mu.Unlock()
	})
	defer timer.Stop()
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		screen := styles.ReplaceAllString(s.screen, "")
		missing := ""
		for _, part := range parts {
			if !strings.Contains(screen, part) {
				missing = part
			}
		}
		if missing == "" {
			return screen
		}
		if late || s.closed {
			s.t.Fatalf("%q did not appear in\n%s", missing, screen)
		}
		s.grown.Wait()
	}
}

// enter types a line and waits for its answer and the next prompt.
func (s *seat) enter(line string, parts ...string) string {
	s.t.Helper()
	s.keys(line + "\r")
	return s.see(append(parts, "\npractice> ")...)
}

// leave ends the sitting and returns the exit status.
func (s *seat) leave() int {
	s.t.Helper()
	s.keys("\x04")
	err := s.cmd.Wait()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		return exit.ExitCode()
	}
	if err != nil {
		s.t.Fatal(err)
	}
	return 0
}

func TestWarRoomCompletes(t *testing.T) {
	s := sitDown(t, 120, "--emulator")
	s.keys("!msgraph-user-sess\t")
	s.see("!msgraph-user-session-revoke")
	s.keys("us\t")
	s.see("user=")
	s.keys("\x15!msgraph-user-method\t\x15") // of nothing, nothing becomes
	s.keys("!msgraph-user-fido2\t\t")
	s.see("msgraph-user-fido2-method-list", "msgraph-user-fido2-method-delete")
	s.keys("\x15")
	s.enter("!msgraph-user-get user=aiko.tanaka@larkspur.example properties=id,userPrincipalName", "User Principal Name")
	s.keys("!msgraph-user-get user=ai\t")
	s.see("user=aiko.tanaka@larkspur.example")
	s.keys("\x15!msgraph-user-change-password user=x force_change_password_with_mfa=t\t")
	s.see("force_change_password_with_mfa=true")
	s.keys("\x03")
	s.see("practice> ")
	if status := s.leave(); status != 0 {
		t.Errorf("exit status %d", status)
	}
}

// Ctrl-C cancels the command that runs; the sitting, and the terminal, go on.
func TestWarRoomCancels(t *testing.T) {
	s := sitDown(t, 100, "--emulator", "--faults", "latency=10m", "--timeout", "20m")
	s.keys("!msgraph-user-list\r")
	s.see("msgraph-user-list  0s") // the line of long work
	s.keys("\x03")
	s.see("Error: ", "cancel", "practice> ")
	s.enter("context", "Nothing is stored there.")
	if status := s.leave(); status != 0 {
		t.Errorf("exit status %d", status)
	}
}

func TestWarRoomHelpAndContext(t *testing.T) {
	s := sitDown(t, 100, "--emulator")
	s.keys("help\r") // longer than the window
	s.see("msgraph-user-session-revoke", "-- more")
	s.enter("q")
	s.enter("help session revoke", "msgraph-user-session-revoke")
	s.enter("help msgraph-user-inbox-rule-enable", "rule_id", "Example", "!msgraph-user-inbox-rule-enable user=ivy.chen@larkspur.example rule_id=ID")
	s.enter("!msgraph-user-get user=aiko.tanaka@larkspur.example", "Aiko Tanaka")
	s.enter("context", "└─ MSGraphUser")
	s.enter("context MSGraphUser.DisplayName", "MSGraphUser.DisplayName: Aiko Tanaka")
	s.enter("raw", `"displayName": "Aiko Tanaka"`)
	s.enter("!msgraph-user-get-manager user=${MSGraphUser.UserPrincipalName}", "Mira Holt")
	s.enter("!msgraph-user-get-manager user=${MSGraphUser.Nothing}", "holds nothing, so that nothing was sent")
	s.enter("find Aiko", "aiko.tanaka@larkspur.example")
	s.keys("quit\r")
	if err := s.cmd.Wait(); err != nil {
		t.Errorf("quit ends with %v", err)
	}
}

// The same answer stands in columns in a wide window, and as a list in a narrow one.
// No line is wider than the window.
func TestWarRoomFitsTheWindow(t *testing.T) {
	for _, test := range []struct {
		columns uint16
		shows   string
	}{
		{140, "Display Name   "},
		{44, "Display Name  "},
	} {
		s := sitDown(t, test.columns, "--emulator")
		s.keys("!msgraph-user-list\r")
		screen := s.see(test.shows, "Break glass 2", "practice> ")
		_, answer, _ := strings.Cut(screen, "\n")
		for line := range strings.Lines(answer) {
			if width := len([]rune(strings.TrimRight(line, "\n"))); width > int(test.columns) {
				t.Errorf("%d columns in a window of %d: %q", width, test.columns, line)
			}
		}
		if wide := strings.Contains(screen, "────"); wide != (test.columns == 140) {
			t.Errorf("at %d columns a table is drawn: %v", test.columns, wide)
		}
	}
}

var guid = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)

// At the usual widths no id and no address is split, in tables and in records.
func TestWarRoomSplitsNoID(t *testing.T) {
	for _, columns := range []uint16{80, 100} {
		s := sitDown(t, columns, "--emulator")
		list := s.enter("!msgraph-user-list properties=id,displayName,userPrincipalName,jobTitle", "Break glass 2")
		people := strings.Count(list, "@larkspur")
		if ids := len(guid.FindAllString(list, -1)); ids != people || people < 50 {
			t.Errorf("%d columns: %d whole ids of %d people in\n%s", columns, ids, people, list)
		}
		methods := s.enter("!msgraph-user-get-auth-methods user=ivy.chen@larkspur.example", "Phone", "Temporary Access")
		if ids := len(guid.FindAllString(methods, -1)); ids != 4 || strings.Contains(methods, "#microsoft") {
			t.Errorf("%d columns: %d whole ids of 4 methods in\n%s", columns, ids, methods)
		}
	}
}

// A secret is asked for and not shown, and the history has the line without it.
func TestWarRoomAsksForSecrets(t *testing.T) {
	s := sitDown(t, 120, "--emulator")
	s.keys("!msgraph-user-change-password user=paul.novak@larkspur.example\r")
	s.see("password: ")
	s.keys("Winter-Sun-71!\r")
	screen := s.see("is changed", "practice> ")
	s.keys("\x1b[A") // the line before
	screen += s.see("!msgraph-user-change-password user=paul.novak@larkspur.example")
	s.keys("\x15")
	if strings.Contains(screen, "Winter") {
		t.Errorf("the secret is shown:\n%s", screen)
	}
	s.enter("!msgraph-user-change-password user=x password=Winter-Sun-72!", "was not found")
	s.leave()
	path := filepath.Join(s.home, ".local", "state", "msgraph-user", "warroom-history")
	kept, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if strings.Contains(string(kept), "Winter") || !strings.Contains(string(kept), "user=x password=-") {
		t.Errorf("kept\n%s", kept)
	}
}

// On a terminal call draws to the window too, with bold headings.
func TestCallFitsTheWindow(t *testing.T) {
	cmd := graphtest.Self("call", "--emulator", "msgraph-user-get", "user=aiko.tanaka@larkspur.example")
	cmd.Env = append(cmd.Env, "TERM=xterm", "NO_COLOR=", "GORACE="+promptEnd)
	tty, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 40, Cols: 50})
	if err != nil {
		t.Fatal(err)
	}
	defer tty.Close()
	drawn, _ := io.ReadAll(tty) // the end of a pseudo-terminal is an error on Linux
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(drawn), "\x1b[1mDisplay Name\x1b[0m") {
		t.Errorf("drawn %q", drawn)
	}
	for line := range strings.Lines(styles.ReplaceAllString(string(drawn), "")) {
		if width := len([]rune(strings.TrimRight(line, "\r\n"))); width > 50 {
			t.Errorf("%d columns: %q", width, line)
		}
	}
}

// Typed alone on a terminal, the program explains itself, and does not wait for JSON.
func TestAloneOnATerminalItPrintsHelp(t *testing.T) {
	cmd := graphtest.Self()
	cmd.Env = append(cmd.Env, "TERM=xterm", "HOME="+t.TempDir())
	tty, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 40, Cols: 100})
	if err != nil {
		t.Fatal(err)
	}
	defer tty.Close()
	shown, _ := io.ReadAll(tty) // the end of a pseudo-terminal is an error on Linux
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(shown), "Available Commands:") {
		t.Errorf("it shows %q", shown)
	}
}

// SIGTERM ends the sitting in good order.
func TestWarRoomEndsOnSIGTERM(t *testing.T) {
	s := sitDown(t, 80, "--emulator")
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Wait(); err != nil {
		t.Errorf("ended with %v", err)
	}
}
