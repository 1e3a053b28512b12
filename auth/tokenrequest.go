package auth

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"msgraph-user/internal/httpclient"
	"msgraph-user/internal/secret"
)

// maxTokenAnswer is the size in bytes from which a token service's answer is
// refused.
const maxTokenAnswer = 1 << 20

// client is who asks a token endpoint.
type client struct {
	id       string
	secret   secret.Text // empty: none, or an assertion in the form
	tokenURL string
}

// postForm sends a token request. x/oauth2's client-credentials request serves
// for every grant, because its form may name another grant type.
func (s *Source) postForm(ctx context.Context, c client, form url.Values) (tokenAnswer, error) {
	carrier := &laneCarrier{lane: s.signInLane, repeatable: true}
	request := clientcredentials.Config{
		ClientID:       c.id,
		ClientSecret:   c.secret.Reveal(),
		TokenURL:       c.tokenURL,
		EndpointParams: form,
		AuthStyle:      oauth2.AuthStyleInParams,
	}
	_, err := request.Token(context.WithValue(ctx, oauth2.HTTPClient, carrier.client()))
	if carrier.answer == nil {
		return tokenAnswer{}, s.unanswered(ctx, hostOf(c.tokenURL), err)
	}
	return s.readAnswer(hostOf(c.tokenURL), carrier.answer)
}

// readAnswer reads a token service's answer, whatever its status.
func (s *Source) readAnswer(host string, answer *httpclient.Answer) (tokenAnswer, error) {
	var token tokenAnswer
	if answer.Status != http.StatusOK {
		return token, s.refusal(host, answer)
	}
	if err := json.Unmarshal(answer.Body, &token); err != nil || token.AccessToken == "" {
		return token, s.refusal(host, answer)
	}
	return token, nil
}

// laneCarrier is an http.RoundTripper that sends one request over a lane, and
// remembers the answer.
type laneCarrier struct {
	lane       *httpclient.Lane
	repeatable bool
	answer     *httpclient.Answer
}

// client returns an HTTP client over the carrier. It follows no redirect: what it
// sends holds secrets.
func (c *laneCarrier) client() *http.Client {
	return &http.Client{Transport: c, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// RoundTrip sends r until the lane has an answer.
func (c *laneCarrier) RoundTrip(r *http.Request) (*http.Response, error) {
	call := httpclient.Call{Method: r.Method, URL: r.URL.String(), Header: r.Header, Repeatable: c.repeatable}
	if r.Body != nil {
		body, err := io.ReadAll(r.Body)
		if err = errors.Join(err, r.Body.Close()); err != nil {
			return nil, err
		}
		call.Body = body
	}
	answer, err := c.lane.Send(r.Context(), call)
	if err != nil {
		return nil, err
	}
	c.answer = answer
	return &http.Response{
		Status: http.StatusText(answer.Status), StatusCode: answer.Status, Header: answer.Header,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Body: io.NopCloser(bytes.NewReader(answer.Body)), ContentLength: int64(len(answer.Body)), Request: r,
	}, nil
}
