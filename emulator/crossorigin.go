package emulator

import (
	"io"
	"net/http"
)

// healthPath answers whoever starts the tenant that it serves: without a token,
// under any name, and in no log.
const healthPath = "/healthz"

// userInfoPath is Graph's, though sign-in answers it.
const userInfoPath = "/oidc/userinfo"

func serveHealth(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = io.WriteString(w, "ok\n") // a caller who is gone needs no answer
}

// exposed are the headers of Graph's answers that pages of other origins may read.
const exposed = "ETag, Location, Preference-Applied, Content-Range, request-id, client-request-id, ReadWriteConsistencyToken, Retry-After, SdkVersion, WWW-Authenticate, x-ms-client-gcc-tenant"

// shareGraph lets pages of other origins use Graph, as Graph does: the token is
// the proof. It answers a browser's question beforehand, and reports whether that
// was all (https://fetch.spec.whatwg.org/#http-cors-protocol).
func shareGraph(w http.ResponseWriter, r *http.Request) (done bool) {
	if r.Header.Get("Origin") == "" {
		return false
	}
	h := w.Header()
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Access-Control-Expose-Headers", exposed)
	if r.Method != http.MethodOptions || r.Header.Get("Access-Control-Request-Method") == "" {
		return false
	}
	h.Set("Access-Control-Allow-Methods", "GET, POST, PUT, PATCH, DELETE, OPTIONS")
	h.Set("Access-Control-Max-Age", "3600")
	if asked := r.Header.Get("Access-Control-Request-Headers"); asked != "" {
		h.Set("Access-Control-Allow-Headers", asked)
	}
	w.WriteHeader(http.StatusOK)
	return true
}
