package auth

import (
	"strings"
	"sync"

	"msgraph-user/internal/secret"
)

// maxLearned is how many tokens a Source remembers for its scrubber: those in use
// and the few before them, which a slow call may still carry.
const maxLearned = 8

// learned are the tokens that a scrubber was told to look for.
type learned struct {
	mu     sync.Mutex
	tokens []learnedToken // the latest last
}

type learnedToken struct {
	token  secret.Text
	forget func()
}

// add makes scrubber look for token. It knows a JSON Web Token by its look, so
// only other tokens need remembering.
func (l *learned) add(scrubber *secret.Scrubber, token secret.Text) {
	if token.IsEmpty() || strings.HasPrefix(token.Reveal(), "eyJ") {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, known := range l.tokens {
		if known.token == token {
			return
		}
	}
	l.tokens = append(l.tokens, learnedToken{token, scrubber.Hold(token)})
	if len(l.tokens) > maxLearned {
		l.tokens[0].forget()
		l.tokens = l.tokens[1:]
	}
}

// learn makes the scrubber look for the tokens of h, whether a sign-in brought
// them or somebody else put them into the integration context.
func (s *Source) learn(h held) {
	s.learned.add(s.scrubber, h.access)
	s.learned.add(s.scrubber, h.refresh)
}

// Scrubber knows the secrets of the configuration and the tokens in use. All who
// share the Source share it, and may add to it.
func (s *Source) Scrubber() *secret.Scrubber { return s.scrubber }
