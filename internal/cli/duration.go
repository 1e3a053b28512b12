package cli

import (
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/pflag"
)

// durationVar registers a flag whose value is a duration, such as 2m, or a whole number
// of seconds. Less than least is refused.
func durationVar(set *pflag.FlagSet, target *time.Duration, name string, value, least time.Duration, usage string) {
	*target = value
	set.Var(&durationFlag{target, least}, name, usage)
}

// durationFlag is a pflag.Value.
type durationFlag struct {
	target *time.Duration
	least  time.Duration
}

// Set reads a value.
func (f *durationFlag) Set(text string) error {
	d, err := time.ParseDuration(text)
	if n, notNumber := strconv.Atoi(text); notNumber == nil && n < 1<<31 {
		d, err = time.Duration(n)*time.Second, nil
	}
	if err != nil {
		return fmt.Errorf("it is a number of seconds, or a duration such as 90s or 2m")
	}
	if d < f.least {
		return fmt.Errorf("it has to be %v or more", f.least)
	}
	*f.target = d
	return nil
}

// String returns the value as it is shown.
func (f *durationFlag) String() string {
	if f.target == nil {
		return ""
	}
	return f.target.String()
}

// Type is the name that help gives to a value.
func (f *durationFlag) Type() string { return "duration" }
