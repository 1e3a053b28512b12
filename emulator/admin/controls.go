package admin

import (
	"errors"
	"time"
)

// expireDelta makes the tenant forget its history: every delta token that was
// given out is answered 410, with a Location that starts over
// (https://learn.microsoft.com/graph/delta-query-overview#synchronization-reset).
func (c *Controls) expireDelta([]byte) (any, error) {
	return map[string]any{"expired": true}, c.parts.Store.Restore(c.parts.Store.Snapshot())
}

func (c *Controls) showThrottling() any { return map[string]any{"throttling": c.parts.Throttling.On()} }

// setThrottling takes {"throttling":true}, as --throttling does.
func (c *Controls) setThrottling(body []byte) (any, error) {
	var set struct {
		Throttling *bool `json:"throttling"`
	}
	if err := read(body, &set); err != nil {
		return nil, err
	}
	if set.Throttling == nil {
		return nil, errors.New(`say {"throttling":true} or {"throttling":false}`)
	}
	c.parts.Throttling.Switch(*set.Throttling)
	return c.showThrottling(), nil
}

func (c *Controls) showLag() any { return map[string]any{"lag": c.parts.Copies.Lag().String()} }

// setLag takes {"lag":"2s"}, as --lag does; "0s" is none.
func (c *Controls) setLag(body []byte) (any, error) {
	var set struct {
		Lag string `json:"lag"`
	}
	if err := read(body, &set); err != nil {
		return nil, err
	}
	d, err := time.ParseDuration(set.Lag)
	if err != nil || d < 0 {
		return nil, errors.New(`say {"lag":"2s"}, or {"lag":"0s"} for none`)
	}
	c.parts.Copies.Set(d)
	return c.showLag(), nil
}
