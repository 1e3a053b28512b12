package memory

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

func TestCallsTakeTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		turns := NewTurns()
		first, a := turns.Begin(t.Context())
		second, b := turns.Begin(t.Context())
		for range 2 { // a call that has its turn keeps it
			if err := Await(first); err != nil || !a.HasTurn() {
				t.Fatalf("%v", err)
			}
		}
		brief, cancel := context.WithTimeout(second, time.Second)
		defer cancel()
		if err := Await(brief); !errors.Is(err, context.DeadlineExceeded) || b.HasTurn() {
			t.Errorf("the second call does not wait: %v", err)
		}
		time.AfterFunc(time.Minute, a.End)
		began := time.Now()
		if err := Await(second); err != nil || time.Since(began) != time.Minute {
			t.Errorf("%v after %v", err, time.Since(began))
		}
		a.End() // it has no turn to give back
		b.End()
		if third, c := turns.Begin(t.Context()); Await(third) != nil || !c.HasTurn() {
			t.Error("the turn was not given back")
		}
	})
}

func TestWhoBelongsToNoCallDoesNotWait(t *testing.T) {
	if err := Await(t.Context()); err != nil {
		t.Error(err)
	}
}
