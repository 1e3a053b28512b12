package throttling

import (
	"fmt"
	"math"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// Meter counts what applications ask of one tenant, and says when it is too
// much. It is safe for concurrent use.
type Meter struct {
	tenantID string
	users    func() int
	now      func() time.Time

	mu           sync.Mutex
	on           bool
	applications map[string]*application
	writes       bucket
	protection   bucket
}

// application is what one application used.
type application struct {
	units, writes, logs bucket
	mailboxes           map[string]*bucket
}

// New returns a meter that is off. users returns how many users the tenant has
// at the moment, now is the tenant's clock.
func New(tenantID string, users func() int, now func() time.Time) *Meter {
	m := &Meter{tenantID: tenantID, users: users, now: now}
	m.Reset()
	return m
}

// Switch turns the meter on or off. What was used so far is forgotten.
func (m *Meter) Switch(on bool) {
	m.Reset()
	m.mu.Lock()
	defer m.mu.Unlock()
	m.on = on
}

// On reports whether the meter is on.
func (m *Meter) On() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.on
}

// Reset forgets what was used so far.
func (m *Meter) Reset() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.applications, m.writes, m.protection = map[string]*application{}, bucket{}, bucket{}
}

// Verdict is what a meter says about a request.
type Verdict struct {
	Refused bool // answer 429
	// Header is what the answer carries, refused or not.
	Header http.Header
}

// charge is one quota that a request takes from.
type charge struct {
	bucket *bucket
	limit  limit
	cost   float64

	scope, kind, reason string // as the headers of a refusal name the quota
}

// Admit counts a request. A meter that is off admits everything and says nothing.
func (m *Meter) Admit(r Request) Verdict {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.on {
		return Verdict{}
	}
	if r.Family == Protection {
		return m.admitProtection(r)
	}
	charges, now := m.charges(r), m.now()
	var exceeded []charge
	for _, c := range charges {
		if !c.bucket.room(c.limit, c.cost, now) {
			exceeded = append(exceeded, c)
		}
	}
	verdict := Verdict{Refused: len(exceeded) > 0, Header: http.Header{}}
	if r.Family == Directory {
		verdict.Header.Set("X-Ms-Resource-Unit", strconv.Itoa(r.ResourceUnits()))
	}
	if verdict.Refused {
		charges = exceeded
	}
	for _, c := range charges {
		c.bucket.charge(c.limit, c.cost)
	}
	if verdict.Refused {
		m.explain(verdict.Header, exceeded, r)
	}
	showShare(verdict.Header, charges)
	return verdict
}

// charges lists the quotas that a request takes from.
func (m *Meter) charges(r Request) []charge {
	app := m.applications[r.AppID]
	if app == nil {
		app = &application{mailboxes: map[string]*bucket{}}
		m.applications[r.AppID] = app
	}
	switch r.Family {
	case AuditLogs:
		return []charge{{&app.logs, auditLogs, 1, "Tenant_Application", "Read", "ReportLimitExceeded"}}
	case Outlook:
		return []charge{{app.mailbox(r.Mailbox), outlook, 1, "Mailbox_Application", "ReadWrite", "ApplicationThrottled"}}
	}
	charges := []charge{{&app.units, SizeOf(m.users()).resourceUnits(), float64(r.ResourceUnits()), "Tenant_Application", "ReadWrite", "ResourceUnitLimitExceeded"}}
	if r.Writes {
		charges = append(charges,
			charge{&app.writes, applicationWrites, 1, "Tenant_Application", "Write", "WriteLimitExceeded"},
			charge{&m.writes, tenantWrites, 1, "Tenant", "Write", "WriteLimitExceeded"})
	}
	return charges
}

func (a *application) mailbox(name string) *bucket {
	if a.mailboxes[name] == nil {
		a.mailboxes[name] = &bucket{}
	}
	return a.mailboxes[name]
}

// explain says which quota was exceeded, and when all of them have room again.
func (m *Meter) explain(h http.Header, exceeded []charge, r Request) {
	var wait time.Duration
	for _, c := range exceeded {
		wait = max(wait, c.bucket.wait(c.limit, c.cost))
	}
	h.Set("Retry-After", strconv.Itoa(max(1, int(math.Ceil(wait.Seconds())))))
	c := exceeded[0]
	h.Set("x-ms-throttle-scope", fmt.Sprintf("%s/%s/%s/%s", c.scope, c.kind, r.AppID, m.tenantID))
	h.Set("x-ms-throttle-information", c.reason)
}

// shareShown is the usage from which an answer reports it.
const shareShown = 0.8

func showShare(h http.Header, charges []charge) {
	most := 0.0
	for _, c := range charges {
		most = max(most, c.bucket.share(c.limit))
	}
	if most >= shareShown {
		h.Set("x-ms-throttle-limit-percentage", strconv.FormatFloat(most, 'f', 2, 64))
	}
}

// admitProtection counts a request of the area that names no time to come back.
func (m *Meter) admitProtection(r Request) Verdict {
	if !m.protection.room(protection, 1, m.now()) {
		return Verdict{Refused: true, Header: http.Header{
			"X-Ms-Throttle-Scope": {fmt.Sprintf("Tenant/ReadWrite/%s/%s", r.AppID, m.tenantID)},
		}}
	}
	m.protection.charge(protection, 1)
	return Verdict{}
}
