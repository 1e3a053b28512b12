package handlers

import (
	"errors"
	"net/http"
	"regexp"
	"strings"

	"msgraph-user/failure"
	"msgraph-user/graph"
)

// advice is what helps against one kind of refusal.
type advice struct {
	applies func(*call, graph.Request, *failure.Error) bool
	text    string
}

var (
	synced    = regexp.MustCompile(`(?i)on-premises|directory.?sync|dirsync|mastered`)
	federated = regexp.MustCompile(`(?i)federated`)
	advanced  = regexp.MustCompile(`(?i)ConsistencyLevel|unsupported.*(query|filter)|Request_UnsupportedQuery`)
)

// advices are looked through in order; the first that applies is given. The
// permission that a command needs is told by the graph package for every 403.
var advices = []advice{
	{
		func(_ *call, _ graph.Request, e *failure.Error) bool {
			return e.Status < http.StatusInternalServerError && synced.MatchString(e.Message)
		},
		"The user is synchronized from on premises: change it there, and it arrives with the next synchronization.",
	},
	{
		func(_ *call, r graph.Request, e *failure.Error) bool {
			return federated.MatchString(e.Message) && r.Method != http.MethodGet
		},
		"The user signs in at another identity provider: change the password there.",
	},
	{
		func(c *call, r graph.Request, e *failure.Error) bool {
			return e.Status == http.StatusForbidden && strings.Contains(c.args.Text("properties"), "signInActivity") && r.Method == http.MethodGet
		},
		"signInActivity needs AuditLog.Read.All and a Microsoft Entra ID P1 or P2 licence; leave it out of the properties unless you need it.",
	},
	{
		func(c *call, r graph.Request, e *failure.Error) bool {
			return e.Status == http.StatusForbidden && c.target != "" && r.Method != http.MethodGet
		},
		"If it works for other users, this one holds an administrator role: the application then needs a role of its own that stands above it, such as Privileged Authentication Administrator, or the instance must sign in as a person who has one.",
	},
	{
		func(_ *call, r graph.Request, e *failure.Error) bool {
			return e.Status == http.StatusBadRequest && r.Query.Get("$filter") != "" && advanced.MatchString(e.Code+" "+e.Message)
		},
		"Graph cannot evaluate this filter, on this property or in this combination: https://learn.microsoft.com/graph/aad-advanced-queries lists what each property supports.",
	},
}

// advise adds to a refusal of Graph what helps in this command's case.
func (c *call) advise(r graph.Request, err error) error {
	var e *failure.Error
	if !errors.As(err, &e) || e.Kind != failure.Refused {
		return err
	}
	for _, a := range advices {
		if a.applies(c, r, e) {
			e.Advice = strings.TrimSpace(e.Advice + " " + a.text)
			break
		}
	}
	return err
}
