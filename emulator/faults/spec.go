// Package faults makes the practice tenant misbehave on purpose: it throttles,
// is unavailable, resets connections, cuts answers short, loses the answers of
// writes, and is slow. What happens is drawn from a seed (Spec) or written down
// request by request (Script), so that a failure seen once can be had again.
package faults

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// DefaultRetryAfter is what a throttled answer asks to wait unless retry-after
// says otherwise.
const DefaultRetryAfter = time.Second

// Spec says how often each fault happens. The five probabilities exclude one
// another: a request has at most one of them, so together they are at most 1.
type Spec struct {
	Throttle    float64 // 429
	Unavailable float64 // 503
	Reset       float64 // the connection is reset before the request is looked at
	Truncate    float64 // the answer's body ends too soon
	Lost        float64 // a write is done, its answer never comes; reads are spared

	RetryAfter    time.Duration // what 429 and 503 ask to wait, in whole seconds
	Latency       time.Duration // what every answer waits first
	TokenLifetime time.Duration // of access tokens; 0 leaves the tenant's own
	Seed          uint64
}

// probabilities lists the faults that a Spec draws, in the order of the draw.
func (s *Spec) probabilities() []struct {
	kind Kind
	p    *float64
} {
	return []struct {
		kind Kind
		p    *float64
	}{{Throttle, &s.Throttle}, {Unavailable, &s.Unavailable}, {Reset, &s.Reset}, {Truncate, &s.Truncate}, {Lost, &s.Lost}}
}

// Parse reads what --faults takes: key=value pairs parted by commas, such as
// throttle=0.1,retry-after=2,latency=5ms,seed=7. Keys are throttle, unavailable,
// reset, truncate, lost (probabilities from 0 to 1), retry-after (whole seconds),
// latency, token-lifetime (durations such as 250ms or 1h) and seed. Empty text is
// no faults. The error names the pair that is wrong.
func Parse(text string) (Spec, error) {
	s := Spec{RetryAfter: DefaultRetryAfter}
	seen := map[string]bool{}
	for pair := range strings.SplitSeq(text, ",") {
		if pair = strings.TrimSpace(pair); pair == "" {
			continue
		}
		key, value, ok := strings.Cut(pair, "=")
		key, value = strings.TrimSpace(key), strings.TrimSpace(value)
		if !ok {
			return Spec{}, fmt.Errorf("faults: %q is not key=value", pair)
		}
		if seen[key] {
			return Spec{}, fmt.Errorf("faults: %s is given twice", key)
		}
		seen[key] = true
		if err := s.set(key, value); err != nil {
			return Spec{}, fmt.Errorf("faults: %s: %w", pair, err)
		}
	}
	return s, s.Validate()
}

func (s *Spec) set(key, value string) error {
	for _, f := range s.probabilities() {
		if key == string(f.kind) {
			return parseProbability(value, f.p)
		}
	}
	switch key {
	case "retry-after":
		return parseSeconds(value, &s.RetryAfter)
	case "latency":
		return parseDuration(value, &s.Latency)
	case "token-lifetime":
		return parseDuration(value, &s.TokenLifetime)
	case "seed":
		seed, err := strconv.ParseUint(value, 10, 64)
		s.Seed = seed
		if err != nil {
			return fmt.Errorf("a whole number is expected")
		}
		return nil
	}
	return fmt.Errorf("there is no such fault: use %s", strings.Join(keys(), ", "))
}

func keys() []string {
	var names []string
	for _, f := range new(Spec).probabilities() {
		names = append(names, string(f.kind))
	}
	return slices.Concat(names, []string{"retry-after", "latency", "token-lifetime", "seed"})
}

func parseProbability(value string, p *float64) error {
	v, err := strconv.ParseFloat(value, 64)
	if err != nil || math.IsNaN(v) || v < 0 || v > 1 {
		return fmt.Errorf("a probability from 0 to 1 is expected")
	}
	*p = v
	return nil
}

func parseDuration(value string, d *time.Duration) error {
	v, err := time.ParseDuration(value)
	if err != nil || v < 0 {
		return fmt.Errorf("a duration such as 250ms or 1h is expected")
	}
	*d = v
	return nil
}

// maxRetryAfter bounds retry-after: a day.
const maxRetryAfter = 86400

func parseSeconds(value string, d *time.Duration) error {
	v, err := strconv.ParseUint(value, 10, 32)
	if err != nil || v > maxRetryAfter {
		return fmt.Errorf("whole seconds up to %d are expected", maxRetryAfter)
	}
	*d = time.Duration(v) * time.Second
	return nil
}

// Validate reports probabilities that are out of range or add up to more than 1.
func (s Spec) Validate() error {
	sum := 0.0
	for _, f := range s.probabilities() {
		if !(*f.p >= 0 && *f.p <= 1) {
			return fmt.Errorf("faults: %s=%v is not a probability from 0 to 1", f.kind, *f.p)
		}
		sum += *f.p
	}
	if sum > 1+1e-9 {
		return fmt.Errorf("faults: the probabilities add up to %.3g; a request has one fault at most, so 1 is the most they may", sum)
	}
	return nil
}

// String writes the Spec as Parse reads it; members at rest are left out.
func (s Spec) String() string {
	var out []string
	for _, f := range s.probabilities() {
		if *f.p != 0 {
			out = append(out, fmt.Sprintf("%s=%s", f.kind, strconv.FormatFloat(*f.p, 'g', -1, 64)))
		}
	}
	if s.RetryAfter != DefaultRetryAfter {
		out = append(out, fmt.Sprintf("retry-after=%d", s.RetryAfter/time.Second))
	}
	if s.Latency != 0 {
		out = append(out, "latency="+s.Latency.String())
	}
	if s.TokenLifetime != 0 {
		out = append(out, "token-lifetime="+s.TokenLifetime.String())
	}
	if s.Seed != 0 {
		out = append(out, "seed="+strconv.FormatUint(s.Seed, 10))
	}
	return strings.Join(out, ",")
}
