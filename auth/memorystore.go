package auth

import (
	"context"
	"maps"
	"sync"
)

// maxContexts is how many integration contexts are kept for callers that keep none.
const maxContexts = 2048

// MemoryStore keeps integration contexts while the process lives: of the instances
// that were used last.
type MemoryStore struct {
	mu       sync.Mutex
	contexts map[string]map[string]any
	lastUse  map[string]uint64
	uses     uint64
}

// NewMemoryStore returns an empty store.
func NewMemoryStore() *MemoryStore {
	return &MemoryStore{contexts: map[string]map[string]any{}, lastUse: map[string]uint64{}}
}

// GetIntegrationContext returns a copy of the instance's context; an instance
// that has none has an empty one.
func (m *MemoryStore) GetIntegrationContext(_ context.Context, instance string) (map[string]any, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, ok := m.contexts[instance]; ok {
		m.touch(instance)
	}
	return copyContext(m.contexts[instance]), nil
}

// SetIntegrationContext replaces the instance's context.
func (m *MemoryStore) SetIntegrationContext(_ context.Context, instance string, value map[string]any) error {
	m.replace(instance, value)
	return nil
}

// replace replaces the instance's context, and returns what takes that back.
func (m *MemoryStore) replace(instance string, value map[string]any) (restore func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	former, had := m.contexts[instance]
	if !had && len(m.contexts) >= maxContexts {
		m.makeRoom()
	}
	m.contexts[instance] = copyContext(value)
	m.touch(instance)
	return func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.contexts[instance] = former
		if !had {
			delete(m.contexts, instance)
		}
	}
}

// all returns every context by its instance's name. The contexts are not copied:
// one that was stored is not changed afterwards.
func (m *MemoryStore) all() map[string]map[string]any {
	m.mu.Lock()
	defer m.mu.Unlock()
	return maps.Clone(m.contexts)
}

func (m *MemoryStore) touch(instance string) {
	m.uses++
	m.lastUse[instance] = m.uses
}

// makeRoom drops the context that was unused for longest. One without a refresh
// token goes first: what it held can be had again.
func (m *MemoryStore) makeRoom() {
	var oldest string
	least, spare := m.uses+1, false
	for instance, value := range m.contexts {
		renewable := textMember(value, memberRefreshToken) == ""
		if use := m.lastUse[instance]; renewable && !spare || renewable == spare && use < least {
			oldest, least, spare = instance, use, renewable
		}
	}
	delete(m.contexts, oldest)
	delete(m.lastUse, oldest)
}

func copyContext(value map[string]any) map[string]any {
	if value == nil {
		return map[string]any{}
	}
	return maps.Clone(value)
}
