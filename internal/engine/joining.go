package engine

import (
	"net/http"

	"msgraph-user/graph"
	"msgraph-user/internal/failure"
)

// Joining says how the steps of several users become one request.
type Joining struct {
	ID      string // what the request names the user of this step by
	Limit   int    // how many a request may name
	Request func(ids []string) graph.Request
}

// join puts jobs whose steps can be joined behind one of them, which carries the
// request for all: what remains is sent.
func join(jobs []*job) []*job {
	var sent, leads []*job
	var lead *job
	for _, j := range jobs {
		switch {
		case j.step.Joins == nil || j.alone:
			sent = append(sent, j)
		case lead != nil && len(lead.riders) < lead.step.Joins.Limit-1:
			lead.riders = append(lead.riders, j)
		default:
			lead = j
			sent, leads = append(sent, j), append(leads, j)
		}
	}
	for _, lead := range leads {
		ids := make([]string, 0, len(lead.riders)+1)
		for _, j := range lead.all() {
			ids = append(ids, j.step.Joins.ID)
		}
		lead.request = lead.step.Joins.Request(ids)
	}
	return sent
}

// all returns the job and those whose request it carries.
func (j *job) all() []*job { return append([]*job{j}, j.riders...) }

// endedTogether takes in how a job and those behind it ended. Where Graph refuses a
// request for several, nobody knows whose fault it is: each is sent by itself.
func (m *many) endedTogether(owner map[*job]*target, lead *job) {
	e := failure.Of(lead.outcome.Err)
	if len(lead.riders) > 0 && (e.Status == http.StatusBadRequest || e.Status == http.StatusNotFound) {
		for _, j := range lead.all() {
			owner[j].alone = true
		}
		return
	}
	for _, j := range lead.all() {
		j.outcome = lead.outcome
		m.arrived(owner[j])
	}
}
