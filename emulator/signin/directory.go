package signin

import (
	"crypto/x509"
	"time"
)

// Directory is what sign-in asks of the tenant's directory. Every answer is a
// copy that the directory does not change later, read at the moment of asking,
// so that a secret added or a user disabled at run time counts at once.
type Directory interface {
	// User finds a person by object id or userPrincipalName, in any letter case.
	User(key string) (User, bool)
	// Users lists the people that an account picker offers, in its order: those
	// whose name or principal name contains text, in any letter case.
	Users(text string) []User
	// Application finds an application with its service principal by client id.
	Application(clientID string) (Application, bool)
	// Redirects are the redirect URIs that the tenant's applications registered.
	Redirects() []Redirect
	// ManagedIdentity finds the service principal of a managed identity: the
	// system-assigned one for the zero selector, else the user-assigned one named.
	ManagedIdentity(which IdentitySelector) (Application, bool)
	// CheckPassword compares a password with that of the person whose object id
	// is given. has is false where the directory keeps none.
	CheckPassword(id, password string) (has, right bool)
}

// User is what sign-in needs to know of a person.
type User struct {
	ID                string
	UserPrincipalName string
	DisplayName       string
	GivenName         string
	Surname           string
	Mail              string

	Enabled bool // accountEnabled
	// PasswordExpired refuses the password until a page has changed it
	// (passwordProfile's forceChangePasswordNextSignIn).
	PasswordExpired bool
	// Administrator may consent for the whole tenant.
	Administrator bool
	Guest         bool // userType Guest: the sessions belong to the guest's home tenant

	// SessionsValidFrom is signInSessionsValidFromDateTime: grants older than
	// this are revoked, a guest's excepted.
	SessionsValidFrom time.Time

	// Interrupt is the AADSTS number that Entra would refuse this person with,
	// for trying failures: 53003 (conditional access), 50055 (expired password),
	// 50076 (MFA, which a person at the authorize page passes and a refresh
	// does not), … 0 lets the person in.
	Interrupt int
}

// Application is an app registration with its service principal.
type Application struct {
	ID          string // the client id (appId)
	PrincipalID string // the service principal's object id
	DisplayName string
	Disabled    bool // the service principal's accountEnabled is false

	// Secrets are those of the registration and those of the service principal.
	Secrets      []Secret
	Certificates []*x509.Certificate
	Federated    []FederatedCredential

	// Roles are the application permissions of Graph that were granted, such as
	// User.Read.All; Scopes the delegated ones consented for everybody.
	Roles  []string
	Scopes []string

	Redirects []Redirect
	// Public allows flows that have no redirect URI (device code, password)
	// without a credential (isFallbackPublicClient).
	Public bool
	// Exposed are the delegated permissions that the application offers as an
	// API, api://ID (oauth2PermissionScopes).
	Exposed []string
}

// Secret is a client secret (passwordCredential).
type Secret struct {
	Value string
	End   time.Time // zero: never ends
}

// FederatedCredential trusts assertions of another issuer
// (federatedIdentityCredential). Issuer, Subject and Audience are compared
// letter for letter, as Entra does.
type FederatedCredential struct {
	Issuer   string
	Subject  string
	Audience string // empty: api://AzureADTokenExchange

	// JWKS is the issuer's key set as JSON, since a practice tenant fetches
	// nothing. It is not needed for the tenant's own workload issuer.
	JWKS []byte
}

// IdentitySelector names a user-assigned managed identity by exactly one of its
// names; the zero value asks for the system-assigned one.
type IdentitySelector struct {
	ClientID   string
	ObjectID   string
	ResourceID string // an Azure resource id, /subscriptions/…
}

// Registration is what the hosted application's page hands out: the instance
// sends ID and, encrypted with Key, Token.
type Registration struct {
	ID    string
	Token string
	Key   string // base64 of an AES key of 32 bytes

	// ClientID is the application that the tokens are issued to.
	ClientID string
}
