package signin

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/google/uuid"
)

// authorizeRequest is a request of the authorize endpoint that can be answered
// at its redirect URI
// (https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow#request-an-authorization-code).
type authorizeRequest struct {
	app      Application
	redirect string
	platform Platform
	mode     string // query, fragment, form_post
	state    string
	prompt   string
	asked    scopeRequest
	form     url.Values
}

// serveAuthorize signs a person in and sends a code to the redirect URI. The person
// that login_hint names is signed in without a question; else the page lists the
// people. Scopes that nobody consented to are asked for on a page.
func (x *exchange) serveAuthorize() {
	if err := x.r.ParseForm(); err != nil {
		x.refusePage(refuse(9002313, "The request cannot be read: %v.", err))
		return
	}
	q, f := x.readAuthorize()
	if f != nil {
		x.refusePage(f)
		return
	}
	if f := x.completeAuthorize(&q); f != nil {
		x.sendBackRefusal(q, f)
		return
	}
	x.signIn(q)
}

// readAuthorize reads what must be right before anything may be sent to the
// redirect URI (RFC 6749, 4.1.2.1).
func (x *exchange) readAuthorize() (authorizeRequest, *refusal) {
	q := authorizeRequest{form: x.r.Form, redirect: x.r.Form.Get("redirect_uri"), state: x.r.Form.Get("state"), prompt: x.r.Form.Get("prompt")}
	if f := x.resolveTenant(); f != nil {
		return q, f
	}
	id := q.form.Get("client_id")
	if id == "" {
		return q, refuse(900144, "The request lacks the parameter 'client_id'.")
	}
	var f *refusal
	if q.app, f = x.application(id); f != nil {
		return q, f
	}
	switch {
	case q.redirect == "" && len(q.app.Redirects) == 0:
		return q, refuse(900971, "Application '%s' has no redirect URI registered.", id)
	case q.redirect == "":
		q.redirect = q.app.Redirects[0].URI
	}
	registered, ok := findRedirect(q.app.Redirects, q.redirect)
	if !ok {
		return q, refuse(50011, "The redirect URI '%s' is not registered for application '%s'.", q.redirect, id)
	}
	q.platform = registered.Platform
	return q, nil
}

// completeAuthorize reads the rest, whose errors the application is told.
func (x *exchange) completeAuthorize(q *authorizeRequest) *refusal {
	q.mode = q.form.Get("response_mode")
	if q.mode == "" {
		q.mode = "query"
	}
	if !slices.Contains([]string{"query", "fragment", "form_post"}, q.mode) {
		mode := q.mode
		q.mode = "query"
		return refuse(90023, "The response_mode '%s' is not supported.", mode)
	}
	if t := q.form.Get("response_type"); t != "code" {
		return refuse(700054, "The response_type '%s' is not enabled: use code.", t)
	}
	if m := q.form.Get("code_challenge_method"); m != "" && m != "plain" && m != "S256" {
		return refuse(9002313, "The code_challenge_method '%s' is not supported: use S256.", m)
	}
	scope := q.form.Get("scope")
	if resource := q.form.Get("resource"); resource != "" && !strings.Contains(scope, "/.default") {
		scope += " offline_access " + resource + "/.default" // the first version of the endpoint
	}
	if strings.TrimSpace(scope) == "" {
		return refuse(900144, "The request lacks the parameter 'scope'.")
	}
	var f *refusal
	q.asked, f = x.parseScope(scope)
	return f
}

// signIn finds the person, checks the person and the consent, and answers with a page
// for what is missing or with the code.
func (x *exchange) signIn(q authorizeRequest) {
	silent := q.prompt == "none"
	user, found, f := x.chosen(q)
	switch {
	case !found && f == nil && q.form.Get("consent") == "deny":
		x.sendBackRefusal(q, refuse(65004, "The person went back to the application without signing in."))
		return
	case f != nil && silent:
		x.sendBackRefusal(q, f)
		return
	case f != nil:
		x.refusePage(f)
		return
	case !found && silent:
		x.sendBackRefusal(q, refuse(50058, "Nobody is signed in, and prompt=none forbids asking."))
		return
	case !found:
		x.showPicker(q, "")
		return
	}
	x.settleConsent(q, user, silent)
}

