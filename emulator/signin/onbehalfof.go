package signin

import (
	"strings"

	"github.com/golang-jwt/jwt/v5"
)

// onBehalfOf is the grant_type of the flow (RFC 7523, 2.1).
const onBehalfOf = "urn:ietf:params:oauth:grant-type:jwt-bearer"

// grantOnBehalfOf swaps a person's token for the application itself for one for
// another resource
// (https://learn.microsoft.com/entra/identity-platform/v2-oauth2-on-behalf-of-flow).
func (x *exchange) grantOnBehalfOf(q tokenRequest) (issued, *refusal, error) {
	if q.proof == proofNone {
		return issued{}, x.needsCredential(), nil
	}
	assertion, f := x.required("assertion")
	if f != nil {
		return issued{}, f, nil
	}
	use, f := x.required("requested_token_use")
	if f != nil {
		return issued{}, f, nil
	}
	if use != "on_behalf_of" {
		return issued{}, refuse(90023, "The parameter 'requested_token_use' must be 'on_behalf_of', not '%s'.", use), nil
	}
	p, f := x.acceptAssertion(q.app, assertion)
	if f != nil {
		return issued{}, f, nil
	}
	scope := x.asksFor(q)
	if scope == "" {
		return issued{}, refuse(900144, "The request's body lacks the parameter 'scope'."), nil
	}
	asked, f := x.parseScope(scope)
	if f != nil {
		return issued{}, f, nil
	}
	user, ok := x.options.Directory.User(p.UserID)
	if !ok {
		return issued{}, refuse(50034, "The account of the assertion is no longer in tenant %s.", x.options.TenantID), nil
	}
	if f := interrupt(user, false); f != nil {
		return issued{}, f, nil
	}
	return x.issueAndKeep(q, granted(asked, user, q.app, p.IssuedAt))
}

// acceptAssertion checks that a token is a person's, of this tenant, still good,
// and for the application that presents it.
func (x *exchange) acceptAssertion(app Application, assertion string) (Principal, *refusal) {
	if _, _, err := jwt.NewParser().ParseUnverified(assertion, jwt.MapClaims{}); err != nil {
		return Principal{}, refuse(50027, "The assertion is no JWT.")
	}
	p, err := x.parseAccessToken(assertion)
	switch {
	case err != nil:
		return p, refuse(50013, "The assertion cannot be accepted: %v.", err)
	case !strings.EqualFold(p.Audience, app.ID):
		return p, refuse(500131, "The assertion is for '%s', and application '%s' presents it: ask for a token for api://%s.", p.Audience, app.ID, app.ID)
	case !x.now().Before(p.ExpiresAt):
		return p, refuse(500133, "The assertion has expired: it ended at %s.", p.ExpiresAt.UTC().Format(timestamp))
	case !p.Delegated():
		return p, refuse(7000114, "Application '%s' cannot act on behalf of another application: the assertion must be a person's.", app.ID)
	}
	return p, nil
}
