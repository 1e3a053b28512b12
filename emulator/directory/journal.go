package directory

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/gofrs/flock"
)

// journal keeps the tenant in a file: first the whole state, then a line for
// every change, written before the change is made. A line that a kill cut short
// is a change that was not made.
type journal struct {
	path string
	file *os.File
	lock *flock.Flock // against a second tenant on the same file
}

// journalEntry is one line of a journal: a header where Header is set, else a change.
type journalEntry struct {
	Header *header   `json:"header,omitempty"`
	At     time.Time `json:"at"`
	Ops    []op      `json:"ops,omitempty"`
}

// header begins a journal.
type header struct {
	Tenant  Tenant `json:"tenant"`
	Epoch   uint64 `json:"epoch"`
	Version uint64 `json:"version"` // the changes before it are not in the file
	Seq     uint64 `json:"seq"`
}

// Keep makes the store keep its state in the file path from now on. A file that
// exists replaces what the store holds; a new one begins with it. The file is
// readable by its owner alone.
func (s *Store) Keep(path string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	j := &journal{path: path, lock: flock.New(path+".lock", flock.SetPermissions(0o600))}
	held, err := j.lock.TryLock()
	if err != nil {
		return err
	}
	if !held {
		return fmt.Errorf("another tenant uses the state file %s: end it first, or name another file", path)
	}
	if err := s.begin(j); err != nil {
		return errors.Join(err, j.lock.Unlock())
	}
	s.journal = j
	return nil
}

// begin goes on with the journal's file, or makes it.
func (s *Store) begin(j *journal) error {
	raw, err := os.ReadFile(j.path)
	if errors.Is(err, fs.ErrNotExist) {
		return j.rewrite(s.tenant, s.state, s.epoch)
	}
	if err != nil {
		return err
	}
	return s.resume(j, raw)
}

// maxChanges is how many changes a journal holds when it is opened before it is
// rewritten. Delta tokens from before that start over.
const maxChanges = 5_000

// resume takes the state from a journal that exists and goes on with it.
func (s *Store) resume(j *journal, raw []byte) error {
	if err := s.read(raw, j.path); err != nil {
		return err
	}
	if bytes.Count(raw, []byte{'\n'}) <= maxChanges {
		return j.open(raw)
	}
	s.state.log, s.state.floor = nil, s.state.version
	return j.rewrite(s.tenant, s.state, s.epoch)
}

// read takes the state from the lines of a journal.
func (s *Store) read(raw []byte, path string) error {
	next, number := newState(), 0
	var first *header
	for line := range bytes.Lines(whole(raw)) {
		number++
		e, err := readEntry(line, number == 1)
		if err != nil {
			return fmt.Errorf("line %d of the state file %s is damaged: %w. Set the file aside to start over", number, path, err)
		}
		if number == 1 {
			first = e.Header
			continue
		}
		for _, o := range e.Ops {
			next.apply(o, e.At)
		}
		if number == 2 { // the state at the beginning is no change
			next.log, next.version, next.floor = nil, first.Version, first.Version
		}
	}
	if number < 2 {
		return fmt.Errorf("the state file %s holds no tenant. Remove it to start over", path)
	}
	next.seq = max(next.seq, first.Seq)
	s.tenant, s.state, s.epoch = first.Tenant, next, first.Epoch
	return nil
}

// readEntry reads one line and checks that it can be applied.
func readEntry(line []byte, begins bool) (journalEntry, error) {
	var e journalEntry
	if err := json.Unmarshal(line, &e); err != nil {
		return e, err
	}
	if begins != (e.Header != nil) {
		return e, errors.New("a header stands on the first line and on no other")
	}
	for _, o := range e.Ops {
		if !o.whole() {
			return e, fmt.Errorf("a step %q lacks a part", o.Do)
		}
	}
	return e, nil
}

// whole returns raw without a last line that was cut short.
func whole(raw []byte) []byte { return raw[:bytes.LastIndexByte(raw, '\n')+1] }

// open appends to the file that holds raw, after its last whole line.
func (j *journal) open(raw []byte) error {
	file, err := os.OpenFile(j.path, os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	end := int64(len(whole(raw)))
	if err := errors.Join(file.Chmod(0o600), file.Truncate(end)); err != nil {
		return errors.Join(err, file.Close())
	}
	if _, err := file.Seek(end, io.SeekStart); err != nil {
		return errors.Join(err, file.Close())
	}
	j.file = file
	return nil
}

func (j *journal) append(e journalEntry) error {
	line, err := json.Marshal(e)
	if err != nil {
		return err
	}
	_, err = j.file.Write(append(line, '\n'))
	return err
}

// rewrite replaces the file by one that holds st and nothing else.
func (j *journal) rewrite(tenant Tenant, st *state, epoch uint64) error {
	file, err := os.CreateTemp(filepath.Dir(j.path), filepath.Base(j.path)+".*")
	if err != nil {
		return err
	}
	if err := j.fill(file, tenant, st, epoch); err != nil {
		return errors.Join(err, file.Close(), os.Remove(file.Name()))
	}
	if err := os.Rename(file.Name(), j.path); err != nil {
		return errors.Join(err, file.Close(), os.Remove(file.Name()))
	}
	old := j.file
	j.file = file
	if old != nil {
		return old.Close()
	}
	return nil
}

func (j *journal) fill(file *os.File, tenant Tenant, st *state, epoch uint64) error {
	out := bufio.NewWriter(file)
	encoder := json.NewEncoder(out)
	if err := encoder.Encode(journalEntry{Header: &header{tenant, epoch, st.version, st.seq}}); err != nil {
		return err
	}
	if err := encoder.Encode(journalEntry{Ops: st.ops()}); err != nil {
		return err
	}
	if err := out.Flush(); err != nil {
		return err
	}
	return file.Sync()
}

// ops returns the steps that make st out of nothing.
func (st *state) ops() []op {
	var ops []op
	for _, name := range sortedKeys(st.byType) {
		for _, o := range st.byType[name] {
			ops = append(ops, op{Do: "put", Object: o})
		}
	}
	for _, id := range sortedKeys(st.deleted) {
		ops = append(ops, op{Do: opSoftDelete, Object: st.deleted[id]})
	}
	for r := range relations {
		for _, from := range sortedKeys(st.forward[r]) {
			for _, to := range st.forward[r][from] {
				ops = append(ops, op{Do: "link", Link: r, ID: from, To: to})
			}
		}
	}
	for _, owner := range sortedKeys(st.owned) {
		for _, o := range st.owned[owner] {
			ops = append(ops, op{Do: "own", ID: owner, Object: o})
		}
	}
	for _, o := range st.audits {
		ops = append(ops, op{Do: "audit", Object: o})
	}
	return ops
}

func sortedKeys[T any](m map[string]T) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// Close lets go of the state file.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.journal == nil || s.journal.file == nil {
		return nil
	}
	err := errors.Join(s.journal.file.Close(), s.journal.lock.Unlock())
	s.journal = nil
	return err
}
