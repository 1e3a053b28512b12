// Package signin is the sign-in side of the practice tenant: the endpoints of
// login.microsoftonline.com (token, authorize, device code, discovery, keys),
// the managed-identity endpoints of Azure, and the token service of the
// platform's hosted application, all on one origin and told apart by path.
//
// Service is the http.Handler, and its Verify says who a bearer token speaks
// for. What the package needs of the tenant's people and applications it asks
// through Directory.
package signin

import (
	"net/http"
	"strings"
	"sync"
	"time"
)

// DefaultTokenLifetime is what expires_in says unless Options.TokenLifetime
// says otherwise. Entra draws 60 to 90 minutes; a practice tenant is steady.
const DefaultTokenLifetime = 3599 * time.Second

// Options are the parts a Service is made of.
type Options struct {
	// TenantID is the tenant's GUID; Domains are names that may stand for it
	// in a path, such as contoso.onmicrosoft.com.
	TenantID string
	Domains  []string

	// Directory knows the people and the applications.
	Directory Directory

	// Now is the tenant's clock. Nil means time.Now.
	Now func() time.Time

	// TokenLifetime is asked at each access token. Nil, or an answer that is
	// not positive, means DefaultTokenLifetime.
	TokenLifetime func() time.Duration

	// Algorithm signs the tokens; empty means RS256, as Entra signs. An
	// in-process tenant takes ES256, see Algorithm.
	Algorithm Algorithm

	// AnyOrigin takes every https origin for this tenant's Graph, for a tenant
	// that stands in for whatever host the program would reach. Without it
	// Graph is Microsoft's hosts, the origin of the request, and loopback.
	AnyOrigin bool

	// AppServiceSecret is what an App Service client must send as
	// X-IDENTITY-HEADER; empty refuses every one.
	AppServiceSecret string

	// ArcKeyDirectory is where the Azure Arc endpoint puts the key files that
	// its challenge names (Microsoft: /var/opt/azcmagent/tokens on Linux).
	// Empty means that nothing is written and Arc requests are refused.
	ArcKeyDirectory string

	// HostedApplication is the client id of the application that the hosted
	// application's page hands registrations out for; empty where there is none.
	HostedApplication string

	// Registrations are the hosted application's registrations that exist from
	// the start.
	Registrations []Registration
}

// Service is the sign-in side of one tenant. It is safe for concurrent use.
type Service struct {
	options  Options
	keys     *keyRing
	verified *verifiedTokens

	mu      sync.Mutex
	grants  grants
	arcKeys map[string]string // Arc's keys that are still good, with their files
}

// New returns a Service. It makes no keys: the first token does.
func New(o Options) *Service {
	if o.Now == nil {
		o.Now = time.Now
	}
	s := &Service{options: o}
	s.Reset()
	return s
}

// Reset forgets every grant, consent, device code and registration that came
// after the start, and the signing keys, so that every token issued so far is
// refused.
func (s *Service) Reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.grants = newGrants(s.options.Registrations)
	s.arcKeys = map[string]string{}
	s.keys = newKeyRing(s.options.Algorithm, s.options.Now)
	s.verified = newVerifiedTokens()
}

// RotateKeys makes a new signing key, as Entra does every few weeks. The old
// one stays published, and its tokens good, until keyOverlap has passed.
func (s *Service) RotateKeys() { s.ring().rotate() }

func (s *Service) ring() *keyRing {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.keys
}

func (s *Service) verifiedTokens() *verifiedTokens {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.verified
}

// Serves reports whether path is one of the sign-in side's, so that a caller
// who shares the origin with Graph knows where to send a request.
func (s *Service) Serves(path string) bool {
	_, ok := s.endpoint(path)
	return ok
}

// ServeHTTP answers one sign-in request.
func (s *Service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	serve, ok := s.endpoint(r.URL.Path)
	if !ok {
		http.NotFound(w, r)
		return
	}
	if r.Body != nil {
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	}
	serve(newExchange(s, w, r))
}

// maxBody bounds a request's body: the largest honest one is a client assertion.
const maxBody = 1 << 20

// endpoint finds what serves path: a fixed path first, then those that begin
// with a tenant.
func (s *Service) endpoint(path string) (func(*exchange), bool) {
	if serve, ok := fixedEndpoints[path]; ok {
		return serve, true
	}
	tenant, rest, ok := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	if !ok || tenant == "" {
		return nil, false
	}
	if first, user, found := strings.Cut(rest, "/"); found && strings.EqualFold(first, "userrealm") {
		return func(x *exchange) { x.serveUserRealm(user) }, true
	}
	serve, ok := tenantEndpoints["/"+rest]
	if !ok {
		return nil, false
	}
	return func(x *exchange) {
		x.tenant = tenant
		if sharing["/"+rest] && x.share() {
			return
		}
		serve(x)
	}, true
}

// fixedEndpoints are the paths that name no tenant. The managed-identity ones
// are those that Azure documents for its virtual machines, App Service and Arc.
var fixedEndpoints = map[string]func(*exchange){
	"/metadata/identity/oauth2/token": (*exchange).serveMetadataToken,
	"/msi/token":                      (*exchange).serveAppServiceToken,
	"/obtain-token":                   (*exchange).serveObtainToken,
	"/ms-graph-user":                  (*exchange).serveHostedPage,
	"/devicelogin":                    (*exchange).serveDeviceLogin,
	"/error":                          (*exchange).serveErrorPage,
	"/workload-identity/token":        (*exchange).serveWorkloadToken,
	"/oidc/userinfo":                  (*exchange).serveUserInfo,
}

// tenantEndpoints are the paths that follow a tenant's id, one of its domains,
// or common, organizations, consumers.
var tenantEndpoints = map[string]func(*exchange){
	"/oauth2/v2.0/token":                     (*exchange).serveToken,
	"/oauth2/token":                          (*exchange).serveTokenV1,
	"/oauth2/v2.0/authorize":                 (*exchange).serveAuthorize,
	"/oauth2/authorize":                      (*exchange).serveAuthorize,
	"/oauth2/v2.0/devicecode":                (*exchange).serveDeviceCode,
	"/adminconsent":                          (*exchange).serveAdminConsent,
	"/v2.0/adminconsent":                     (*exchange).serveAdminConsentV2,
	"/oauth2/v2.0/logout":                    (*exchange).serveLogout,
	"/v2.0/.well-known/openid-configuration": (*exchange).serveConfiguration,
	"/.well-known/openid-configuration":      (*exchange).serveConfigurationV1,
	"/discovery/v2.0/keys":                   (*exchange).serveKeys,
	"/discovery/keys":                        (*exchange).serveKeys,
	"/discovery/instance":                    (*exchange).serveInstance,
}
