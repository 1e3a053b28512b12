package graph

import (
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"msgraph-user/internal/failure"
	"msgraph-user/internal/httpclient"
	"msgraph-user/internal/rawjson"
)

// maxRefusalBody and maxRefusalText bound what an error carries of an answer.
const (
	maxRefusalBody = 64 << 10
	maxRefusalText = 2000
)

// refusal turns an answer of 300 or more, or one that holds an error, into a *failure.Error
// (https://learn.microsoft.com/graph/errors).
func (c *Client) refusal(r Request, id string, a *httpclient.Response) error {
	e := &failure.Error{
		Kind:            failure.Refused,
		Status:          a.Status,
		RequestID:       a.Header.Get("Request-Id"),
		ClientRequestID: id,
		Body:            c.scrubbed(a.Body, maxRefusalBody),
	}
	text := c.readError(e, a)
	e.Message = fmt.Sprintf("%s answered %s", c.origin.Host, statusText(a.Status))
	if e.Code != "" {
		e.Message += ", " + e.Code
	}
	if text != "" {
		e.Message += ": " + text
	}
	if !strings.HasSuffix(e.Message, ".") {
		e.Message += "."
	}
	e.Advice = advice(r, a)
	e.InDoubt = a.InDoubt && r.IfLost != ""
	return e
}

// statusText is the status with its name, as in "404 Not Found".
func statusText(status int) string {
	return strings.TrimSpace(fmt.Sprintf("%d %s", status, http.StatusText(status)))
}

// readError fills e from the answer's body, whatever its shape, and returns the
// text that it has for a person.
func (c *Client) readError(e *failure.Error, a *httpclient.Response) string {
	if a.Status >= http.StatusMultipleChoices && a.Status < http.StatusBadRequest {
		return "it points to " + c.pointsTo(a.Header) + ", and redirects are not followed"
	}
	body, err := rawjson.ParseObject(a.Body)
	if err != nil {
		return c.plainText(a)
	}
	inner, err := rawjson.ParseObject(body.Get("error"))
	if err != nil {
		// OAuth's shape, and that of some gateways: {"error":"…","error_description":"…"}.
		e.Code = c.short(body.Text("error"))
		return c.short(firstText(body, "error_description", "message", "Message"))
	}
	e.Code = c.short(inner.Text("code"))
	c.readInnerError(e, inner)
	return c.short(errorMessage(inner))
}

// errorMessage is the error's text, which older services wrap with its language.
func errorMessage(inner rawjson.Object) string {
	if text := inner.Text("message"); text != "" {
		return text
	}
	wrapped, err := rawjson.ParseObject(inner.Get("message"))
	if err != nil {
		return ""
	}
	return wrapped.Text("value")
}

// readInnerError takes date and ids from innerError, which some services spell
// in lower case.
func (c *Client) readInnerError(e *failure.Error, inner rawjson.Object) {
	for _, name := range []string{"innerError", "innererror"} {
		details, err := rawjson.ParseObject(inner.Get(name))
		if err != nil {
			continue
		}
		e.Date = c.short(details.Text("date"))
		if e.RequestID == "" {
			e.RequestID = c.short(details.Text("request-id"))
		}
	}
}

func firstText(o rawjson.Object, names ...string) string {
	for _, name := range names {
		if text := o.Text(name); text != "" {
			return text
		}
	}
	return ""
}

// plainText is the body of an answer that is no JSON: its text, unless it is a
// web page, whose text helps nobody.
func (c *Client) plainText(a *httpclient.Response) string {
	text := strings.TrimSpace(strings.ToValidUTF8(string(a.Body), "\uFFFD"))
	if text == "" {
		return "without saying why"
	}
	if strings.HasPrefix(text, "<") || mediaType(a.Header) == "text/html" {
		return "with a web page in place of JSON"
	}
	return c.short(text)
}

func mediaType(h http.Header) string {
	media, _, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil {
		return "no media type"
	}
	return media
}

// pointsTo is the host that a redirect leads to. The rest of it may hold anything.
func (c *Client) pointsTo(h http.Header) string {
	u, err := url.Parse(h.Get("Location"))
	if err != nil || h.Get("Location") == "" {
		return "nowhere"
	}
	return c.short((&url.URL{Scheme: u.Scheme, Host: u.Host}).String())
}

// contradicts reports a good status whose answer is none: an error in place of what was
// asked for, or nothing in answer to a read.
func (c *Client) contradicts(r Request, id string, a *httpclient.Response, object rawjson.Object) error {
	if len(object) == 1 && object[0].Name == "error" {
		if inner, err := rawjson.ParseObject(object[0].Value); err == nil && len(inner) > 0 {
			return c.refusal(r, id, a)
		}
	}
	if r.Method != http.MethodGet || len(object) > 0 {
		return nil
	}
	return &failure.Error{
		Kind:            failure.Refused,
		Message:         fmt.Sprintf("%s answered %s without any property of what was asked for.", c.origin.Host, statusText(a.Status)),
		Advice:          "Check that the instance's Host URL is a Microsoft Graph, and that no proxy answers instead.",
		Status:          a.Status,
		RequestID:       a.Header.Get("Request-Id"),
		ClientRequestID: id,
		Body:            c.scrubbed(a.Body, maxRefusalBody),
	}
}

// unreadable reports an answer of 200 that is no JSON object. Whether a change was made
// is not known then.
func (c *Client) unreadable(r Request, id string, a *httpclient.Response, cause error) error {
	return &failure.Error{
		Kind:            failure.Refused,
		Message:         fmt.Sprintf("%s answered %s with %s that cannot be read as a JSON object.", c.origin.Host, statusText(a.Status), mediaType(a.Header)),
		Advice:          "Check that the instance's Host URL is a Microsoft Graph, and that no proxy answers instead.",
		Status:          a.Status,
		RequestID:       a.Header.Get("Request-Id"),
		ClientRequestID: id,
		Body:            c.scrubbed(a.Body, maxRefusalBody),
		InDoubt:         r.IfLost != "",
		Cause:           cause,
	}
}

// short is a foreign text, scrubbed and bounded.
func (c *Client) short(text string) string {
	return string(c.scrubbed([]byte(text), maxRefusalText))
}

// scrubbed removes secrets before it cuts, so that no half of one is left.
func (c *Client) scrubbed(text []byte, limit int) []byte {
	clean := c.scrub(string(text))
	if len(clean) > limit {
		clean = strings.ToValidUTF8(clean[:limit], "") + "…" // the cut may fall within a letter
	}
	return []byte(clean)
}
