// Package clock is the practice tenant's own time: the machine's, moved on by as
// much as a person asked for, so that the ends of tokens, passes and deleted
// items can be tried at once.
package clock

import (
	"sync/atomic"
	"time"
)

// Clock tells the tenant's time. It is safe for concurrent use.
type Clock struct {
	source func() time.Time
	offset atomic.Int64 // nanoseconds ahead of source
}

// New returns a clock that runs with source, or with the machine's time where
// source is nil.
func New(source func() time.Time) *Clock {
	if source == nil {
		source = time.Now
	}
	return &Clock{source: source}
}

// Now returns the tenant's time in UTC.
func (c *Clock) Now() time.Time {
	return c.source().Add(time.Duration(c.offset.Load())).UTC()
}

// Advance moves the clock by d, back where d is negative.
func (c *Clock) Advance(d time.Duration) { c.offset.Add(int64(d)) }

// Set makes the clock show t now and run on from there.
func (c *Clock) Set(t time.Time) { c.offset.Store(int64(t.Sub(c.source()))) }

// Reset takes the clock back to its source.
func (c *Clock) Reset() { c.offset.Store(0) }
