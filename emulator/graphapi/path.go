package graphapi

import (
	"net/http"
	"net/url"
	"strings"

	"msgraph-user/emulator/schema"
)

// segment is one part of a path between slashes, or a key in parentheses.
type segment struct {
	text string
	kind segmentKind
}

// segmentKind says what a segment can be.
type segmentKind int

const (
	plainSegment  segmentKind = iota // a name, or a key
	keySegment                       // a key in parentheses, whatever it looks like
	alternateKey                     // a key by another property than the id: property=value
	boundSegment                     // an action or function, written as such
	castSegment                      // a type that the collection is narrowed to
	systemSegment                    // $count, $ref, $value and the like
)

// namespaces are how a type or operation of Graph is written in a path.
var namespaces = []string{"microsoft.graph.", "graph."}

// parsePath splits an escaped path into its segments. Each is unescaped by itself,
// so that a key may hold a slash.
func parsePath(escapedPath string) ([]segment, error) {
	var segments []segment
	for escaped := range strings.SplitSeq(strings.Trim(escapedPath, "/"), "/") {
		text, err := url.PathUnescape(escaped)
		if err != nil {
			return nil, badRequest("The path '%s' is not well escaped.", escaped)
		}
		segments = append(segments, parseSegment(text)...)
	}
	return segments, nil
}

func parseSegment(text string) []segment {
	if strings.HasPrefix(text, "$") {
		return []segment{{text, systemSegment}}
	}
	for _, namespace := range namespaces {
		inner, ok := strings.CutPrefix(text, namespace)
		name, _, _ := strings.Cut(inner, "(")
		if !ok {
			continue
		}
		if t, ok := schema.Lookup(inner); ok && t.Entity {
			return []segment{{t.Name, castSegment}}
		}
		if len(schema.Operations(name)) > 0 {
			return []segment{{name, boundSegment}}
		}
	}
	name, inside, ok := strings.Cut(text, "(")
	inside, closed := strings.CutSuffix(inside, ")")
	switch {
	case !ok || !closed || strings.Contains(name, "@"):
		return []segment{{text, plainSegment}}
	case inside == "" || len(schema.Operations(name)) > 0:
		return []segment{{name, boundSegment}}
	}
	if key, ok := quoted(inside); ok {
		return []segment{{name, plainSegment}, {key, keySegment}}
	}
	if property, value, ok := strings.Cut(inside, "="); ok {
		if key, ok := quoted(value); ok {
			return []segment{{name, plainSegment}, {property + "=" + key, alternateKey}}
		}
	}
	return []segment{{text, plainSegment}}
}

// quoted returns the text of an OData string, in which an apostrophe is doubled.
func quoted(literal string) (string, bool) {
	if len(literal) < 2 || literal[0] != '\'' || literal[len(literal)-1] != '\'' {
		return "", false
	}
	return strings.ReplaceAll(literal[1:len(literal)-1], "''", "'"), true
}

// appKey marks a key that is an application's id, as in servicePrincipals(appId='…').
const appKey = "appId="

// alternateKeys are the properties that stand for an id in the place of a part.
var alternateKeys = map[string]string{"{servicePrincipal-id}": appKey, "{application-id}": appKey, "{device-id}": deviceKey}

// fits reports whether a segment may stand in the place of a part of a route's
// path: a name, $count or $ref, a cast, or a key as {name}.
func (s segment) fits(part string) bool {
	switch {
	case part[0] == '{':
		return s.isKey(part)
	case s.kind == castSegment:
		return part == "microsoft.graph."+s.text
	}
	return s.kind != keySegment && strings.EqualFold(part, s.text)
}

// isKey reports whether a segment may be the key called name: an action or
// function of a collection, a cast and $count are none unless they stand in
// parentheses.
func (s segment) isKey(name string) bool {
	switch s.kind {
	case keySegment:
		return true
	case alternateKey:
		key := alternateKeys[name]
		return key != "" && strings.HasPrefix(s.text, key)
	case plainSegment:
		for _, o := range schema.Operations(s.text) {
			if o.Collection {
				return false
			}
		}
		return true
	}
	return false
}

// findRoute finds the row that describes the request.
func (c *call) findRoute() error {
	segments, err := parsePath(c.request.URL.EscapedPath())
	if err != nil {
		return err
	}
	c.version = strings.ToLower(segments[0].text)
	segments[0].text = c.version
	segments = c.withoutTenant(segments)
	if segments, err = c.ofMe(segments); err != nil {
		return err
	}
	c.route, c.vars = c.api.routes.find(c.request.Method, segments)
	switch {
	case c.route.handle != nil:
		return nil
	case c.route != unknownRoute:
		return notHere("'%s'", c.route.operation())
	}
	return c.unanswered(segments)
}

// withoutTenant drops the name of the tenant that a path may have behind its
// version.
func (c *call) withoutTenant(segments []segment) []segment {
	if len(segments) < 2 || segments[1].kind != plainSegment {
		return segments
	}
	name, tenant := segments[1].text, c.store.Tenant()
	names := append([]string{"myorganization", tenant.ID}, tenant.Domains...)
	for _, own := range names {
		if strings.EqualFold(name, own) {
			return append(segments[:1:1], segments[2:]...)
		}
	}
	return segments
}

// ofMe writes me as the user that it stands for.
func (c *call) ofMe(segments []segment) ([]segment, error) {
	if len(segments) < 2 || segments[1].kind != plainSegment || !strings.EqualFold(segments[1].text, "me") {
		return segments, nil
	}
	if !c.principal.Delegated() {
		return nil, &graphError{status: http.StatusBadRequest, code: "BadRequest", message: "/me request is only valid with delegated authentication flow."}
	}
	own := []segment{segments[0], {"users", plainSegment}, {c.principal.UserID, keySegment}}
	return append(own, segments[2:]...), nil
}
