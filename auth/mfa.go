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
	who := client{id: MFAApplicationID, secret: clientSecret, tokenURL: s.cfg.signInURL("oauth2/token")}
	answer, err := s.postForm(ctx, who, form)
	if err != nil {
		return MFAToken{}, err
	}
	until := int64(answer.ExpiresOn)
	if until == 0 {
		until = s.now().Add(answer.grant(s.now()).lifetime).Unix()
	}
	return MFAToken{AccessToken: secret.New(answer.AccessToken), ValidUntil: strconv.FormatInt(until, 10)}, nil
}
