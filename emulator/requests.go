package emulator

import (
	"slices"
	"sync"

	"msgraph-user/emulator/graphapi"
)

// maxRequests is how many requests the log remembers.
const maxRequests = 10_000

// requestLog remembers the latest requests to Graph. The zero log is ready.
type requestLog struct {
	mu      sync.Mutex
	entries []graphapi.Observation // a ring once it is full
	next    int
}

func (l *requestLog) add(o graphapi.Observation) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.entries) < maxRequests {
		l.entries = append(l.entries, o)
		return
	}
	l.entries[l.next] = o
	l.next = (l.next + 1) % maxRequests
}

// all returns the requests from the oldest to the latest.
func (l *requestLog) all() []graphapi.Observation {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Concat(l.entries[l.next:], l.entries[:l.next])
}

func (l *requestLog) clear() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.entries, l.next = nil, 0
}

// Requests returns what Graph was asked since the start or the last reset, with
// the permission that each request needed; the latest 10,000 of it.
func (t *Tenant) Requests() []graphapi.Observation { return t.log.all() }
