package endurance_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"msgraph-user/emulator"
	"msgraph-user/handlers"
	"msgraph-user/internal/definition"
	"msgraph-user/internal/engine"
	"msgraph-user/internal/rpc"
)

// soakPlan is how much a soak does.
type soakPlan struct {
	calls     int // of all clients together
	clients   int // sessions, each with instances of its own
	instances int // a client's; one instance's throttling slows that instance only
	workers   int // of an instance: calls at once
	faults    string
}

// TestSoak runs mixed calls from many clients against a practice tenant that
// fails in every way: a few hundred calls, or where MSGRAPH_USER_LONG is set the
// 20,000 that the program is held to.
func TestSoak(t *testing.T) {
	plan := soakPlan{
		calls: 400, clients: 8, instances: 3, workers: 2,
		faults: "throttle=0.1,unavailable=0.02,reset=0.02,truncate=0.02,lost=0.02,latency=5ms,retry-after=0",
	}
	if os.Getenv(longRuns) != "" {
		plan.calls = 20_000
		plan.faults = "throttle=0.1,unavailable=0.02,reset=0.02,truncate=0.02,lost=0.02,latency=5ms"
	}
	tenant := startProgram(t, "emulator", "--faults", plan.faults).Line()
	before := measure()
	s := newSoak(t, plan, tenant)
	began := time.Now()
	quarter := s.run()
	s.collect()
	s.checkChanges()
	after := measure()
	stats := s.service.Stats()
	s.close()
	t.Logf("%d calls in %.1f s; %s", plan.calls, time.Since(began).Seconds(), s.tally())
	t.Logf("requests %d, retries %d, throttled %d for %.0f s in all, token renewals %d, errors %v",
		stats.Requests, stats.Retries, stats.Throttled, stats.ThrottledSeconds, stats.TokenRenewals, stats.Errors)
	t.Logf("before: %v; at a quarter: %v; at the end: %v; closed: %v", before, quarter, after, measure())
	s.checkCounts(stats)
	checkResources(t, before, quarter, after)
}

// resources are what a process holds.
type resources struct {
	heap        uint64
	goroutines  int
	descriptors int
}

func (r resources) String() string {
	return fmt.Sprintf("%.1f MiB, %d goroutines, %d descriptors", float64(r.heap)/(1<<20), r.goroutines, r.descriptors)
}

func measure() resources {
	runtime.GC()
	runtime.GC() // what the first one's finalizers let go
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	r := resources{heap: m.HeapAlloc, goroutines: runtime.NumGoroutine()}
	if open, err := os.ReadDir("/proc/self/fd"); err == nil {
		r.descriptors = len(open)
	}
	return r
}

// soak is a server in this process, its clients, and a practice tenant in another.
type soak struct {
	t       testing.TB
	plan    soakPlan
	base    string // of the tenant
	service *engine.Service
	clients []*soakClient
	served  sync.WaitGroup

	begun    atomic.Int64
	outcomes sync.Map // what came of calls → *atomic.Int64
	log      soakLog
}

func newSoak(t testing.TB, plan soakPlan, tenant string) *soak {
	t.Helper()
	defined := definition.Load()
	s := &soak{t: t, plan: plan, base: tenant}
	s.service = engine.New(engine.Options{Commands: handlers.Commands(), Definition: defined, Params: emulator.Parameters(s.base)})
	server := &rpc.Server{Runner: s.service, Commands: defined.CommandNames(), Name: "soak"}
	for n := range plan.clients {
		s.clients = append(s.clients, s.connect(server, n))
	}
	return s
}

// run lets the clients work, and measures when a quarter of the calls is done.
func (s *soak) run() resources {
	var working sync.WaitGroup
	for _, c := range s.clients {
		for i := range s.plan.instances {
			for w := range s.plan.workers {
				worker := newSoakWorker(c, i, w)
				working.Go(worker.work)
			}
		}
	}
	quarter := make(chan resources, 1)
	go func() {
		ticker := time.NewTicker(20 * time.Millisecond)
		defer ticker.Stop()
		for s.begun.Load() < int64(s.plan.calls/4) {
			<-ticker.C
		}
		quarter <- measure()
	}()
	working.Wait()
	return <-quarter
}

// next reports whether there is another call to make. Now and then it reads the
// tenant's log, which remembers only so much.
func (s *soak) next() bool {
	n := s.begun.Add(1)
	if n%1000 == 0 {
		s.collect()
	}
	return n <= int64(s.plan.calls)
}

// count notes what came of a call.
func (s *soak) count(outcome string) {
	n, _ := s.outcomes.LoadOrStore(outcome, &atomic.Int64{})
	n.(*atomic.Int64).Add(1)
}

func (s *soak) counted(outcome string) int64 {
	if n, ok := s.outcomes.Load(outcome); ok {
		return n.(*atomic.Int64).Load()
	}
	return 0
}

func (s *soak) tally() string {
	var all []string
	s.outcomes.Range(func(outcome, n any) bool {
		all = append(all, fmt.Sprintf("%s %d", outcome, n.(*atomic.Int64).Load()))
		return true
	})
	return strings.Join(all, ", ")
}

// checkResources holds the process to having given everything back, and its memory
// to having been as large at the end as when a quarter of the calls was done.
func checkResources(t testing.TB, before, quarter, after resources) {
	t.Helper()
	const slack = 4 << 20
	if after.heap > quarter.heap+slack {
		t.Errorf("the memory grew from %v to %v", quarter, after)
	}
	eventually(t, "descriptors and goroutines are given back", func() bool {
		now := measure()
		return now.descriptors <= before.descriptors && now.goroutines <= before.goroutines
	})
}

// close ends the sessions and the service.
func (s *soak) close() {
	for _, c := range s.clients {
		c.in.Close()
	}
	s.served.Wait()
	http.DefaultClient.CloseIdleConnections()
	if err := s.service.Close(s.t.Context()); err != nil {
		s.t.Error(err)
	}
}

// get reads one of the tenant's own controls.
func (s *soak) get(control string, into any) {
	response, err := http.Get(s.base + "/_emulator/" + control)
	if err != nil {
		s.t.Error(err)
		return
	}
	defer response.Body.Close()
	data, err := io.ReadAll(response.Body)
	if err == nil {
		err = json.Unmarshal(data, into)
	}
	if err != nil {
		s.t.Errorf("%s: %v", control, err)
	}
}
