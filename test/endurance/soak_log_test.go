package endurance_test

import (
	"net/http"
	"net/url"
	"strings"
	"sync"

	"msgraph-user/emulator/graphapi"
	"msgraph-user/internal/engine"
)

// fate is what became of a user, as the client who asked was told.
type fate string

const (
	made    fate = "made"
	gone    fate = "gone"
	inDoubt fate = "in doubt"
)

// soakLog is what the tenant was asked, and what the clients were told.
type soakLog struct {
	mu      sync.Mutex
	seen    map[string]bool // by Graph's request id
	creates map[int]int     // by status
	deletes map[string]int  // that were done, by path
	fates   map[string]fate // by user principal name
}

func (l *soakLog) expect(upn string, f fate) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.fates == nil {
		l.fates = map[string]fate{}
	}
	l.fates[upn] = f
}

// collect takes over what the tenant was asked since the last time.
func (s *soak) collect() {
	var asked struct{ Value []graphapi.Observation }
	s.get("requests", &asked)
	l := &s.log
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.seen == nil {
		l.seen, l.creates, l.deletes = map[string]bool{}, map[int]int{}, map[string]int{}
	}
	for _, o := range asked.Value {
		if l.seen[o.RequestID] {
			continue
		}
		l.seen[o.RequestID] = true
		switch {
		case o.Operation == "POST /v1.0/users":
			l.creates[o.Status]++
		case o.Method == http.MethodDelete && o.Status == http.StatusNoContent:
			l.deletes[o.URL]++
		}
	}
}

// checkCounts holds the server's own numbers to what clients and tenant know.
func (s *soak) checkCounts(stats engine.Stats) {
	t, l := s.t, &s.log
	// A method that does not exist is not called, nor need be a call that was
	// cancelled before its turn came.
	most := int64(s.plan.calls) - s.counted("unknown")
	if stats.Calls > most || stats.Calls < most-s.counted("cancelled") {
		t.Errorf("%d calls ended, of %d", stats.Calls, most)
	}
	if int64(len(l.seen)) > stats.Requests {
		t.Errorf("the tenant was asked %d times, and %d requests are counted", len(l.seen), stats.Requests)
	}
	if stats.InFlight != 0 || stats.Waiting != 0 || stats.Running != 0 {
		t.Errorf("at the end %d requests are in flight, %d wait, %d calls run", stats.InFlight, stats.Waiting, stats.Running)
	}
}

// checkChanges holds every create and delete to having been done once, and the
// directory to what the clients were told.
func (s *soak) checkChanges() {
	var people struct {
		Users []struct {
			UserPrincipalName string `json:"userPrincipalName"`
		}
	}
	s.get("seed", &people)
	present := map[string]bool{}
	for _, user := range people.Users {
		present[user.UserPrincipalName] = true
	}
	t, l := s.t, &s.log
	for upn, f := range l.fates {
		if f == made && !present[upn] || f == gone && present[upn] {
			t.Errorf("%s is %s, said the server; in the directory: %v", upn, f, present[upn])
		}
	}
	for status, n := range l.creates {
		if status != http.StatusCreated {
			t.Errorf("%d creates were answered %d: they were done already", n, status)
		}
	}
	for path, n := range l.deletes {
		u, err := url.Parse(path)
		if n != 1 || err != nil || !strings.Contains(u.Path, "soak-") {
			t.Errorf("DELETE %s was done %d times", path, n)
		}
	}
	t.Logf("the tenant saw %d requests; %d creates and %d deletes were done", len(l.seen), l.creates[http.StatusCreated], len(l.deletes))
}
