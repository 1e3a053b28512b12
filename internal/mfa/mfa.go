// Package mfa asks a user for a second factor through Entra's strong
// authentication service: the push notification that a person approves or denies.
// The service is not documented by Microsoft; its form is known from the NPS
// extension and from public scripts.
package mfa

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"msgraph-user/internal/failure"
	"msgraph-user/internal/secret"
)

// Origin is where the service answers.
const Origin = "https://strongauthenticationservice.auth.microsoft.com"

const (
	path      = "/StrongAuthenticationService.svc/Connector//BeginTwoWayAuthentication"
	maxAnswer = 1 << 20
)

// Client asks one service. The zero value of a member is not usable, except Origin.
type Client struct {
	HTTP *http.Client
	// Origin replaces the service's own origin where it is not empty.
	Origin string
	// NewID makes the GUID that tells one question from the next.
	NewID func() string
	// Scrub takes secrets out of what the service says.
	Scrub func(string) string
}

// Authenticate sends user the question and waits for the person to answer, as
// long as ctx allows. It returns nil when the person approved. Otherwise the
// error is a *failure.Error: Refused with the service's own word for it in Code
// (PhoneAppDenied, PhoneAppNoResponse, UserNotFound, …), or Unreachable.
func (c *Client) Authenticate(ctx context.Context, user string, token secret.Text) error {
	request, err := c.request(ctx, user, token)
	if err != nil {
		return err
	}
	response, err := c.HTTP.Do(request)
	if err != nil {
		return c.unreachable(ctx, user, request.URL.Host, err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return c.unreachable(ctx, user, request.URL.Host, err)
	}
	if response.StatusCode != http.StatusOK {
		return c.refusedByStatus(user, response.StatusCode, body)
	}
	return c.outcome(user, body)
}

func (c *Client) request(ctx context.Context, user string, token secret.Text) (*http.Request, error) {
	origin := c.Origin
	if origin == "" {
		origin = Origin
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, origin+path, strings.NewReader(question(user, c.NewID())))
	if err != nil {
		return nil, fmt.Errorf("make the request to the MFA service: %w", err)
	}
	request.Header.Set("Authorization", "Bearer "+token.Reveal())
	request.Header.Set("Content-Type", "application/xml")
	return request, nil
}

// question writes the request. The service requires this order of elements.
func question(user, id string) string {
	return "<BeginTwoWayAuthenticationRequest>" +
		"<Version>1.0</Version>" +
		"<UserPrincipalName>" + escape(user) + "</UserPrincipalName>" +
		"<Lcid>en-us</Lcid>" +
		`<AuthenticationMethodProperties xmlns:a="http://schemas.microsoft.com/2003/10/Serialization/Arrays">` +
		"<a:KeyValueOfstringstring><a:Key>OverrideVoiceOtp</a:Key><a:Value>false</a:Value></a:KeyValueOfstringstring>" +
		"</AuthenticationMethodProperties>" +
		"<ContextId>" + escape(id) + "</ContextId>" +
		"<SyncCall>true</SyncCall>" +
		"<RequireUserMatch>true</RequireUserMatch>" +
		"<CallerName>radius</CallerName>" +
		"<CallerIP>UNKNOWN:</CallerIP>" +
		"</BeginTwoWayAuthenticationRequest>"
}

func escape(text string) string {
	var b strings.Builder
	// A strings.Builder never fails to be written to.
	_ = xml.EscapeText(&b, []byte(text))
	return b.String()
}

// answer is the part of the service's answer that says how it went.
type answer struct {
	XMLName xml.Name
	Result  struct {
		Value   string `xml:"Value"`
		Message string `xml:"Message"`
	} `xml:"Result"`
	AuthenticationResult string `xml:"AuthenticationResult"`
}

// success is the Result/Value of an approved question.
const success = "Success"

func (c *Client) outcome(user string, body []byte) error {
	var a answer
	if err := xml.Unmarshal(body, &a); err != nil || a.Result.Value == "" {
		return &failure.Error{
			Kind:    failure.Refused,
			Message: fmt.Sprintf("The MFA service's answer for %s is not the expected XML.", user),
			Advice:  "Check whether a proxy is between this program and the service, and try again.",
			Status:  http.StatusOK,
			Cause:   err,
		}
	}
	value, approved := strings.TrimSpace(a.Result.Value), strings.EqualFold(strings.TrimSpace(a.AuthenticationResult), "true")
	if value == success && approved {
		return nil
	}
	if value == success {
		value = "NotAuthenticated"
	}
	e := &failure.Error{Kind: failure.Refused, Status: http.StatusOK, Code: c.Scrub(value)}
	e.Message, e.Advice = explain(user, e.Code, c.Scrub(strings.TrimSpace(a.Result.Message)))
	return e
}

// explain tells a denied, an unanswered and a failed question apart.
func explain(user, code, message string) (text, advice string) {
	switch {
	case strings.HasSuffix(code, "Denied"):
		return fmt.Sprintf("The person behind %s denied the MFA request (%s).", user, code),
			"Treat this as a sign that the account is under attack, or ask the person."
	case strings.HasSuffix(code, "NoResponse"), strings.HasSuffix(code, "Timeout"), strings.HasSuffix(code, "TimedOut"):
		return fmt.Sprintf("Nobody answered the MFA request of %s in time (%s).", user, code),
			"Reach the person in another way, or try again with a longer timeout."
	}
	text = fmt.Sprintf("The MFA request of %s failed (%s).", user, code)
	if message != "" {
		text = fmt.Sprintf("The MFA request of %s failed (%s: %s).", user, code, message)
	}
	return text, "Check that the user exists, is enabled and has the Authenticator app registered."
}

func (c *Client) refusedByStatus(user string, status int, body []byte) error {
	e := &failure.Error{
		Kind:    failure.Refused,
		Status:  status,
		Message: fmt.Sprintf("The MFA service refused the request of %s with status %d: %s", user, status, c.Scrub(excerpt(body))),
	}
	if status == http.StatusUnauthorized || status == http.StatusForbidden {
		e.Advice = "The access token may have expired: get a new one with msgraph-user-create-mfa-client-access-token."
	}
	return e
}

// excerpt keeps an error page from flooding a message.
func excerpt(body []byte) string {
	const most = 300
	text := strings.Join(strings.Fields(strings.ToValidUTF8(string(body), "\uFFFD")), " ")
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return text
}

func (c *Client) unreachable(ctx context.Context, user, host string, err error) error {
	if errors.Is(context.Cause(ctx), context.Canceled) {
		return context.Canceled
	}
	var known *failure.Error
	if errors.As(err, &known) {
		return err
	}
	timedOut := ctx.Err() != nil
	e := &failure.Error{Kind: failure.Unreachable, Host: host, Timeout: timedOut, Cause: err}
	if timedOut {
		e.Message, e.Advice = explain(user, "NoResponse", "")
		return e
	}
	e.Message = fmt.Sprintf("The MFA service at %s could not be reached for %s: %s", host, user, c.Scrub(err.Error()))
	return e
}
