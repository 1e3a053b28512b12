package auth

import (
	"time"

	"msgraph-user/internal/secret"
)

const (
	// renewalWindow is how long before its end a token is renewed at the earliest.
	// A token that lives shorter is renewed in the last fifth of its life.
	renewalWindow = 5 * time.Minute
	// usualLifetime is what a token found in the store is taken to have lived.
	usualLifetime = time.Hour
	// renewalRest is how long a failed renewal ahead of time is not tried again.
	renewalRest = 30 * time.Second
)

// pace is when one token is renewed ahead of its end. A service may answer with the
// same token again, and another end.
type pace struct {
	access     secret.Text
	validUntil time.Time
	from       time.Time
}

// due reports whether the token in memory is to be renewed though it still lives;
// s.mu is held. The moment lies at random in the second half of the window, so that
// many processes do not all come at once; it is drawn once a token.
func (s *Source) due() bool {
	if s.pace.access != s.current.access || !s.pace.validUntil.Equal(s.current.validUntil) {
		window := min(renewalWindow, s.lifetime/5)
		before := time.Duration(float64(window) * (0.5 + s.jitter()/2))
		s.pace = pace{s.current.access, s.current.validUntil, s.current.validUntil.Add(-before)}
	}
	return !s.now().Before(s.pace.from)
}

func (s *Source) isDue() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.due()
}

// rest puts off the next renewal ahead of time after a failed one.
func (s *Source) rest(err error) {
	s.log.Warn("the token could not be renewed early; it stays in use, and renewal is tried again", "error", err.Error())
	s.mu.Lock()
	defer s.mu.Unlock()
	s.resting = s.now().Add(time.Duration(float64(renewalRest) * (1 + s.jitter())))
}
