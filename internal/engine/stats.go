package engine

import (
	"sync"

	"msgraph-user/internal/failure"
	"msgraph-user/internal/httpclient"
)

// Stats is what a service did since it was started.
type Stats struct {
	Calls  int64            `json:"calls"`  // that have ended
	Errors map[string]int64 `json:"errors"` // by kind; every kind is there

	// The sums over all instances since the start.
	Requests         int64   `json:"requests"` // to Graph, retries included
	Retries          int64   `json:"retries"`
	Throttled        int64   `json:"throttled"`        // answers that asked for patience
	ThrottledSeconds float64 `json:"throttledSeconds"` // for how long in all
	TokenRenewals    int64   `json:"tokenRenewals"`    // sign-ins that brought a token

	// What is so now.
	Instances int `json:"instances"` // kept ready
	Running   int `json:"running"`   // calls
	InFlight  int `json:"inFlight"`  // requests to Graph
	Waiting   int `json:"waiting"`   // requests that wait for their turn
}

// add adds what an HTTP client did.
func (s *Stats) add(client httpclient.Stats) {
	s.Requests += client.Requests
	s.Retries += client.Retries
	s.Throttled += client.Throttled
	s.ThrottledSeconds += client.Paused.Seconds()
}

// Stats returns what the service did so far.
func (s *Service) Stats() Stats {
	stats := s.tally.read()
	stats.TokenRenewals = s.instances.sources.Renewals()
	s.instances.mu.Lock()
	defer s.instances.mu.Unlock()
	stats.Instances = len(s.instances.ready)
	stats.add(s.instances.dropped)
	for _, i := range s.instances.ready {
		client := i.http.Stats()
		stats.add(client)
		stats.InFlight += client.InFlight
		stats.Waiting += client.Waiting
	}
	return stats
}

// tally counts calls and their errors.
type tally struct {
	mu      sync.Mutex
	running int
	calls   int64
	errors  map[failure.Kind]int64
}

func (t *tally) begin() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.running++
}

func (t *tally) end(err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.running--
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
	stats := Stats{Calls: t.calls, Running: t.running, Errors: map[string]int64{}}
	for _, kind := range failure.Kinds() {
		stats.Errors[kind.String()] = t.errors[kind]
	}
	return stats
}
