package containment

import (
	"context"
	"errors"
	"time"
)

// Retention is how long a store keeps the record of a run, counted from its begin.
const Retention = 30 * 24 * time.Hour

// Store keeps records by the id of their run. It is safe for concurrent use.
type Store interface {
	// Append adds lines to the record of a run that has have bytes so far; 0 begins
	// it. When it returns, a kill does not lose them. The error may be ErrFull.
	Append(ctx context.Context, run string, have int, lines []byte) error
	// Read returns the record of a run. The error wraps ErrUnknownRun where the store
	// has none.
	Read(ctx context.Context, run string) ([]byte, error)
	// List returns the ids of the runs in the store, in no order.
	List(ctx context.Context) ([]string, error)
	// Drop drops the records of the runs that drop reports true for.
	Drop(ctx context.Context, drop func(run string, began time.Time) bool) error
	// Fits reports whether a record of these lines, and more of about as many bytes
	// again, has room. What is stored is not changed.
	Fits(lines []byte, more int) bool
}

var (
	// ErrUnknownRun says that a store has no record of a run.
	ErrUnknownRun = errors.New("there is no record of this run")
	// ErrFull says that a record has grown over what the store takes.
	ErrFull = errors.New("the record has no room in the integration context")
)

// Expired returns the drop of a Store that ends the retention of old records.
func Expired(now time.Time) func(string, time.Time) bool {
	return func(_ string, began time.Time) bool { return began.Before(now.Add(-Retention)) }
}
