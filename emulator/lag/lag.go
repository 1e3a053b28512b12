// Package lag makes the practice tenant's directory forget for a while what was
// just written to it, as a directory of many copies does: Microsoft gives an
// application no promise of when it reads what it wrote
// (https://learn.microsoft.com/graph/best-practices-concept).
package lag

import (
	"sync"
	"time"

	"msgraph-user/emulator/directory"
)

// Copies are the copies of one directory that reads are spread over: one that is
// as far behind as the lag says, one half as far, and the one that is written to.
// It is safe for concurrent use.
type Copies struct {
	leader *directory.Store

	mu       sync.Mutex
	lag      time.Duration
	replicas []*directory.Replica
	turn     int
}

// New returns copies of leader without a lag.
func New(leader *directory.Store) *Copies { return &Copies{leader: leader} }

// Set makes the lag d; 0 is none.
func (c *Copies) Set(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.leader.Dismiss()
	c.lag, c.replicas, c.turn = d, nil, 0
	if d > 0 {
		c.replicas = []*directory.Replica{c.leader.Replicate(d), c.leader.Replicate(d / 2)}
	}
}

// Lag returns the lag.
func (c *Copies) Lag() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.lag
}

// Reset makes the copies take their turns from the first on again.
func (c *Copies) Reset() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.turn = 0
}

// Next returns the copy that serves the next request. They take turns, the one
// that is furthest behind first, so that a client that read a change once may miss it
// the next time, and a run can be repeated.
func (c *Copies) Next() *directory.Store {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.replicas) == 0 {
		return c.leader
	}
	which := c.turn
	c.turn = (c.turn + 1) % (len(c.replicas) + 1)
	if which == len(c.replicas) {
		return c.leader
	}
	return c.replicas[which].CatchUp()
}
