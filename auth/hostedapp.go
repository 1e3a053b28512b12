package auth

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"strings"
	"time"

	"golang.org/x/oauth2"

	"msgraph-user/internal/failure"
	"msgraph-user/internal/httpclient"
	"msgraph-user/internal/parameter"
	"msgraph-user/internal/secret"
)

const (
	// hostedService is the token service of the platform's own application
	// (oproxy), used where the ID names no other after an @.
	hostedService = "https://oproxy.demisto.ninja/obtain-token"
	hostedAppName = "ms-graph-user"
	// maxDelay bounds the back-off: 2^6 seconds.
	maxDelay = 6
)

// asHostedApp reads ID, token and key as the authorization page of the hosted
// application hands them out.
func (c *Configuration) asHostedApp(p *parameter.Reader) error {
	c.Method = HostedApp
	id := p.ID("creds_auth_id", "auth_id")
	c.credentials.hostedToken = p.Credential("creds_tenant_id", "tenant_id")
	c.credentials.hostedKey = p.Credential("creds_enc_key", "enc_key")
	switch {
	case id == "":
		return failure.Parameter("creds_auth_id", "The ID (creds_auth_id) is missing. The authorization page of the hosted application shows it.")
	case c.credentials.hostedToken.IsEmpty():
		return failure.Parameter("creds_tenant_id", "The token (creds_tenant_id) is missing. The authorization page of the hosted application shows it.")
	case c.credentials.hostedKey.IsEmpty():
		return failure.Parameter("creds_enc_key",
			"The key (creds_enc_key) is missing. The authorization page of the hosted application shows it; for an application of your own, set self_deployed.")
	}
	return c.findTokenService(id)
}

// findTokenService splits an ID of the form registration@URL.
func (c *Configuration) findTokenService(id string) error {
	registration, address, named := strings.Cut(id, "@")
	c.ClientID = registration
	if !named {
		c.tokenService = hostedService
		if c.Cloud.IsLocal() {
			c.tokenService = c.Cloud.Graph + "/obtain-token"
		}
		return nil
	}
	service, err := baseURL("creds_auth_id", address, true)
	if err != nil {
		return failure.Parameter("creds_auth_id", "What follows the @ of the ID (creds_auth_id) is not the token service's https URL.")
	}
	c.tokenService = service
	return nil
}

// hostedCipher returns AES-GCM under the instance's key. The key's form is looked
// at only when it is needed: an instance whose token still lives works without.
func (c *Configuration) hostedCipher() (cipher.AEAD, error) {
	text := strings.TrimRight(c.credentials.hostedKey.Reveal(), "=")
	key, err := base64.RawStdEncoding.DecodeString(text)
	if err != nil {
		key, err = base64.RawURLEncoding.DecodeString(text)
	}
	if err == nil {
		if block, err := aes.NewCipher(key); err == nil {
			return cipher.NewGCM(block)
		}
	}
	return nil, failure.Parameter("creds_enc_key",
		"The key (creds_enc_key) is not one that the hosted application's authorization page hands out: base64 of 16, 24 or 32 bytes. For an application of your own, set self_deployed.")
}

// encryptToken returns what proves the instance to the token service: a nonce of
// 12 bytes and the AES-GCM sealed text "epoch:token", in base64.
func (c *Configuration) encryptToken(token secret.Text, now time.Time) (string, error) {
	aead, err := c.hostedCipher()
	if err != nil {
		return "", err
	}
	nonce := make([]byte, aead.NonceSize())
	_, _ = rand.Read(nonce) // crypto/rand ends the program rather than fail
	plain := fmt.Appendf(nil, "%d:%s", now.Unix(), token.Reveal())
	return base64.StdEncoding.EncodeToString(aead.Seal(nonce, nonce, plain, nil)), nil
}

// hostedApplication signs in by way of the hosted application's token service.
type hostedApplication struct{ *tokenClient }

func (t hostedApplication) signIn(ctx context.Context, a ask) (*oauth2.Token, error) {
	proof := a.refresh
	if proof.IsEmpty() {
		proof = t.cfg.credentials.hostedToken
	}
	encrypted, err := t.cfg.encryptToken(proof, t.now())
	if err != nil {
		return nil, err
	}
	defer t.scrubber.Hold(secret.New(encrypted))()
	answer, err := t.askTokenService(ctx, encrypted)
	if err != nil {
		return nil, err
	}
	return t.parse(t.cfg.SignInHost(), answer)
}

func (t hostedApplication) askTokenService(ctx context.Context, encrypted string) (*httpclient.Response, error) {
	body, err := json.Marshal(map[string]string{
		"app_name":        hostedAppName,
		"registration_id": t.cfg.ClientID,
		"encrypted_token": encrypted,
	})
	if err != nil {
		return nil, err
	}
	answer, err := t.tokenService.Send(ctx, httpclient.Request{
		Method: http.MethodPost, URL: t.cfg.tokenService, Body: body,
		Header: http.Header{"Content-Type": {"application/json"}, "Accept": {"application/json"}},
	})
	if err != nil {
		return nil, t.unanswered(ctx, t.cfg.SignInHost(), err)
	}
	return answer, nil
}

// mayAsk keeps to the back-off after a refusal.
func (t hostedApplication) mayAsk(values map[string]any) error {
	if wait := timeMember(values, memberNextRequest).Sub(t.now()); wait > 0 {
		return t.backOffFailure(wait)
	}
	return nil
}

// noteRefusal writes down when the service may be asked again: after 2^n seconds, n
// the count of failures so far.
func (t hostedApplication) noteRefusal(values map[string]any) {
	failures := min(max(int(numberMember(values, memberDelayCounter)), 1), maxDelay)
	values[memberNextRequest] = float64(t.now().Unix()) + math.Exp2(float64(failures))
	values[memberDelayCounter] = failures + 1
}

func (t hostedApplication) backOffFailure(wait time.Duration) error {
	wait = wait.Round(time.Second) + time.Second
	return &failure.Error{
		Kind: failure.SignIn, RetryAfter: wait, Host: t.cfg.SignInHost(),
		Message: fmt.Sprintf("The last sign-in failed, so %s is not asked again for %s.", t.cfg.SignInHost(), wait),
		Advice:  "Correct the ID, token and key if they are wrong, and try again then; !msgraph-user-auth-reset ends the wait at once.",
	}
}
