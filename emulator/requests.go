package emulator

import (
	"net/http"
	"slices"
	"sync"

	"msgraph-user/emulator/faults"
	"msgraph-user/emulator/graphapi"
)

// maxRequests is how many requests the log remembers.
const maxRequests = 10_000

// requestLog remembers the latest requests to Graph, and wakes those who wait for
// the next. The zero log is ready.
type requestLog struct {
	mu      sync.Mutex
	entries []graphapi.Observation // a ring once it is full
	next    int
	count   uint64        // of all that were ever added
	changed chan struct{} // closed at the next change; nil where nobody waits
}

func (l *requestLog) add(o graphapi.Observation) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.count++
	l.wake()
	if len(l.entries) < maxRequests {
		l.entries = append(l.entries, o)
		return
	}
	l.entries[l.next] = o
	l.next = (l.next + 1) % maxRequests
}

// wake tells those who wait. The caller holds the lock.
func (l *requestLog) wake() {
	if l.changed != nil {
		close(l.changed)
		l.changed = nil
	}
}

// all returns the requests from the oldest to the latest.
func (l *requestLog) all() []graphapi.Observation {
	entries, _ := l.Since(0)
	return entries
}

// Since returns those of the remembered requests that came after the first n, the
// oldest first, and how many there were in all.
func (l *requestLog) Since(n uint64) ([]graphapi.Observation, uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	fresh := int(min(l.count-min(n, l.count), uint64(len(l.entries))))
	latest := l.entries[:l.next] // what a full ring holds before its oldest
	if fresh <= len(latest) {
		return slices.Clone(latest[len(latest)-fresh:]), l.count
	}
	older := l.entries[l.next:]
	return slices.Concat(older[len(older)-(fresh-len(latest)):], latest), l.count
}

// Changed returns a channel that is closed when the next request comes.
func (l *requestLog) Changed() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.changed == nil {
		l.changed = make(chan struct{})
	}
	return l.changed
}

func (l *requestLog) clear() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.entries, l.next = nil, 0
	l.wake()
}

// Requests returns what Graph was asked since the start or the last reset, with
// the permission that each request needed; the latest 10,000 of it. What faults
// kept from Graph is not among it.
func (t *Tenant) Requests() []graphapi.Observation {
	return slices.DeleteFunc(t.log.all(), func(o graphapi.Observation) bool { return o.Fault != "" })
}

// observeFault lets the tenant's page show what a request met on its way.
func (t *Tenant) observeFault(r *http.Request, kind faults.Kind, status int) {
	t.log.add(graphapi.Observation{
		At: t.clock.Now(), Method: r.Method, URL: r.URL.RequestURI(), Status: status, UserAgent: r.UserAgent(), Fault: string(kind),
	})
}
