package engine

import (
	"slices"
	"sync"
	"time"

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

	Commands map[string]CommandStats `json:"commands"` // by name, of each that has run
}

// CommandStats is what was counted of one command.
type CommandStats struct {
	Calls   int64   `json:"calls"`
	Failed  int64   `json:"failed"`  // of these
	Seconds float64 `json:"seconds"` // that they took in all
	// Within is how many took no longer than each of DurationBounds.
	Within []int64 `json:"within"`
}

// DurationBounds are the upper bounds of a command's duration, in seconds, by which
// commands are counted: from one quick request to a person who is waited for.
var DurationBounds = []float64{0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300}

// count adds a call that ended.
func (c *CommandStats) count(took time.Duration, failed bool) {
	if c.Within == nil {
		c.Within = make([]int64, len(DurationBounds))
	}
	c.Calls++
	if failed {
		c.Failed++
	}
	seconds := took.Seconds()
	c.Seconds += seconds
	for n, bound := range DurationBounds {
		if seconds <= bound {
			c.Within[n]++
		}
	}
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

	commands map[string]*CommandStats
}

func (t *tally) begin() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.running++
}

// end counts a call that ended. command is empty where there is none of its name, so
// that nobody fills the memory with names.
func (t *tally) end(command string, took time.Duration, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.running--
	t.calls++
	t.countCommand(command, took, err)
	if err == nil {
		return
	}
	if t.errors == nil {
		t.errors = map[failure.Kind]int64{}
	}
	t.errors[failure.KindOf(err)]++
}

func (t *tally) countCommand(command string, took time.Duration, err error) {
	if command == "" {
		return
	}
	if t.commands == nil {
		t.commands = map[string]*CommandStats{}
	}
	if t.commands[command] == nil {
		t.commands[command] = &CommandStats{}
	}
	t.commands[command].count(took, err != nil)
}

func (t *tally) read() Stats {
	t.mu.Lock()
	defer t.mu.Unlock()
	stats := Stats{Calls: t.calls, Running: t.running, Errors: map[string]int64{}, Commands: map[string]CommandStats{}}
	for name, command := range t.commands {
		counted := *command
		counted.Within = slices.Clone(counted.Within)
		stats.Commands[name] = counted
	}
	for _, kind := range failure.Kinds() {
		stats.Errors[kind.String()] = t.errors[kind]
	}
	return stats
}
