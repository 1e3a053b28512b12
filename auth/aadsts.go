package auth

import "strings"

// advices says what to do about the commonest of Entra's error numbers
// (https://learn.microsoft.com/entra/identity-platform/reference-error-codes).
var advices = [...]struct {
	number int
	says   string // what Entra's text has to hold as well; empty: the number is enough
	advice string
}{
	{7000215, "", "The client secret is wrong: give the secret's value (not its ID) from Certificates & secrets of the app registration as creds_enc_key."},
	{7000222, "", "The client secret has expired: make a new one under Certificates & secrets of the app registration and give its value as creds_enc_key."},
	{7000216, "", "The request had no credentials of the application: give the instance a client secret or a certificate."},
	{7000218, "", "The redirect URI is of type Web, which requires a client secret or a certificate: give one, or add the redirect URI under Mobile and desktop applications and allow public client flows."},
	{7000229, "", "The application has no service principal in this tenant: have an administrator consent to it there."},
	{7000112, "", "The application is disabled in this tenant: enable it under Enterprise applications."},
	{700016, "", "The tenant does not know this application: check creds_auth_id and creds_tenant_id, and that an administrator consented to the application."},
	{700027, "revoked", revokedCertificate},
	{7005003, "", "The client secret was revoked: find out in the audit logs who revoked it and why, make a new one under Certificates & secrets of the app registration, and give its value as creds_enc_key."},
	{7005004, "", revokedCertificate},
	{7005005, "", "The federated credential of this workload was revoked: find out in the audit logs who revoked it and why, and add a new one to the app registration."},
	{7005006, "", "Token issuance is blocked for this application (its tokenRevocations): find out in the audit logs who blocked it and why, and ask an administrator to unblock it."},
	{700027, "", "The certificate is not in the app registration: upload it there, and check the thumbprint and the private key in creds_certificate."},
	{700024, "", "The client assertion is not valid now: set this machine's clock, or check the age of the federated token."},
	{700025, "", "The app registration is a public client, which may not send a secret: clear the secret, or register the redirect URI under the platform Web."},
	{700082, "", "The refresh token has expired because it was not used for a long time: run !msgraph-user-auth-reset, and authorize again with a new code."},
	{700084, "", "The refresh token of a single-page application is valid for one day only: register the redirect URI under the platform Web, and authorize again."},
	{700081, "", "The refresh token has reached its maximum age: run !msgraph-user-auth-reset, and authorize again with a new code."},
	{700213, "", "No federated credential of the app registration matches this workload: compare its subject with the service account's."},
	{70021, "", "No federated credential of the app registration matches this workload: compare its issuer, subject and audience with the token's."},
	{70008, "", "The code or refresh token has expired: run !msgraph-user-auth-reset, and authorize again with a new code."},
	{70000, "", "The grant is no longer valid: run !msgraph-user-auth-reset, and authorize again with a new code."},
	{70011, "", "The scope is not valid for this cloud: check azure_cloud and host."},
	{50059, "", noTenant},
	{90130, "", noTenant},
	{90002, "", "There is no such tenant in this cloud: check creds_tenant_id, and azure_cloud for a national cloud."},
	{900023, "", "The tenant's ID is neither an ID nor a domain name: check creds_tenant_id."},
	{90038, "", "The tenant belongs to another cloud: choose its azure_cloud or its host."},
	{900382, "", "The tenant belongs to another cloud: choose its azure_cloud or its host."},
	{900432, "", "This application cannot be used across clouds: register it in the tenant's own cloud."},
	{90033, "", "Entra is unavailable for a moment: try again later."},
	{90072, "", "The account is not known in this tenant: sign in with one of the tenant's own, or invite it as a guest."},
	{50011, "", "The redirect URI is not registered: enter redirect_uri in the app registration exactly as in the instance."},
	{500112, "", "The redirect URI differs from the one that the code was asked with: use the same redirect_uri for both."},
	{50194, "", "The application is for one tenant only: give that tenant's ID as creds_tenant_id."},
	{50020, "", "The account belongs to another tenant: sign in with one of this tenant, or invite it as a guest."},
	{50034, "", "There is no such account in the tenant: sign in with another one."},
	{50053, "", "The account is locked after too many failed sign-ins: wait, or unlock it."},
	{50055, "", "The account's password has expired: change it, then authorize again."},
	{50057, "", "The account is disabled: enable it, or authorize with another one."},
	{50058, "", "Nobody is signed in: authorize again with a new code."},
	{50076, "", "Multifactor authentication is required: authorize again in a browser, and complete it there."},
	{50078, "", "The multifactor authentication is too old: authorize again in a browser."},
	{50079, "", "The account has to register for multifactor authentication: sign in to the portal once, then authorize again."},
	{50105, "", "The account is not assigned to the application: assign it under Enterprise applications."},
	{50126, "", "The user name or the password is wrong: authorize again."},
	{50132, "", "The session was revoked or the password changed: run !msgraph-user-auth-reset, and authorize again."},
	{50133, "", "The password was changed after the sign-in: run !msgraph-user-auth-reset, and authorize again with a new code."},
	{50173, "", "The grant was revoked, or the password changed: run !msgraph-user-auth-reset, and authorize again with a new code."},
	{500011, "", "The tenant does not know this Graph: check host and azure_cloud."},
	{500341, "", "The account was deleted: authorize again with another one."},
	{53000, "", "Conditional access asks for a compliant device: exclude the application or the account from the policy, or authorize from such a device."},
	{53003, "", "Conditional access blocks this sign-in: ask an administrator to check the policies for the application and this machine's address."},
	{530003, "", "Conditional access asks for a managed device: authorize from one."},
	{530034, "", "An administrator or security default blocks this sign-in: ask one of the tenant's administrators."},
	{54005, "", "The code was used already, and each code works only once: get a new one with !msgraph-user-generate-login-url, and give it as creds_auth_code."},
	{65001, "", "Consent is missing: have an administrator grant the application's permissions in the app registration."},
	{65004, "", "The consent was declined: authorize again and accept, or have an administrator consent."},
	{650052, "", "The tenant lacks a service that the application asks for: have an administrator consent, or add the subscription."},
	{650056, "", "The application asks for no permissions: add them under API permissions of the app registration, and consent."},
	{9002313, "", "The request was malformed, most often because of a code that was not copied whole: get a new one with !msgraph-user-generate-login-url."},
	{9002325, "", "The app registration requires PKCE: run msgraph-user login, or register the redirect URI under the platform Web."},
	{9002327, "", "The redirect URI is registered for single-page applications: register it under the platform Web."},
	{90013, "", "The request was malformed: check creds_auth_id, creds_tenant_id and redirect_uri."},
	{90014, "", "A value is missing from the request: check that creds_auth_id, creds_enc_key and, for a code, redirect_uri are given."},
	{90023, "", "The request does not fit the kind of the app registration: check under which platform the redirect URI is registered."},
	{90094, "", "An administrator has to consent first: have one grant the application's permissions."},
}

