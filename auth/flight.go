package auth

import (
	"context"
	"time"

	"msgraph-user/internal/secret"
)

const (
	// flightTime is how long a sign-in may take when the call that began it has no
	// deadline.
	flightTime = 60 * time.Second
	// grantTime is how long one may take at least that spends a refresh token or a
	// code: one cut short may have spent it for nothing.
	grantTime = 20 * time.Second
)

// need is why a token is asked for.
type need struct {
	rejected secret.Text // Graph refused this one
	claims   string      // and asked for these
	ahead    bool        // the token at hand still lives
}

// flight is a sign-in that any number of calls wait for.
type flight struct {
	done   chan struct{}
	cancel context.CancelFunc
	token  secret.Text
	err    error
	cut    bool // it ended because its own time did

	waiting int  // guarded by Source.mu
	keepOn  bool // goes on when nobody waits any more
}

// await returns the token of the flight under way, or of one that it begins.
func (s *Source) await(ctx context.Context, n need) (secret.Text, error) {
	for ctx.Err() == nil {
		f, began := s.join(ctx, n)
		select {
		case <-f.done:
			s.leave(f)
		case <-ctx.Done():
			s.leave(f)
			return secret.Text{}, s.ended(ctx)
		}
		switch {
		case began, f.err == nil && f.token != n.rejected:
			return f.token, f.err
		case f.err != nil && !f.cut:
			return secret.Text{}, f.err
		}
		// The flight ended with the time of the call that began it, or brought
		// what this call cannot use: try with one of its own.
	}
	return secret.Text{}, s.ended(ctx)
}

// join enters the flight under way, or begins one for n.
func (s *Source) join(ctx context.Context, n need) (f *flight, began bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.flight == nil {
		s.begin(ctx, n)
		began = true
	}
	s.flight.waiting++
	return s.flight, began
}

// leave gives up a place in f. A sign-in that nobody waits for is cancelled,
// unless it may have spent what cannot be had again.
func (s *Source) leave(f *flight) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if f.waiting--; f.waiting == 0 && !f.keepOn {
		f.cancel()
	}
}

// renewAhead begins a renewal that nobody waits for, unless one is under way or
// the last one failed a moment ago.
func (s *Source) renewAhead(ctx context.Context) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.flight == nil && !s.now().Before(s.resting) {
		s.begin(ctx, need{ahead: true})
	}
}

// begin starts a flight; s.mu is held. Its time is that of the call that begins
// it, but it does not end with that call.
func (s *Source) begin(ctx context.Context, n need) {
	deadline := time.Now().Add(flightTime)
	if own, ok := ctx.Deadline(); ok && !n.ahead {
		deadline = own
	}
	f := &flight{done: make(chan struct{}), keepOn: n.ahead || s.spends()}
	if s.spends() && time.Until(deadline) < grantTime {
		deadline = time.Now().Add(grantTime)
	}
	ctx, f.cancel = context.WithDeadline(context.WithoutCancel(ctx), deadline)
	s.flight = f
	go s.fly(ctx, f, n)
}

// spends reports whether a sign-in uses up a code or a refresh token.
func (s *Source) spends() bool {
	return s.cfg.Method == AuthorizationCode || s.cfg.Method == HostedApp
}

func (s *Source) fly(ctx context.Context, f *flight, n need) {
	defer f.cancel()
	f.token, f.err = s.obtain(ctx, n)
	f.cut = ctx.Err() != nil
	if f.err != nil && n.ahead {
		s.rest(f.err)
	}
	s.mu.Lock()
	s.flight = nil
	s.mu.Unlock()
	close(f.done)
}

// obtain returns a token that serves n: the one that came into the integration
// context meanwhile, or that of a sign-in, which is stored first.
func (s *Source) obtain(ctx context.Context, n need) (secret.Text, error) {
	if err := s.takeTurn(ctx); err != nil {
		return secret.Text{}, err
	}
	defer s.endTurn()
	if err := s.saveUnsaved(ctx); err != nil {
		return secret.Text{}, err
	}
	h, err := s.view(ctx)
	if err != nil {
		return secret.Text{}, err
	}
	if s.usable(h, n) && !(n.ahead && s.due(h)) {
		return h.access, nil
	}
	go s.marks() // which can take as long as the answer
	g, err := s.signIn(ctx, h, n.claims)
	if err != nil {
		return secret.Text{}, err
	}
	if err := s.save(ctx, g.keep(s.now(), h.refresh)); err != nil {
		return secret.Text{}, err
	}
	return g.access, nil
}

// save stores r, and then lets it be used. Where the store fails, a record with a
// refresh token is held back: it would be lost with this process, and with it the
// person's consent.
func (s *Source) save(ctx context.Context, r record) error {
	s.learn(r.held)
	s.renewals.Add(1)
	s.mu.Lock()
	s.kept, s.unsaved = &r, true
	s.mu.Unlock()
	return s.saveUnsaved(ctx)
}

// saveUnsaved stores what an earlier sign-in obtained and could not store.
func (s *Source) saveUnsaved(ctx context.Context) error {
	s.mu.Lock()
	r, unsaved := s.kept, s.unsaved
	s.mu.Unlock()
	if !unsaved {
		return nil
	}
	fingerprint := s.marks.text()
	err := s.updateContext(ctx, func(values map[string]any) { r.write(values, fingerprint) })
	if err != nil && r.refresh.IsEmpty() {
		s.log.Warn("the token could not be stored; it serves in this process only", "error", err.Error())
		return nil
	}
	if err == nil {
		s.mu.Lock()
		s.unsaved = false
		s.mu.Unlock()
	}
	return err
}

// takeTurn waits until nobody else in this process changes the integration
// context.
func (s *Source) takeTurn(ctx context.Context) error {
	select {
	case s.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return s.ended(ctx)
	}
}

func (s *Source) endTurn() { <-s.turn }
