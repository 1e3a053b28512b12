package auth

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"msgraph-user/internal/failure"
	"msgraph-user/internal/httpclient"
)

// longestQuote is how many characters of a foreign text an error repeats.
const longestQuote = 600

// refusalBody is an error as the token services answer it: Entra's and the
// metadata service's first, the hosted app's token service's last.
type refusalBody struct {
	Error       string `json:"error"`
	Description string `json:"error_description"`
	Codes       []int  `json:"error_codes"`
	Message     string `json:"message"`
	Title       string `json:"title"`
	Detail      string `json:"detail"`
}

var aadstsNumber = regexp.MustCompile(`AADSTS([0-9]{3,9})`)

// refusal turns an answer without a token into a failure.
func (t *tokenClient) refusal(host string, answer *httpclient.Response) error {
	e := &failure.Error{Kind: failure.SignIn, Status: answer.Status}
	var body refusalBody
	if json.Unmarshal(answer.Body, &body) != nil {
		body = refusalBody{} // what was read of a broken answer is not to be trusted
		e.Advice = strangersAnswer(host, answer.Status)
	}
	said := body.text()
	e.OAuthError = t.quote(body.Error)
	e.AADSTS = aadstsNumbers(body.Codes, said)
	if advice := adviceFor(e.AADSTS, said, body.Error); advice != "" {
		e.Advice = advice
	}
	e.Message = fmt.Sprintf("Sign-in at %s failed (HTTP %d): %s.", host, answer.Status, strings.TrimRight(t.quote(t.describe(answer, body, said)), ". "))
	return e
}

// strangersAnswer advises about an answer that is not the sign-in service's own.
func strangersAnswer(host string, status int) string {
	switch status {
	case http.StatusProxyAuthRequired:
		return (&httpclient.ProxyError{Status: status}).Advice()
	case http.StatusForbidden:
		return "A proxy or firewall between this program and the service refused the request: ask its administrators to allow " + host + "."
	}
	return inItsPlace
}

// inItsPlace advises about an answer that no sign-in service gives.
const inItsPlace = "Something between this program and the sign-in service may have answered instead: check the proxy, and azure_ad_endpoint if it is set."

func (b refusalBody) text() string {
	parts := slices.DeleteFunc([]string{b.Title, b.Description, b.Message, b.Detail}, func(t string) bool { return t == "" })
	return strings.Join(parts, ": ")
}

// describe says what the answer was, in its own words where it has any.
func (t *tokenClient) describe(answer *httpclient.Response, body refusalBody, said string) string {
	switch {
	case body.Error != "" && said != "":
		return body.Error + ": " + said
	case body.Error+said != "":
		return body.Error + said
	case answer.Status >= 300 && answer.Status < 400:
		return "it redirects to " + hostOf(answer.Header.Get("Location")) + ", which is not followed with credentials"
	case strings.Contains(answer.Header.Get("Content-Type"), "html"), strings.HasPrefix(strings.TrimSpace(string(answer.Body)), "<"):
		return "the answer is a web page, not a token"
	case !json.Valid(answer.Body):
		return "the answer is not JSON"
	case bytes.Contains(answer.Body, []byte(`"access_token"`)):
		return "the answer is not a token as RFC 6749 has it (access_token as text, expires_in as a whole number)"
	}
	return "the answer contains no access_token"
}

// quote returns foreign text on one line, without secrets and not too long.
func (t *tokenClient) quote(text string) string {
	text = t.scrubber.Scrub(strings.Join(strings.Fields(text), " "))
	if runes := []rune(text); len(runes) > longestQuote {
		return string(runes[:longestQuote]) + "…"
	}
	return text
}

// aadstsNumbers returns Entra's error numbers: those listed, then those that only
// the text names.
func aadstsNumbers(listed []int, text string) []int {
	numbers := slices.Clone(listed)
	for _, match := range aadstsNumber.FindAllStringSubmatch(text, -1) {
		if n, err := strconv.Atoi(match[1]); err == nil && !slices.Contains(numbers, n) {
			numbers = append(numbers, n)
		}
	}
	return numbers
}

// unanswered turns the lack of an answer into a failure. The HTTP client's own error
// speaks of a change that may have been made, which asking for a token is not.
func (t *tokenClient) unanswered(ctx context.Context, host string, err error) error {
	e, ok := errors.AsType[*failure.Error](err)
	if !ok {
		return &failure.Error{Kind: failure.SignIn, Message: "The sign-in request to " + host + " could not be made: " + t.quote(err.Error()) + ".", Cause: err}
	}
	switch e.Kind {
	case failure.Throttled, failure.Canceled:
		return e
	case failure.Refused: // the HTTP client refuses what is too large
		return &failure.Error{Kind: failure.SignIn, Status: http.StatusOK, Cause: err,
			Message: fmt.Sprintf("Sign-in at %s failed: the answer is larger than %d bytes, so it is not a token.", host, maxTokenAnswer)}
	}
	if ctx.Err() != nil {
		return t.ended(ctx)
	}
	why := "no answer came"
	if e.Cause != nil {
		why = t.quote(e.Cause.Error())
	}
	advice := "Check the network, and whether the instance must use the system's proxy (proxy)."
	if proxy, ok := errors.AsType[*httpclient.ProxyError](err); ok {
		advice = proxy.Advice()
	}
	return &failure.Error{
		Kind: failure.Unreachable, Host: host, Timeout: e.Timeout, Cause: err,
		Message: "There is no token, because " + host + " could not be reached: " + why + ".",
		Advice:  advice,
	}
}

// ended is the failure of a call whose time ran out, or that was cancelled, while
// it waited for a token.
func (t *tokenClient) ended(ctx context.Context) error {
	host := t.cfg.SignInHost()
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return &failure.Error{
			Kind: failure.Unreachable, Host: host, Timeout: true, Cause: context.Cause(ctx),
			Message: "The command's time ended before " + host + " returned a token.",
			Advice:  "Give the command more time (timeout), or try again later.",
		}
	}
	return &failure.Error{Kind: failure.Canceled, Cause: context.Cause(ctx), Message: "The command was cancelled while it waited for a token."}
}

// oauthErrorOf returns the OAuth error that the token endpoint answered, or "".
func oauthErrorOf(err error) string {
	if e, ok := errors.AsType[*failure.Error](err); ok {
		return e.OAuthError
	}
	return ""
}
