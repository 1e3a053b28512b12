// Package graphapi is the practice tenant's Microsoft Graph: its routes, its
// rules and the shapes of its answers. It knows nothing of how tokens are made;
// Tokens tell it who holds one.
//
// What it does not know it refuses with 501 and a message that says so.
package graphapi

import (
	"maps"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"time"

	"msgraph-user/emulator/directory"
	"msgraph-user/emulator/throttling"
)

// Principal is who holds an access token: an application, or a person through one.
type Principal struct {
	AppID  string
	UserID string   // the signed-in person; empty for an application by itself
	Roles  []string // application permissions
	Scopes []string // delegated permissions
}

// Delegated reports whether a person stands behind the token.
func (p Principal) Delegated() bool { return p.UserID != "" }

// Tokens tells who holds an access token.
type Tokens interface {
	// Verify returns the principal of a token, or an error whose text goes into
	// Graph's 401.
	Verify(token string) (Principal, error)
}

// Observation is what the tenant's log keeps of one request to Graph.
type Observation struct {
	At        time.Time `json:"at"`
	Method    string    `json:"method"`
	URL       string    `json:"url"`
	Operation string    `json:"operation"` // such as GET /v1.0/users/{user-id}
	Status    int       `json:"status"`
	AppID     string    `json:"appId,omitempty"`
	UserID    string    `json:"userId,omitempty"`
	Needed    []string  `json:"needed,omitempty"`  // the least of the permissions that suffice
	Least     []string  `json:"least,omitempty"`   // what together is least, by what the request reads or writes
	Granted   []string  `json:"granted,omitempty"` // the token's permissions that suffice
	RequestID string    `json:"requestId"`
	InBatch   bool      `json:"inBatch,omitempty"`
	UserAgent string    `json:"userAgent,omitempty"`
	Fault     string    `json:"fault,omitempty"` // what the request met in place of an answer of Graph's
}

// ours is the User-Agent of a command: the program, and the command in brackets.
var ours = regexp.MustCompile(`^msgraph-user/\S+ \(([a-z-]+)\)$`)

// Command tells who sent the request: a command of msgraph-user, or the first word of
// another program's User-Agent.
func (o Observation) Command() string {
	if found := ours.FindStringSubmatch(o.UserAgent); found != nil {
		return found[1]
	}
	first, _, _ := strings.Cut(o.UserAgent, " ")
	return first
}

// Options are the parts that an API is made of.
type Options struct {
	Store  *directory.Store
	Tokens Tokens

	// Observe is told of every request after it was answered. It may be nil.
	Observe func(Observation)

	// Throttling says when an application asks too much. It may be nil.
	Throttling *throttling.Meter

	// Read returns the copy of the store that serves the next request of an
	// application by itself; nil takes the store. A person's session always
	// reads what it wrote.
	Read func() *directory.Store

	// NoPermissions switches the checks of permissions and roles off.
	NoPermissions bool
}

// API answers Graph's requests. It is safe for concurrent use.
type API struct {
	options Options
	store   *directory.Store
	routes  routeTable
	offered func() []directory.Pair // see offeredBy
}

// New returns an API.
func New(o Options) *API {
	rows := routes()
	return &API{
		options: o, store: o.Store, routes: newRouteTable(rows),
		offered: sync.OnceValue(func() []directory.Pair { return offeredBy(rows) }),
	}
}

// Serves reports whether path is one of Graph's.
func (a *API) Serves(path string) bool {
	first, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	return strings.EqualFold(first, "v1.0") || strings.EqualFold(first, "beta")
}

// ServeHTTP answers one request.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	reply := a.answer(r, false)
	header := w.Header()
	for name, values := range reply.header {
		header[name] = values
	}
	w.WriteHeader(reply.status)
	_, _ = w.Write(reply.body) // a client that is gone needs no answer
}

// answer runs a request of its own or one out of a batch.
func (a *API) answer(r *http.Request, inBatch bool) reply {
	c := newCall(a, r, inBatch)
	response, err := c.run()
	if err != nil {
		response = c.refuse(err)
	} else {
		response = c.describe(response)
	}
	c.stamp(&response)
	maps.Copy(response.header, c.quota)
	if a.options.Observe != nil {
		a.options.Observe(c.observation(response.status))
	}
	return response
}

// run takes a call through its checks: token, quota, route, permission, handler.
func (c *call) run() (reply, error) {
	if err := c.authenticate(); err != nil {
		return reply{}, err
	}
	unknown := c.findRoute()
	if err := c.throttle(); err != nil {
		return reply{}, err
	}
	if unknown != nil {
		return reply{}, unknown
	}
	c.pickCopy()
	if err := c.authorize(); err != nil {
		c.needsOfBody()
		if refusal, own := forbidden[c.route.area]; own {
			return reply{}, &refusal
		}
		return reply{}, err
	}
	if err := c.licensed(); err != nil {
		return reply{}, err
	}
	return c.route.handle(c)
}
