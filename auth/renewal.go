package auth

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"golang.org/x/oauth2"

	"msgraph-user/internal/failure"
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
	ahead    bool        // the token at hand still lives: renew it before its end
	onlyAsk  bool        // look into the store, and do not sign in
}

// obtained is what a flight brought.
type obtained struct {
	token secret.Text // empty: onlyAsk found none
	found bool        // it was in the store
}

// flight is a look into the store, and a sign-in where it has no token, that any
// number of calls wait for.
type flight struct {
	need   need // of the call that began it
	done   chan struct{}
	cancel context.CancelFunc
	got    obtained
	err    error
	cut    bool // it ended because its own time did

	waiting int  // guarded by Source.mu
	keepOn  bool // goes on when nobody waits any more
}

// await returns what the flight under way brings, or one that it begins.
func (s *Source) await(ctx context.Context, n need) (obtained, error) {
	for ctx.Err() == nil {
		f, began := s.join(ctx, n)
		select {
		case <-f.done:
			s.leave(f)
		case <-ctx.Done():
			s.leave(f)
			return obtained{}, s.ended(ctx)
		}
		if began || f.settles(n) {
			return f.got, f.err
		}
		// The flight ended with the time of the call that began it, or brought
		// what this call cannot use: try with one of its own.
	}
	return obtained{}, s.ended(ctx)
}

