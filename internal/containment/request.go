package containment

import (
	"encoding/json"
	"net/http"
	"strings"

	"msgraph-user/graph"
	"msgraph-user/internal/failure"
	"msgraph-user/internal/rawjson"
)

// Request is a request of Graph as a record holds it.
type Request struct {
	Method string `json:"method"`
	// URL is the version, the path and the query, as in "/v1.0/users/{id}" with the
	// id in its place.
	URL string `json:"url"`
	// Template is the path with its ids left out: the operation's name.
	Template string            `json:"template"`
	Headers  map[string]string `json:"headers,omitempty"`
	Body     json.RawMessage   `json:"body,omitempty"`
}

// Reading is a read that shows the present state of what is changed.
type Reading struct {
	Request
	List bool `json:"list,omitempty"` // a collection, read to its end
}

// Graph returns the read to be sent. The error says that it is none, or that it would
// change something: a record may be a file that somebody hands over.
func (r Reading) Graph() (graph.Request, error) {
	if r.Method != http.MethodGet || len(r.Body) > 0 {
		return graph.Request{}, &failure.Error{Kind: failure.BadArgument, Message: "The record holds " + r.Method + " " + r.URL + " as a read, which it is not. Nothing was sent for it."}
	}
	return r.Request.Graph()
}

// consistencyLevel is the only header that a record keeps.
const consistencyLevel = "ConsistencyLevel"

// RequestOf returns r as a record holds it. Secrets in its body are left out.
func RequestOf(r graph.Request) (Request, error) {
	kept := Request{Method: r.Method, URL: r.Target(), Template: r.Template}
	if level := r.Header.Get(consistencyLevel); level != "" {
		kept.Headers = map[string]string{consistencyLevel: level}
	}
	if r.Body == nil {
		return kept, nil
	}
	body, err := rawjson.Marshal(r.Body)
	if err != nil {
		return Request{}, err
	}
	kept.Body = withoutSecrets(body)
	return kept, nil
}

// RequestsOf returns requests as a record holds them.
func RequestsOf(requests []graph.Request) ([]Request, error) {
	kept := make([]Request, len(requests))
	for i, r := range requests {
		var err error
		if kept[i], err = RequestOf(r); err != nil {
			return nil, err
		}
	}
	return kept, nil
}

// Graph returns the request to be sent. The error says that it is none.
func (r Request) Graph() (graph.Request, error) {
	var body any
	if len(r.Body) > 0 {
		body = r.Body
	}
	again, err := graph.Recorded(r.Method, r.Template, r.URL, body)
	if err != nil {
		return again, err
	}
	if level := r.Headers[consistencyLevel]; level != "" {
		again = again.WithHeader(consistencyLevel, level)
	}
	return again, nil
}

// withoutSecrets returns a JSON value without the members that hold a secret.
func withoutSecrets(value json.RawMessage) json.RawMessage {
	object, err := rawjson.ParseObject(value)
	if err != nil {
		return value // no object: a list or a plain value of a request holds no secret
	}
	var kept rawjson.Object
	for _, member := range object {
		if _, isText := rawjson.Text(member.Value); isText && isSecret(member.Name) {
			continue
		}
		kept = append(kept, rawjson.Member{Name: member.Name, Value: withoutSecrets(member.Value)})
	}
	if kept == nil {
		return json.RawMessage("{}")
	}
	encoded, err := kept.MarshalJSON()
	if err != nil {
		return json.RawMessage("{}")
	}
	return encoded
}

// isSecret reports whether a member of a request's body holds a secret
// (https://learn.microsoft.com/graph/api/resources/passwordprofile).
func isSecret(name string) bool {
	name = strings.ToLower(name)
	return strings.Contains(name, "password") || strings.Contains(name, "secret") || strings.Contains(name, "accesspass") || strings.Contains(name, "verificationcode")
}
