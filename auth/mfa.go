package auth

import (
	"context"
	"net/url"
	"strconv"

	"msgraph-user/internal/failure"
	"msgraph-user/internal/secret"
)

// MFAApplicationID is Entra's own application whose tokens the multifactor
// authentication service accepts. Like the resource, it is not documented; many
// public scripts use it.
const MFAApplicationID = "981f26a1-7f43-403b-a875-f8b09b8cd720"

const mfaResource = "https://adnotifications.windowsazure.com/StrongAuthenticationService.svc/Connector"

// MFAToken is a token of the multifactor authentication service.
type MFAToken struct {
	AccessToken secret.Text
	ValidUntil  string // epoch seconds
}

// MFAToken asks for a token of the multifactor authentication service with a
// client secret of that service's own application. The token is not kept. The
// error is a *failure.Error.
func (s *Source) MFAToken(ctx context.Context, clientSecret secret.Text) (MFAToken, error) {
	if s.cfg.TenantID == "" {
		return MFAToken{}, failure.Parameter("creds_tenant_id",
			"The tenant is not known: a token of the multifactor authentication service needs the tenant's ID (creds_tenant_id) of a self-deployed application.")
	}
	defer s.scrubber.Hold(clientSecret)()
	form := url.Values{"grant_type": {"client_credentials"}, "resource": {mfaResource}, "scope": {"openid"}}
	app := oauthApp{id: MFAApplicationID, secret: clientSecret, tokenURL: s.cfg.signInURL("oauth2/token")}
	token, err := s.tokens.post(ctx, app, form)
	if err != nil {
		return MFAToken{}, err
	}
	if err := s.tokens.checkSendable(token); err != nil {
		return MFAToken{}, err
	}
	until := int64(expiresOn(token))
	if until == 0 {
		until = s.now().Add(lifetime(token, s.now())).Unix()
	}
	return MFAToken{AccessToken: secret.New(token.AccessToken), ValidUntil: strconv.FormatInt(until, 10)}, nil
}
