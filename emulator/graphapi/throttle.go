package graphapi

import (
	"net/http"
	"strings"

	"msgraph-user/emulator/odata"
	"msgraph-user/emulator/throttling"
)

// throttle counts the call against the application's quota. A batch costs
// nothing itself: each of its requests does
// (https://learn.microsoft.com/graph/throttling#throttling-and-batching).
func (c *call) throttle() error {
	meter := c.api.options.Throttling
	if meter == nil || !meter.On() || c.route.free {
		return nil
	}
	query, _ := odata.Values(c.request.URL.RawQuery) // what cannot be read is refused later
	verdict := meter.Admit(throttling.Request{
		Family: c.route.family, Cost: c.route.cost, Writes: c.writes(), Query: query, AppID: c.principal.AppID,
		Mailbox: strings.ToLower(c.vars["user-id"]),
	})
	c.quota = verdict.Header
	if !verdict.Refused {
		return nil
	}
	return &graphError{status: http.StatusTooManyRequests, code: "TooManyRequests", message: "The application has used up what it may ask of this tenant for now. Wait as Retry-After says, or a second where it says nothing."}
}

// writes reports whether the call counts as a write.
func (c *call) writes() bool {
	return c.request.Method != http.MethodGet && c.request.Method != http.MethodHead && !c.route.reads
}