// settles reports whether what f brought, or failed with, holds for a call that
// joined it for n. f may have been begun for less: without the claims, to look into
// the store only, or while the token at hand still lives.
func (f *flight) settles(n need) bool {
	switch {
	case f.err != nil:
		return !f.cut && (n.onlyAsk || !f.need.onlyAsk && !f.need.ahead && f.need.claims == n.claims)
	case n.onlyAsk:
		return true
	}
	return !f.got.token.IsEmpty() && f.got.token != n.rejected && (n.claims == "" || n.claims == f.need.claims)
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

// renewAhead begins a renewal that nobody waits for where the token in memory is
// due for one, unless a flight is under way or the last one failed a moment ago.
func (s *Source) renewAhead(ctx context.Context) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.flight == nil && s.usable(s.current, need{}) && s.due() && !s.now().Before(s.resting) {
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
	spends := s.cfg.spendsGrant()
	f := &flight{need: n, done: make(chan struct{}), keepOn: n.ahead || spends}
	if spends && time.Until(deadline) < grantTime {
		deadline = time.Now().Add(grantTime)
	}
	ctx, f.cancel = context.WithDeadline(context.WithoutCancel(ctx), deadline)
	s.flight = f
	go s.fly(ctx, f, n)
}

func (s *Source) fly(ctx context.Context, f *flight, n need) {
	defer f.cancel()
	f.got, f.err = s.recovering(func() (obtained, error) { return s.obtain(ctx, n) })
	f.cut = ctx.Err() != nil
	if f.err != nil && n.ahead {
		s.rest(f.err)
	}
	s.mu.Lock()
	s.flight = nil
	s.mu.Unlock()
	close(f.done)
}

// recovering runs f and turns a panic in it into an error, with the stack in the
// log: a flight has a goroutine of its own, where a panic would end the process. Of
// the value only the type is logged: it may hold a secret.
func (s *Source) recovering(f func() (obtained, error)) (got obtained, err error) {
	defer func() {
		if v := recover(); v != nil {
			s.log.Error("a sign-in panicked", "panic", fmt.Sprintf("%T", v), "stack", string(debug.Stack()))
			got, err = obtained{}, &failure.Error{
				Kind:    failure.Internal,
				Message: "The token could not be obtained because of a defect in this program.",
				Advice:  "The log on stderr says more; please report it.",
			}
		}
	}()
	return f()
}

// obtain asks the store once, and returns a token that serves n: the one that the
// store holds, or that of a sign-in, which is stored first.
func (s *Source) obtain(ctx context.Context, n need) (obtained, error) {
	if err := s.takeTurn(ctx); err != nil {
		return obtained{}, err
	}
	defer s.endTurn()
	if n == (need{}) {
		// Another flight may have ended after this call looked, and before it began one.
		if token, ok := s.atHand(); ok {
			return obtained{token, true}, nil
		}
	}
	values, err := s.readContext(ctx)
	if err != nil {
		return s.withoutStore(n, err)
	}
	if values, err = s.saveUnsaved(ctx, values); err != nil {
		return obtained{}, err
	}
	h := s.adopt(values)
	if err := s.cfg.checkSignedIn(h); err != nil {
		return obtained{}, err
	}
	if s.usable(h, n) && !(n.ahead && s.isDue()) {
		return obtained{h.access, true}, nil
	}
	if n.onlyAsk {
		return obtained{}, nil
	}
	go s.makeMarks() // which can take as long as the answer
	token, spent, err := s.signIn(ctx, values, ask{h.refresh, n.claims})
	if err != nil {
		return obtained{}, err
	}
	if err := s.save(ctx, values, token, spent); err != nil {
		return obtained{}, err
	}
	return obtained{token: secret.New(token.AccessToken)}, nil
}

// makeMarks has the marks ready for save. What goes wrong there goes wrong again
// when save asks for them, which reports it.
func (s *Source) makeMarks() {
	defer func() { _ = recover() }()
	s.marks()
}

// withoutStore goes on where the store cannot be asked: a token in memory that
// lives is used, and the store asked again later.
func (s *Source) withoutStore(n need, failed error) (obtained, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n.ahead || n.onlyAsk || s.unsaved || !s.usable(s.current, n) || failure.KindOf(failed) == failure.Canceled {
		return obtained{}, failed
	}
	s.log.Warn("the integration context could not be read; the program continues with the token in memory", "error", failed.Error())
	s.asked = s.now()
	return obtained{s.current.access, true}, nil
}

// adopt takes what the store holds into memory, and returns it. Another
// configuration's token in the store is as none: then what this Source has in
// memory serves.
func (s *Source) adopt(values map[string]any) held {
	h, foreign := readHeld(s.marks, values)
	s.learn(h)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = s.now()
	if foreign && h.refresh.IsEmpty() {
		return s.current
	}
	if h.access != s.current.access {
		s.lifetime = usualLifetime
	}
	s.current = h
	return h
}

// signIn asks the flow for a token. spent is the refresh token that it was had
// with, or empty. Where a grant is refused that carries no mark of whose it is,
// what the parameters hold now is tried once: it may be newer.
func (s *Source) signIn(ctx context.Context, values map[string]any, a ask) (token *oauth2.Token, spent secret.Text, err error) {
	spare, isSparing := s.flow.(sparing)
	if isSparing {
		if err := spare.mayAsk(values); err != nil {
			return nil, secret.Text{}, err
		}
	}
	s.atStore.Store(false)
	token, err = s.flow.signIn(ctx, a)
	if s.cfg.refusedGrant(err) && !a.refresh.IsEmpty() && !isMarked(values) && s.cfg.holdsGrant() {
		if newer, failed := s.flow.signIn(ctx, ask{claims: a.claims}); failed == nil {
			token, err, a.refresh = newer, nil, secret.Text{}
		}
	}
	if err == nil {
		err = s.tokens.checkSendable(token)
	}
	if isSparing && isRefused(err) {
		if _, failed := s.changeContext(ctx, values, spare.noteRefusal); failed != nil {
			s.log.Warn("the back-off after a refused sign-in could not be stored", "error", failed.Error())
		}
	}
	return token, a.refresh, err
}

// isRefused reports whether a service answered, and not with a token.
func isRefused(err error) bool {
	e, ok := errors.AsType[*failure.Error](err)
	return ok && e.Kind == failure.SignIn && e.Status != 0
}

// save stores what a sign-in brought, and then lets it be used. spent is the
// refresh token that it was had with. values is the integration context.
func (s *Source) save(ctx context.Context, values map[string]any, token *oauth2.Token, spent secret.Text) error {
	h := keep(token, s.now(), spent)
	s.learn(h)
	s.renewals.Add(1)
	rotated := !h.refresh.IsEmpty() && h.refresh.Reveal() != textMember(values, memberRefreshToken)
	s.mu.Lock()
	s.current, s.lifetime, s.unsaved = h, shorten(lifetime(token, s.now())), rotated
	s.mu.Unlock()
	if rotated {
		_, err := s.saveUnsaved(ctx, values)
		return err
	}
	if _, err := s.keepInContext(ctx, values, h); err != nil {
		s.log.Warn("the token could not be stored; it is used in this process only", "error", err.Error())
	}
	return nil
}

// saveUnsaved stores a refresh token that came earlier and could not be stored, and
// returns the integration context as it then stands.
func (s *Source) saveUnsaved(ctx context.Context, values map[string]any) (map[string]any, error) {
	s.mu.Lock()
	h, unsaved := s.current, s.unsaved
	s.mu.Unlock()
	if !unsaved {
		return values, nil
	}
	stored, err := s.keepInContext(ctx, values, h)
	if err != nil {
		s.log.Error("a refresh token could not be stored; it is kept while this process lives, and the next call stores it", "error", err.Error())
		return nil, err
	}
	s.mu.Lock()
	s.unsaved, s.asked = false, s.now()
	s.mu.Unlock()
	return stored, nil
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
