package emulator

import "msgraph-user/emulator/signin"

// The ready configuration's application and tenant, which the sample company has.
const (
	ReadyApplication = "11111111-1111-1111-1111-111111111111"
	ReadySecret      = "emulator-secret"
	// ReadyPublicApplication is a client without a credential: a program on a
	// person's device, and the single-page application at http://localhost:3000.
	ReadyPublicApplication = "12121212-1212-1212-1212-121212121212"
	ReadyTenant            = "22222222-2222-2222-2222-222222222222"
)

// hostedRegistration is a registration of the hosted application that exists
// from the start, for an instance that uses the token service.
var hostedRegistration = signin.Registration{
	ID:       "88888888-8888-8888-8888-888888888888",
	Token:    "practice-hosted-token",
	Key:      "cHJhY3RpY2UtdGVuYW50LWhvc3RlZC1rZXktMzItYiE=",
	ClientID: ReadyApplication,
}

// Parameters returns a configuration that works with the sample company, by the
// parameter names of the integration: an application with a secret and with all
// permissions that the commands need. host is the tenant's base URL; empty
// leaves it to the integration's default, for a tenant in process.
func Parameters(host string) map[string]any {
	p := map[string]any{
		"creds_auth_id":           map[string]any{"password": ReadyApplication},
		"creds_tenant_id":         map[string]any{"password": ReadyTenant},
		"creds_enc_key":           map[string]any{"password": ReadySecret},
		"self_deployed":           true,
		"allow_secret_generators": true,
	}
	if host != "" {
		p["host"] = host
	}
	return p
}
