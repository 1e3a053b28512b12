package emulator

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"sync"

	"msgraph-user/emulator/inprocess"
)

// grantFile keeps what people signed in with beside the tenant's state file, so
// that a refresh token still works after a kill.
type grantFile struct {
	path string // empty: nothing is kept

	mu   sync.Mutex
	last []byte
}

// grantsBeside returns where the grants of a state file are kept.
func grantsBeside(stateFile string) string {
	if stateFile == "" {
		return ""
	}
	return stateFile + ".grants"
}

// loadGrants takes the grants from the file, where there is one.
func (t *Tenant) loadGrants() error {
	if t.grants.path == "" {
		return nil
	}
	raw, err := os.ReadFile(t.grants.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := t.signin.Restore(raw); err != nil {
		return fmt.Errorf("%s: %w. Remove it to have everybody sign in again", t.grants.path, err)
	}
	return nil
}

// saveGrants writes the grants to the file if they changed.
func (t *Tenant) saveGrants() error {
	g := &t.grants
	if g.path == "" {
		return nil
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	raw, err := t.signin.Snapshot()
	if err != nil || bytes.Equal(raw, g.last) {
		return err
	}
	if err := replaceFile(g.path, raw); err != nil {
		return err
	}
	g.last = raw
	return nil
}

// replaceFile puts content in place of the file path, as a whole or not at all,
// readable by its owner alone.
func replaceFile(path string, content []byte) error {
	file, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*") // mode 0600
	if err != nil {
		return err
	}
	_, err = file.Write(content)
	if err = errors.Join(err, file.Close()); err != nil {
		return errors.Join(err, os.Remove(file.Name()))
	}
	if err := os.Rename(file.Name(), path); err != nil {
		return errors.Join(err, os.Remove(file.Name()))
	}
	return nil
}

// serveSignIn answers a sign-in request. Where grants are kept, they are in the
// file before the answer leaves: a token that a client holds is one that works.
func (t *Tenant) serveSignIn(w http.ResponseWriter, r *http.Request) {
	if t.grants.path == "" {
		t.signin.ServeHTTP(w, r)
		return
	}
	held := inprocess.NewRecorder()
	t.signin.ServeHTTP(held, r)
	if err := t.saveGrants(); err != nil {
		http.Error(w, "The grants could not be kept: "+err.Error(), http.StatusInsufficientStorage)
		return
	}
	held.CopyTo(w)
}
