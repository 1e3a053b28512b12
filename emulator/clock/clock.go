// Package clock is the practice tenant's own time: the machine's, moved on by as
// much as a person asked for, so that the ends of tokens, passes and deleted
// items can be tried at once.
package clock

import (
	"context"
	"fmt"
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

// The range that a clock can be moved in: what tokens, certificates and JSON can
// hold with room to spare.
var (
	Earliest = time.Date(1990, 1, 1, 0, 0, 0, 0, time.UTC)
	Latest   = time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)
)

// Range says in words which times a clock can show.
func Range() string {
	return "the clock runs from " + Earliest.Format(time.RFC3339) + " to " + Latest.Format(time.RFC3339)
}

// Advance moves the clock by d, back where d is negative. A time outside the range
// is an error, and the clock stays.
func (c *Clock) Advance(d time.Duration) error {
	if err := check(c.Now().Add(d)); err != nil {
		return err
	}
	c.offset.Add(int64(d))
	return nil
}

// Set makes the clock show t now and run on from there. A time outside the range
// is an error, and the clock stays.
func (c *Clock) Set(t time.Time) error {
	if err := check(t); err != nil {
		return err
	}
	c.offset.Store(int64(t.Sub(c.source())))
	return nil
}

func check(t time.Time) error {
	if t.Before(Earliest) || t.After(Latest) {
		return fmt.Errorf("%s is out of range: %s", t.UTC().Format(time.RFC3339), Range())
	}
	return nil
}

// Reset takes the clock back to its source.
func (c *Clock) Reset() { c.offset.Store(0) }

// Wait waits for d of real time, or until ctx ends, and returns ctx's error in that case.
func Wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
