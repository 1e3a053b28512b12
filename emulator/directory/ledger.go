package directory

import (
	"slices"
	"strings"
	"time"
)

// ObjectSnapshot is an object with its relations at one moment. The zero value is that
// of an object that does not exist.
type ObjectSnapshot struct {
	Object  *Object
	Deleted bool      // it can still be restored
	Manager *Object   // of a user; nil where there is none
	Owned   []*Object // what belongs to it, such as a user's authentication methods
}

// ChangedObject is an object that has changed since the tenant started.
type ChangedObject struct {
	ID            string
	Before, After ObjectSnapshot
	At            time.Time // of the last change
	Turn          uint64    // of the last change: each writer's turn has a higher number
}

// ledger remembers what objects were before they were first changed. The zero
// ledger is empty.
type ledger struct {
	first   map[string]*first
	turn    uint64
	changed chan struct{} // closed at the next change; nil where nobody waits
}

type first struct {
	before ObjectSnapshot
	at     time.Time
	turn   uint64
}

// note looks at the objects that ops are about to change. The caller holds the
// lock.
func (s *Store) note(ops []op, at time.Time) {
	l := &s.ledger
	l.turn++
	for _, o := range ops {
		id := o.ID
		if o.Do == "audit" {
			continue
		}
		if o.Object != nil && o.Do != "own" {
			id = o.Object.ID
		}
		seen := l.first[id]
		if seen == nil {
			if l.first == nil {
				l.first = map[string]*first{}
			}
			seen = &first{before: s.state.snapshotOf(id)}
			l.first[id] = seen
		}
		seen.at, seen.turn = at, l.turn
	}
}

// wake tells those who wait for a change. The caller holds the lock.
func (l *ledger) wake() {
	if l.changed != nil {
		close(l.changed)
		l.changed = nil
	}
}

func (st *state) snapshotOf(id string) ObjectSnapshot {
	p := ObjectSnapshot{Object: st.live[id], Owned: slices.Clone(st.owned[id])}
	if p.Object == nil {
		p.Object = st.deleted[id]
		p.Deleted = p.Object != nil
	}
	if managers := st.alive(st.forward[Manager][id]); len(managers) > 0 {
		p.Manager = managers[0]
	}
	return p
}

// ChangedObjects returns the objects that changed after the turn since, the latest
// first, and the number of the last turn.
func (s *Store) ChangedObjects(since uint64) (changed []ChangedObject, turn uint64) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for id, f := range s.ledger.first {
		if f.turn > since {
			changed = append(changed, ChangedObject{ID: id, Before: f.before, After: s.state.snapshotOf(id), At: f.at, Turn: f.turn})
		}
	}
	slices.SortFunc(changed, func(a, b ChangedObject) int {
		if a.Turn != b.Turn {
			return int(int64(b.Turn) - int64(a.Turn))
		}
		return strings.Compare(a.ID, b.ID)
	})
	return changed, s.ledger.turn
}

// Changed returns a channel that is closed when something changes next.
func (s *Store) Changed() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ledger.changed == nil {
		s.ledger.changed = make(chan struct{})
	}
	return s.ledger.changed
}
