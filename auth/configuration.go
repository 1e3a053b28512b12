package auth

import (
	"cmp"
	"net/url"
	"os"
	"strings"

	"msgraph-user/internal/failure"
	"msgraph-user/internal/parameter"
	"msgraph-user/internal/secret"
)

// Method is how an instance signs in.
type Method string

// The methods.
const (
	HostedApp         Method = "hosted app"         // the platform's own application, through its token service (oproxy)
	ClientCredentials Method = "client credentials" // as an application of the tenant
	AuthorizationCode Method = "authorization code" // as a person, by a code first and refresh tokens after
	ManagedIdentity   Method = "managed identity"   // as the Azure resource that the program runs on
)

// Credential is how the application proves itself to the token endpoint.
type Credential string

// The credentials.
const (
	NoCredential   Credential = "none"            // a public client, or a method that needs none
	ClientSecret   Credential = "client secret"   // a secret made in the app registration
	Certificate    Credential = "certificate"     // an assertion signed with a private key
	FederatedToken Credential = "federated token" // an assertion that the platform around the program writes to a file
)

// Configuration is an instance's parameters, validated.
type Configuration struct {
	Method     Method
	Credential Credential
	Cloud      Cloud

	// TenantID and ClientID are what the instance gives, whatever their form; for
	// the hosted app ClientID is the registration and TenantID is empty.
	TenantID, ClientID string
	// RedirectURI is set for AuthorizationCode only.
	RedirectURI string

	Proxy    bool // use the system's proxy
	Insecure bool // accept any certificate

	credentials  credentials
	signer       func() (*signer, error) // Certificate
	tokenService string                  // HostedApp: its URL
	marks        marks                   // see Fingerprint
}

// credentials are the secrets of a Configuration, as they were given. Two of
// them can be compared with ==.
type credentials struct {
	clientSecret  secret.Text
	privateKey    secret.Text
	thumbprint    string
	authCode      secret.Text // as pasted: a code, or refresh_token:…
	hostedToken   secret.Text
	hostedKey     secret.Text
	federatedFile string
}

// Configure validates an instance's parameters, by their names in
// integration.yml with its defaults filled in, together with the environment
// that a workload identity comes with. The error is a *failure.Error of kind
// BadConfiguration that names the parameter to correct. Nothing is sent.
func Configure(params map[string]any) (*Configuration, error) {
	return ConfigureIn(params, os.Getenv)
}

// ConfigureIn is Configure with an environment of the caller's.
func ConfigureIn(params map[string]any, getenv func(string) string) (*Configuration, error) {
	p := parameter.NewReader(params)
	c := &Configuration{
		Proxy:      p.Flag("proxy", false),
		Insecure:   p.Flag("insecure", false),
		Credential: NoCredential,
	}
	cloud, err := resolveCloud(p.Text("azure_cloud"), p.Name("host"), p.Name("azure_ad_endpoint"))
	if err = cmp.Or(p.Err(), err); err != nil {
		return nil, err
	}
	c.Cloud = cloud
	switch {
	case p.Flag("use_managed_identities", false):
		c.asManagedIdentity(p)
	case p.Flag("self_deployed", false) || c.isWorkloadIdentity(p, getenv):
		err = c.asSelfDeployed(p, getenv)
	default:
		err = c.asHostedApp(p)
	}
	if err = cmp.Or(p.Err(), err); err != nil { // a value of the wrong shape explains whatever followed from it
		return nil, err
	}
	c.marks = c.makeMarks(slowRounds)
	return c, nil
}

func (c *Configuration) asManagedIdentity(p *parameter.Reader) {
	c.Method = ManagedIdentity
	c.ClientID = p.ID("managed_identities_client_id", "")
	c.TenantID = p.ID("creds_tenant_id", "tenant_id")
}

// isWorkloadIdentity reports whether the environment, and not the instance, gives
// the proof of who the application is.
func (c *Configuration) isWorkloadIdentity(p *parameter.Reader, getenv func(string) string) bool {
	thumbprint, key := certificateParameters(p)
	return getenv(envFederatedTokenFile) != "" && thumbprint == "" && key.IsEmpty() &&
		p.Credential("creds_enc_key", "enc_key").IsEmpty()
}

func (c *Configuration) asSelfDeployed(p *parameter.Reader, getenv func(string) string) error {
	c.Method = ClientCredentials
	c.ClientID = p.ID("creds_auth_id", "auth_id")
	c.TenantID = p.ID("creds_tenant_id", "tenant_id")
	c.RedirectURI = p.Name("redirect_uri")
	c.credentials.authCode = p.Credential("creds_auth_code", "auth_code")
	if c.signsInAPerson(p) {
		c.Method = AuthorizationCode
	}
	if err := c.chooseCredential(p, getenv); err != nil {
		return err
	}
	if c.ClientID == "" {
		return failure.Parameter("creds_auth_id", "The application's ID (creds_auth_id) is missing: the Application (client) ID of the app registration.")
	}
	if c.TenantID == "" {
		return failure.Parameter("creds_tenant_id", "The tenant's ID (creds_tenant_id) is missing: the Directory (tenant) ID of the app registration.")
	}
	if c.Method == AuthorizationCode {
		return c.checkAuthorizationCode()
	}
	return nil
}

