package signin

import "net/http"

// sharing are the endpoints that Entra lets pages of other origins read: those
// that a single-page application needs.
var sharing = map[string]bool{
	"/oauth2/v2.0/token": true, "/oauth2/token": true,
	"/v2.0/.well-known/openid-configuration": true, "/.well-known/openid-configuration": true,
	"/discovery/v2.0/keys": true, "/discovery/keys": true, "/discovery/instance": true,
}

// share lets pages of other origins read the answer, and answers the question
// that a browser asks beforehand (https://fetch.spec.whatwg.org/#http-cors-protocol).
// It reports whether that was all.
func (x *exchange) share() (done bool) {
	h := x.w.Header()
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Access-Control-Expose-Headers", "client-request-id, x-ms-request-id")
	if x.r.Method != http.MethodOptions || x.r.Header.Get("Access-Control-Request-Method") == "" {
		return false
	}
	h.Set("Access-Control-Allow-Methods", "GET, POST, OPTIONS")
	if asked := x.r.Header.Get("Access-Control-Request-Headers"); asked != "" {
		h.Set("Access-Control-Allow-Headers", asked)
	}
	x.w.WriteHeader(http.StatusOK)
	return true
}
