package signin

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"msgraph-user/emulator/html"
)

// tokenAnswer is the body of a token request that succeeded (RFC 6749, 5.1).
type tokenAnswer struct {
	TokenType    string `json:"token_type"`
	Scope        string `json:"scope,omitempty"`
	ExpiresIn    int64  `json:"expires_in"`
	ExtExpiresIn int64  `json:"ext_expires_in"`
	AccessToken  string `json:"access_token"`
	RefreshToken string `json:"refresh_token,omitempty"`
	IDToken      string `json:"id_token,omitempty"`
	ClientInfo   string `json:"client_info,omitempty"`
}

// tokenAnswerV1 is what the first version of the endpoint answers: numbers as
// text, and the moment of the end.
type tokenAnswerV1 struct {
	TokenType    string `json:"token_type"`
	Scope        string `json:"scope,omitempty"`
	ExpiresIn    string `json:"expires_in"`
	ExtExpiresIn string `json:"ext_expires_in"`
	ExpiresOn    string `json:"expires_on"`
	NotBefore    string `json:"not_before"`
	Resource     string `json:"resource"`
	AccessToken  string `json:"access_token"`
	RefreshToken string `json:"refresh_token,omitempty"`
	IDToken      string `json:"id_token,omitempty"`
}

// grantHandlers serve the values of grant_type.
var grantHandlers = map[string]func(*exchange, tokenRequest) (issued, *refusal, error){
	"client_credentials": (*exchange).grantClientCredentials,
	"authorization_code": (*exchange).grantAuthorizationCode,
	"refresh_token":      (*exchange).grantRefreshToken,
	"urn:ietf:params:oauth:grant-type:device_code": (*exchange).grantDeviceCode,
	"device_code": (*exchange).grantDeviceCode,
	"password":    (*exchange).grantPassword,
	onBehalfOf:    (*exchange).grantOnBehalfOf,
}

// tokenRequest is a token request whose sender is known.
type tokenRequest struct {
	app   Application
	proof appProof
	v1    bool
}

// issued is what a grant led to.
type issued struct {
	target target
	answer tokenAnswer
}

func (x *exchange) serveToken()   { x.grant(false) }
func (x *exchange) serveTokenV1() { x.grant(true) }

func (x *exchange) grant(v1 bool) {
	got, f, err := x.decideGrant(v1)
	switch {
	case err != nil:
		x.failed(err)
	case f != nil:
		x.sendRefusal(f)
	case v1:
		x.answer(http.StatusOK, x.asV1(got))
	default:
		x.answer(http.StatusOK, got.answer)
	}
}

// decideGrant checks, in the order in which Entra does, the method, the tenant,
// the grant type, the client, and then the grant.
func (x *exchange) decideGrant(v1 bool) (issued, *refusal, error) {
	if x.r.Method != http.MethodPost {
		return issued{}, refuse(900561, "The token endpoint takes POST only, not %s.", x.r.Method), nil
	}
	if f := x.resolveTenant(); f != nil {
		return issued{}, f, nil
	}
	if f := x.parseForm(); f != nil {
		return issued{}, f, nil
	}
	name, f := x.required("grant_type")
	if f != nil {
		return issued{}, f, nil
	}
	serve, ok := grantHandlers[name]
	if !ok {
		return issued{}, refuse(70003, "The grant type '%s' is not supported.", name), nil
	}
	app, proof, f := x.authenticate()
	if f != nil {
		return issued{}, f, nil
	}
	if origin := x.r.Header.Get("Origin"); origin != "" && name != "authorization_code" && name != "refresh_token" {
		return issued{}, crossOrigin(origin), nil
	}
	return serve(x, tokenRequest{app: app, proof: proof, v1: v1})
}

// asksFor is the scope that the request wants: its scope, or for the first
// version of the endpoint all of its resource. Empty where it says neither.
func (x *exchange) asksFor(q tokenRequest) string {
	if resource := x.r.PostForm.Get("resource"); q.v1 && resource != "" {
		return resource + "/.default"
	}
	if q.v1 {
		return ""
	}
	return x.r.PostForm.Get("scope")
}

// grantClientCredentials signs an application in as itself
// (https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow).
func (x *exchange) grantClientCredentials(q tokenRequest) (issued, *refusal, error) {
	if q.proof == proofNone {
		return issued{}, x.needsCredential(), nil
	}
	if t := strings.ToLower(x.tenant); t == "common" || t == "organizations" {
		return issued{}, refuse(50059, "An application signs in to one tenant: name it in the path instead of '%s'.", x.tenant), nil
	}
	t, f := x.applicationTarget(q)
	if f != nil {
		return issued{}, f, nil
	}
	out, err := x.issue(subject{app: q.app, target: t, proof: q.proof})
	return out, nil, err
}

// applicationTarget reads what an application asks for by itself: exactly one
// RESOURCE/.default. The OpenID scopes, which Microsoft's libraries add to every
// request, mean nothing here.
func (x *exchange) applicationTarget(q tokenRequest) (target, *refusal) {
	parameter := "scope"
	if q.v1 {
		parameter = "resource"
	}
	asked := x.asksFor(q)
	if asked == "" {
		return target{}, refuse(900144, "The request's body lacks the parameter '%s'.", parameter)
	}
	fields := slices.DeleteFunc(strings.Fields(asked), isOpenIDScope)
	if len(fields) != 1 || !strings.HasSuffix(fields[0], "/.default") {
		return target{}, refuse(1002012, "The scope '%s' is not valid: an application by itself asks for one resource followed by /.default.", asked)
	}
	resource, _ := splitScope(fields[0])
	t, f := x.target(resource)
	if f != nil {
		return target{}, f
	}
	if t.resource == MFA && !strings.EqualFold(q.app.ID, MFAClientID) {
		return target{}, refuse(650057, "Application '%s' has not listed the resource '%s'.", q.app.ID, resource)
	}
	return t, nil
}

// issue makes the part of an answer that all grants share.
func (x *exchange) issue(sub subject) (issued, error) {
	life := x.lifetime(DefaultTokenLifetime)
	access, err := x.accessToken(sub, life)
	if err != nil {
		return issued{}, err
	}
	seconds := int64(life / time.Second)
	a := tokenAnswer{TokenType: "Bearer", ExpiresIn: seconds, ExtExpiresIn: seconds, AccessToken: access}
	return issued{target: sub.target, answer: a}, nil
}

func (x *exchange) asV1(got issued) tokenAnswerV1 {
	a, now := got.answer, x.now().Unix()
	return tokenAnswerV1{
		TokenType: a.TokenType, Scope: a.Scope, Resource: got.target.audience,
		ExpiresIn: strconv.FormatInt(a.ExpiresIn, 10), ExtExpiresIn: strconv.FormatInt(a.ExtExpiresIn, 10),
		ExpiresOn: strconv.FormatInt(now+a.ExpiresIn, 10), NotBefore: strconv.FormatInt(now, 10),
		AccessToken: a.AccessToken, RefreshToken: a.RefreshToken, IDToken: a.IDToken,
	}
}

// clientInfo names the account to Microsoft's libraries, which ask for it with
// client_info=1.
func (x *exchange) clientInfo(u User) string {
	b, _ := json.Marshal(map[string]string{"uid": u.ID, "utid": x.options.TenantID}) // text cannot fail
	return base64.RawURLEncoding.EncodeToString(b)
}

// failed answers for a fault of the tenant itself.
func (x *exchange) failed(err error) {
	x.answer(html.StatusOf(err), map[string]string{"error": "server_error", "error_description": err.Error()})
}
