package auth

import (
	"context"
	"maps"
	"sync"
)

// MemoryStore keeps integration contexts while the process lives.
type MemoryStore struct {
	mu       sync.Mutex
	contexts map[string]map[string]any
}

// NewMemoryStore returns an empty store.
func NewMemoryStore() *MemoryStore { return &MemoryStore{contexts: map[string]map[string]any{}} }

// GetIntegrationContext returns a copy of the instance's context; an instance
// that has none has an empty one.
func (m *MemoryStore) GetIntegrationContext(_ context.Context, instance string) (map[string]any, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return copyContext(m.contexts[instance]), nil
}

// SetIntegrationContext replaces the instance's context.
func (m *MemoryStore) SetIntegrationContext(_ context.Context, instance string, value map[string]any) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.contexts[instance] = copyContext(value)
	return nil
}

func copyContext(value map[string]any) map[string]any {
	if value == nil {
		return map[string]any{}
	}
	return maps.Clone(value)
}
