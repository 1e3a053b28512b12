package auth

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
)

// maxSources is how many sources are kept at once. One that is not kept any more
// costs its next call a look into the store.
const maxSources = 1024

// Sources hands out one Source for each configuration, instance and store, so that
// calls which come in with the same parameters share a token and a sign-in. It is
// safe for concurrent use; the zero Sources is ready.
type Sources struct {
	mu      sync.Mutex
	sources map[sourceKey]*Source
	turns   map[contextKey]chan struct{}

	renewals atomic.Int64
}

// Renewals returns how often a sign-in brought a token, the first of each Source
// included.
func (s *Sources) Renewals() int64 { return s.renewals.Load() }

// sourceKey is everything that tells two sources apart. It is compared in memory
// and never printed.
type sourceKey struct {
	contextKey
	method                          Method
	credential                      Credential
	cloud                           Cloud
	tenantID, clientID, redirectURI string
	tokenService                    string
	proxy, insecure                 bool
	credentials                     credentials
}

// contextKey names an integration context.
type contextKey struct {
	store    ContextStore
	instance string
}

// For returns the Source of cfg for o.Instance in o.Store; the other options count
// for a Source that does not exist yet. o.Store is to be a value that can be
// compared, the same one for all calls of a peer.
func (s *Sources) For(cfg *Configuration, o Options) *Source {
	place := contextKey{o.Store, o.Instance}
	key := sourceKey{
		contextKey: place, method: cfg.Method, credential: cfg.Credential, cloud: cfg.Cloud,
		tenantID: cfg.TenantID, clientID: cfg.ClientID, redirectURI: cfg.RedirectURI, tokenService: cfg.tokenService,
		proxy: cfg.Proxy, insecure: cfg.Insecure, credentials: cfg.credentials,
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if found := s.sources[key]; found != nil {
		return found
	}
	if s.sources == nil {
		s.sources, s.turns = map[sourceKey]*Source{}, map[contextKey]chan struct{}{}
	}
	if len(s.sources) >= maxSources {
		s.dropIdle()
	}
	made := NewSource(cfg, o)
	made.renewals = &s.renewals
	// Sources of one integration context take turns: they would spend each
	// other's refresh token, and overwrite what the other stored.
	if s.turns[place] == nil {
		s.turns[place] = made.turn
	}
	made.turn = s.turns[place]
	s.sources[key] = made
	return made
}

// dropIdle forgets the sources that nothing is under way in.
func (s *Sources) dropIdle() {
	used := map[contextKey]bool{}
	for key, source := range s.sources {
		if source.isIdle() {
			delete(s.sources, key)
		} else {
			used[key.contextKey] = true
		}
	}
	for place := range s.turns {
		if !used[place] {
			delete(s.turns, place)
		}
	}
}

func (s *Source) isIdle() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.flight == nil && !s.unsaved
}

// Close waits for all sign-ins under way, until ctx ends.
func (s *Sources) Close(ctx context.Context) error {
	s.mu.Lock()
	var open []*Source
	for _, source := range s.sources {
		open = append(open, source)
	}
	s.mu.Unlock()
	var failed error
	for _, source := range open {
		failed = errors.Join(failed, source.Close(ctx))
	}
	return failed
}
