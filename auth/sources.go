package auth

import (
	"context"
	"errors"
	"maps"
	"math"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"

	"msgraph-user/internal/failure"
)

// maxSources is how many sources are kept at once. One that is not kept any more
// costs its next call a question to the store.
const maxSources = 512

// ErrGrantNotStored is wrapped by the error of Sources.Close where a refresh token
// that a sign-in brought never reached the store, and ends with the process.
var ErrGrantNotStored = errors.New("a refresh token was not stored")

// Sources hands out one Source for each configuration, instance and store, so that
// calls which come in with the same parameters share a token and a sign-in. It
// keeps those that were used last. It is safe for concurrent use; the zero Sources
// is ready.
type Sources struct {
	mu      sync.Mutex
	sources map[sourceKey]*Source

	uses     atomic.Uint64 // of all sources, so far
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
	key := sourceKey{
		contextKey: contextKey{o.Store, o.Instance}, method: cfg.Method, credential: cfg.Credential, cloud: cfg.Cloud,
		tenantID: cfg.TenantID, clientID: cfg.ClientID, redirectURI: cfg.RedirectURI, tokenService: cfg.tokenService,
		proxy: cfg.Proxy, insecure: cfg.Insecure, credentials: cfg.credentials,
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	found, ok := s.sources[key]
	if !ok {
		found = s.make(cfg, o, key.contextKey)
		s.makeRoom()
		s.sources[key] = found
	}
	found.touch()
	return found
}

// make returns a new Source. Sources of one integration context take turns: they
// would spend each other's refresh token, and overwrite what the other stored.
func (s *Sources) make(cfg *Configuration, o Options, place contextKey) *Source {
	made := NewSource(cfg, o)
	made.renewals, made.uses = &s.renewals, &s.uses
	for key, other := range s.sources {
		if key.contextKey == place {
			made.turn = other.turn
			break
		}
	}
	return made
}

// makeRoom drops the source that was unused for longest when all places are taken: a
// caller that holds one asks For once, and then uses it for as long as it likes. One
// that is signing in, or holds what is stored nowhere else, stays.
func (s *Sources) makeRoom() {
	if s.sources == nil {
		s.sources = map[sourceKey]*Source{}
	}
	if len(s.sources) < maxSources {
		return
	}
	var oldest sourceKey
	least := uint64(math.MaxUint64)
	for key, source := range s.sources {
		if last := source.lastUse.Load(); last < least && source.isIdle() {
			oldest, least = key, last
		}
	}
	delete(s.sources, oldest)
}

// touch notes that s is in use.
func (s *Source) touch() { s.lastUse.Store(s.uses.Add(1)) }

func (s *Source) isIdle() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.flight == nil && !s.unsaved
}

// Settle waits for all sign-ins under way, so that what they obtain is stored,
// until ctx ends.
func (s *Sources) Settle(ctx context.Context) error {
	var failed error
	for _, source := range s.all() {
		failed = errors.Join(failed, source.Settle(ctx))
	}
	return failed
}

// Close is Settle, after which each refresh token that could not be stored before
// is tried once more. The error wraps ErrGrantNotStored where that failed too.
func (s *Sources) Close(ctx context.Context) error {
	failed := s.Settle(ctx)
	for _, source := range s.all() {
		failed = errors.Join(failed, source.storeAtLast(ctx))
	}
	return failed
}

func (s *Sources) all() []*Source {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Collect(maps.Values(s.sources))
}

// storeAtLast stores what is stored nowhere else.
func (s *Source) storeAtLast(ctx context.Context) error {
	if s.isIdle() {
		return nil
	}
	err := s.takeTurn(ctx)
	if err == nil {
		defer s.endTurn()
		var values map[string]any
		if values, err = s.readContext(ctx); err == nil {
			_, err = s.saveUnsaved(ctx, values)
		}
	}
	if err == nil || s.isIdle() {
		return nil
	}
	return &failure.Error{
		Kind: failure.Internal, Cause: errors.Join(ErrGrantNotStored, err),
		Message: "The refresh token from the last sign-in of the instance " + strconv.Quote(s.instance) + " is not stored anywhere, and is lost when this process ends: " + err.Error(),
		Advice:  "If the next command cannot sign in, authorize again with a new code.",
	}
}
