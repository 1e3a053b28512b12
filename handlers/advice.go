package handlers

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"

	"msgraph-user/graph"
	"msgraph-user/internal/failure"
	"msgraph-user/internal/rawjson"
)

// advice is what helps against one kind of refusal.
type advice struct {
	applies func(*call, graph.Request, *failure.Error) bool
	text    func(*call, graph.Request) string
}

var (
	synced    = regexp.MustCompile(`(?i)on-premises|directory.?sync|dirsync|mastered`)
	federated = regexp.MustCompile(`(?i)federated`)
	advanced  = regexp.MustCompile(`(?i)ConsistencyLevel|unsupported.*(query|filter)|Request_UnsupportedQuery`)
)

// advices are looked through in order; the first that applies is given. The
// permission that a command needs is told by the graph package for every 403.
var advices = []advice{
	{ // the directory on premises is the master of a synced user
		func(_ *call, r graph.Request, e *failure.Error) bool {
			return e.Status < http.StatusInternalServerError && r.Method != http.MethodGet && synced.MatchString(e.Message)
		},
		func(_ *call, r graph.Request) string {
			return fmt.Sprintf("The user is synchronized from on premises: change %s in Active Directory, and it arrives with the next synchronization.", properties(r))
		},
	},
	{ // another identity provider holds the password
		func(_ *call, r graph.Request, e *failure.Error) bool {
			return r.Method != http.MethodGet && federated.MatchString(e.Message)
		},
		always("The user signs in at another identity provider: change the password there."),
	},
	{
		func(c *call, r graph.Request, e *failure.Error) bool {
			return e.Status == http.StatusForbidden && r.Method == http.MethodGet && strings.Contains(c.args.Text("properties"), "signInActivity")
		},
		always("signInActivity needs AuditLog.Read.All and a Microsoft Entra ID P1 or P2 licence; leave it out of the properties unless you need it."),
	},
	{ // resetPassword is for people only, so no role of the application helps
		func(c *call, _ graph.Request, e *failure.Error) bool {
			return e.Status == http.StatusForbidden && c.command == resetCommand
		},
		always("Use a self-deployed app with an authorization code, signed in as an administrator who may reset this user's password; nobody can reset his own this way."),
	},
	{ // https://learn.microsoft.com/graph/api/user-update: sensitive properties of administrators
		func(c *call, r graph.Request, e *failure.Error) bool {
			return e.Status == http.StatusForbidden && r.Method != http.MethodGet && c.target != ""
		},
		always("If it works for other users, this one holds an administrator role: the application then needs a role of its own that stands above it, such as Privileged Authentication Administrator, or the instance must sign in as a person who has one."),
	},
	{ // https://learn.microsoft.com/graph/aad-advanced-queries
		func(_ *call, r graph.Request, e *failure.Error) bool {
			return e.Status == http.StatusBadRequest && r.Query.Get("$filter") != "" && advanced.MatchString(e.Code+" "+e.Message)
		},
		always("Graph cannot evaluate this filter, on this property or in this combination: https://learn.microsoft.com/graph/aad-advanced-queries lists what each property supports."),
	},
}

func always(text string) func(*call, graph.Request) string {
	return func(*call, graph.Request) string { return text }
}

// properties names what a request would have set.
func properties(r graph.Request) string {
	data, err := json.Marshal(r.Body)
	if err != nil {
		return "it"
	}
	object, err := rawjson.ParseObject(data)
	if err != nil || len(object) == 0 {
		return "it"
	}
	names := make([]string, len(object))
	for i, member := range object {
		names[i] = member.Name
	}
	return strings.Join(names, ", ")
}

// advise adds to a refusal of Graph what helps in this command's case.
func (c *call) advise(r graph.Request, err error) error {
	var e *failure.Error
	if !errors.As(err, &e) || e.Kind != failure.Refused || e.Code == "" { // without a code it is not Graph's
		return err
	}
	for _, a := range advices {
		if a.applies(c, r, e) {
			e.Advice = strings.TrimSpace(e.Advice + " " + a.text(c, r))
			break
		}
	}
	return err
}
