package handlers

import (
	"sync"

	"msgraph-user/failure"
)

// Stats is what a service did since it was started.
type Stats struct {
	Calls  int64            `json:"calls"`
	Errors map[string]int64 `json:"errors"` // by kind

	// The sums over the instances that are kept ready now.
	Instances        int     `json:"instances"`
	Requests         int64   `json:"requests"` // to Graph, retries included
	Retries          int64   `json:"retries"`
	Throttled        int64   `json:"throttled"`        // answers that asked for patience
	ThrottledSeconds float64 `json:"throttledSeconds"` // for how long in all
	InFlight         int     `json:"inFlight"`
	Waiting          int     `json:"waiting"`
}

// Stats returns what the service did so far.
func (s *Service) Stats() Stats {
	stats := s.tally.read()
	s.instances.mu.Lock()
	defer s.instances.mu.Unlock()
	stats.Instances = len(s.instances.ready)
	for _, i := range s.instances.ready {
		lane := i.lane.Stats()
		stats.Requests += lane.Requests
		stats.Retries += lane.Retries
		stats.Throttled += lane.Throttled
		stats.ThrottledSeconds += lane.Paused.Seconds()
		stats.InFlight += lane.InFlight
		stats.Waiting += lane.Waiting
	}
	return stats
}

// tally counts calls and their errors.
type tally struct {
	mu     sync.Mutex
	calls  int64
	errors map[failure.Kind]int64
}

func (t *tally) count(err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.calls++
	if err == nil {
		return
	}
	if t.errors == nil {
		t.errors = map[failure.Kind]int64{}
	}
	t.errors[failure.KindOf(err)]++
}

func (t *tally) read() Stats {
	t.mu.Lock()
	defer t.mu.Unlock()
	stats := Stats{Calls: t.calls, Errors: map[string]int64{}}
	for kind, n := range t.errors {
		stats.Errors[kind.String()] = n
	}
	return stats
}
