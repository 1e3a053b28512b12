package auth

import (
	"context"
	"io/fs"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"msgraph-user/internal/httpclient"
	"msgraph-user/internal/secret"
)

// askStoreEvery is how long a token in memory serves before the store is asked
// about it again: another process may have renewed it, or reset the instance.
const askStoreEvery = time.Minute

// Options is what a Source works with. The zero value keeps the token in memory
// and reaches the hosts as the configuration says.
type Options struct {
	// Transport carries requests to the sign-in host; nil makes one that follows
	// the configuration's proxy and insecure.
	Transport http.RoundTripper
	// MetadataTransport carries requests to Azure's metadata services; nil makes one
	// that takes no proxy.
	MetadataTransport http.RoundTripper
	// Store keeps the integration context; nil keeps it in memory.
	Store ContextStore
	// Instance is the name of the integration instance in Store.
	Instance string
	// Log receives what goes wrong in the background; may be nil.
	Log *slog.Logger

	// What the process gives, for tests: the clock, a random number from 0 up to
	// 1, the environment and the files.
	Now    func() time.Time
	Jitter func() float64
	Getenv func(string) string
	Open   func(name string) (fs.File, error)
}

func (o Options) withDefaults(cfg *Configuration) Options {
	if o.Store == nil {
		o.Store = NewMemoryStore()
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Jitter == nil {
		o.Jitter = rand.Float64
	}
	if o.Getenv == nil {
		o.Getenv = os.Getenv
	}
	if o.Open == nil {
		o.Open = openRegular
	}
	reach := httpclient.Options{SystemProxy: cfg.Proxy, Insecure: cfg.Insecure, Log: o.Log}
	if o.Transport == nil {
		o.Transport = httpclient.New(reach)
	}
	if o.MetadataTransport == nil {
		o.MetadataTransport = httpclient.NewMetadata(reach)
	}
	return o
}

// Source gives the access token of one configuration: it keeps what the
// configuration's flow brings, in memory and in the integration context. It is
// safe for concurrent use. Of one configuration, instance and store there is to be
// one Source: see Sources.
type Source struct {
	cfg      *Configuration
	flow     flow
	tokens   *tokenClient
	instance string
	store    ContextStore
	marks    marks
	scrubber *secret.Scrubber
	learned  learned
	renewals *atomic.Int64  // how often a sign-in brought a token
	uses     *atomic.Uint64 // counts the uses of all sources among which this one is kept
	lastUse  atomic.Uint64  // the number of this one's last use
	log      *slog.Logger
	now      func() time.Time
	jitter   func() float64

	turn    chan struct{} // holds one value while somebody changes this integration context
	atStore atomic.Bool   // the flight under way waits for the store, not for the sign-in host

	mu       sync.Mutex
	flight   *flight       // the sign-in under way, if any
	current  held          // the token in memory
	lifetime time.Duration // how long current was to live when it came
	asked    time.Time     // when the store last said what it holds
	unsaved  bool          // current holds a refresh token that is not in the store yet
	pace     pace          // when current is due for renewal
	resting  time.Time     // no renewal ahead of time before this
}

// NewSource returns the Source of cfg. Nothing is sent before a token is asked for.
func NewSource(cfg *Configuration, o Options) *Source {
	o = o.withDefaults(cfg)
	scrubber := &secret.Scrubber{}
	scrubber.Add(cfg.Secrets()...)
	tokens := &tokenClient{cfg: cfg, scrubber: scrubber, now: o.Now, getenv: o.Getenv, open: o.Open}
	tokens.connect(o.Transport, o.MetadataTransport)
	return &Source{
		cfg: cfg, flow: cfg.flow(tokens), tokens: tokens,
		instance: o.Instance, store: o.Store, marks: cfg.marksFor(o.Store),
		scrubber: scrubber, renewals: &atomic.Int64{}, uses: &atomic.Uint64{}, log: o.Log, now: o.Now, jitter: o.Jitter,
		turn: make(chan struct{}, 1),
	}
}

// Token returns an access token for Graph: the one in memory while it lives, the
// one in the integration context, else that of one sign-in for all who wait. A
// token close to its end is renewed in the background, which neither delays nor
// fails this call. The error is a *failure.Error.
func (s *Source) Token(ctx context.Context) (secret.Text, error) {
	s.touch()
	token, ok := s.atHand()
	if !ok {
		got, err := s.await(ctx, need{})
		if err != nil {
			return secret.Text{}, err
		}
		token = got.token
	}
	s.renewAhead(ctx)
	return token, nil
}

// atHand returns the token in memory, unless the store has to be asked first.
func (s *Source) atHand() (secret.Text, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	since := s.now().Sub(s.asked)
	if s.unsaved || since < 0 || since >= askStoreEvery || !s.usable(s.current, need{}) {
		return secret.Text{}, false
	}
	return s.current.access, true
}

// Renew returns a token in place of rejected, which Graph answered with 401. However
// many calls saw that answer, there is one renewal. claims are what Graph's
// challenge asks the new token to satisfy, or empty
// (https://learn.microsoft.com/entra/identity-platform/claims-challenge). found
// says that the token is one that somebody else put into the integration context:
// where Graph rejects it too, a second Renew signs in.
func (s *Source) Renew(ctx context.Context, rejected secret.Text, claims string) (token secret.Text, found bool, err error) {
	got, err := s.await(ctx, need{rejected: rejected, claims: claims})
	return got.token, got.found, err
}

// Replacement asks the store, at once, whether somebody else put another token
// into the integration context in place of refused, which Graph answered with 403:
// permissions that were granted since are in a newer token only. ok is false where
// there is none; nothing signs in.
func (s *Source) Replacement(ctx context.Context, refused secret.Text) (token secret.Text, ok bool) {
	got, err := s.await(ctx, need{rejected: refused, onlyAsk: true})
	if err != nil {
		s.log.Warn("the integration context could not be checked for a newer token", "error", err.Error())
	}
	return got.token, !got.token.IsEmpty() && got.token != refused
}

// Reset forgets the instance's token and refresh token, so that the next call
// signs in from the beginning. Members of the integration context that are not
// this package's stay.
func (s *Source) Reset(ctx context.Context) error {
	if err := s.takeTurn(ctx); err != nil {
		return err
	}
	defer s.endTurn()
	values, err := s.readContext(ctx)
	if err != nil {
		return err
	}
	if _, err := s.changeContext(ctx, values, forget); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.current, s.asked, s.unsaved, s.resting = held{}, time.Time{}, false, time.Time{}
	return nil
}

// Settle waits for sign-ins under way, so that what they obtain is stored, until
// ctx ends.
func (s *Source) Settle(ctx context.Context) error {
	for {
		s.mu.Lock()
		f := s.flight
		s.mu.Unlock()
		if f == nil {
			return nil
		}
		select {
		case <-f.done:
		case <-ctx.Done():
			return s.ended(ctx)
		}
	}
}

// usable reports whether h's access token can be sent.
func (s *Source) usable(h held, n need) bool {
	return !h.access.IsEmpty() && h.access != n.rejected && s.now().Before(h.validUntil)
}
