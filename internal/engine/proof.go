package engine

import (
	"time"

	"msgraph-user/graph"
	"msgraph-user/internal/failure"
)

// Proof is how a step is seen to have taken effect: a read, and what it has to show.
type Proof struct {
	Read    graph.Request
	Reading Reading
	// Shows reports whether the answer shows that the step is done. since is when
	// the step was sent.
	Shows func(answer Outcome, since time.Time) bool
	// GoneIsDone is true where an object that Graph does not know is what the step
	// was for.
	GoneIsDone bool
}

// holds reports whether the answer to the proof's read shows that the step is done;
// known is false where the answer tells nothing.
func (p *Proof) holds(answer Outcome, since time.Time) (done, known bool) {
	switch {
	case failure.NotFound(answer.Err):
		return p.GoneIsDone, true
	case answer.Err != nil:
		return false, false
	case p.GoneIsDone:
		return false, true
	}
	return p.Shows(answer, since), true
}
