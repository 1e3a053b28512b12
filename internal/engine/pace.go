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
	burst  float64 // how many at once; 0 is that of writes
	rate   float64 // how many a second after that
}

// limits are how many go at once, and a second after that.
func (p *pace) limits() (burst, rate float64) {
	if p.burst == 0 {
		return writesAtOnce, writesPerSecond
	}
	return p.burst, p.rate
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
		_, rate := p.limits()
		missing := min(float64(want), rate) - p.tokens
		return 0, max(time.Duration(missing/rate*float64(time.Second)), time.Millisecond)
	}
	p.tokens -= float64(granted)
	return granted, 0
}

func (p *pace) refill(now time.Time) {
	if now.After(p.last) {
		burst, rate := p.limits()
		p.tokens = min(p.tokens+now.Sub(p.last).Seconds()*rate, burst)
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
	burst, _ := p.limits()
	left := max(0, (1-share)*burst) - float64(underWay)
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
	_, rate := p.limits()
	p.tokens = min(0, -wait.Seconds()*rate+rate)
	p.last = now
}
