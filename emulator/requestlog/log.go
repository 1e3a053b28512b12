// Package requestlog remembers what Graph was asked in the practice tenant.
package requestlog

import (
	"slices"
	"sync"

	"msgraph-user/emulator/graphapi"
)

// MaxRequests is how many requests the log remembers.
const MaxRequests = 10_000

// Log remembers the latest requests to Graph, and wakes those who wait for the
// next. The zero Log is ready. It is safe for concurrent use.
type Log struct {
	mu      sync.Mutex
	entries []graphapi.Observation // a ring once it is full
	next    int
	count   uint64        // of all that were ever added
	changed chan struct{} // closed at the next change; nil where nobody waits
}

// Add remembers a request.
func (l *Log) Add(o graphapi.Observation) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.count++
	l.wake()
	if len(l.entries) < MaxRequests {
		l.entries = append(l.entries, o)
		return
	}
	l.entries[l.next] = o
	l.next = (l.next + 1) % MaxRequests
}

// wake tells those who wait. The caller holds the lock.
func (l *Log) wake() {
	if l.changed != nil {
		close(l.changed)
		l.changed = nil
	}
}

// Answered returns the requests that Graph answered, from the oldest to the
// latest. What faults kept from Graph is not among them.
func (l *Log) Answered() []graphapi.Observation {
	entries, _ := l.Since(0)
	return slices.DeleteFunc(entries, func(o graphapi.Observation) bool { return o.Fault != "" })
}

// Since returns those of the remembered requests that came after the first n, the
// oldest first, and how many there were in all.
func (l *Log) Since(n uint64) ([]graphapi.Observation, uint64) {
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
func (l *Log) Changed() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.changed == nil {
		l.changed = make(chan struct{})
	}
	return l.changed
}

// Clear forgets all requests.
func (l *Log) Clear() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.entries, l.next = nil, 0
	l.wake()
}
