package auth

import (
	"context"
	"net/url"

	"golang.org/x/oauth2"
)

// clientCredentials signs in as the application itself (RFC 6749, 4.4).
type clientCredentials struct{ *tokenClient }

func (f clientCredentials) signIn(ctx context.Context, a ask) (*oauth2.Token, error) {
	return f.request(ctx, url.Values{"grant_type": {"client_credentials"}, "scope": {f.cfg.Scope()}}, a.claims)
}
