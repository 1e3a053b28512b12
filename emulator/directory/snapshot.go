package directory

// Snapshot is the whole tenant at one moment. It is small: it shares the objects
// with the store.
type Snapshot struct {
	tenant Tenant
	state  *state
}

// Snapshot returns the tenant as it is now.
func (s *Store) Snapshot() Snapshot {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return Snapshot{s.tenant, s.state.clone()}
}

// Restore makes the tenant what it was when snap was taken. Delta tokens given
// out before serve no longer.
func (s *Store) Restore(snap Snapshot) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.replace(snap.tenant, snap.state.clone())
}

// SetLicense changes what the tenant has of Microsoft Entra ID.
func (s *Store) SetLicense(license License) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	tenant := s.tenant
	tenant.License = license
	if s.journal != nil {
		if err := s.journal.rewrite(tenant, s.state, s.epoch); err != nil {
			return &JournalError{err}
		}
	}
	s.tenant = tenant
	return nil
}

// replace puts state in place of everything, in the state file as well.
func (s *Store) replace(tenant Tenant, next *state) error {
	epoch := s.epoch + 1
	if s.journal != nil {
		if err := s.journal.rewrite(tenant, next, epoch); err != nil {
			return &JournalError{err}
		}
	}
	s.tenant, s.state, s.epoch = tenant, next, epoch
	s.ledger.wake()
	return nil
}
