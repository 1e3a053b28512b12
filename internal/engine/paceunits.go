package engine

import (
	"net/http"
	"strings"
	"time"

	"msgraph-user/graph"
)

// unitPace slows all requests of the directory down once Graph says that the resource
// units of the application are nearly used up
// (https://learn.microsoft.com/graph/throttling-limits, identity and access). How many
// there are depends on the tenant's size, which the units that were spent show.
type unitPace struct {
	pace
	spent   int       // units, since the application was quiet
	counted time.Time // when the last of them were
	share   float64   // that was seen last
}

// unitsIn10Seconds are those of a small, a medium and a large tenant.
var unitsIn10Seconds = []float64{3500, 5000, 8000}

// count takes in what a request cost, and which share of all is used up.
func (u *unitPace) count(now time.Time, units int, share float64, underWay int) {
	u.mu.Lock()
	if now.Sub(u.counted) > 10*time.Second {
		u.spent = 0
	}
	u.spent, u.counted = u.spent+units, now
	if share > 0 {
		u.share = share
	}
	if share > 0 && !u.active {
		u.burst = unitsIn10Seconds[0]
		for _, size := range unitsIn10Seconds[1:] {
			if float64(u.spent)/share >= size*0.9 {
				u.burst = size
			}
		}
		u.rate = u.burst / 10
	}
	u.mu.Unlock()
	u.near(now, share, underWay)
}

// giveBack returns places that were taken and are not used.
func (u *unitPace) giveBack(n int) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.active {
		u.tokens += float64(n)
	}
}

// explains reports whether a share that a write shows is that of the units, so that it
// says nothing of the writes.
func (u *unitPace) explains(share float64) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.active && share <= u.share+0.05
}

// learn takes in what the answers of a batch say of the limits of the directory.
func (d *dispatcher) learn(jobs []*job, results []graph.Result) {
	now := d.now()
	var writes, units struct {
		refused int
		longest time.Duration
	}
	for i, result := range results {
		r := jobs[i].request
		if d.instance.families.of(r) != nil {
			continue
		}
		isWrite, kind := r.Method != http.MethodGet, &units
		if isWrite && (result.ThrottleScope == "" || strings.Contains(result.ThrottleScope, "/Write/")) {
			kind = &writes
		}
		if result.Throttled {
			kind.refused++
			kind.longest = max(kind.longest, result.RetryAfter)
			continue
		}
		if isWrite && !d.instance.units.explains(result.Usage) {
			d.instance.pace.near(now, result.Usage, d.underWay)
		}
		if !isWrite {
			d.instance.units.count(now, max(1, result.Units), result.Usage, d.underWay)
		}
	}
	if 2*writes.refused >= len(jobs) && writes.refused > 0 {
		d.instance.pace.exhausted(now, writes.longest)
	}
	if units.refused > 0 {
		d.instance.units.exhausted(now, units.longest)
	}
}

// places returns how many of size requests, of which writes change something, may be
// sent now by the limits of the directory, and where that is none, when to ask again.
func (d *dispatcher) places(jobs []*job) (size int, wait time.Duration) {
	size, wait = d.instance.units.take(d.now(), len(jobs))
	if size == 0 {
		return 0, wait
	}
	writes := 0
	for _, j := range jobs[:size] {
		if j.request.Method != http.MethodGet && d.instance.families.of(j.request) == nil {
			writes++
		}
	}
	if writes == 0 {
		return size, 0
	}
	granted, wait := d.instance.pace.take(d.now(), writes)
	if granted < size {
		d.instance.units.giveBack(size - min(size, granted))
	}
	return min(size, granted), wait
}
