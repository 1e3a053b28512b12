package engine

import (
	"testing"
	"time"
)

// Nothing is slowed down until Graph says that its limit is near; then writes go out
// at the documented rate.
func TestPace(t *testing.T) {
	start := time.Unix(1_700_000_000, 0)
	at := func(seconds float64) time.Time { return start.Add(time.Duration(seconds * float64(time.Second))) }
	for _, c := range []struct {
		name    string
		before  func(*pace)
		at      float64
		want    int
		granted int
		wait    time.Duration
	}{
		{"no limit is known", func(*pace) {}, 0, 20, 20, 0},
		{"seven eighths are used", func(p *pace) { p.near(start, 0.875, 0) }, 0, 500, 375, 0},
		{"of these many are under way", func(p *pace) { p.near(start, 0.875, 365) }, 0, 20, 10, 0},
		{"all is used", func(p *pace) { p.near(start, 1, 0) }, 0, 20, 0, time.Second},
		{"all was used a second ago", func(p *pace) { p.near(start, 1, 0) }, 1, 20, 20, 0},
		{"refused for ten seconds", func(p *pace) { p.exhausted(start, 10*time.Second) }, 1, 20, 0, 9 * time.Second},
		{"refused ten seconds ago", func(p *pace) { p.exhausted(start, 10*time.Second) }, 10, 20, 20, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := &pace{}
			c.before(p)
			granted, wait := p.take(at(c.at), c.want)
			if granted != c.granted || (wait-c.wait).Abs() > 10*time.Millisecond {
				t.Errorf("granted %d, wait %v; want %d, %v", granted, wait, c.granted, c.wait)
			}
		})
	}
}

// A wait is never so short that asking again would spin.
func TestPaceNeverSpins(t *testing.T) {
	p := &pace{active: true, tokens: 1 - 1e-12, last: time.Unix(1, 0)}
	if granted, wait := p.take(time.Unix(1, 0), 1); granted != 0 || wait < time.Millisecond {
		t.Errorf("granted %d, wait %v", granted, wait)
	}
}
