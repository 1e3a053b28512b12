package faults

import (
	"hash/fnv"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Injector decides for each request which fault it meets. It is safe for
// concurrent use, and its Spec can be changed while it works.
//
// A draw depends on the seed, the request's method and path (ids left out), and
// on how many requests of that method and path there were before: concurrent
// requests of other endpoints do not disturb it.
type Injector struct {
	now     func() time.Time
	observe func(r *http.Request, kind Kind, status int)

	mu      sync.Mutex
	spec    Spec
	script  Script
	matched []int             // for each rule the requests that it matched
	seen    map[string]uint64 // for each endpoint its requests
}

// New returns an Injector. now dates the errors it answers with; nil means
// time.Now.
func New(spec Spec, script Script, now func() time.Time) *Injector {
	if now == nil {
		now = time.Now
	}
	i := &Injector{now: now, spec: spec, script: script}
	i.Reset()
	return i
}

// Observe lets f know of every fault that a request meets: which, and the status
// it is answered with, 0 where no answer comes whole. Call it before the Injector
// is used.
func (i *Injector) Observe(f func(r *http.Request, kind Kind, status int)) { i.observe = f }

// Reset counts from the start again.
func (i *Injector) Reset() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.matched, i.seen = make([]int, len(i.script)), map[string]uint64{}
}

// Spec returns the faults in force.
func (i *Injector) Spec() Spec {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.spec
}

// SetSpec puts other faults in force. Counting goes on.
func (i *Injector) SetSpec(s Spec) error {
	if err := s.Validate(); err != nil {
		return err
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	i.spec = s
	return nil
}

// TokenLifetime is the lifetime that access tokens have; 0 leaves it to
// the tenant.
func (i *Injector) TokenLifetime() time.Duration { return i.Spec().TokenLifetime }

// fault is what was decided for one request.
type fault struct {
	kind       Kind
	wait       time.Duration
	retryAfter *int
	rule       *Rule // Answer
}

// decide counts the request and says what happens to it.
func (i *Injector) decide(r *http.Request) fault {
	i.mu.Lock()
	defer i.mu.Unlock()
	if f, ok := i.scripted(r); ok {
		return f
	}
	seconds := int(i.spec.RetryAfter / time.Second)
	return fault{kind: i.drawn(r), wait: i.spec.Latency, retryAfter: &seconds}
}

func (i *Injector) scripted(r *http.Request) (fault, bool) {
	var acting *Rule
	for n := range i.script {
		rule := &i.script[n]
		if !rule.matches(r) {
			continue
		}
		i.matched[n]++
		if acting == nil && rule.due(i.matched[n]) {
			acting = rule
		}
	}
	if acting == nil {
		return fault{}, false
	}
	f := fault{kind: acting.Do, wait: i.spec.Latency + acting.Latency, retryAfter: acting.RetryAfter, rule: acting}
	if f.kind == Latency {
		f.kind = none
	}
	return f, true
}

// guid finds the ids in a path, which a rerun gives others.
var guid = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}`) })

func (i *Injector) drawn(r *http.Request) Kind {
	endpoint := r.Method + " " + guid().ReplaceAllString(r.URL.Path, "{id}")
	n := i.seen[endpoint]
	i.seen[endpoint] = n + 1
	u := uniform(i.spec.Seed, endpoint, n)
	for _, f := range i.spec.probabilities() {
		if u -= *f.p; u < 0 {
			if f.kind == Lost && !writes(r) {
				return none
			}
			return f.kind
		}
	}
	return none
}

// uniform draws a number from 0 to 1 that depends on its arguments alone.
func uniform(seed uint64, endpoint string, n uint64) float64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(strings.Join([]string{strconv.FormatUint(seed, 10), endpoint, strconv.FormatUint(n, 10)}, "\x00"))) // never fails
	x := h.Sum64()
	// FNV's high bits barely move with the last byte: mix them (the finaliser of
	// splitmix64).
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	x ^= x >> 31
	return float64(x>>11) / (1 << 53)
}

func writes(r *http.Request) bool {
	return r.Method != http.MethodGet && r.Method != http.MethodHead && r.Method != http.MethodOptions
}
