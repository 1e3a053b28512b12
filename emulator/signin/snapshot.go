package signin

import (
	"encoding/json"
	"fmt"
)

// Snapshot writes all grants, consents and registrations as JSON, for a tenant
// that is kept in a file or put back later. It holds refresh tokens and keys of
// registrations: keep it readable by its owner alone. Signing keys are not in it,
// so that after a restart clients renew their access tokens.
func (s *Service) Snapshot() ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return json.Marshal(s.grants)
}

// Restore puts back what Snapshot wrote. On an error nothing has changed.
func (s *Service) Restore(snapshot []byte) error {
	g := newGrants(nil)
	if err := json.Unmarshal(snapshot, &g); err != nil {
		return fmt.Errorf("the sign-in snapshot cannot be read: %w", err)
	}
	if err := g.check(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.grants = g
	return nil
}

// check refuses a snapshot that would break later requests: null where a grant
// belongs.
func (g *grants) check() error {
	if g.Codes == nil || g.Families == nil || g.Devices == nil || g.Consents == nil || g.Registrations == nil {
		return fmt.Errorf("the sign-in snapshot lacks a part")
	}
	for _, c := range g.Codes {
		if c == nil {
			return fmt.Errorf("the sign-in snapshot has an empty code")
		}
	}
	for _, d := range g.Devices {
		if d == nil {
			return fmt.Errorf("the sign-in snapshot has an empty device code")
		}
	}
	for id, f := range g.Families {
		if f == nil || f.ID != id {
			return fmt.Errorf("the sign-in snapshot has an empty or misnamed family of refresh tokens")
		}
		if f.Live == nil {
			f.Live = map[string]string{}
		}
	}
	return nil
}
