package signin

import (
	"crypto/sha256"
	"encoding/base64"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// Resource is an API that tokens are for.
type Resource string

// The resources that exist in the practice tenant.
const (
	Graph Resource = "graph"
	MFA   Resource = "mfa"
	// tokenExchange is the audience that federated credentials trust.
	tokenExchange Resource = "token-exchange"
	// ownAPI is an application of the tenant that is a resource itself.
	ownAPI Resource = "own-api"
)

// MFAAudience is the resource of the MFA service, and MFAClientID the
// application that alone may ask for tokens for it.
const (
	MFAAudience = "https://adnotifications.windowsazure.com/StrongAuthenticationService.svc/Connector"
	MFAClientID = "981f26a1-7f43-403b-a875-f8b09b8cd720"

	graphAppID            = "00000003-0000-0000-c000-000000000000"
	tokenExchangeAudience = "api://AzureADTokenExchange"
)

// graphOrigins are Graph's hosts in all clouds
// (https://learn.microsoft.com/graph/deployments).
var graphOrigins = []string{
	"https://graph.microsoft.com", "https://graph.microsoft.us", "https://dod-graph.microsoft.us",
	"https://graph.microsoft.de", "https://microsoftgraph.chinacloudapi.cn",
}

// target is a resource, the audience of tokens for it, and the name that the
// caller gave it, by which the answer lists its permissions.
type target struct {
	resource Resource
	audience string
	name     string
}

// version of the access tokens that the resource takes.
func (t target) version() string {
	if t.resource == ownAPI {
		return "2.0"
	}
	return "1.0"
}

// target finds the resource that identifier names: a URI, or an application id.
func (x *exchange) target(identifier string) (target, *refusal) {
	trimmed := strings.TrimSuffix(identifier, "/")
	switch {
	case x.isGraph(trimmed):
		return target{Graph, trimmed, trimmed}, nil
	case trimmed == MFAAudience:
		return target{MFA, trimmed, trimmed}, nil
	case trimmed == tokenExchangeAudience:
		return target{tokenExchange, trimmed, trimmed}, nil
	}
	if app, ok := x.options.Directory.Application(strings.TrimPrefix(trimmed, "api://")); ok {
		return target{ownAPI, app.ID, trimmed}, nil
	}
	return target{}, refuse(500011, "The resource '%s' is not known in tenant %s.", identifier, x.options.TenantID)
}

func (x *exchange) isGraph(identifier string) bool {
	if identifier == graphAppID || slices.Contains(graphOrigins, strings.ToLower(identifier)) {
		return true
	}
	u, err := url.Parse(identifier)
	if err != nil || u.Host == "" || u.Path != "" || u.RawQuery != "" {
		return false
	}
	web := u.Scheme == "http" || u.Scheme == "https"
	return web && (loopback(u) || strings.EqualFold(identifier, x.origin()) || (x.options.AnyOrigin && u.Scheme == "https"))
}

// scopeRequest is what a scope parameter asks for.
type scopeRequest struct {
	target      target
	everything  bool     // RESOURCE/.default: all that was consented
	permissions []string // delegated permissions by name
	openid      []string // openid, profile, email
	offline     bool     // offline_access: a refresh token is wanted
}

// permissionName is the shape of a delegated permission, such as User.Read or
// user_impersonation.
var permissionName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_-]*(\.[A-Za-z0-9_-]+)*$`)

// parseScope reads a scope parameter. A name without a resource is Graph's; two
// resources in one request are refused, as a token has one audience.
func (x *exchange) parseScope(scope string) (scopeRequest, *refusal) {
	var q scopeRequest
	for _, s := range strings.Fields(scope) {
		switch s {
		case "openid", "profile", "email":
			q.openid = append(q.openid, s)
		case "offline_access":
			q.offline = true
		default:
			if f := x.addScope(&q, s); f != nil {
				return q, f
			}
		}
	}
	if q.everything && len(q.permissions) > 0 {
		return q, refuse(70011, "The scope '%s' mixes .default with single permissions.", scope)
	}
	if q.target == (target{}) {
		q.target = target{Graph, graphOrigins[0], graphOrigins[0]}
	}
	return q, nil
}

func (x *exchange) addScope(q *scopeRequest, scope string) *refusal {
	resource, name := splitScope(scope)
	if resource == "" {
		resource = graphOrigins[0]
	}
	if name != ".default" && !permissionName.MatchString(name) {
		return refuse(70011, "The scope '%s' is not valid.", scope)
	}
	t, f := x.target(resource)
	switch {
	case f != nil && f.number == 500011 && name != ".default":
		return refuse(70011, "The scope '%s' is not valid.", scope)
	case f != nil:
		return f
	case q.target != (target{}) && q.target != t:
		return refuse(28000, "The scopes name more than one resource: '%s' and '%s'.", q.target.audience, t.audience)
	}
	q.target = t
	if name == ".default" {
		q.everything = true
	} else {
		q.permissions = append(q.permissions, name)
	}
	return nil
}

// isOpenIDScope reports whether a scope is OpenID Connect's own and of no
// resource.
func isOpenIDScope(s string) bool {
	return s == "openid" || s == "profile" || s == "email" || s == "offline_access"
}

// splitScope parts a scope into its resource and the permission's name, at the
// last slash: https://graph.microsoft.com/User.Read, RESOURCE//.default.
func splitScope(scope string) (resource, name string) {
	i := strings.LastIndexByte(scope, '/')
	if i < 0 {
		return "", scope
	}
	return strings.TrimSuffix(scope[:i], "/"), scope[i+1:]
}

// qualified writes permissions as the scope member of a token answer lists them.
func (t target) qualified(permissions []string) []string {
	out := make([]string, len(permissions))
	for i, p := range permissions {
		out[i] = t.name + "/" + p
	}
	return out
}

// pairwise is a person's subject towards one application: the same each time,
// another for every application, the person's id not to be read from it.
func pairwise(userID, clientID string) string {
	sum := sha256.Sum256([]byte(strings.ToLower(userID) + " " + strings.ToLower(clientID)))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}
