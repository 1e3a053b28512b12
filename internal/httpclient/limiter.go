package httpclient

import (
	"context"
	"math"
	"slices"
	"sync"
	"time"
)

// limiter lets an instance's requests through: so many at once, none during a
// pause that the host asked for, first come first served. The number falls by
// half when the host throttles and grows with every good answer (additive
// increase, multiplicative decrease), warily where the host throttled last.
type limiter struct {
	mu         sync.Mutex
	most       float64 // as many as may ever be under way
	limit      float64 // as many as may be under way now; at least 1
	tooMany    float64 // the limit at which the host throttled last; 0: it never did
	underWay   int
	waiting    []*waiter
	until      time.Time // end of the pause
	lastShrunk time.Time
	wake       *time.Timer
	paused     time.Duration // sum of all pauses
}

// By how much the limit grows in a round, which is as many good answers as may be
// under way. A host that throttled at some number most likely still does, so the
// last step up to that number is taken slowly: what it costs to learn that nothing
// has changed is several throttled requests.
const (
	growth     = 0.25
	waryGrowth = 0.04
)

// waiter is one request before the limiter.
type waiter struct {
	ready    chan error // gets nil when let through, or why not
	deadline time.Time  // a pause that ends no sooner is not waited for
}

func newLimiter(most int) *limiter {
	return &limiter{most: float64(most), limit: float64(most)}
}

// pauseError says that a pause ends after the deadline of the one who waits.
type pauseError struct{ left time.Duration }

func (e *pauseError) Error() string { return "the host asks to wait longer than the deadline allows" }

// enter waits until a request may go out. Every nil return is paired with one
// call of leave. The error is the context's, or a *pauseError at once when the
// pause outlasts deadline. Whoever was let through before, and comes again, goes
// to the head of the line.
func (g *limiter) enter(ctx context.Context, deadline time.Time, again bool) error {
	w := &waiter{ready: make(chan error, 1), deadline: deadline}
	g.mu.Lock()
	if again {
		g.waiting = slices.Insert(g.waiting, 0, w)
	} else {
		g.waiting = append(g.waiting, w)
	}
	g.settle()
	g.mu.Unlock()
	select {
	case err := <-w.ready:
		return err
	case <-ctx.Done():
	}
	g.abandon(w)
	return ctx.Err()
}

// abandon takes w out of the line, and gives its place back if it just got one.
func (g *limiter) abandon(w *waiter) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if i := slices.Index(g.waiting, w); i >= 0 {
		g.waiting = slices.Delete(g.waiting, i, i+1)
		return
	}
	if err := <-w.ready; err == nil {
		g.underWay--
		g.settle()
	}
}

// leave ends a request that enter let through at entered. A good answer widens
// the limiter; the first throttled answer of a round narrows it.
func (g *limiter) leave(entered time.Time, throttled bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.underWay--
	switch {
	case !throttled:
		g.limit = min(g.most, g.limit+g.step()/g.limit)
	case entered.After(g.lastShrunk):
		g.tooMany = math.Floor(g.limit)
		g.limit = max(1, g.limit/2)
		g.lastShrunk = time.Now()
	}
	g.settle()
}

// stepAside gives up n places of requests that are under way; -1 takes one back,
// whether there is room or not.
func (g *limiter) stepAside(n int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.underWay -= n
	g.settle()
}

// step is by how much the limit grows in the round that begins at it.
func (g *limiter) step() float64 {
	if math.Floor(g.limit) == g.tooMany-1 {
		return waryGrowth
	}
	return growth
}

// longestPause bounds what one answer can do to all the calls of an instance:
// after it, a request goes out and hears again how long to wait.
const longestPause = 5 * time.Minute

// pause keeps the limiter shut for d, at most longestPause. Whoever cannot wait that long is told at once.
func (g *limiter) pause(d time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := time.Now()
	end := now.Add(min(d, longestPause))
	if !end.After(g.until) {
		return
	}
	begin := now
	if g.until.After(now) {
		begin = g.until
	}
	g.paused += end.Sub(begin)
	g.until = end
	g.settle()
}

// settle lets through whoever may go, and turns away whoever waits in vain. The
// caller holds the lock.
func (g *limiter) settle() {
	now := time.Now()
	left := g.until.Sub(now)
	if left > 0 {
		g.turnAway(left)
		g.wakeIn(left)
		return
	}
	for len(g.waiting) > 0 && g.underWay < int(g.limit) {
		w := g.waiting[0]
		g.waiting = g.waiting[1:]
		g.underWay++
		w.ready <- nil
	}
}

func (g *limiter) turnAway(left time.Duration) {
	g.waiting = slices.DeleteFunc(g.waiting, func(w *waiter) bool {
		inVain := !w.deadline.After(g.until)
		if inVain {
			w.ready <- &pauseError{left}
		}
		return inVain
	})
}

func (g *limiter) wakeIn(d time.Duration) {
	if g.wake != nil {
		g.wake.Stop()
	}
	if len(g.waiting) == 0 {
		return
	}
	g.wake = time.AfterFunc(d, func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		g.settle()
	})
}

func (g *limiter) read(s *Stats) {
	g.mu.Lock()
	defer g.mu.Unlock()
	s.InFlight, s.Waiting, s.Limit, s.Paused = g.underWay, len(g.waiting), int(g.limit), g.paused
}
