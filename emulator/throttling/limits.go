// Package throttling limits how much an application may ask of the practice
// tenant's Graph, by the figures that Microsoft publishes for identity and access
// (https://learn.microsoft.com/graph/throttling-limits#identity-and-access-service-limits).
//
// The page calls the algorithm a token bucket, and this is one: a bucket holds
// as much as the quota says, a request takes its cost out of it, and it fills
// evenly, the whole quota in the quota's time. An application that was quiet may
// so spend a whole quota at once, and goes on at the even rate afterwards; a
// sliding window would let it stand still for the rest of the time instead. As
// the page also says that usage is counted while a client is being throttled,
// a refused request is charged as well, down to a debt of 0.8 of the quota: the
// usage that x-ms-throttle-limit-percentage reports ends at 1.8.
package throttling

import "time"

// limit is a quota: so many units in so much time.
type limit struct {
	units float64
	in    time.Duration
}

// Size is how large a tenant is to Microsoft: what an application may ask of it
// depends on that.
type Size byte

// The sizes of a tenant.
const (
	Small  Size = 'S' // under 50 users
	Medium Size = 'M' // 50 to 500
	Large  Size = 'L' // above 500
)

// SizeOf returns the size of a tenant with so many users.
func SizeOf(users int) Size {
	switch {
	case users < 50:
		return Small
	case users <= 500:
		return Medium
	}
	return Large
}

// resourceUnits returns what one application may spend in a tenant of this size.
func (s Size) resourceUnits() limit {
	switch s {
	case Small:
		return limit{3500, 10 * time.Second}
	case Medium:
		return limit{5000, 10 * time.Second}
	}
	return limit{8000, 10 * time.Second}
}

// The other quotas. Those of an application across all tenants, 150,000 resource
// units in 20 s and 70,000 writes in 5 min, and the global one of 130,000
// requests in 10 s, cannot be reached in one tenant: these are lower.
var (
	applicationWrites = limit{3000, 150 * time.Second}
	tenantWrites      = limit{18000, 5 * time.Minute}
	// protection is of identity protection and conditional access, per tenant.
	// Its 429 names no time to come back.
	protection = limit{1, time.Second}
	// auditLogs is per application and tenant, outlook per application and mailbox.
	// That Outlook also runs no more than four requests of an application at a time
	// is not kept.
	auditLogs = limit{5, 10 * time.Second}
	outlook   = limit{10000, 10 * time.Minute}
)
