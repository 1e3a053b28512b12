package signin

import (
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
)

// identityLife is how long a managed identity's token lives unless the tenant
// is told another lifetime.
const identityLife = 86399 * time.Second

// arcVersions are the api-versions of Azure Arc's endpoint, which has the same
// path as the virtual machines'.
var arcVersions = []string{"2019-11-01", "2020-06-01"}

// identityAnswer is a managed identity's token. Its numbers are text.
type identityAnswer struct {
	AccessToken  string `json:"access_token"`
	ClientID     string `json:"client_id"`
	ExpiresIn    string `json:"expires_in"`
	ExpiresOn    string `json:"expires_on"`
	ExtExpiresIn string `json:"ext_expires_in"`
	NotBefore    string `json:"not_before"`
	Resource     string `json:"resource"`
	TokenType    string `json:"token_type"`
}

// identityRefusal is an error of a managed-identity endpoint.
type identityRefusal struct {
	status int
	code   string
	text   string
}

// serveMetadataToken is the instance metadata service of a virtual machine
// (https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token),
// and the agent of an Arc machine.
func (x *exchange) serveMetadataToken() {
	q := x.r.URL.Query()
	switch {
	case x.r.Method != http.MethodGet:
		x.refuseIdentity(identityRefusal{http.StatusMethodNotAllowed, "method_not_allowed", "Ask with GET."})
	case !strings.EqualFold(x.r.Header.Get("Metadata"), "true"):
		x.refuseIdentity(identityRefusal{http.StatusBadRequest, "invalid_request", "The header 'Metadata: true' is required."})
	case x.r.Header.Get("X-Forwarded-For") != "":
		x.refuseIdentity(identityRefusal{http.StatusBadRequest, "invalid_request", "A request that came through a proxy is not served."})
	case q.Get("api-version") == "":
		x.refuseIdentity(identityRefusal{http.StatusBadRequest, "invalid_request", "The parameter 'api-version' is required."})
	case slices.Contains(arcVersions, q.Get("api-version")) && x.options.ArcKeyDirectory != "":
		x.serveArcToken(q)
	default:
		x.serveIdentity(q, "msi_res_id")
	}
}

// serveAppServiceToken is the endpoint inside App Service and Functions
// (https://learn.microsoft.com/azure/app-service/overview-managed-identity).
func (x *exchange) serveAppServiceToken() {
	q := x.r.URL.Query()
	secret := x.options.AppServiceSecret
	switch {
	case secret == "", subtle.ConstantTimeCompare([]byte(secret), []byte(x.r.Header.Get("X-IDENTITY-HEADER"))) != 1:
		x.refuseIdentity(identityRefusal{http.StatusUnauthorized, "unauthorized", "The header X-IDENTITY-HEADER must hold the value of IDENTITY_HEADER."})
	case q.Get("api-version") != "2019-08-01":
		x.refuseIdentity(identityRefusal{http.StatusBadRequest, "invalid_request", "The parameter 'api-version' must be 2019-08-01."})
	default:
		x.serveIdentity(q, "mi_res_id")
	}
}

// serveIdentity answers with a token for the identity that the query names;
// resourceID is what the endpoint calls an Azure resource id.
func (x *exchange) serveIdentity(q url.Values, resourceID string) {
	answer, refused, err := x.identityToken(q, resourceID)
	switch {
	case err != nil:
		x.failed(err)
	case refused != nil:
		x.refuseIdentity(*refused)
	default:
		x.answer(http.StatusOK, answer)
	}
}

func (x *exchange) identityToken(q url.Values, resourceID string) (identityAnswer, *identityRefusal, error) {
	resource := q.Get("resource")
	if resource == "" {
		return identityAnswer{}, &identityRefusal{http.StatusBadRequest, "invalid_request", "The parameter 'resource' is required."}, nil
	}
	which := IdentitySelector{ClientID: q.Get("client_id"), ObjectID: q.Get("object_id") + q.Get("principal_id"), ResourceID: q.Get(resourceID)}
	app, ok := x.options.Directory.ManagedIdentity(which)
	if !ok {
		return identityAnswer{}, &identityRefusal{http.StatusBadRequest, "invalid_request", "Identity not found: none is assigned here under that name."}, nil
	}
	t, f := x.target(resource)
	if f != nil {
		return identityAnswer{}, &identityRefusal{http.StatusBadRequest, f.oauth, f.Error()}, nil
	}
	life := x.lifetime(identityLife)
	token, err := x.accessToken(subject{app: app, target: t, proof: proofAssertion}, life)
	if err != nil {
		return identityAnswer{}, nil, err
	}
	now, seconds := x.now().Unix(), int64(life/time.Second)
	return identityAnswer{
		AccessToken: token, ClientID: app.ID, Resource: resource, TokenType: "Bearer",
		ExpiresIn: strconv.FormatInt(seconds, 10), ExtExpiresIn: strconv.FormatInt(seconds, 10),
		ExpiresOn: strconv.FormatInt(now+seconds, 10), NotBefore: strconv.FormatInt(now, 10),
	}, nil, nil
}

func (x *exchange) refuseIdentity(f identityRefusal) {
	x.answer(f.status, map[string]string{"error": f.code, "error_description": f.text})
}

// serveArcToken is the Arc agent: it answers a first request with the name of a
// key file that only an administrator of the machine can read, and wants its
// content in the second
// (https://learn.microsoft.com/azure/azure-arc/servers/managed-identity-authentication).
func (x *exchange) serveArcToken(q url.Values) {
	key, given := strings.CutPrefix(x.r.Header.Get("Authorization"), "Basic ")
	if !given {
		x.challengeArc()
		return
	}
	if !x.spendArcKey(key) {
		x.refuseIdentity(identityRefusal{http.StatusUnauthorized, "unauthorized", "The Authorization header does not hold the content of a key file that is still good."})
		return
	}
	x.serveIdentity(q, "msi_res_id")
}

func (x *exchange) challengeArc() {
	path := filepath.Join(x.options.ArcKeyDirectory, uuid.NewString()+".key")
	key := uuid.NewString()
	if err := os.WriteFile(path, []byte(key), 0o600); err != nil {
		x.failed(fmt.Errorf("the Arc key file cannot be written: %w", err))
		return
	}
	x.mu.Lock()
	x.arcKeys[key] = path
	x.mu.Unlock()
	x.w.Header().Set("WWW-Authenticate", "Basic realm="+path)
	x.refuseIdentity(identityRefusal{http.StatusUnauthorized, "unauthorized", "Read the key file that the header WWW-Authenticate names."})
}

// spendArcKey checks a key and removes its file; a key is good once.
func (x *exchange) spendArcKey(key string) bool {
	x.mu.Lock()
	path, ok := x.arcKeys[key]
	delete(x.arcKeys, key)
	x.mu.Unlock()
	if !ok {
		return false
	}
	err := os.Remove(path)
	return err == nil || errors.Is(err, os.ErrNotExist)
}
