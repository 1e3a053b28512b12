package auth

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"golang.org/x/oauth2"

	"msgraph-user/internal/failure"
	"msgraph-user/internal/secret"
)

// flow is one way to sign in: it asks a service for a token and returns it as the
// service gave it. It keeps nothing: the Source around it does.
type flow interface {
	signIn(ctx context.Context, a ask) (*oauth2.Token, error)
}

// ask is what a flow is asked for.
type ask struct {
	refresh secret.Text // the refresh token at hand; empty: what the configuration holds
	claims  string      // what Graph challenged for, or empty
}

// sparing is a flow whose service must not be asked again for a while after it
// refused. When that is stands in the integration context.
type sparing interface {
	// mayAsk returns why the service must not be asked now, or nil.
	mayAsk(values map[string]any) error
	// noteRefusal writes down that the service refused.
	noteRefusal(values map[string]any)
}

// flow returns the configuration's way to sign in.
func (c *Configuration) flow(t *tokenClient) flow {
	switch c.Method {
	case HostedApp:
		return hostedApplication{t}
	case ClientCredentials:
		return clientCredentials{t}
	case AuthorizationCode:
		return authorizationCode{t}
	case ManagedIdentity:
		return managedIdentity{t}
	}
	return unknownFlow(c.Method)
}

// unknownFlow is the way of a Configuration that Configure did not make.
type unknownFlow Method

func (m unknownFlow) signIn(context.Context, ask) (*oauth2.Token, error) {
	return nil, &failure.Error{Kind: failure.Internal, Message: "The sign-in method " + string(m) + " is not one."}
}

// spendsGrant reports whether a sign-in uses up a code or a refresh token, which
// cannot be had again where it is cut short.
func (c *Configuration) spendsGrant() bool {
	return c.Method == AuthorizationCode || c.Method == HostedApp
}

// holdsGrant reports whether the parameters hold what takes the place of a refresh
// token: the hosted application's token, or an authorization code.
func (c *Configuration) holdsGrant() bool {
	return !c.credentials.hostedToken.IsEmpty() || !c.credentials.authCode.IsEmpty()
}

// lapsed is AADSTS700082: nobody used the refresh token for too long. It is the
// instance's own, so that no other credential is tried in its place.
const lapsed = 700082

// refusedGrant reports whether a sign-in failed because of the refresh token that
// it was tried with.
func (c *Configuration) refusedGrant(err error) bool {
	e, ok := errors.AsType[*failure.Error](err)
	if !ok || e.Kind != failure.SignIn || slices.Contains(e.AADSTS, lapsed) {
		return false
	}
	switch e.OAuthError {
	case "invalid_grant", "interaction_required":
		return true
	case "": // the hosted application's service says it by the status
		return c.Method == HostedApp && (e.Status == http.StatusBadRequest || e.Status == http.StatusUnauthorized || e.Status == http.StatusForbidden)
	}
	return false
}
