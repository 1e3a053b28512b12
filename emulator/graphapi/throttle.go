package graphapi

import (
	"net/http"
	"strings"

	"msgraph-user/emulator/throttling"
)

// throttle counts the call against the application's quota. A batch costs
// nothing itself: each of its requests does
// (https://learn.microsoft.com/graph/throttling#throttling-and-batching).
func (c *call) throttle() error {
	meter := c.api.options.Throttling
	if meter == nil || !meter.On() || strings.HasSuffix(c.operation, "/$batch") {
		return nil
	}
	segments, err := c.segments()
	if err != nil {
		return nil // the route has refused it
	}
	verdict := meter.Admit(throttling.Request{
		Method: c.request.Method, Segments: segments[1:], Query: c.request.URL.Query(), AppID: c.principal.AppID,
	})
	c.quota = verdict.Header
	if !verdict.Refused {
		return nil
	}
	return &graphError{status: http.StatusTooManyRequests, code: "TooManyRequests", message: "The application has used up what it may ask of this tenant for now. Wait as Retry-After says, or a second where it says nothing."}
}