// The advice for revoked credentials follows
// https://learn.microsoft.com/entra/workload-id/troubleshoot-revoked-credentials.
const (
	revokedCertificate = "The certificate's key was revoked: find out in the audit logs who revoked it and why, upload a new certificate to the app registration, and give it as creds_certificate."
	noTenant           = "The tenant common, organizations or consumers does not name a tenant, which an application needs for its sign-in: give the Directory (tenant) ID or one of the tenant's domain names as creds_tenant_id."
)

// adviceFor returns one sentence of what to do: for the first number that is
// known, else for the OAuth error (RFC 6749, 5.2). text is what Entra said.
func adviceFor(numbers []int, text, oauthError string) string {
	for _, number := range numbers {
		for _, known := range advices {
			if known.number == number && strings.Contains(text, known.says) {
				return known.advice
			}
		}
	}
	switch oauthError {
	case "invalid_client":
		return "Check the application's ID and its secret or certificate (creds_auth_id, creds_enc_key, creds_certificate)."
	case "invalid_grant":
		return "Run !msgraph-user-auth-reset, and authorize again with a new code."
	case "interaction_required", "consent_required", "login_required":
		return "A person has to sign in: authorize again with a new code."
	case "unauthorized_client":
		return "Check that the application exists in this tenant and may use this way to sign in."
	}
	return ""
}
