package signin

import (
	"net/url"
	"slices"
	"strings"
)

// serveAdminConsent lets an administrator consent for everybody to all that the
// application has configured
// (https://learn.microsoft.com/graph/auth-v2-service#step-3-get-administrator-consent).
func (x *exchange) serveAdminConsent() { x.adminConsent(false) }

// serveAdminConsentV2 does so for the scopes that the request names
// (https://learn.microsoft.com/entra/identity-platform/v2-admin-consent).
func (x *exchange) serveAdminConsentV2() { x.adminConsent(true) }

func (x *exchange) adminConsent(v2 bool) {
	if err := x.r.ParseForm(); err != nil {
		x.refusePage(refuse(9002313, "The request cannot be read: %v.", err))
		return
	}
	q, f := x.readAuthorize()
	if f != nil {
		x.refusePage(f)
		return
	}
	q.mode = "query"
	if v2 {
		if f := x.readConsentScope(&q); f != nil {
			x.sendBackConsent(q, f, nil)
			return
		}
	} else {
		q.asked = scopeRequest{target: target{resource: Graph, audience: graphOrigins[0], name: graphOrigins[0]}, everything: true}
	}
	x.decideAdminConsent(q, v2)
}

func (x *exchange) readConsentScope(q *authorizeRequest) *refusal {
	scope := strings.TrimSpace(q.form.Get("scope"))
	if scope == "" {
		return refuse(900144, "The request lacks the parameter 'scope'.")
	}
	var f *refusal
	q.asked, f = x.parseScope(scope)
	return f
}

// decideAdminConsent asks who signs in and what is decided, and goes back with it.
func (x *exchange) decideAdminConsent(q authorizeRequest, v2 bool) {
	user, found, f := x.chosen(q)
	permissions := q.asked.permissions
	if q.asked.everything {
		permissions = slices.Concat(q.app.Roles, q.app.Scopes)
		slices.Sort(permissions)
		permissions = slices.Compact(permissions)
	}
	switch decision := q.form.Get("consent"); {
	case f != nil:
		x.refusePage(f)
	case !found && decision == "deny":
		x.sendBackConsent(q, refuse(65004, "The person went back to the application without signing in."), nil)
	case !found:
		x.showPicker(q, "An administrator has to sign in.")
	case !user.Administrator:
		x.refusePage(refuse(90094, "'%s' is no administrator: only one can consent to application '%s' for everybody.", user.UserPrincipalName, q.app.ID))
	case decision == "deny":
		x.sendBackConsent(q, refuse(65004, "'%s' declined to consent to application '%s'.", user.UserPrincipalName, q.app.ID), nil)
	case decision == "accept":
		x.consentForAll(q.app, q.asked.permissions)
		answer := url.Values{"tenant": {x.options.TenantID}}
		if v2 {
			answer.Set("scope", strings.Join(q.asked.target.qualified(permissions), " "))
		}
		x.sendBackConsent(q, nil, answer)
	default:
		x.showConsent(q, user, permissions, true)
	}
}

// sendBackConsent returns to the application with the decision.
func (x *exchange) sendBackConsent(q authorizeRequest, f *refusal, answer url.Values) {
	if f != nil {
		answer = x.refusalValues(f)
	}
	answer.Set("admin_consent", "True")
	x.sendBack(q, answer)
}
