package directory

import "time"

// Private is what an object has beside its Graph properties: what sign-in and
// the MFA service need to know.
type Private struct {
	// Of a user.
	PasswordHash string `json:"passwordHash,omitempty"`
	MFAAnswer    string `json:"mfaAnswer,omitempty"` // the answer to a request for approval; "" approves
	Interrupt    int    `json:"interrupt,omitempty"` // the AADSTS number that sign-ins end with; 0 lets the person in

	// Of an application.
	Credentials     []Credential `json:"credentials,omitempty"`
	Federated       []Federated  `json:"federated,omitempty"`
	RedirectURIs    []string     `json:"redirectUris,omitempty"`    // of type Web
	SPARedirects    []string     `json:"spaRedirectUris,omitempty"` // of a single-page application
	PublicRedirects []string     `json:"publicRedirectUris,omitempty"`
	AppPermissions  []string     `json:"appPermissions,omitempty"`  // application permissions that are consented to
	UserPermissions []string     `json:"userPermissions,omitempty"` // delegated permissions that are consented to
	PublicClient    bool         `json:"publicClient,omitempty"`    // it may sign people in without a credential
	ManagedIdentity string       `json:"managedIdentity,omitempty"` // "system", or the Azure resource id of a user-assigned one
}

// Credential is one secret or certificate of an application. The practice tenant
// keeps secrets as they are: they are practice secrets, and a state file is
// readable by its owner alone.
type Credential struct {
	KeyID       string    `json:"keyId"`
	DisplayName string    `json:"displayName,omitempty"`
	Secret      string    `json:"secret,omitempty"`
	Certificate string    `json:"certificate,omitempty"` // PEM
	Start       time.Time `json:"start"`
	End         time.Time `json:"end"` // zero: never ends
}

// Federated trusts the assertions of another issuer. The members are compared
// letter for letter.
type Federated struct {
	Issuer   string `json:"issuer"`
	Subject  string `json:"subject"`
	Audience string `json:"audience,omitempty"`
	JWKS     string `json:"jwks,omitempty"` // the issuer's keys; not needed for the tenant's own workload issuer
}
