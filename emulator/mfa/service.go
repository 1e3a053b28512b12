// Package mfa is the practice tenant's MFA service: it takes the request that a
// RADIUS server's plug-in sends to have a person approve a sign-in on the phone,
// and answers as that person is set to. The service is not documented; what it
// takes and answers follows public scripts that use it.
package mfa

import (
	"context"
	"encoding/xml"
	"io"
	"net/http"
	"strings"
	"time"

	"msgraph-user/emulator/clock"
)

// Behaviour is what a person does when the phone asks.
type Behaviour string

// The behaviours. Any other value is what the service answers as Result/Value,
// such as AuthenticationMethodNotConfigured.
const (
	Approve    Behaviour = ""
	Deny       Behaviour = "deny"
	NoResponse Behaviour = "noResponse"
)

// The results that the service answers with.
const (
	ResultSuccess      = "Success"
	ResultDenied       = "PhoneAppDenied"
	ResultNoResponse   = "PhoneAppNoResponse"
	ResultUserNotFound = "UserNotFound"
	// ResultAccountDisabled is what a disabled person's request ends with.
	ResultAccountDisabled = "UserAccountDisabled"
)

// DefaultPatience is how long the service waits for a person who does not answer.
const DefaultPatience = 60 * time.Second

// Person is what the service needs to know of a person.
type Person struct {
	UserPrincipalName string
	Enabled           bool
	Behaviour         Behaviour
}

// Options are the parts of a Service.
type Options struct {
	// Person finds a person by userPrincipalName.
	Person func(upn string) (Person, bool)
	// Verify checks an access token for the MFA service's resource.
	Verify func(token string) error
	// Wait waits for d on the tenant's clock, or until ctx ends. Nil waits in
	// real time.
	Wait func(ctx context.Context, d time.Duration) error
	// Patience replaces DefaultPatience if it is not 0.
	Patience time.Duration
}

// Service is the http.Handler of the MFA service.
type Service struct{ options Options }

// New returns a Service.
func New(o Options) *Service {
	if o.Wait == nil {
		o.Wait = clock.Wait
	}
	if o.Patience == 0 {
		o.Patience = DefaultPatience
	}
	return &Service{options: o}
}

// Serves reports whether path is the service's. The address that is in use has
// an empty segment before the last.
func Serves(path string) bool {
	return strings.HasSuffix(strings.ReplaceAll(path, "//", "/"), "/StrongAuthenticationService.svc/Connector/BeginTwoWayAuthentication")
}

// maxBody bounds a request; an honest one has under 2 KiB.
const maxBody = 64 << 10

// ServeHTTP answers one request; for a person who does not respond, after the
// service's patience.
func (s *Service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		http.Error(w, "The MFA service takes POST only.", http.StatusMethodNotAllowed)
		return
	}
	token, ok := bearer(r)
	if !ok {
		w.Header().Set("WWW-Authenticate", "Bearer")
		http.Error(w, "A bearer token for the MFA service is required.", http.StatusUnauthorized)
		return
	}
	if err := s.options.Verify(token); err != nil {
		w.Header().Set("WWW-Authenticate", `Bearer error="invalid_token"`)
		http.Error(w, "The token is not good for the MFA service: "+err.Error(), http.StatusUnauthorized)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		http.Error(w, "The body cannot be read: "+err.Error(), http.StatusBadRequest)
		return
	}
	request, err := ParseRequest(body)
	if err != nil {
		http.Error(w, "The request is not as the service wants it: "+err.Error(), http.StatusBadRequest)
		return
	}
	s.ask(r.Context(), w, request)
}

func bearer(r *http.Request) (string, bool) {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	return strings.TrimSpace(token), strings.EqualFold(scheme, "Bearer") && strings.TrimSpace(token) != ""
}

// ask asks the person and writes the person's answer.
func (s *Service) ask(ctx context.Context, w http.ResponseWriter, q Request) {
	result, err := s.outcome(ctx, q.UserPrincipalName)
	if err != nil {
		return // the client went away
	}
	out, err := xml.Marshal(newAnswer(result, q.ContextID))
	if err != nil {
		http.Error(w, "The answer cannot be written: "+err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/xml; charset=utf-8")
	_, _ = w.Write(out) // a client who went away needs no answer
}

// outcome is what the person does.
func (s *Service) outcome(ctx context.Context, upn string) (string, error) {
	p, ok := s.options.Person(upn)
	if !ok {
		return ResultUserNotFound, nil
	}
	if !p.Enabled {
		return ResultAccountDisabled, nil
	}
	switch p.Behaviour {
	case Approve:
		return ResultSuccess, nil
	case Deny:
		return ResultDenied, nil
	case NoResponse:
		return ResultNoResponse, s.options.Wait(ctx, s.options.Patience)
	}
	return string(p.Behaviour), nil
}

// answer is a BeginTwoWayAuthenticationResponse.
type answer struct {
	XMLName       xml.Name `xml:"BeginTwoWayAuthenticationResponse"`
	Version       string   `xml:"Version"`
	Result        result   `xml:"Result"`
	Authenticated bool     `xml:"AuthenticationResult"`
	ContextID     string   `xml:"ContextId"`
}

type result struct {
	Value   string  `xml:"Value"`
	Message message `xml:"Message"`
}

// message is null, in XML Schema's way, or text.
type message struct {
	Instance string `xml:"xmlns:i,attr,omitempty"`
	Nil      string `xml:"i:nil,attr,omitempty"`
	Text     string `xml:",chardata"`
}

// messages says in words what a result means; the others have none.
var messages = map[string]string{
	ResultUserNotFound:    "No such user is in this tenant.",
	ResultAccountDisabled: "The user's account is disabled.",
}

func newAnswer(value, contextID string) answer {
	a := answer{Version: "1.0", ContextID: contextID, Authenticated: value == ResultSuccess, Result: result{Value: value}}
	if text, ok := messages[value]; ok {
		a.Result.Message.Text = text
	} else {
		a.Result.Message = message{Instance: "http://www.w3.org/2001/XMLSchema-instance", Nil: "true"}
	}
	return a
}
