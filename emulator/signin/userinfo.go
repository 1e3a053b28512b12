package signin

import (
	"net/http"
	"slices"
	"strings"
)

// userInfo is what the endpoint says of a person
// (https://learn.microsoft.com/entra/identity-platform/userinfo).
type userInfo struct {
	Subject    string `json:"sub"`
	Name       string `json:"name,omitempty"`
	FamilyName string `json:"family_name,omitempty"`
	GivenName  string `json:"given_name,omitempty"`
	Picture    string `json:"picture,omitempty"`
	Email      string `json:"email,omitempty"`
}

// serveUserInfo answers who the bearer of an access token for Graph is: sub with
// the scope openid, names with profile, the address with email.
func (x *exchange) serveUserInfo() {
	if x.r.Method != http.MethodGet && x.r.Method != http.MethodPost {
		x.w.Header().Set("Allow", "GET, POST")
		x.graphError(http.StatusMethodNotAllowed, "BadRequest", "The endpoint takes GET and POST.")
		return
	}
	p, err := x.Verify(bearer(x.r))
	if err != nil {
		x.w.Header().Set("WWW-Authenticate", `Bearer error="invalid_token"`)
		x.graphError(http.StatusUnauthorized, "InvalidAuthenticationToken", err.Error())
		return
	}
	user, ok := x.options.Directory.User(p.UserID)
	if !ok || !slices.Contains(p.Scopes, "openid") {
		x.graphError(http.StatusForbidden, "Authorization_RequestDenied", "The token is not a person's, or lacks the scope openid.")
		return
	}
	info := userInfo{Subject: pairwise(user.ID, p.AppID)}
	if slices.Contains(p.Scopes, "profile") {
		info.Name, info.FamilyName, info.GivenName = user.DisplayName, user.Surname, user.GivenName
		info.Picture = x.graphBase() + "/v1.0/me/photo/$value"
	}
	if slices.Contains(p.Scopes, "email") {
		info.Email = user.Mail
	}
	x.answer(http.StatusOK, info)
}

// bearer is the token of the Authorization header, empty where there is none.
func bearer(r *http.Request) string {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}

// graphError answers in Graph's shape: the endpoint is Graph's, not Entra's.
func (x *exchange) graphError(status int, code, message string) {
	inner := map[string]string{"date": x.now().UTC().Format("2006-01-02T15:04:05"), "request-id": x.trace, "client-request-id": x.correlation}
	x.answer(status, map[string]any{"error": map[string]any{"code": code, "message": message, "innerError": inner}})
}
