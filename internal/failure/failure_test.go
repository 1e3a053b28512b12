package failure_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"msgraph-user/internal/failure"
)

func TestKindOf(t *testing.T) {
	refused := &failure.Error{Kind: failure.Refused, Status: 404, Message: "gone."}
	for _, c := range []struct {
		err  error
		want failure.Kind
	}{
		{refused, failure.Refused},
		{fmt.Errorf("while reading: %w", refused), failure.Refused},
		{context.Canceled, failure.Canceled},
		{fmt.Errorf("call: %w", context.DeadlineExceeded), failure.Unreachable},
		{errors.New("anything"), failure.Internal},
		{failure.Argument("user", "no %s", "user"), failure.BadArgument},
		{failure.Parameter("host", "bad"), failure.BadConfiguration},
	} {
		if got := failure.KindOf(c.err); got != c.want {
			t.Errorf("%v is of kind %v, want %v", c.err, got, c.want)
		}
	}
}

func TestNotFound(t *testing.T) {
	for _, c := range []struct {
		err  error
		want bool
	}{
		{&failure.Error{Kind: failure.Refused, Status: 404}, true},
		{fmt.Errorf("w: %w", &failure.Error{Kind: failure.Refused, Status: 404}), true},
		{&failure.Error{Kind: failure.Refused, Status: 403}, false},
		{&failure.Error{Kind: failure.SignIn, Status: 404}, false},
		{nil, false},
	} {
		if got := failure.NotFound(c.err); got != c.want {
			t.Errorf("%v: %v", c.err, got)
		}
	}
}

func TestErrorSaysWhatToDo(t *testing.T) {
	e := &failure.Error{Message: "It failed.", Advice: "Try that.", Cause: context.Canceled}
	if e.Error() != "It failed. Try that." || !errors.Is(e, context.Canceled) {
		t.Errorf("%q", e.Error())
	}
	if failure.Kind(99).String() != "unknown" || failure.Throttled.String() != "throttled" {
		t.Error("names of kinds")
	}
}
