package auth

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/gofrs/flock"

	"msgraph-user/internal/atomicfile"
	"msgraph-user/internal/bounded"
	"msgraph-user/internal/failure"
)

const (
	// stateVersion is the format of the file; one of a later version is refused.
	stateVersion = 1
	// lockPatience is how long a second process waits for the first to end.
	lockPatience = 3 * time.Second
	lockInterval = 20 * time.Millisecond
	maxStateFile = 64 << 20 // bytes
)

// StateFile keeps integration contexts in a file: readable by its owner only,
// replaced as a whole so that a kill at any moment leaves the old or the new one,
// and used by one process at a time. It is safe for concurrent use.
type StateFile struct {
	path string
	lock *flock.Flock

	mu       sync.Mutex
	contexts *MemoryStore
}

// state is the content of the file.
type state struct {
	Version   int                       `json:"version"`
	Instances map[string]map[string]any `json:"instances"`
}

var errDamaged = errors.New("it is not what this program wrote")

// OpenStateFile opens the file at path, or begins one that the first write makes.
// It waits a few seconds, or until ctx ends, while another process uses it. A
// damaged file is moved aside, reported to log (which may be nil), and never
// overwritten. The error is a *failure.Error. Close frees the file.
func OpenStateFile(ctx context.Context, path string, log *slog.Logger) (*StateFile, error) {
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target // the file is replaced, not the link to it
	}
	f := &StateFile{path: path, lock: flock.New(path+".lock", flock.SetPermissions(0o600))}
	if err := f.acquire(ctx); err != nil {
		return nil, err
	}
	if err := f.load(log); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// acquire takes the lock, which the system frees when this process ends.
func (f *StateFile) acquire(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, lockPatience)
	defer cancel()
	locked, err := f.lock.TryLockContext(ctx, lockInterval)
	if locked {
		return nil
	}
	if ctx.Err() != nil {
		return f.failure("is in use by another process", "End that process, or give this one another file.", err)
	}
	return f.failure("cannot be used: "+err.Error(), "Give a file in a folder that exists and can be written.", err)
}

func (f *StateFile) failure(what, advice string, err error) error {
	return &failure.Error{Kind: failure.BadConfiguration, Parameter: "--state", Message: "The state file " + f.path + " " + what + ".", Advice: advice, Cause: err}
}

// load reads the file, if there is one.
func (f *StateFile) load(log *slog.Logger) error {
	f.contexts = NewMemoryStore()
	content, err := readState(f.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return f.failure("cannot be read: "+err.Error(), "Give a file that this program wrote, or one that does not exist yet.", err)
	}
	contexts, err := parseState(content)
	if errors.Is(err, errDamaged) {
		return f.setAside(log)
	}
	if err != nil {
		return f.failure("cannot be used: "+err.Error(), "Use the version of this program that wrote it, or another file.", err)
	}
	f.contexts.contexts = contexts
	return nil
}

// readState returns the file's content, and closes it to others where it was open
// to them.
func readState(path string) ([]byte, error) {
	file, err := openRegular(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	content, info, err := bounded.ReadRegular(file, path, maxStateFile)
	if info != nil && info.Mode().Perm()&0o077 != 0 {
		err = errors.Join(err, os.Chmod(path, 0o600))
	}
	return content, err
}

// parseState reads the content of a state file. An empty one is a new one.
func parseState(content []byte) (map[string]map[string]any, error) {
	if len(bytes.TrimSpace(content)) == 0 {
		return map[string]map[string]any{}, nil
	}
	decoder := json.NewDecoder(bytes.NewReader(content))
	decoder.UseNumber() // what others keep in a context stays as it was
	var s state
	if err := decoder.Decode(&s); err != nil {
		return nil, errDamaged
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) || s.Version < 1 || (s.Version == stateVersion && s.Instances == nil) {
		return nil, errDamaged
	}
	if s.Version > stateVersion {
		return nil, fmt.Errorf("it has version %d, and this program knows %d", s.Version, stateVersion)
	}
	for instance, values := range s.Instances {
		if values == nil {
			s.Instances[instance] = map[string]any{}
		}
	}
	return s.Instances, nil
}

// setAside gives a damaged file another name, so that a person can look at it.
func (f *StateFile) setAside(log *slog.Logger) error {
	aside := f.path + ".damaged"
	for n := 2; exists(aside); n++ {
		aside = fmt.Sprintf("%s.damaged-%d", f.path, n)
	}
	if err := os.Rename(f.path, aside); err != nil {
		return f.failure("is damaged, and cannot be moved aside: "+err.Error(), "Move it away by hand.", err)
	}
	if log != nil {
		log.Error("the state file is damaged; it was moved aside, and the instances in it have to sign in again", "file", f.path, "now", aside)
	}
	return nil
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return !errors.Is(err, fs.ErrNotExist)
}

// Path returns where the file is: links are followed.
func (f *StateFile) Path() string { return f.path }

// GetIntegrationContext returns a copy of the instance's context; an instance
// that has none has an empty one.
func (f *StateFile) GetIntegrationContext(ctx context.Context, instance string) (map[string]any, error) {
	return f.contexts.GetIntegrationContext(ctx, instance)
}

// SetIntegrationContext replaces the instance's context. When it returns, the
// change is on the disk.
func (f *StateFile) SetIntegrationContext(ctx context.Context, instance string, value map[string]any) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	restore := f.contexts.replace(instance, value)
	if err := f.write(); err != nil {
		restore()
		return err
	}
	return nil
}

func (f *StateFile) write() error {
	content, err := json.MarshalIndent(state{stateVersion, f.contexts.all()}, "", " ")
	if err != nil {
		return err
	}
	return atomicfile.Replace(f.path, append(content, '\n'))
}

// Close frees the file for another process.
func (f *StateFile) Close() error { return f.lock.Unlock() }
