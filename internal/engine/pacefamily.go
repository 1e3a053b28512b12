package engine

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"msgraph-user/graph"
)

// family are the requests of a part of Graph that has a limit of its own, far below
// that of the directory (https://learn.microsoft.com/graph/throttling-limits). Its
// zero value is no family.
type family struct {
	prefix string // of the templates
	limit  int    // requests
	per    time.Duration
	// atOnce is how many requests may be under way in batches; 0: the limit is one of time.
	atOnce int
	// pause is the wait after a 429 that names no time.
	pause time.Duration

	mu       sync.Mutex
	sent     []time.Time // when the last requests were sent, or will be
	underWay int         // of atOnce
}

// families are those that the commands use.
type families [3]*family

func newFamilies() families {
	return families{
		{prefix: "/identityProtection/", limit: 1, per: time.Second, pause: 2 * time.Second}, // all applications of a tenant together
		{prefix: "/auditLogs/", limit: 5, per: 10 * time.Second, pause: throttledPause},
		{prefix: "/users/{user}/mailFolders/", atOnce: 4, pause: throttledPause}, // of an application, whatever the mailbox
	}
}

// of returns the family of a request; nil where it has none.
func (f *families) of(r graph.Request) *family {
	for _, one := range f {
		if one != nil && strings.HasPrefix(r.Template, one.prefix) {
			return one
		}
	}
	return nil
}

// reserve takes the next place for a request, and returns how long to wait for it.
func (f *family) reserve(now time.Time) time.Duration {
	f.mu.Lock()
	defer f.mu.Unlock()
	at := now
	if len(f.sent) == f.limit {
		if free := f.sent[0].Add(f.per); free.After(at) {
			at = free
		}
		f.sent = f.sent[1:]
	}
	f.sent = append(f.sent, at)
	return at.Sub(now)
}

// enter takes one of the places of a family that limits what is under way, and reports
// whether one was free.
func (f *family) enter() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.underWay >= f.atOnce {
		return false
	}
	f.underWay++
	return true
}

// leave gives the place back.
func (f *family) leave() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.underWay--
}

// await waits until a request may be sent by the limit of its family.
func (inv *Invocation) await(ctx context.Context, r graph.Request) error {
	f := inv.instance.families.of(r)
	if f == nil || f.atOnce > 0 {
		return nil
	}
	wait := f.reserve(inv.options.Now())
	if wait <= 0 {
		return nil
	}
	return inv.options.Wait(ctx, wait)
}

// hold delays the ready jobs whose family lets no more through now. Those that have
// their place come first: they are sent when it was given.
func (d *dispatcher) hold() {
	waiting := slices.Concat(d.held, d.urgent, d.ready)
	var first []*job
	d.held, d.urgent, d.ready = nil, nil, make([]*job, 0, len(waiting))
	for _, j := range waiting {
		switch f := d.instance.families.of(j.request); {
		case f == nil:
			d.ready = append(d.ready, j)
		case j.granted:
			first = append(first, j)
		case f.atOnce > 0:
			if j.granted = f.enter(); j.granted {
				first = append(first, j)
			} else {
				d.held = append(d.held, j)
			}
		default:
			j.granted = true
			if wait := f.reserve(d.now()); wait > 0 {
				j.notBefore = d.now().Add(wait)
				d.delayed = append(d.delayed, j)
			} else {
				first = append(first, j)
			}
		}
	}
	d.ready = append(first, d.ready...)
}

// release gives back the places of jobs that are under way no more.
func (d *dispatcher) release(jobs []*job) {
	for _, j := range jobs {
		if f := d.instance.families.of(j.request); f != nil && f.atOnce > 0 && j.granted {
			j.granted = false
			f.leave()
		}
	}
}
