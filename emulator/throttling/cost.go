package throttling

import (
	"net/url"
	"strconv"
)

// Family is a set of operations that share a quota.
type Family int

// The families of operations.
const (
	Directory  Family = iota // identity and access
	Protection               // identity protection and conditional access
	AuditLogs                // sign-ins and directory audits
	Outlook                  // what is in a mailbox
)

// Request is what a cost depends on.
type Request struct {
	Family Family
	Cost   int  // resource units before the query counts; 0 stands for 1
	Writes bool // it takes one write of the write quotas
	Query  url.Values
	AppID  string

	Mailbox string // whose mailbox the family Outlook is asked about
}

// smallPage is the $top below which a page costs less.
const smallPage = 20

// ResourceUnits returns what a request costs: its base cost, less for $select and
// for a small $top, more for $expand, one at least.
func (r Request) ResourceUnits() int {
	cost := max(1, r.Cost)
	if r.Query.Get("$select") != "" {
		cost--
	}
	if r.Query.Get("$expand") != "" {
		cost++
	}
	if top, err := strconv.Atoi(r.Query.Get("$top")); err == nil && top < smallPage {
		cost--
	}
	return max(1, cost)
}
