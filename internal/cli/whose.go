package cli

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"time"

	"msgraph-user/auth"
	"msgraph-user/graph"
	"msgraph-user/internal/engine"
	"msgraph-user/internal/rawjson"
	"msgraph-user/internal/terminal"
)

// whose says which tenant answers, so that practice and real are never confused.
type whose struct {
	practice bool   // the tenant in this program
	local    string // a host on this machine, not Microsoft's; empty for any other
	tenant   string // as it is configured
	host     string // of Graph, where no tenant is configured

	profile      string // that named the instance; empty where none did
	organization string // what the tenant calls itself, where that was read
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
	w := whoseGraph(connection.Config)
	if p.profile != nil {
		w.profile = p.profile.Name
	}
	return w
}

// askPatience is how long the tenant's name is waited for.
const askPatience = 10 * time.Second

// askWho is whoseAnswers, and asks the tenant of a profile what it is called: nobody
// named that tenant on the command line. Where that may not be read, the token tells
// its id.
func (p *program) askWho(ctx context.Context, e *running) whose {
	w := p.whoseAnswers(e, "")
	if w.profile == "" || w.practice {
		return w
	}
	connection, err := e.service.Connect(engine.Call{})
	if err != nil {
		return w
	}
	ctx, cancel := context.WithTimeout(ctx, askPatience)
	defer cancel()
	name, id := organizationOf(ctx, connection)
	w.organization, w.tenant = name, cmp.Or(id, w.tenant)
	return w
}

// organizationOf returns what a tenant calls itself and its id, as far as they can be
// read.
func organizationOf(ctx context.Context, connection engine.Connection) (name, id string) {
	token, err := connection.Source.Token(ctx)
	if err != nil {
		return "", ""
	}
	if claims, err := auth.Claims(token); err == nil {
		id = terminal.Line(claims.TenantID)
	}
	answer, err := connection.Graph.Do(ctx, graph.GetOrganization("id,displayName"))
	if err != nil {
		return "", id // it may not be read: the id has to do
	}
	tenants, err := rawjson.ParseArray(answer.Get("value"))
	if err != nil || len(tenants) == 0 {
		return "", id
	}
	tenant, err := rawjson.ParseObject(tenants[0])
	if err != nil {
		return "", id
	}
	return terminal.Line(tenant.Text("displayName")), cmp.Or(terminal.Line(tenant.Text("id")), id)
}

// name is what the tenant is called, and its id.
func (w whose) name() string {
	id := cmp.Or(w.tenant, w.host)
	if w.organization == "" {
		return id
	}
	return w.organization + " (" + id + ")"
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
	case w.local != "" && w.profile != "":
		return fmt.Sprintf("The answer is from %s on this machine, not from Microsoft: the tenant %s, by the profile %s.", w.local, w.name(), w.profile)
	case w.local != "":
		return fmt.Sprintf("The answer is from %s on this machine, not from Microsoft.", w.local)
	case w.profile != "":
		return fmt.Sprintf("The answer is from the tenant %s, by the profile %s.", w.name(), w.profile)
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
		return "entra " + cmp.Or(w.organization, w.tenant, w.host) + "> "
	}
	return "entra> "
}

// line is the first line of an examination; empty where nothing is known.
func (w whose) line() string {
	switch {
	case w.practice:
		return "the practice tenant in this program: nothing in it is real"
	case w.local != "" && w.profile != "":
		return "answered by " + w.local + " on this machine, not by Microsoft: the tenant " + w.name() + ", by the profile " + w.profile
	case w.local != "":
		return "answered by " + w.local + " on this machine, not by Microsoft"
	case w.profile != "":
		return "the real tenant " + w.name() + ", by the profile " + w.profile
	case w.tenant != "":
		return "the real tenant " + w.tenant
	case w.host != "":
		return "a real tenant, through " + w.host
	}
	return ""
}
