package graph

import (
	"net/http"
	"net/url"
	"strings"

	"msgraph-user/internal/failure"
)

// Follow turns a link that Graph gave out, and that may have passed through other
// hands since (next_page, polling_url, a Location), into a GET of it. The link
// must name the client's own Graph, under /v1.0 or /beta, without a user name:
// otherwise the error is about argument, and the token stays here.
func (c *Client) Follow(link, argument string) (Request, error) {
	return c.Continue(Request{}, link, argument)
}

// Continue is Follow for the further pages of r: r's headers go along, because a
// link does not carry them.
func (c *Client) Continue(r Request, link, argument string) (Request, error) {
	u, err := url.Parse(link)
	if err != nil {
		return Request{}, failure.Argument(argument, "%s is not a URL.", argument)
	}
	version, path, err := c.within(u, argument)
	if err != nil {
		return Request{}, err
	}
	query, err := linkQuery(u.RawQuery)
	if err != nil {
		return Request{}, failure.Argument(argument, "%s has a query that cannot be read.", argument)
	}
	template := r.Template
	if template == "" {
		template = templateOf(version, path)
	}
	return Request{
		Method:     http.MethodGet,
		Version:    version,
		Template:   template,
		Path:       path,
		Query:      query,
		Header:     r.Header,
		Repeatable: true,
	}, nil
}

// NextPage is Continue for a link that a caller hands back in argument: it has to
// be a page of the collection that first reads, and of the same user.
func (c *Client) NextPage(first Request, link, argument string) (Request, error) {
	next, err := c.Continue(first, link, argument)
	if err != nil {
		return Request{}, err
	}
	var e *failure.Error
	switch {
	case next.Version != first.Version || !matches(first.Template, keysAsSegments.Replace(next.Path), false):
		e = failure.Argument(argument, "%s is a page of another list: this command reads %s.", argument, first.Template)
	case otherUser(first, next):
		e = failure.Argument(argument, "%s is a page of another user's list: this call is about %s.", argument, first.User())
	default:
		return next, nil
	}
	e.Advice = "Take the NextPage that this command stored."
	return Request{}, e
}

// Operation is Follow for a link to an operation of the authentication of a user.
func (c *Client) Operation(user, link, argument string) (Request, error) {
	asked := GetOperation(user, "operation")
	next, err := c.Continue(asked, link, argument)
	if err != nil {
		return Request{}, err
	}
	var e *failure.Error
	switch {
	case !matches(asked.Template, keysAsSegments.Replace(next.Path), false):
		e = failure.Argument(argument, "%s must be a link to %s.", argument, asked.Template)
	case otherUser(asked, next):
		e = failure.Argument(argument, "%s is about another user: this call is about %s.", argument, user)
	default:
		return next, nil
	}
	e.Advice = "Take the polling_url that this command returned."
	return Request{}, e
}

// otherUser reports whether two requests are about different users, as far as that can
// be told: Graph may write the object id of a user that the caller named.
func otherUser(a, b Request) bool {
	x, y := a.User(), b.User()
	comparable := IsObjectID(x) && IsObjectID(y) || strings.Contains(x, "@") && strings.Contains(y, "@")
	return comparable && !strings.EqualFold(x, y)
}

// keysAsSegments turns a key in parentheses into a segment of its own: Graph writes
// links in either form.
var keysAsSegments = strings.NewReplacer("('", "/", "')", "", "(%27", "/", "%27)", "")

// within checks that u lies within the client's Graph, and returns the version
// and the escaped path below it.
func (c *Client) within(u *url.URL, argument string) (version, path string, err error) {
	if u.User != nil || !sameOrigin(u, c.origin) {
		return "", "", failure.Argument(argument, "%s must be a link to %s that this instance's Graph returned.", argument, c.origin)
	}
	version, path, found := strings.Cut(strings.TrimPrefix(u.EscapedPath(), "/"), "/")
	if !found || (version != V1 && version != Beta) {
		return "", "", failure.Argument(argument, "%s must be a link below %s/%s or %s/%s.", argument, c.origin, V1, c.origin, Beta)
	}
	for segment := range strings.SplitSeq(path, "/") {
		plain, err := url.PathUnescape(segment)
		if err != nil || plain == "." || plain == ".." {
			return "", "", failure.Argument(argument, "%s has a path that leads outside this API.", argument)
		}
	}
	return version, "/" + path, nil
}

// sameOrigin compares scheme, host and port (RFC 6454), a port left out being
// that of the scheme.
func sameOrigin(a, b *url.URL) bool {
	return strings.EqualFold(a.Scheme, b.Scheme) && strings.EqualFold(a.Hostname(), b.Hostname()) && port(a) == port(b)
}

func port(u *url.URL) string {
	if p := u.Port(); p != "" {
		return p
	}
	return map[string]string{"https": "443", "http": "80"}[strings.ToLower(u.Scheme)]
}

// linkQuery reads a link's query and keeps its order.
func linkQuery(raw string) (Query, error) {
	var q Query
	for pair := range strings.SplitSeq(raw, "&") {
		if pair == "" {
			continue
		}
		name, value, _ := strings.Cut(pair, "=")
		n, err := url.QueryUnescape(name)
		if err != nil {
			return nil, err
		}
		v, err := url.QueryUnescape(value)
		if err != nil {
			return nil, err
		}
		q = append(q, QueryOption{n, v})
	}
	return q, nil
}

// templateOf names the operation that a followed link belongs to, without the ids
// in its path; a link that is none we know has no name.
func templateOf(version, path string) string {
	if p, ok := operationOfPath(http.MethodGet, version, path); ok {
		return p.template
	}
	return "/{link}"
}
