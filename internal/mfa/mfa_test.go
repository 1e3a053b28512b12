package mfa_test

import (
	"context"
	"encoding/xml"
	"errors"
	"net/http"
	"strings"
	"testing"

	"msgraph-user/internal/failure"
	"msgraph-user/internal/graphtest"
	"msgraph-user/internal/mfa"
	"msgraph-user/internal/secret"
)

// service answers every question with one status and body, and keeps the last.
type service struct {
	status   int
	body     string
	err      error
	url      string
	question string
	token    string
}

func (s *service) RoundTrip(r *http.Request) (*http.Response, error) {
	if s.err != nil {
		return nil, s.err
	}
	asked, err := graphtest.Body(r)
	s.url, s.question, s.token = r.URL.String(), string(asked), r.Header.Get("Authorization")
	return graphtest.Answer(r, s.status, s.body), err
}

func client(s *service) *mfa.Client {
	var scrubber secret.Scrubber
	scrubber.Add(secret.New("mfa-token-1234"))
	return &mfa.Client{HTTP: &http.Client{Transport: s}, NewID: func() string { return "id-1" }, Scrub: scrubber.Scrub}
}

func answer(value, authenticated string) string {
	return "<R><Result><Value>" + value + "</Value><Message>m</Message></Result><AuthenticationResult>" + authenticated + "</AuthenticationResult></R>"
}

func TestOutcomes(t *testing.T) {
	for _, c := range []struct {
		name, body string
		status     int
		code       string // of the error; "-" for none
		says       string
	}{
		{"approved", answer("Success", "true"), 200, "-", ""},
		{"denied", answer("PhoneAppDenied", "false"), 200, "PhoneAppDenied", "denied"},
		{"unanswered", answer("PhoneAppNoResponse", "false"), 200, "PhoneAppNoResponse", "Nobody answered"},
		{"failed", answer("UserNotFound", "false"), 200, "UserNotFound", "failed (UserNotFound: m)"},
		{"success that is none", answer("Success", "false"), 200, "NotAuthenticated", "failed"},
		{"not XML", "nonsense", 200, "", "not the expected XML"},
		{"another XML", "<html><body>proxy</body></html>", 200, "", "not the expected XML"},
		{"a refused token", "token mfa-token-1234 expired", 401, "", "401: token *** expired"},
		{"a token for another service", "no", 403, "", "403: no"},
		{"a service that fails", strings.Repeat("é", 301), 500, "", "500: " + strings.Repeat("é", 300) + "…"},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := client(&service{status: c.status, body: c.body}).Authenticate(t.Context(), "adele@contoso.example", secret.New("mfa-token-1234"))
			if c.code == "-" {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			var e *failure.Error
			if !errors.As(err, &e) || e.Kind != failure.Refused || e.Code != c.code {
				t.Fatalf("got %#v", err)
			}
			if !strings.Contains(e.Error(), c.says) || !strings.Contains(e.Error(), "adele@contoso.example") {
				t.Errorf("the message is %q", e.Error())
			}
			if refused := c.status == http.StatusUnauthorized || c.status == http.StatusForbidden; refused != strings.Contains(e.Advice, "new one") {
				t.Errorf("status %d, advice %q", c.status, e.Advice)
			}
		})
	}
}

// A user name is data: whatever it holds, the question stays one well-formed
// document that names exactly that user.
func TestUserNameIsEscaped(t *testing.T) {
	for _, user := range []string{"o'brien&co@contoso.example", "</UserPrincipalName><SyncCall>false</SyncCall>", `"<>]]>`} {
		s := &service{status: 200, body: answer("Success", "true")}
		if err := client(s).Authenticate(t.Context(), user, secret.New("t")); err != nil {
			t.Fatal(err)
		}
		var asked struct {
			UserPrincipalName string
			SyncCall          []string
			ContextID         string `xml:"ContextId"`
		}
		if err := xml.Unmarshal([]byte(s.question), &asked); err != nil {
			t.Fatalf("%v in %s", err, s.question)
		}
		if asked.UserPrincipalName != user || len(asked.SyncCall) != 1 || asked.SyncCall[0] != "true" || asked.ContextID != "id-1" {
			t.Errorf("asked for %+v", asked)
		}
		if s.url != mfa.Origin+"/StrongAuthenticationService.svc/Connector//BeginTwoWayAuthentication" || s.token != "Bearer t" {
			t.Errorf("sent to %s with %q", s.url, s.token)
		}
	}
}

func TestUnreachable(t *testing.T) {
	err := client(&service{err: errors.New("connection refused")}).Authenticate(t.Context(), "a@b", secret.New("t"))
	var e *failure.Error
	if !errors.As(err, &e) || e.Kind != failure.Unreachable || e.Timeout || e.Host == "" {
		t.Errorf("refused: %#v", err)
	}
	expired, cancel := context.WithTimeout(t.Context(), 0)
	defer cancel()
	err = client(&service{err: context.DeadlineExceeded}).Authenticate(expired, "a@b", secret.New("t"))
	if !errors.As(err, &e) || !e.Timeout || !strings.Contains(e.Message, "Nobody answered") {
		t.Errorf("timed out: %v", err)
	}
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	if err = client(&service{err: context.Canceled}).Authenticate(canceled, "a@b", secret.New("t")); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func FuzzAnswer(f *testing.F) {
	f.Add(answer("Success", "true"))
	f.Add(answer("PhoneAppDenied", "false"))
	f.Add("<a><Result/></a>")
	f.Fuzz(func(t *testing.T, body string) {
		if strings.Contains(body, "&") {
			return // a character reference spells the words in another way
		}
		err := client(&service{status: 200, body: body}).Authenticate(t.Context(), "a@b", secret.New("t"))
		if err == nil && !(strings.Contains(body, "Success") && strings.Contains(strings.ToLower(body), "true")) {
			t.Fatalf("%q counted as approved", body)
		}
	})
}
