package graph

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"msgraph-user/internal/rawjson"
)

// The versions of the Graph API.
const (
	V1   = "v1.0"
	Beta = "beta"
)

// Request is one operation of Graph as a value: what is sent, and what may be
// done when its answer is lost. The constructors of this package, one an
// operation, make them; Client.Do and Client.Page send them.
type Request struct {
	Method  string
	Version string // V1 or Beta
	// Template is the path below the version with its ids left out, as in
	// "/users/{user}/manager": the operation's name in logs and for Permissions.
	Template string
	// Path is Template with every id in its place, one escaped segment each.
	Path   string
	Query  Query
	Header http.Header
	// Body is sent as JSON; nil sends none.
	Body any
	// Repeatable says that sending it twice does no more than sending it once, so
	// that it is sent again when an answer is lost.
	Repeatable bool
	// IfLost tells a person how to find out whether a write took effect whose
	// answer was lost; empty for a read.
	IfLost string
	// Command is the command that the request is sent for; it stands in the User-Agent,
	// behind the client's. May be empty.
	Command string

	err error // an id that cannot stand in a path
}

// Err returns what is wrong with the request, a *failure.Error about the
// argument that holds the id, or nil. Sending a request with an error fails with
// it, and nothing goes out.
func (r Request) Err() error { return r.err }

// Query holds the options of a request in the order in which they are sent.
type Query []QueryOption

// QueryOption is one name and value, unescaped.
type QueryOption struct{ Name, Value string }

// With returns q with one more option at its end.
func (q Query) With(name, value string) Query {
	return append(q[:len(q):len(q)], QueryOption{name, value})
}

// Get returns the value of the first option called name.
func (q Query) Get(name string) string {
	for _, o := range q {
		if o.Name == name {
			return o.Value
		}
	}
	return ""
}

// legible keeps what is harmless in a query readable in logs, and a space a
// space where a plus would be read as one sign or the other.
var legible = strings.NewReplacer("+", "%20", "%2C", ",", "%24", "$")

// Encode returns the query as it stands in a URL, without the question mark.
func (q Query) Encode() string {
	var b strings.Builder
	for i, o := range q {
		if i > 0 {
			b.WriteByte('&')
		}
		b.WriteString(legible.Replace(url.QueryEscape(o.Name)))
		b.WriteByte('=')
		b.WriteString(legible.Replace(url.QueryEscape(o.Value)))
	}
	return b.String()
}

// read returns a GET of the v1.0 path template with ids filled in.
func read(template string, ids ...string) Request {
	return request(http.MethodGet, template, ids...)
}

// request returns a request of the v1.0 path template with ids filled in. Whether
// it is repeatable is in the table of writes.
func request(method, template string, ids ...string) Request {
	path, err := expand(template, ids)
	r := Request{
		Method:   method,
		Version:  V1,
		Template: template,
		Path:     path,
		err:      err,
	}
	r.Repeatable = r.mayBeRepeated()
	if method != http.MethodGet {
		r.IfLost = "Check the object before you try again."
	}
	return r
}

// withBody returns r with body, to be sent as JSON.
func (r Request) withBody(body any) Request {
	r.Body = body
	r.Repeatable = r.mayBeRepeated()
	return r
}

// advanced returns r as an advanced query: what counts, searches and filters on
// most properties needs this header beside $count
// (https://learn.microsoft.com/graph/aad-advanced-queries).
func (r Request) advanced() Request {
	return r.WithHeader("ConsistencyLevel", "eventual")
}

// Without returns r without the query option called name.
func (r Request) Without(name string) Request {
	r.Query = slices.DeleteFunc(slices.Clone(r.Query), func(o QueryOption) bool { return o.Name == name })
	return r
}

// Selecting returns r with $select: the names of properties, separated by commas.
func (r Request) Selecting(properties string) Request {
	r.Query = r.Query.With("$select", properties)
	return r
}

// WithHeader returns r with one header set.
func (r Request) WithHeader(name, value string) Request {
	h := r.Header.Clone()
	if h == nil {
		h = http.Header{}
	}
	h.Set(name, value)
	r.Header = h
	return r
}

// Target is the request's path and query below the origin.
func (r Request) Target() string {
	target := "/" + r.Version + r.Path
	if len(r.Query) > 0 {
		target += "?" + r.Query.Encode()
	}
	return target
}

// encodedBody returns the body's JSON. Letters such as < stay as they are: a
// password or a name is sent the way it was typed.
func (r Request) encodedBody() ([]byte, error) {
	if r.Body == nil {
		return nil, nil
	}
	return rawjson.Marshal(r.Body)
}
