package pages

import (
	"net/url"
	"slices"
	"strings"

	"msgraph-user/emulator/graphapi"
)

// maxRequests is how many requests the page shows.
const maxRequests = 100

// request is a row of the list of requests.
type request struct {
	graphapi.Observation
	Command    string // or what else sent it
	Permission string // the least that suffices
	Lacking    bool   // it was refused for want of it
	Outcome    string // done, refused, failed, fault: what the filter offers
	Path       string
	Query      []string // name=value, decoded
	Caller     caller
}

// caller is who sent a request.
type caller struct {
	Name, Person string
	May, Lacks   []string // permissions
}

// latestRequests are the last ones, the latest first.
func (p *Page) latestRequests() []request {
	all, _ := p.options.Log.Since(0)
	return p.rows(all)
}

// rows makes rows of the last of the observations, the latest first.
func (p *Page) rows(observations []graphapi.Observation) []request {
	var list []request
	for _, o := range slices.Backward(observations) {
		if len(list) == maxRequests {
			break
		}
		row := request{Observation: o, Command: o.Command(), Lacking: o.Status == 403, Outcome: outcome(o), Caller: p.caller(o)}
		row.Permission = strings.Join(o.Least, " + ")
		path, query, _ := strings.Cut(o.URL, "?")
		row.Path, row.Query = path, readable(query)
		if row.Operation == "" {
			row.Operation = o.Method + " " + path
		}
		list = append(list, row)
	}
	return list
}

func outcome(o graphapi.Observation) string {
	switch {
	case o.Fault != "":
		return "fault"
	case o.Status >= 500:
		return "failed"
	case o.Status >= 400:
		return "refused"
	}
	return "done"
}

// readable lists a query's parameters in their order, decoded where that works.
func readable(query string) []string {
	if query == "" {
		return nil
	}
	parts := strings.Split(query, "&")
	for i, part := range parts {
		if text, err := url.QueryUnescape(part); err == nil {
			parts[i] = text
		}
	}
	return parts
}

// caller tells who sent a request, what the sender may do, and which of the least
// permissions are lacking.
func (p *Page) caller(o graphapi.Observation) caller {
	app := p.options.Store.Application(o.AppID)
	if app == nil {
		return caller{}
	}
	c := caller{Name: app.Text("displayName")}
	if app.Private != nil {
		c.May = app.Private.AppPermissions
	}
	if o.UserID != "" {
		c.May, c.Person = nil, o.UserID
		if app.Private != nil {
			c.May = app.Private.UserPermissions
		}
		if user := p.options.Store.User(o.UserID); user != nil {
			c.Person = nameOf(user)
		}
	}
	if o.Status != 403 {
		return c // what it had sufficed
	}
	for _, permission := range o.Least {
		if !slices.Contains(c.May, permission) {
			c.Lacks = append(c.Lacks, permission)
		}
	}
	return c
}
