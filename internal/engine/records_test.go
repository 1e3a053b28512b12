package engine

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"testing"

	"msgraph-user/internal/containment"
	"msgraph-user/internal/failure"
)

// Only what is wrong with the record itself is the argument's fault.
func TestWhyARecordCannotBeUsed(t *testing.T) {
	for name, c := range map[string]struct {
		err  error
		kind failure.Kind
	}{
		"unknown":                  {fmt.Errorf("x: %w", containment.ErrUnknownRun), failure.BadArgument},
		"only its seal":            {containment.ErrOnlySeal, failure.BadArgument},
		"changed":                  {fmt.Errorf("%w: line 2", containment.ErrChanged), failure.BadArgument},
		"no permission":            {fs.ErrPermission, failure.BadArgument},
		"the call was cancelled":   {context.Canceled, failure.Canceled},
		"the call's time is over":  {fmt.Errorf("read the context: %w", context.DeadlineExceeded), failure.Unreachable},
		"no context from the peer": {&failure.Error{Kind: failure.Unreachable}, failure.Unreachable},
	} {
		err := noRecord("run-1", c.err)
		if kind := failure.KindOf(err); kind != c.kind {
			t.Errorf("%s: %v (%v)", name, err, kind)
		}
		if c.kind != failure.BadArgument && !errors.Is(err, c.err) {
			t.Errorf("%s: %v does not wrap it", name, err)
		}
	}
}
