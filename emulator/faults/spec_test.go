package faults

import (
	"strings"
	"testing"
	"time"
)

func TestParse(t *testing.T) {
	for _, c := range []struct {
		text string
		want Spec
	}{
		{"", Spec{RetryAfter: time.Second}},
		{"throttle=0.1,unavailable=0.02,reset=0.02,truncate=0.02,lost=0.02,latency=5ms",
			Spec{Throttle: 0.1, Unavailable: 0.02, Reset: 0.02, Truncate: 0.02, Lost: 0.02, Latency: 5 * time.Millisecond, RetryAfter: time.Second}},
		{" throttle = 1 , retry-after = 0 ", Spec{Throttle: 1}},
		{"retry-after=30,token-lifetime=2m,seed=18446744073709551615", Spec{RetryAfter: 30 * time.Second, TokenLifetime: 2 * time.Minute, Seed: 1<<64 - 1}},
		{"reset=1e-3,", Spec{Reset: 0.001, RetryAfter: time.Second}},
	} {
		got, err := Parse(c.text)
		if err != nil || got != c.want {
			t.Errorf("%q: got %+v, %v; want %+v", c.text, got, err, c.want)
		}
	}
}

func TestParseSaysWhatIsWrong(t *testing.T) {
	for text, mention := range map[string]string{
		"throttle":                     "key=value",
		"throttel=0.1":                 "throttle, unavailable",
		"throttle=1.1":                 "from 0 to 1",
		"throttle=-0.1":                "from 0 to 1",
		"throttle=NaN":                 "from 0 to 1",
		"throttle=10%":                 "from 0 to 1",
		"throttle=0.1,throttle=0.2":    "twice",
		"throttle=0.6,unavailable=0.6": "add up",
		"latency=5":                    "duration",
		"latency=-5ms":                 "duration",
		"retry-after=1s":               "whole seconds",
		"retry-after=86401":            "86400",
		"seed=-1":                      "whole number",
		"answer=1":                     "no such fault",
	} {
		if _, err := Parse(text); err == nil || !strings.Contains(err.Error(), mention) {
			t.Errorf("%q: the error %v does not mention %q", text, err, mention)
		}
	}
}

// FuzzParse: whatever is taken is valid, and written out it reads the same.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"", "throttle=0.1,seed=7", "latency=1h2m,lost=1", "retry-after=0", "reset=0x1p-2", "token-lifetime=1ns"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := Parse(text)
		if err != nil {
			return
		}
		if err := s.Validate(); err != nil {
			t.Errorf("%q was taken, yet: %v", text, err)
		}
		again, err := Parse(s.String())
		if err != nil || again != s {
			t.Errorf("%q reads as %+v; written as %q it reads as %+v, %v", text, s, s.String(), again, err)
		}
	})
}
