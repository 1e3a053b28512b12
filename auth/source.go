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

	"golang.org/x/oauth2"

	"msgraph-user/internal/failure"
	"msgraph-user/internal/httpclient"
	"msgraph-user/internal/secret"
)

// Options is what a Source works with. The zero value keeps the token in memory
// and reaches the hosts as the configuration says.
type Options struct {
	// Carrier carries requests to the sign-in host; nil makes one that follows
	// the configuration's proxy and insecure.
	Carrier http.RoundTripper
	// MetadataCarrier carries requests to Azure's metadata services; nil makes one
	// that takes no proxy.
	MetadataCarrier http.RoundTripper
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

// Source gives the access token of one configuration. It is safe for concurrent
// use. Of one configuration, instance and store there is to be one Source: see
// Sources.
type Source struct {
	cfg      *Configuration
	instance string
	store    ContextStore
	marks    marks
	scrubber *secret.Scrubber
	learned  learned
	renewals *atomic.Int64 // how often a sign-in brought a token
	log      *slog.Logger
	now      func() time.Time
	jitter   func() float64
	getenv   func(string) string
	open     func(name string) (fs.File, error)

	signInLane, serviceLane, metadataLane *httpclient.Lane

	turn chan struct{} // holds one value while somebody changes this integration context

	mu      sync.Mutex
	flight  *flight   // the sign-in under way, if any
	kept    *record   // what this Source obtained last
	unsaved bool      // kept is not in the store yet
	pace    pace      // when the current token is due for renewal
	resting time.Time // no renewal ahead of time before this
}

// NewSource returns the Source of cfg. Nothing is sent before a token is asked for.
func NewSource(cfg *Configuration, o Options) *Source {
	s := &Source{
		cfg: cfg, instance: o.Instance,
		store: o.Store, scrubber: &secret.Scrubber{}, renewals: &atomic.Int64{}, log: o.Log,
		now: o.Now, jitter: o.Jitter, getenv: o.Getenv, open: o.Open,
		turn: make(chan struct{}, 1),
	}
	s.fillDefaults()
	s.marks = cfg.marksFor(s.store)
	s.scrubber.Add(cfg.Secrets()...)
	s.makeLanes(o)
	return s
}

func (s *Source) fillDefaults() {
	if s.store == nil {
		s.store = NewMemoryStore()
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.now == nil {
		s.now = time.Now
	}
	if s.jitter == nil {
		s.jitter = rand.Float64
	}
	if s.getenv == nil {
		s.getenv = os.Getenv
	}
	if s.open == nil {
		s.open = func(name string) (fs.File, error) { return os.Open(name) }
	}
}

// makeLanes makes the ways to the hosts. Asking for a token twice does no harm,
// so the lanes may ask again; the hosted app's service wants to be spared, and
// has a back-off of its own.
func (s *Source) makeLanes(o Options) {
	reach := httpclient.Options{SystemProxy: s.cfg.Proxy, Insecure: s.cfg.Insecure, Log: s.log}
	if o.Carrier == nil {
		o.Carrier = httpclient.New(reach)
	}
	if o.MetadataCarrier == nil {
		o.MetadataCarrier = httpclient.NewMetadata(reach)
	}
	lane := func(carrier http.RoundTripper, policy httpclient.Policy) *httpclient.Lane {
		return httpclient.NewLane(httpclient.LaneOptions{
			Carrier: carrier, Policy: &policy, MaxAnswer: maxTokenAnswer, Patience: flightTime, Scrub: s.scrubber.Scrub,
		})
	}
	once := httpclient.DefaultPolicy()
	once.Check = func(httpclient.Outcome) httpclient.Decision { return httpclient.Deliver }
	patient := httpclient.DefaultPolicy()
	patient.Tries = 3
	s.signInLane = lane(o.Carrier, patient)
	s.serviceLane = lane(o.Carrier, once)
	s.metadataLane = lane(o.MetadataCarrier, metadataPolicy())
}

// Token returns an access token for Graph: the one in the integration context
// while it lives, else that of one sign-in for all who wait. A token close to its
// end is renewed in the background, which neither delays nor fails this call. The
// error is a *failure.Error.
func (s *Source) Token(ctx context.Context) (secret.Text, error) {
	return s.token(ctx, need{})
}

// Renew returns a token in place of rejected, which Graph answered with 401. However
// many calls saw that answer, there is one renewal. claims are what Graph's
// challenge asks the new token to satisfy, or empty
// (https://learn.microsoft.com/entra/identity-platform/claims-challenge).
func (s *Source) Renew(ctx context.Context, rejected secret.Text, claims string) (secret.Text, error) {
	return s.token(ctx, need{rejected: rejected, claims: claims})
}

func (s *Source) token(ctx context.Context, n need) (secret.Text, error) {
	h, err := s.view(ctx)
	if err != nil {
		return secret.Text{}, err
	}
	if s.usable(h, n) && !s.isUnsaved() {
		if s.due(h) {
			s.renewAhead(ctx)
		}
		return h.access, nil
	}
	return s.await(ctx, n)
}

// Reset forgets the instance's token and refresh token, so that the next call
// signs in from the beginning. Members of the integration context that are not
// this package's stay.
func (s *Source) Reset(ctx context.Context) error {
	if err := s.takeTurn(ctx); err != nil {
		return err
	}
	defer s.endTurn()
	if err := s.updateContext(ctx, forget); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.kept, s.unsaved, s.resting = nil, false, time.Time{}
	return nil
}

// Close waits for sign-ins under way, so that what they obtain is stored, until
// ctx ends.
func (s *Source) Close(ctx context.Context) error {
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

// OAuth2 returns the source as x/oauth2 knows one, for calls that end with ctx.
func (s *Source) OAuth2(ctx context.Context) oauth2.TokenSource {
	return tokenSource{ctx, s}
}

type tokenSource struct {
	ctx    context.Context
	source *Source
}

// Token implements oauth2.TokenSource. The token names no end: the Source is to
// be asked each time.
func (t tokenSource) Token() (*oauth2.Token, error) {
	access, err := t.source.Token(t.ctx)
	if err != nil {
		return nil, err
	}
	return &oauth2.Token{AccessToken: access.Reveal(), TokenType: "Bearer"}, nil
}

// view returns the token at hand. Another configuration's token in the
// integration context is as none: then what this Source obtained itself serves.
func (s *Source) view(ctx context.Context) (held, error) {
	if h, ok := s.viewUnsaved(); ok {
		return h, nil
	}
	values, err := s.readContext(ctx)
	if err != nil {
		return held{}, err
	}
	h, foreign := readHeld(s.marks, values)
	s.mu.Lock()
	if foreign && h.refresh.IsEmpty() && s.kept != nil {
		h = s.kept.held
	}
	s.mu.Unlock()
	s.learn(h)
	return h, s.checkSignedIn(h)
}

// viewUnsaved returns what was obtained but could not be stored: newer than
// anything in the store.
func (s *Source) viewUnsaved() (held, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.unsaved {
		return held{}, false
	}
	return s.kept.held, true
}

func (s *Source) isUnsaved() bool {
	_, unsaved := s.viewUnsaved()
	return unsaved
}

// usable reports whether h's access token can be sent.
func (s *Source) usable(h held, n need) bool {
	return !h.access.IsEmpty() && h.access != n.rejected && s.now().Before(h.validUntil)
}

// signIn asks for a token in the configuration's way. h is what is at hand.
func (s *Source) signIn(ctx context.Context, h held, claims string) (grant, error) {
	switch s.cfg.Method {
	case HostedApp:
		return s.signInByTokenService(ctx, h)
	case ClientCredentials:
		return s.signInAsApplication(ctx, claims)
	case AuthorizationCode:
		return s.signInAsPerson(ctx, h, claims)
	case ManagedIdentity:
		return s.signInAsAzureResource(ctx)
	}
	return grant{}, &failure.Error{Kind: failure.Internal, Message: "The sign-in method " + string(s.cfg.Method) + " is not one."}
}
