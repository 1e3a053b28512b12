package graph

import (
	"net/http"
	"net/url"
	"strings"

	"msgraph-user/internal/failure"
)

// Recorded returns the request that a record holds: its method, its Template, its
// Target, and its body (nil sends none). The error says that the target is not of the
// template's form; whether the template is one of this program is the caller's to check.
func Recorded(method, template, target string, body any) (Request, error) {
	version, rest, _ := strings.Cut(strings.TrimPrefix(target, "/"), "/")
	path, raw, _ := strings.Cut("/"+rest, "?")
	query, err := linkQuery(raw)
	plain, unescaped := url.PathUnescape(path) // a server may read it so
	switch {
	case err != nil, unescaped != nil,
		version != V1 && version != Beta,
		strings.Contains(plain+"/", "/../") || strings.Contains(plain+"/", "/./"),
		strings.ContainsAny(path, `#\`),
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
