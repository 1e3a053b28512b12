package auth

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"msgraph-user/internal/secret"
)

// rotating is a token endpoint as Entra is: a refresh token's predecessor lives
// until the successor is used, and replaying it after that ends the grant.
type rotating struct {
	mu                sync.Mutex
	previous, current string
	issued            int
	revoked           string // why
}

func (s *rotating) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	spent := r.FormValue("refresh_token")
	s.mu.Lock()
	switch {
	case spent != s.current && spent != s.previous:
		s.revoked = "replayed " + spent
	case spent == s.current:
		s.previous = s.current
	}
	s.issued++
	s.current = fmt.Sprintf("RT-%d", s.issued)
	next, revoked := s.current, s.revoked
	s.mu.Unlock()
	if revoked != "" {
		writeJSON(w, 400, map[string]string{"error": "invalid_grant"})
		return
	}
	writeJSON(w, 200, tokenJSON("access-"+next, next, 3600))
}

func (s *rotating) ended() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.revoked
}

// firstRefreshToken is long, as real ones are, so that its fingerprint is fast.
const firstRefreshToken = "RT-0-" + longSecret

const (
	envKillState  = "AUTH_TEST_STATE"
	envKillServer = "AUTH_TEST_SERVER"
)

func killedParams(server string) map[string]any {
	return person("host", server, "creds_auth_code", credential("refresh_token:"+firstRefreshToken))
}

// refreshForever is the child process: it renews as fast as it can, and says so.
func refreshForever(path, server string) {
	cfg, err := ConfigureIn(killedParams(server), noEnvironment)
	exitOn(err)
	ctx := context.Background()
	store, err := OpenStateFile(ctx, path, nil)
	exitOn(err)
	source := NewSource(cfg, Options{Store: store})
	rejected := secret.Text{}
	for {
		rejected, _, err = source.Renew(ctx, rejected, "")
		exitOn(err)
		fmt.Println("renewed")
	}
}

func exitOn(err error) {
	if err != nil {
		fmt.Println(err)
		os.Exit(3)
	}
}

func TestMain(m *testing.M) {
	if path := os.Getenv(envKillState); path != "" {
		refreshForever(path, os.Getenv(envKillServer))
	}
	os.Exit(m.Run())
}

// Killing the process at any moment of a refresh loses no grant: the refresh
// token that is stored works.
func TestAKilledProcessLosesNoGrant(t *testing.T) {
	kills := 200
	if raceDetector || testing.Short() {
		kills = 40 // a process takes long to start with it
	}
	far := &rotating{current: firstRefreshToken}
	server := httptest.NewServer(far)
	defer server.Close()
	path := filepath.Join(t.TempDir(), "state.json")
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for range kills {
		child := exec.Command(program)
		child.Env = append(os.Environ(), envKillState+"="+path, envKillServer+"="+server.URL)
		killAfterARenewal(t, child)
		if reason := far.ended(); reason != "" {
			t.Fatal(reason)
		}
	}
	store := openState(t, path, nil)
	source := NewSource(configure(t, killedParams(server.URL)), Options{Store: store})
	if _, _, err := source.Renew(t.Context(), secret.Text{}, ""); err != nil {
		t.Error(err)
	}
	t.Logf("%d kills, %d refresh tokens", kills, far.issued)
}

// killAfterARenewal kills child a random moment after it renewed a few times.
func killAfterARenewal(t *testing.T, child *exec.Cmd) {
	t.Helper()
	output, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(output)
	for range 1 + rand.IntN(3) {
		if !lines.Scan() || lines.Text() != "renewed" {
			t.Errorf("the process says %q", lines.Text())
		}
	}
	<-time.After(time.Duration(rand.IntN(3000)) * time.Microsecond)
	if err := child.Process.Kill(); err != nil {
		t.Error(err)
	}
	_, _ = io.Copy(io.Discard, output)
	_ = child.Wait() // it was killed
}
