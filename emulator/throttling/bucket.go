package throttling

import "time"

// debt is how far beyond a quota usage is counted, as a part of the quota.
const debt = 0.8

// bucket is one quota's usage. It is kept as what was used, not as what is left,
// so that the quota may change with the size of the tenant.
type bucket struct {
	used float64
	at   time.Time // when used was true
}

// drain forgets usage that is old enough. After a clock was set back, counting
// starts over from there.
func (b *bucket) drain(l limit, now time.Time) {
	if elapsed := now.Sub(b.at); elapsed > 0 {
		b.used = max(0, b.used-l.units*float64(elapsed)/float64(l.in))
	}
	b.at = now
}

// room reports whether cost fits in now.
func (b *bucket) room(l limit, cost float64, now time.Time) bool {
	b.drain(l, now)
	return b.used+cost <= l.units+1e-9
}

// charge counts cost as used.
func (b *bucket) charge(l limit, cost float64) {
	b.used = min(b.used+cost, l.units*(1+debt))
}

// wait returns how long it takes until cost fits in.
func (b *bucket) wait(l limit, cost float64) time.Duration {
	return time.Duration((b.used + cost - l.units) / l.units * float64(l.in))
}

// share returns the usage as a part of the quota.
func (b *bucket) share(l limit) float64 { return b.used / l.units }
