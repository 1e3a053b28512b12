package directory

import (
	"slices"
	"time"
)

// DeltaLifetime is how long a delta token of a directory object serves
// (https://learn.microsoft.com/graph/delta-query-overview).
const DeltaLifetime = 7 * 24 * time.Hour

// Change says that an object changed at some version.
type Change struct {
	Version uint64
	ID      string
	Type    string
	At      time.Time
	Fields  Fields // what differs; empty for a deletion
	Created bool
}

func (st *state) record(c Change) {
	st.version++
	c.Version = st.version
	st.log = append(st.log, c)
}

// prune forgets changes that no living delta token can ask for. It works in
// strides, so that most changes cost nothing for it.
func (st *state) prune(now time.Time) {
	const stride = 4096
	if len(st.log) < stride || now.Sub(st.log[stride-1].At) < DeltaLifetime {
		return
	}
	st.floor = st.log[stride-1].Version
	st.log = slices.Clone(st.log[stride:])
}

// Mark is a moment in the tenant's history, for delta tokens.
type Mark struct {
	Epoch   uint64 // changes when the tenant is reset or restored: older marks mean nothing then
	Version uint64
}

// Mark returns the present moment.
func (s *Store) Mark() Mark {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return Mark{s.epoch, s.state.version}
}

// Changes returns what changed among the objects of a type after since and up to
// until, one entry an object with all that changed of it, in the order of last
// changes. ok is false where the tenant no longer knows: the caller starts over.
func (s *Store) Changes(typeName string, since, until Mark) (changes []Change, ok bool) {
	s.mu.RLock()
	log, floor, version, epoch := s.state.log, s.state.floor, s.state.version, s.epoch
	s.mu.RUnlock()
	if since.Epoch != epoch || until.Epoch != epoch || since.Version < floor || since.Version > version {
		return nil, false
	}
	last := map[string]int{}
	from, _ := slices.BinarySearchFunc(log, since.Version+1, func(c Change, want uint64) int {
		return int(int64(c.Version) - int64(want))
	})
	for _, c := range log[from:] {
		if c.Version > until.Version {
			break
		}
		if c.Type != typeName {
			continue
		}
		if at, seen := last[c.ID]; seen {
			c.Fields = c.Fields.Union(changes[at].Fields)
			c.Created = c.Created || changes[at].Created
			changes[at].ID = "" // a later entry says it all
		}
		last[c.ID] = len(changes)
		changes = append(changes, c)
	}
	return slices.DeleteFunc(changes, func(c Change) bool { return c.ID == "" }), true
}
