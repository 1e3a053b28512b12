package auth

import (
	"context"
	"net/url"
	"strings"

	"golang.org/x/oauth2"

	"msgraph-user/internal/failure"
)

// refreshTokenPrefix marks a refresh token that was pasted in place of a code.
const refreshTokenPrefix = "refresh_token:"

// checkAuthorizationCode recognises what people paste in place of a code. The
// browser shows the code amid the rest of an address, and copying too much of it
// is the commonest mistake.
func (c *Configuration) checkAuthorizationCode() error {
	code := c.credentials.authCode.Reveal()
	if code != "" && c.RedirectURI == "" {
		return failure.Parameter("redirect_uri",
			"An authorization code is given without the redirect URI (redirect_uri) that it was obtained with. Give both, or neither to sign in as the application itself.")
	}
	if strings.HasPrefix(code, refreshTokenPrefix) {
		return nil
	}
	if strings.HasPrefix(code, "code=") || strings.Contains(code, "://") || strings.ContainsAny(code, "&?") || strings.Contains(code, "session_state") {
		return failure.Parameter("creds_auth_code",
			"The authorization code (creds_auth_code) contains more than the code. From the address, copy only the part between code= and the next &, without session_state.")
	}
	return nil
}

// checkSignedIn refuses an instance that is to act as a person but has neither a
// code nor the refresh token that the login command obtains.
func (c *Configuration) checkSignedIn(h held) error {
	if c.Method != AuthorizationCode || !c.credentials.authCode.IsEmpty() || !h.refresh.IsEmpty() {
		return nil
	}
	return failure.Parameter("creds_auth_code",
		"A redirect URI is given, but nobody has signed in: give the authorization code (creds_auth_code; !msgraph-user-generate-login-url leads to one), "+
			"run msgraph-user login, or clear redirect_uri to sign in as the application itself.")
}

// authorizationCode signs in as a person: it spends the refresh token at hand, or
// the code that was pasted (RFC 6749, 6 and 4.1.3).
type authorizationCode struct{ *tokenClient }

func (f authorizationCode) signIn(ctx context.Context, a ask) (*oauth2.Token, error) {
	form := url.Values{"redirect_uri": {f.cfg.RedirectURI}}
	code := f.cfg.credentials.authCode.Reveal()
	refresh := a.refresh.Reveal()
	if pasted, ok := strings.CutPrefix(code, refreshTokenPrefix); ok && refresh == "" {
		refresh = pasted
	}
	if refresh != "" {
		form.Set("grant_type", "refresh_token")
		form.Set("refresh_token", refresh)
	} else {
		form.Set("grant_type", "authorization_code")
		form.Set("code", code)
	}
	return f.request(ctx, form, a.claims)
}

// AuthorizeURL returns the address at which a person signs in and receives a
// code for cfg (https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow).
// The error names the parameter that is missing.
func AuthorizeURL(cfg *Configuration) (string, error) {
	switch {
	case cfg.Method == HostedApp || cfg.Method == ManagedIdentity:
		return "", failure.Parameter("self_deployed", "A login URL is for a self-deployed application: set self_deployed, and give its ID, tenant and redirect URI.")
	case cfg.RedirectURI == "":
		return "", failure.Parameter("redirect_uri", "The login URL needs the redirect URI (redirect_uri) of the app registration.")
	}
	return cfg.oauth2Config(cfg.RedirectURI).AuthCodeURL(""), nil
}

// oauth2Config returns cfg as x/oauth2 knows it, for what a person is sent to.
func (c *Configuration) oauth2Config(redirectURI string) *oauth2.Config {
	return &oauth2.Config{
		ClientID:    c.ClientID,
		RedirectURL: redirectURI,
		Scopes:      []string{"offline_access", c.Scope()},
		Endpoint: oauth2.Endpoint{
			AuthURL:       c.signInURL("oauth2/v2.0/authorize"),
			DeviceAuthURL: c.signInURL("oauth2/v2.0/devicecode"),
			TokenURL:      c.TokenURL(),
			AuthStyle:     oauth2.AuthStyleInParams,
		},
	}
}