// chosen is the person that the page's answer or login_hint names. The hint counts
// even with prompt=select_account, which Microsoft's library sends unless it is
// told otherwise: who names a person wants no page here.
func (x *exchange) chosen(q authorizeRequest) (User, bool, *refusal) {
	name := q.form.Get("account")
	if name == "" {
		name = q.form.Get("login_hint")
	}
	if name == "" {
		return User{}, false, nil
	}
	user, ok := x.options.Directory.User(name)
	switch {
	case !ok:
		return user, false, refuse(50034, "The account '%s' does not exist in tenant %s.", name, x.options.TenantID)
	case !user.Enabled:
		return user, false, refuse(50057, "The account '%s' is disabled.", user.UserPrincipalName)
	}
	return user, true, interrupt(user, true)
}

func (x *exchange) settleConsent(q authorizeRequest, user User, silent bool) {
	_, missing := x.consented(q.app, user, q.asked)
	decision := q.form.Get("consent")
	switch {
	case missing != nil && (q.asked.target.resource != Graph || q.asked.everything):
		x.sendBackRefusal(q, missing) // there is nothing that a person could consent to
	case decision == "deny":
		x.sendBackRefusal(q, refuse(65004, "'%s' declined to consent to application '%s'.", user.UserPrincipalName, q.app.ID))
	case decision == "accept":
		x.consent(user, q.app, q.asked.permissions)
		x.sendBackCode(q, user)
	case missing != nil && silent:
		missing.oauth = "consent_required"
		x.sendBackRefusal(q, missing)
	case missing != nil, q.prompt == "consent":
		x.showConsent(q, user, q.asked.permissions, false)
	default:
		x.sendBackCode(q, user)
	}
}

// sendBackCode makes a code and returns to the application with it.
func (x *exchange) sendBackCode(q authorizeRequest, user User) {
	now := x.now()
	code := "1." + newSecret(64)
	g := granted(q.asked, user, q.app, now)
	g.Platform = q.platform
	x.mu.Lock()
	x.grants.sweep(now)
	x.grants.Codes[code] = &authorizationCode{
		grantedScopes: g,
		RedirectURI:   q.redirect, Nonce: q.form.Get("nonce"), Made: now,
		Challenge: q.form.Get("code_challenge"), ChallengeMethod: q.form.Get("code_challenge_method"),
	}
	x.mu.Unlock()
	answer := url.Values{"code": {code}, "session_state": {uuid.NewString()}}
	if x.r.Form.Get("client_info") == "1" {
		answer.Set("client_info", x.clientInfo(user))
	}
	x.sendBack(q, answer)
}

func (x *exchange) sendBackRefusal(q authorizeRequest, f *refusal) {
	x.sendBack(q, x.refusalValues(f))
}

func (x *exchange) refusalValues(f *refusal) url.Values {
	return url.Values{"error": {f.oauth}, "error_description": {x.describe(f)}, "error_uri": {x.errorURI(f)}}
}

// sendBack returns to the application in the way that it asked for.
func (x *exchange) sendBack(q authorizeRequest, answer url.Values) {
	if q.state != "" {
		answer.Set("state", q.state)
	}
	switch q.mode {
	case "form_post":
		x.show(http.StatusOK, "formpost", map[string]any{"Title": "Continue", "Action": q.redirect, "Fields": flatten(answer)})
	case "fragment":
		x.redirect(q.redirect + "#" + answer.Encode())
	default:
		separator := "?"
		if strings.Contains(q.redirect, "?") {
			separator = "&"
		}
		x.redirect(q.redirect + separator + answer.Encode())
	}
}

func (x *exchange) redirect(to string) {
	x.w.Header().Set("Location", to)
	x.w.WriteHeader(http.StatusFound)
}

// field is a form field to carry along.
type field struct{ Name, Value string }

// flatten lists form values in a fixed order, without those named.
func flatten(v url.Values, without ...string) []field {
	var out []field
	for _, name := range slices.Sorted(maps.Keys(v)) {
		if !slices.Contains(without, name) {
			out = append(out, field{name, v.Get(name)})
		}
	}
	return out
}

// serveLogout ends a session: there is none to end, as the authorize endpoint
// remembers nobody, so it goes on to where the application wants. An address that
// no application registered is passed over, as Entra does
// (https://learn.microsoft.com/entra/identity-platform/v2-protocols-oidc#send-a-sign-out-request).
func (x *exchange) serveLogout() {
	to := x.r.URL.Query().Get("post_logout_redirect_uri")
	if _, registered := findRedirect(x.options.Directory.Redirects(), to); registered {
		x.redirect(to)
		return
	}
	x.message(http.StatusOK, "Signed out", "You are signed out. You can close this page.")
}
