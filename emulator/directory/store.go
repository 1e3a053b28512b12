package directory

import (
	"strings"
	"sync"
	"time"
)

// Retention is how long a deleted object can be restored
// (https://learn.microsoft.com/graph/api/resources/directory).
const Retention = 30 * 24 * time.Hour

// Store holds a tenant. It is safe for concurrent use: readers get a consistent
// object each time, writers go one after the other.
type Store struct {
	now func() time.Time

	mu      sync.RWMutex
	tenant  Tenant
	state   *state
	epoch   uint64
	journal *journal // nil where nothing is kept

	replicas []*Replica
	ledger   ledger
}

// New returns an empty tenant that takes its time from now.
func New(now func() time.Time) *Store {
	return &Store{now: now, state: newState(), epoch: 1}
}

// Now returns the tenant's time.
func (s *Store) Now() time.Time { return s.now() }

// Tenant returns what is true of the tenant as a whole.
func (s *Store) Tenant() Tenant {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.tenant
}

// Get returns the object with the identifier id, nil where there is none.
func (s *Store) Get(id string) *Object {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.state.live[strings.ToLower(id)]
}

// User returns the user that ref names, by identifier or by user principal name
// in whatever letter case, nil where there is none.
func (s *Store) User(ref string) *Object {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.state.user(ref)
}

func (st *state) user(ref string) *Object {
	folded := strings.ToLower(ref)
	o := st.live[folded]
	if o == nil {
		o = st.live[st.names["upn:"+folded]]
	}
	if o == nil || o.Type.Name != "user" {
		return nil
	}
	return o
}

// Application returns the service principal of the application appID, nil where
// the tenant does not know it.
func (s *Store) Application(appID string) *Object { return s.named("app:" + appID) }

// Role returns the directory role with that display name, nil where it is not
// in use.
func (s *Store) Role(displayName string) *Object { return s.named("role:" + displayName) }

func (s *Store) named(name string) *Object {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.state.live[s.state.names[strings.ToLower(name)]]
}

// Count returns how many objects of a type there are.
func (s *Store) Count(typeName string) int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return len(s.state.byType[typeName])
}

// List appends to into up to limit objects of a type, in order of creation, from
// the one after the Seq after.
func (s *Store) List(into []*Object, typeName string, after uint64, limit int) []*Object {
	s.mu.RLock()
	defer s.mu.RUnlock()
	list := s.state.byType[typeName]
	from, _ := position(list, after+1)
	return append(into, list[from:min(from+limit, len(list))]...)
}

// Owned returns what belongs to an object: all of it, or what is of the type
// called typeName, in the order it came.
func (s *Store) Owned(owner, typeName string) []*Object {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.state.ownedBy(owner, typeName)
}

func (st *state) ownedBy(owner, typeName string) []*Object {
	var found []*Object
	for _, o := range st.owned[owner] {
		if typeName == "" || o.Type.Name == typeName {
			found = append(found, o)
		}
	}
	return found
}

// Targets returns the live objects that from points to.
func (s *Store) Targets(r Relation, from string) []*Object {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.state.alive(s.state.forward[r][from])
}

// Sources returns the live objects that point to the object to.
func (s *Store) Sources(r Relation, to string) []*Object {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.state.alive(s.state.back[r][to])
}

func (st *state) alive(ids []string) []*Object {
	var found []*Object
	for _, id := range ids {
		if o := st.live[id]; o != nil {
			found = append(found, o)
		}
	}
	return found
}

// Deleted returns the object with the identifier id that was deleted and can
// still be restored, nil where there is none.
func (s *Store) Deleted(id string) *Object {
	s.mu.RLock()
	defer s.mu.RUnlock()
	o := s.state.deleted[strings.ToLower(id)]
	if o == nil || s.expired(o) {
		return nil
	}
	return o
}

// AllDeleted returns what can still be restored of a type, in order of creation.
func (s *Store) AllDeleted(typeName string) []*Object {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var found []*Object
	for _, o := range s.state.deleted {
		if o.Type.Name == typeName && !s.expired(o) {
			at, _ := position(found, o.Seq)
			found = append(found[:at], append([]*Object{o}, found[at:]...)...)
		}
	}
	return found
}

func (s *Store) expired(o *Object) bool {
	return s.now().Sub(o.Time("deletedDateTime")) >= Retention
}
