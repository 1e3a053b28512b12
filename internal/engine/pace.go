package engine

import (
	"sync"
	"time"
)

// Graph takes so many writes of an application in a tenant at once, and then so
// many a second (https://learn.microsoft.com/graph/throttling-limits, identity and
// access: 3,000 in 150 seconds).
const (
	writesAtOnce    = 3000
	writesPerSecond = 20
)

// pace slows the writes of an instance down once Graph says that its limit is
// near. Until then it slows nothing: a tenant's own limit may be higher, and
// others may use it too. The zero pace is ready to use.
type pace struct {
	mu     sync.Mutex
	active bool
	tokens float64 // writes that may be sent now; below 0 while writes wait
	last   time.Time
}

// take takes up to want writes. It returns how many may be sent, and where that is
// none, after which time to ask again.
func (p *pace) take(now time.Time, want int) (granted int, wait time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.active {
		return want, 0
	}
	p.refill(now)
	granted = min(want, int(p.tokens))
	if granted < 1 {
		missing := float64(min(want, writesPerSecond)) - p.tokens
		return 0, max(time.Duration(missing/writesPerSecond*float64(time.Second)), time.Millisecond)
	}
	p.tokens -= float64(granted)
	return granted, 0
}

func (p *pace) refill(now time.Time) {
	if now.After(p.last) {
		p.tokens = min(p.tokens+now.Sub(p.last).Seconds()*writesPerSecond, writesAtOnce)
		p.last = now
	}
}

// near takes in which share of the limit is used up, and how many writes are under
// way that the share does not count yet.
func (p *pace) near(now time.Time, share float64, underWay int) {
	if share <= 0 {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	left := max(0, (1-share)*writesAtOnce) - float64(underWay)
	if !p.active {
		p.active, p.tokens, p.last = true, left, now
		return
	}
	p.refill(now)
	p.tokens = min(p.tokens, left)
}

// exhausted takes in that Graph refuses writes and asks to wait.
func (p *pace) exhausted(now time.Time, wait time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.active = true
	p.tokens = min(0, -wait.Seconds()*writesPerSecond+writesPerSecond)
	p.last = now
}
