package containment

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"
)

// Memory is a Store that ends with the process. It counts only where the practice
// tenant ends with it too.
type Memory struct {
	mu      sync.Mutex
	records map[string][]byte
}

// NewMemory returns an empty store.
func NewMemory() *Memory { return &Memory{records: map[string][]byte{}} }

// Append adds lines to the record of a run.
func (m *Memory) Append(_ context.Context, run string, have int, lines []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	kept := m.records[run]
	if have > len(kept) {
		return fmt.Errorf("%q: %w", run, ErrUnknownRun)
	}
	m.records[run] = append(kept[:have], lines...)
	return nil
}

// Read returns a copy of the record of a run.
func (m *Memory) Read(_ context.Context, run string) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	content, ok := m.records[run]
	if !ok {
		return nil, fmt.Errorf("%q: %w", run, ErrUnknownRun)
	}
	return bytes.Clone(content), nil
}

// List returns the ids of the runs.
func (m *Memory) List(context.Context) ([]string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Collect(maps.Keys(m.records)), nil
}

// Drop drops the records of the runs that drop reports true for.
func (m *Memory) Drop(_ context.Context, drop func(string, time.Time) bool) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for run, content := range m.records {
		var first Run
		if json.NewDecoder(bytes.NewReader(content)).Decode(&first) == nil && drop(run, first.Began) {
			delete(m.records, run)
		}
	}
	return nil
}

// Fits reports true: memory has room.
func (m *Memory) Fits([]byte, int) bool { return true }
