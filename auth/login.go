package auth

import (
	"context"
	"crypto/rand"
	"net/url"
	"strings"

	"golang.org/x/oauth2"

	"msgraph-user/internal/failure"
	"msgraph-user/internal/secret"
)

// Login is an authorization code flow that a person goes through in a browser,
// with PKCE (RFC 7636): the code is worth nothing to whoever else sees it.
type Login struct {
	// URL is where the person signs in.
	URL string
	// State comes back with the code, and has to be compared: another one means
	// that somebody else's code is being slipped in.
	State string

	redirectURI string
	verifier    secret.Text
}

// BeginLogin returns a Login of a person who will be sent back to redirectURI,
// which the app registration has to hold. An empty one takes the instance's.
func (s *Source) BeginLogin(redirectURI string) (*Login, error) {
	if redirectURI == "" {
		redirectURI = s.cfg.RedirectURI
	}
	if err := s.checkLogin(); err != nil {
		return nil, err
	}
	l := &Login{State: rand.Text(), redirectURI: redirectURI, verifier: secret.New(oauth2.GenerateVerifier())}
	l.URL = s.cfg.oauth2Config(redirectURI).AuthCodeURL(l.State, oauth2.S256ChallengeOption(l.verifier.Reveal()))
	return l, nil
}

// checkLogin refuses what a person's grant could not be used for afterwards.
func (s *Source) checkLogin() error {
	if s.cfg.Method == AuthorizationCode {
		return nil
	}
	return failure.Parameter("redirect_uri",
		"The instance is set up to sign in by %s, not as a person: set self_deployed, and as redirect URI (redirect_uri) an address on this machine that is in the app registration, such as http://localhost:8400.", s.cfg.Method)
}

// FinishLogin exchanges the code that the browser brought back, and stores the
// grant for the calls to come.
func (s *Source) FinishLogin(ctx context.Context, l *Login, code secret.Text) error {
	s.scrubber.Add(code, l.verifier)
	token, err := s.tokens.request(ctx, url.Values{
		"grant_type":    {"authorization_code"},
		"code":          {strings.TrimSpace(code.Reveal())},
		"redirect_uri":  {l.redirectURI},
		"code_verifier": {l.verifier.Reveal()},
	}, "")
	if err != nil {
		return err
	}
	return s.storeGrant(ctx, token)
}

// storeGrant stores a person's grant in place of the one at hand.
func (s *Source) storeGrant(ctx context.Context, token *oauth2.Token) error {
	if token.RefreshToken == "" {
		return &failure.Error{
			Kind:    failure.SignIn,
			Message: "The sign-in returned no refresh token, so it would not last.",
			Advice:  "Allow the application offline_access in the app registration.",
		}
	}
	if err := s.tokens.checkSendable(token); err != nil {
		return err
	}
	if err := s.takeTurn(ctx); err != nil {
		return err
	}
	defer s.endTurn()
	// The person is not asked again, whatever becomes of the call.
	values, err := s.readContext(context.WithoutCancel(ctx))
	if err != nil {
		return err
	}
	return s.save(ctx, values, token, secret.Text{})
}
