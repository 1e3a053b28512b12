package signin

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
)

// hostedAppName is what instances of this integration call themselves.
const hostedAppName = "ms-graph-user"

// hostedTokenAge is how old an encrypted token may be: the instance puts the time
// in it, so that one that was overheard is soon of no use.
const hostedTokenAge = 5 * time.Minute

// Register makes a registration of the hosted application for the application
// clientID: what a person who went through its consent page is handed.
func (s *Service) Register(clientID string) (Registration, error) {
	if _, ok := s.options.Directory.Application(clientID); !ok {
		return Registration{}, fmt.Errorf("application %q is not in the tenant", clientID)
	}
	r := Registration{
		ID: uuid.NewString(), Token: newSecret(32), ClientID: clientID,
		Key: base64.StdEncoding.EncodeToString(randomBytes(32)),
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.grants.Registrations[r.ID] = r
	return r, nil
}

// HostedApp serves the hosted application's token service at whatever path it is
// asked, since an instance may name its URL itself.
func (s *Service) HostedApp() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { newExchange(s, w, r).serveObtainToken() })
}

// hostedRequest is what an instance of the hosted application sends.
type hostedRequest struct {
	AppName        string `json:"app_name"`
	RegistrationID string `json:"registration_id"`
	EncryptedToken string `json:"encrypted_token"`
	Scope          string `json:"scope"`
}

// hostedAnswer is the token it gets. There is no refresh token for an
// application.
type hostedAnswer struct {
	AccessToken  string `json:"access_token"`
	ExpiresIn    int64  `json:"expires_in"`
	RefreshToken string `json:"refresh_token"`
}

// serveObtainToken is the hosted application's token service.
func (x *exchange) serveObtainToken() {
	if x.r.Method != http.MethodPost {
		x.refuseHosted(http.StatusMethodNotAllowed, "Ask with POST.")
		return
	}
	var q hostedRequest
	if err := json.NewDecoder(io.LimitReader(x.r.Body, maxBody)).Decode(&q); err != nil {
		x.refuseHosted(http.StatusBadRequest, "The body is not the JSON object that is expected: "+err.Error())
		return
	}
	app, err := x.registered(q)
	if err != nil {
		x.refuseHosted(http.StatusUnauthorized, err.Error())
		return
	}
	life := x.lifetime(DefaultTokenLifetime)
	token, err := x.accessToken(subject{app: app, target: target{Graph, graphOrigins[0], graphOrigins[0]}, proof: proofSecret}, life)
	if err != nil {
		x.failed(err)
		return
	}
	x.answer(http.StatusOK, hostedAnswer{AccessToken: token, ExpiresIn: int64(life / time.Second)})
}

// registered finds the application of a registration whose encrypted token is
// good.
func (x *exchange) registered(q hostedRequest) (Application, error) {
	x.mu.Lock()
	r, ok := x.grants.Registrations[q.RegistrationID]
	x.mu.Unlock()
	switch {
	case q.AppName != hostedAppName:
		return Application{}, fmt.Errorf("the application %q is not hosted here", q.AppName)
	case !ok:
		return Application{}, errors.New("the registration is not known")
	}
	if err := x.checkEncrypted(r, q.EncryptedToken); err != nil {
		return Application{}, err
	}
	app, f := x.application(r.ClientID)
	if f != nil {
		return Application{}, f
	}
	return app, nil
}

// checkEncrypted opens base64(nonce, AES-GCM of "EPOCH:TOKEN") with the
// registration's key.
func (x *exchange) checkEncrypted(r Registration, encrypted string) error {
	plain, err := open(r.Key, encrypted)
	if err != nil {
		return errors.New("the encrypted token does not open with the registration's key")
	}
	epoch, token, _ := strings.Cut(plain, ":")
	seconds, err := strconv.ParseInt(epoch, 10, 64)
	if err != nil || token != r.Token {
		return errors.New("the encrypted token does not hold the registration's token")
	}
	if age := x.now().Sub(time.Unix(seconds, 0)); age > hostedTokenAge || age < -hostedTokenAge {
		return fmt.Errorf("the encrypted token is %v old, or a clock is wrong", age.Round(time.Second))
	}
	return nil
}

func open(key, encrypted string) (string, error) {
	k, err := base64.StdEncoding.DecodeString(key)
	if err != nil {
		return "", err
	}
	sealed, err := base64.StdEncoding.DecodeString(encrypted)
	if err != nil {
		return "", err
	}
	block, err := aes.NewCipher(k)
	if err != nil {
		return "", err
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		return "", err
	}
	if len(sealed) < gcm.NonceSize() {
		return "", errors.New("too short")
	}
	plain, err := gcm.Open(nil, sealed[:gcm.NonceSize()], sealed[gcm.NonceSize():], nil)
	return string(plain), err
}

func (x *exchange) refuseHosted(status int, detail string) {
	x.answer(status, map[string]string{"title": http.StatusText(status), "detail": detail})
}
