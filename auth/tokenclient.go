package auth

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"msgraph-user/internal/httpclient"
	"msgraph-user/internal/secret"
)

// maxTokenAnswer is the size in bytes from which a token service's answer is
// refused.
const maxTokenAnswer = 1 << 20

// tokenClient talks to the services that give a configuration its tokens. All
// flows share it.
type tokenClient struct {
	cfg      *Configuration
	scrubber *secret.Scrubber
	now      func() time.Time
	getenv   func(string) string
	open     func(name string) (fs.File, error)

	signInHost, tokenService, metadata *httpclient.Client
}

// connect makes the HTTP clients. To ask for a token twice does no harm, so the
// clients may ask again; the hosted app's service wants to be spared, and has a
// back-off of its own.
func (t *tokenClient) connect(transport, metadata http.RoundTripper) {
	client := func(transport http.RoundTripper, policy httpclient.Policy) *httpclient.Client {
		return httpclient.NewClient(httpclient.ClientOptions{
			Transport: transport, Policy: &policy, MaxAnswer: maxTokenAnswer, Patience: flightTime, Scrub: t.scrubber.Scrub,
		})
	}
	once := httpclient.DefaultPolicy()
	once.Check = func(httpclient.Outcome) httpclient.Decision { return httpclient.Deliver }
	patient := httpclient.DefaultPolicy()
	patient.Tries = 3
	t.signInHost = client(transport, patient)
	t.tokenService = client(transport, once)
	t.metadata = client(metadata, metadataPolicy())
}

// oauthApp is what asks a token endpoint.
type oauthApp struct {
	id       string
	secret   secret.Text // empty: none, or an assertion in the form
	tokenURL string
}

// request posts form to the tenant's token endpoint, with the application's
// credential and, where Graph challenged for them, claims.
func (t *tokenClient) request(ctx context.Context, form url.Values, claims string) (*oauth2.Token, error) {
	if claims != "" {
		form.Set("claims", claims)
	}
	app, err := t.prove(form)
	if err != nil {
		return nil, err
	}
	return t.post(ctx, app, form)
}

// prove adds an assertion to form where the application proves itself by one. The
// client secret, and the application's id, are added by post.
func (t *tokenClient) prove(form url.Values) (oauthApp, error) {
	app := oauthApp{id: t.cfg.ClientID, tokenURL: t.cfg.TokenURL()}
	var assertion string
	var err error
	switch t.cfg.Credential {
	case ClientSecret:
		app.secret = t.cfg.credentials.clientSecret
	case Certificate:
		assertion, err = t.signedAssertion(app)
	case FederatedToken:
		assertion, err = t.federatedToken()
	case NoCredential: // a public client
	}
	if assertion != "" {
		form.Set("client_assertion_type", assertionType)
		form.Set("client_assertion", assertion)
	}
	return app, err
}

// post sends a token request. x/oauth2's client-credentials request serves for
// every grant, because its form may name another grant type.
func (t *tokenClient) post(ctx context.Context, app oauthApp, form url.Values) (*oauth2.Token, error) {
	transport := &oneAnswer{client: t.signInHost}
	request := clientcredentials.Config{
		ClientID:       app.id,
		ClientSecret:   app.secret.Reveal(),
		TokenURL:       app.tokenURL,
		EndpointParams: form,
		AuthStyle:      oauth2.AuthStyleInParams,
	}
	token, err := request.Token(transport.context(ctx))
	switch {
	case err == nil:
		return token, nil
	case transport.answer == nil:
		return nil, t.unanswered(ctx, hostOf(app.tokenURL), err)
	}
	return nil, t.refusal(hostOf(app.tokenURL), transport.answer)
}

// oneAnswer is an http.RoundTripper that sends a request by way of an HTTP client
// that retries, and remembers the answer: x/oauth2's errors do not say what an
// answer was that is no token.
type oneAnswer struct {
	client *httpclient.Client
	answer *httpclient.Response
}

// context returns ctx for x/oauth2, which sends by way of o. No redirect is
// followed: what is sent holds secrets.
func (o *oneAnswer) context(ctx context.Context) context.Context {
	noRedirect := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return context.WithValue(ctx, oauth2.HTTPClient, &http.Client{Transport: o, CheckRedirect: noRedirect})
}

// RoundTrip sends r until there is an answer.
func (o *oneAnswer) RoundTrip(r *http.Request) (*http.Response, error) {
	call := httpclient.Request{Method: r.Method, URL: r.URL.String(), Header: r.Header, Repeatable: true}
	if r.Body != nil {
		body, err := io.ReadAll(r.Body)
		if err = errors.Join(err, r.Body.Close()); err != nil {
			return nil, err
		}
		call.Body = body
	}
	answer, err := o.client.Send(r.Context(), call)
	if err != nil {
		return nil, err
	}
	o.answer = answer
	return &http.Response{
		Status: http.StatusText(answer.Status), StatusCode: answer.Status, Header: jsonHeader(answer),
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Body: io.NopCloser(bytes.NewReader(answer.Body)), ContentLength: int64(len(answer.Body)), Request: r,
	}, nil
}

// jsonHeader returns the header of an answer for x/oauth2, which takes text/plain for
// a form, though servers that set no type send JSON as that.
func jsonHeader(answer *httpclient.Response) http.Header {
	if !bytes.HasPrefix(bytes.TrimSpace(answer.Body), []byte("{")) {
		return answer.Header
	}
	header := answer.Header.Clone()
	header.Set("Content-Type", "application/json")
	return header
}

// parse reads a token as the services answer it that x/oauth2 does not know:
// numbers come as numbers or as text
// (https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token).
func (t *tokenClient) parse(host string, answer *httpclient.Response) (*oauth2.Token, error) {
	var body struct {
		AccessToken  string  `json:"access_token"`
		RefreshToken string  `json:"refresh_token"`
		ExpiresIn    seconds `json:"expires_in"`
		ExpiresOn    seconds `json:"expires_on"` // epoch
	}
	if answer.Status != http.StatusOK || json.Unmarshal(answer.Body, &body) != nil || body.AccessToken == "" {
		return nil, t.refusal(host, answer)
	}
	token := &oauth2.Token{AccessToken: body.AccessToken, RefreshToken: body.RefreshToken, ExpiresIn: int64(body.ExpiresIn)}
	return token.WithExtra(map[string]any{memberExpiresOn: float64(body.ExpiresOn)}), nil
}
