// Package memory bounds what large answers take: the calls that hold one take
// turns, from the moment an answer turns out to be large until what was made of it
// is out. The interface that runs calls gives each a context of Turns.Begin; whoever
// reads answers asks Await.
package memory

import (
	"context"
	"sync"
)

// Large is the size in bytes from which an answer is large: several times that of
// a full page of Graph.
const Large = 8 << 20

// Turns lets one call at a time hold large answers.
type Turns struct{ taken chan struct{} } // holds a value while a call has its turn

// NewTurns returns turns that nobody has taken.
func NewTurns() *Turns { return &Turns{make(chan struct{}, 1)} }

// Turn is the right of one call to hold large answers, once it has it.
type Turn struct {
	turns *Turns
	mu    sync.Mutex // held while the turn is waited for
	has   bool
}

type key struct{}

// Begin returns a context for one call. End gives its turn back.
func (t *Turns) Begin(ctx context.Context) (context.Context, *Turn) {
	c := &Turn{turns: t}
	return context.WithValue(ctx, key{}, c), c
}

// Await waits until the call that ctx belongs to has its turn, which it keeps. It
// returns nil at once for a context of no call, and else the error of ctx.
func Await(ctx context.Context) error {
	c, _ := ctx.Value(key{}).(*Turn)
	if c == nil {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.has {
		return nil
	}
	select {
	case c.turns.taken <- struct{}{}:
		c.has = true
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// HasTurn reports whether the call holds a large answer.
func (c *Turn) HasTurn() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.has
}

// End gives the turn back, if the call has it.
func (c *Turn) End() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.has {
		<-c.turns.taken
		c.has = false
	}
}
