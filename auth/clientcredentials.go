package auth

import (
	"context"
	"net/url"
)

// signInAsApplication asks for a token of the application itself (RFC 6749, 4.4).
func (s *Source) signInAsApplication(ctx context.Context, claims string) (grant, error) {
	form := url.Values{"grant_type": {"client_credentials"}, "scope": {s.cfg.Scope()}}
	return s.requestToken(ctx, form, claims)
}

// requestToken posts form to the tenant's token endpoint, with the application's
// credential and, where Graph challenged for them, claims.
func (s *Source) requestToken(ctx context.Context, form url.Values, claims string) (grant, error) {
	if claims != "" {
		form.Set("claims", claims)
	}
	client, err := s.proveClient(form)
	if err != nil {
		return grant{}, err
	}
	answer, err := s.postForm(ctx, client, form)
	if err != nil {
		return grant{}, err
	}
	return answer.grant(s.now()), nil
}

// proveClient adds the application's credential to form. The client secret, and
// the client's id, are added by postForm.
func (s *Source) proveClient(form url.Values) (client, error) {
	c := client{id: s.cfg.ClientID, tokenURL: s.cfg.TokenURL()}
	switch s.cfg.Credential {
	case ClientSecret:
		c.secret = s.cfg.credentials.clientSecret
	case Certificate:
		assertion, err := s.signedAssertion(c)
		if err != nil {
			return client{}, err
		}
		addAssertion(form, assertion)
	case FederatedToken:
		assertion, err := s.federatedToken()
		if err != nil {
			return client{}, err
		}
		addAssertion(form, assertion)
	case NoCredential: // a public client
	}
	return c, nil
}
