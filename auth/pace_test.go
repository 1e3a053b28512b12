package auth

import (
	"testing"
	"time"
)

// A service may answer with the same token again. Then it has a new end, and is not due.
func TestTheSameTokenWithALaterEndIsNotDue(t *testing.T) {
	far, clock := always("same"), newClock()
	source := NewSource(configure(t, application()), Options{Transport: far, Now: clock.now, Getenv: noEnvironment})
	for range 2 {
		if _, err := source.Token(t.Context()); err != nil {
			t.Fatal(err)
		}
		source.mu.Lock()
		if source.flight != nil {
			t.Error("a token that just came is renewed")
		}
		source.mu.Unlock()
		clock.advance(2 * time.Hour)
	}
}
