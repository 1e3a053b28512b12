package signin

import (
	"slices"
	"strings"
	"time"
)

// issueToPerson makes the answer for a person who signed in to an application:
// access token, ID token where openid was asked for. The refresh token is the
// caller's.
func (x *exchange) issueToPerson(q tokenRequest, g grantedScopes, asked scopeRequest, nonce string) (issued, *refusal, error) {
	user, f := x.person(g)
	if f != nil {
		return issued{}, f, nil
	}
	permissions, f := x.consented(q.app, user, asked)
	if f != nil {
		return issued{}, f, nil
	}
	sub := subject{app: q.app, user: &user, target: asked.target, proof: q.proof, auth: g.Auth, scopes: slices.Concat(asked.openid, permissions)}
	out, err := x.issue(sub)
	if err != nil {
		return issued{}, nil, err
	}
	listed := slices.Concat(asked.openid, asked.target.qualified(permissions))
	if asked.everything {
		listed = append(listed, asked.target.name+"/.default")
	}
	out.answer.Scope = strings.Join(listed, " ")
	if slices.Contains(asked.openid, "openid") {
		if out.answer.IDToken, err = x.idToken(sub, nonce); err != nil {
			return issued{}, nil, err
		}
	}
	if x.r.PostForm.Get("client_info") == "1" {
		out.answer.ClientInfo = x.clientInfo(user)
	}
	return out, nil, nil
}

// person finds the person of a grant and checks that the person may still use it.
func (x *exchange) person(g grantedScopes) (User, *refusal) {
	user, ok := x.options.Directory.User(g.UserID)
	switch {
	case !ok:
		return user, refuse(50034, "The account of this grant is no longer in tenant %s.", x.options.TenantID)
	case !user.Enabled:
		return user, refuse(50057, "The account '%s' is disabled.", user.UserPrincipalName)
	case !user.Guest && g.Auth.Before(user.SessionsValidFrom):
		return user, refuse(50173, "The grant was revoked: it is of %s, and grants of '%s' count from %s on. Sign in again.",
			g.Auth.UTC().Format(time.RFC3339), user.UserPrincipalName, user.SessionsValidFrom.UTC().Format(time.RFC3339))
	}
	return user, nil
}

// interrupt refuses a person that the seed marks for it. A person can take the step
// that MFA asks for at the authorize page, and cannot at the token endpoint.
func interrupt(user User, atPage bool) *refusal {
	needsMFA := user.Interrupt == 50076 || user.Interrupt == 50079
	if user.Interrupt == 0 || (needsMFA && atPage) {
		return nil
	}
	f := refuse(user.Interrupt, "The sign-in of '%s' was interrupted: %s", user.UserPrincipalName, interruptText(user.Interrupt))
	if needsMFA {
		f.claims = `{"access_token":{"acrs":{"essential":true,"values":["c1"]}}}`
	}
	return f
}

func interruptText(number int) string {
	switch number {
	case 50055:
		return "the password has expired."
	case 50076, 50079:
		return "multifactor authentication is required. Sign in again at the authorize page."
	case 53000, 53003:
		return "a conditional access policy blocks it."
	}
	return "the directory's data ask for this."
}

// consented resolves what is asked to the delegated permissions that the person,
// or an administrator for all, consented to.
func (x *exchange) consented(app Application, user User, asked scopeRequest) ([]string, *refusal) {
	if asked.target.resource == ownAPI {
		return x.exposed(app, asked)
	}
	if asked.target.resource != Graph {
		return nil, refuse(65001, "'%s' has not consented to application '%s' using '%s'.", user.UserPrincipalName, app.ID, asked.target.audience)
	}
	have := slices.Concat(app.Scopes, x.consents(user.ID, app), x.consents("", app))
	if asked.everything {
		if len(have) == 0 {
			return nil, refuse(65001, "Nobody has consented to application '%s' acting for '%s'.", app.ID, user.UserPrincipalName)
		}
		slices.Sort(have)
		return slices.Compact(have), nil
	}
	if missing := missingScopes(have, asked.permissions); len(missing) > 0 {
		return nil, refuse(65001, "'%s' has not consented to application '%s' using %s.", user.UserPrincipalName, app.ID, strings.Join(missing, ", "))
	}
	return asConsented(have, asked.permissions), nil
}

// asConsented writes permissions as they were consented to, whatever letter case
// they were asked for in: Graph compares the token's letter for letter.
func asConsented(have, asked []string) []string {
	written := slices.Clone(asked)
	for i, a := range asked {
		if at := slices.IndexFunc(have, func(h string) bool { return strings.EqualFold(a, h) }); at >= 0 {
			written[i] = have[at]
		}
	}
	return written
}

func missingScopes(have, want []string) []string {
	var missing []string
	for _, w := range want {
		if !slices.ContainsFunc(have, func(h string) bool { return strings.EqualFold(h, w) }) {
			missing = append(missing, w)
		}
	}
	return missing
}

// exposed are the permissions of an application that is an API. All applications
// of the tenant are preauthorized for them.
func (x *exchange) exposed(app Application, asked scopeRequest) ([]string, *refusal) {
	api, _ := x.options.Directory.Application(asked.target.audience)
	if asked.everything && len(api.Exposed) > 0 {
		return slices.Clone(api.Exposed), nil
	}
	if asked.everything {
		return nil, refuse(650057, "Application '%s' exposes no permission.", asked.target.audience)
	}
	if missing := missingScopes(api.Exposed, asked.permissions); len(missing) > 0 {
		return nil, refuse(650053, "Application '%s' asked for %s, which the resource '%s' does not have.", app.ID, strings.Join(missing, ", "), asked.target.audience)
	}
	return asConsented(api.Exposed, asked.permissions), nil
}

// consents are the permissions that a person, or an administrator for everybody
// (no person), let an application have.
func (s *Service) consents(userID string, app Application) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.grants.Consents[consentKey(userID, app.ID)])
}

// consent records that a person let an application have permissions.
func (s *Service) consent(user User, app Application, permissions []string) {
	s.keepConsent(consentKey(user.ID, app.ID), permissions)
}

// consentForAll records that an administrator let an application have
// permissions for everybody.
func (s *Service) consentForAll(app Application, permissions []string) {
	s.keepConsent(consentKey("", app.ID), permissions)
}

func (s *Service) keepConsent(key string, permissions []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.grants.Consents[key] = append(s.grants.Consents[key], missingScopes(s.grants.Consents[key], permissions)...)
}
