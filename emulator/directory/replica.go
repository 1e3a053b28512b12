package directory

import "time"

// Replica is a copy of a store that hears of each change only after a while, as
// the copies are that a directory spreads its reads over.
type Replica struct {
	leader *Store
	store  *Store // guards pending as well
	lag    time.Duration

	pending []journalEntry // heard, and not yet due
}

// Replicate returns a copy of s as it is now that stays lag behind it.
func (s *Store) Replicate(lag time.Duration) *Replica {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := &Replica{leader: s, store: &Store{now: s.now, tenant: s.tenant, state: s.state.clone(), epoch: s.epoch}, lag: lag}
	s.replicas = append(s.replicas, r)
	return r
}

// Dismiss lets all replicas of s go: they hear of nothing any more.
func (s *Store) Dismiss() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.replicas = nil
}

// hear takes note of a change. The caller holds the leader's lock.
func (r *Replica) hear(at time.Time, ops []op) {
	r.store.mu.Lock()
	defer r.store.mu.Unlock()
	r.pending = append(r.pending, journalEntry{At: at, Ops: ops})
}

// CatchUp makes the changes that are due by now and returns the copy, to be read
// only. A leader that was reset or restored is followed at once.
func (r *Replica) CatchUp() *Store {
	r.leader.mu.RLock()
	defer r.leader.mu.RUnlock()
	r.store.mu.Lock()
	defer r.store.mu.Unlock()
	if r.store.epoch != r.leader.epoch {
		r.store.tenant, r.store.state, r.store.epoch = r.leader.tenant, r.leader.state.clone(), r.leader.epoch
		r.pending = nil
	}
	due, now := 0, r.leader.now()
	for _, change := range r.pending {
		if now.Before(change.At.Add(r.lag)) {
			break
		}
		for _, o := range change.Ops {
			r.store.state.apply(o, change.At)
		}
		r.store.state.prune(change.At)
		due++
	}
	r.pending = r.pending[due:]
	return r.store
}
