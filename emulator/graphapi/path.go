package graphapi

import (
	"net/http"
	"net/url"
	"strings"

	"msgraph-user/emulator/schema"
)

// findRoute finds the row that describes the request. Each segment of the path is
// unescaped by itself, so that an identifier may hold a slash.
func (c *call) findRoute() error {
	segments, err := c.segments()
	if err != nil {
		return err
	}
	c.version = segments[0]
	route, vars, methodDiffers := c.api.routes.find(c.request.Method, segments)
	c.route, c.vars = route, vars
	switch {
	case route.handle != nil:
		return nil
	case route != unknownRoute:
		return notHere("'%s'", route.operation())
	case methodDiffers:
		return &graphError{status: http.StatusMethodNotAllowed, code: "Request_BadRequest", message: "Specified HTTP method is not allowed for the request target."}
	}
	return c.unknown(segments)
}

// segments splits the path and takes its other spellings back to one: me,
// users('id'), delta() and microsoft.graph. before an operation.
func (c *call) segments() ([]string, error) {
	var segments []string
	for escaped := range strings.SplitSeq(strings.Trim(c.request.URL.EscapedPath(), "/"), "/") {
		segment, err := url.PathUnescape(escaped)
		if err != nil {
			return nil, badRequest("The path '%s' is not well escaped.", escaped)
		}
		if collection, key, ok := strings.Cut(segment, "('"); ok && strings.HasSuffix(key, "')") {
			segments = append(segments, collection, strings.TrimSuffix(key, "')"))
			continue
		}
		if collection, key, ok := strings.Cut(segment, "(appId='"); ok && strings.HasSuffix(key, "')") {
			segments = append(segments, collection, appKey+strings.TrimSuffix(key, "')"))
			continue
		}
		segments = append(segments, strings.TrimSuffix(strings.TrimPrefix(segment, "microsoft.graph."), "()"))
	}
	segments[0] = strings.ToLower(segments[0])
	if len(segments) > 1 && strings.EqualFold(segments[1], "me") {
		if !c.principal.Delegated() {
			return nil, &graphError{status: http.StatusBadRequest, code: "BadRequest", message: "/me request is only valid with delegated authentication flow."}
		}
		segments = append([]string{segments[0], "users", c.principal.UserID}, segments[2:]...)
	}
	return segments, nil
}

// appKey marks a key that is an application's id, as in servicePrincipals(appId='…').
const appKey = "appId="

// unknown refuses a path: Graph's 400 where the metadata says that there is no
// such thing, 501 where there may be one that the tenant lacks.
func (c *call) unknown(segments []string) error {
	path := "/" + strings.Join(segments, "/")
	if segments[0] == "beta" {
		return notHere("'%s': of beta it has the sign-in preferences only", path)
	}
	if len(segments) < 4 || !strings.EqualFold(segments[1], "users") {
		return notHere("'%s'", path)
	}
	t := schema.MustLookup("user")
	for _, segment := range segments[3:] {
		next, navigation := t.Navigation[segment]
		if _, property := t.Property(segment); !navigation && !property {
			if actions[segment] {
				return notHere("'%s'", path)
			}
			return &graphError{status: http.StatusBadRequest, code: "BadRequest", message: "Resource not found for the segment '" + segment + "'."}
		}
		inner, ok := schema.Lookup(strings.TrimSuffix(strings.TrimPrefix(next, "Collection("), ")"))
		if !ok || strings.HasPrefix(next, "Collection(") {
			break
		}
		t = inner
	}
	return notHere("'%s'", path)
}

// actions are Graph's actions and functions on a user that the tenant lacks.
var actions = map[string]bool{
	"assignLicense": true, "changePassword": true, "checkMemberGroups": true, "checkMemberObjects": true,
	"convertExternalToInternalMemberUser": true, "exportPersonalData": true, "findMeetingTimes": true,
	"getMailTips": true, "getMemberGroups": true, "getMemberObjects": true, "invalidateAllRefreshTokens": true,
	"photo": true, "removeAllDevicesFromManagement": true, "reprocessLicenseAssignment": true,
	"retryServiceProvisioning": true, "sendMail": true, "translateExchangeIds": true, "$count": true, "$ref": true,
	"transitiveReports": true, "calendarView": true, "mailFolders": true, "restore": true,
}
