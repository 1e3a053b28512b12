package signin

import (
	"io"
	"net/http"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"
)

// WorkloadIssuer is the issuer of the tenant's practice cluster: an application
// whose FederatedCredential names it can sign in with the assertions that
// /workload-identity/token?subject=… hands out.
const WorkloadIssuer = "https://workload.practice-tenant.example"

// serveWorkloadToken hands out what a cluster would project into the file that
// AZURE_FEDERATED_TOKEN_FILE names: a signed assertion for the subject asked for.
func (x *exchange) serveWorkloadToken() {
	q := x.r.URL.Query()
	subject, audience := q.Get("subject"), q.Get("audience")
	if subject == "" {
		http.Error(x.w, "The parameter 'subject' is required, such as system:serviceaccount:default:soar.", http.StatusBadRequest)
		return
	}
	if audience == "" {
		audience = tokenExchangeAudience
	}
	now := x.now()
	token, err := x.sign(jwt.MapClaims{
		"iss": WorkloadIssuer, "sub": subject, "aud": audience, "jti": uuid.NewString(),
		"iat": now.Unix(), "nbf": now.Unix(), "exp": now.Add(time.Hour).Unix(),
	})
	if err != nil {
		x.failed(err)
		return
	}
	x.w.Header().Set("Content-Type", "text/plain")
	_, _ = io.WriteString(x.w, token) // a caller who went away needs no answer
}
