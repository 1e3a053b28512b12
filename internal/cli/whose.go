package cli

import (
	"cmp"
	"fmt"
	"net/url"

	"msgraph-user/auth"
	"msgraph-user/internal/engine"
)

// whose says which tenant answers, so that practice and real are never confused.
type whose struct {
	practice bool   // the tenant in this program
	local    string // a host on this machine, not Microsoft's; empty for any other
	tenant   string // as it is configured
	host     string // of Graph, where no tenant is configured
}

// whoseAnswers looks at the instance that calls are for. Nothing is sent. Of one that
// cannot be set up, only the practice tenant is known.
func (p *program) whoseAnswers(e *running, instance string) whose {
	if p.practises() {
		return whose{practice: true}
	}
	connection, err := e.service.Connect(engine.Call{Instance: instance})
	if err != nil {
		return whose{}
	}
	return whoseGraph(connection.Config)
}

func whoseGraph(config *auth.Configuration) whose {
	host := config.GraphOrigin()
	if u, err := url.Parse(host); err == nil {
		host = u.Host
	}
	switch {
	case config.Cloud.IsLocal():
		return whose{local: host}
	case config.TenantID != "":
		return whose{tenant: config.TenantID}
	}
	return whose{host: host}
}

// notice is what a person is told beside an answer; empty for that of a real tenant.
func (w whose) notice() string {
	switch {
	case w.practice:
		return "Practice tenant: no real account was read or changed."
	case w.local != "":
		return fmt.Sprintf("The answer is from %s on this machine, not from Microsoft.", w.local)
	}
	return ""
}

// prompt says at each line whose people the commands are about.
func (w whose) prompt() string {
	switch {
	case w.practice:
		return "practice> "
	case w.local != "":
		return "local " + w.local + "> "
	case w.tenant != "" || w.host != "":
		return "entra " + cmp.Or(w.tenant, w.host) + "> "
	}
	return "entra> "
}

// line is the first line of an examination; empty where nothing is known.
func (w whose) line() string {
	switch {
	case w.practice:
		return "the practice tenant in this program: nothing in it is real"
	case w.local != "":
		return "answered by " + w.local + " on this machine, not by Microsoft"
	case w.tenant != "":
		return "the real tenant " + w.tenant
	case w.host != "":
		return "a real tenant, through " + w.host
	}
	return ""
}
