package graph

import (
	"net/http"
	"strings"

	"msgraph-user/internal/failure"
)

// Recorded returns the request that a record holds: its method, its Template, its
// Target, and its body (nil sends none). The error says that these are no request of
// an operation that this program has.
func Recorded(method, template, target string, body any) (Request, error) {
	version, rest, _ := strings.Cut(strings.TrimPrefix(target, "/"), "/")
	path, raw, _ := strings.Cut("/"+rest, "?")
	query, err := linkQuery(raw)
	switch {
	case err != nil,
		version != V1 && version != Beta,
		strings.Contains(path, "/../") || strings.Contains(path, "/./") || strings.HasSuffix(path, "/.."),
		!matches(template, keysAsSegments.Replace(path), false):
		return Request{}, &failure.Error{Kind: failure.BadArgument, Message: "The record holds a request that is not of the form " + method + " " + template + "."}
	}
	if len(query) == 0 {
		query = nil
	}
	r := Request{Method: method, Version: version, Template: template, Path: path, Query: query, Body: body}
	if method != http.MethodGet {
		r.IfLost = "Check the object before you try again."
	}
	r.Repeatable = r.mayBeRepeated()
	return r, nil
}