// signsInAPerson reports whether the commands are to act as a person: where a code
// is given, or a redirect URI that only the login command can receive an answer
// at, or one without any proof of the application. A redirect URI of another sort
// beside a secret is what existing instances of an application leave filled in.
func (c *Configuration) signsInAPerson(p *parameter.Reader) bool {
	if !c.credentials.authCode.IsEmpty() {
		return true
	}
	if c.RedirectURI == "" {
		return false
	}
	thumbprint, key := certificateParameters(p)
	proof := thumbprint != "" || !key.IsEmpty() || !p.Credential("creds_enc_key", "enc_key").IsEmpty()
	u, err := url.Parse(c.RedirectURI)
	return !proof || (err == nil && u.Scheme == "http" && isLoopback(u.Scheme+"://"+u.Host))
}

// chooseCredential takes the certificate before the secret, and the secret before
// the environment's token. A person can sign in without any of them: a public
// client, whose refresh token the login command obtained.
func (c *Configuration) chooseCredential(p *parameter.Reader, getenv func(string) string) error {
	thumbprint, key := certificateParameters(p)
	clientSecret := p.Credential("creds_enc_key", "enc_key")
	switch {
	case thumbprint != "" || !key.IsEmpty():
		return c.useCertificate(thumbprint, key)
	case !clientSecret.IsEmpty():
		c.Credential, c.credentials.clientSecret = ClientSecret, clientSecret
	case getenv(envFederatedTokenFile) != "":
		c.useFederatedToken(getenv)
	case c.Method == ClientCredentials || !c.credentials.authCode.IsEmpty():
		return failure.Parameter("creds_enc_key",
			"The application's secret is missing: give the client secret (creds_enc_key), or a certificate's thumbprint and private key (creds_certificate).")
	}
	return nil
}

func certificateParameters(p *parameter.Reader) (thumbprint string, key secret.Text) {
	thumbprint, password := p.Pair("creds_certificate")
	if thumbprint == "" {
		thumbprint = p.Text("certificate_thumbprint")
	}
	if password == "" {
		_, password = p.Pair("private_key")
	}
	return p.Clean("creds_certificate", thumbprintSeparators.Replace(thumbprint)), secret.New(password)
}

// GraphOrigin returns the origin that Graph's tokens are for and may be sent to,
// without a trailing slash.
func (c *Configuration) GraphOrigin() string { return c.Cloud.Graph }

// Scope returns the scope that asks for all permissions granted to the
// application (https://learn.microsoft.com/entra/identity-platform/scopes-oidc).
func (c *Configuration) Scope() string { return c.Cloud.Graph + "/.default" }

// TokenURL returns the tenant's token endpoint. The tenant is one path segment,
// whatever it holds.
func (c *Configuration) TokenURL() string { return c.signInURL("oauth2/v2.0/token") }

func (c *Configuration) signInURL(path string) string {
	return c.Cloud.SignIn + "/" + pathSegment(c.TenantID) + "/" + path
}

// pathSegment escapes text so that it stays one segment of a path. The dot
// segments need escaping by hand (RFC 3986, 3.3): url.PathEscape leaves them.
func pathSegment(text string) string {
	if text == "." || text == ".." {
		return strings.ReplaceAll(text, ".", "%2E")
	}
	return url.PathEscape(text)
}

// SignInHost returns the name of the host that tokens come from.
func (c *Configuration) SignInHost() string {
	switch {
	case c.Method == HostedApp:
		return hostOf(c.tokenService)
	case c.Method == ManagedIdentity && !c.Cloud.IsLocal():
		return hostOf(metadataOrigin)
	}
	return hostOf(c.Cloud.SignIn)
}

func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return "the sign-in host"
	}
	return u.Hostname()
}

// Secrets returns every secret of the configuration, for a secret.Scrubber.
func (c *Configuration) Secrets() []secret.Text {
	var given []secret.Text
	k := &c.credentials
	for _, t := range []secret.Text{
		k.clientSecret, k.privateKey, k.authCode, k.hostedToken, k.hostedKey,
		secret.New(strings.TrimPrefix(k.authCode.Reveal(), refreshTokenPrefix)),
	} {
		if !t.IsEmpty() {
			given = append(given, t)
		}
	}
	return given
}
