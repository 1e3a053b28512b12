package graphapi

import (
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"
	"time"

	"msgraph-user/emulator/directory"
	"msgraph-user/emulator/odata"
)

// maxBody bounds a request's body; Graph takes 4 MB.
const maxBody = 4 << 20

// call is one request on its way through the API.
type call struct {
	api     *API
	store   *directory.Store
	request *http.Request
	inBatch bool
	at      time.Time

	requestID string
	origin    string            // scheme and host, as the caller wrote them
	version   string            // v1.0 or beta
	vars      map[string]string // what stands in the places of the route's {names}
	route     *route
	cast      string   // the type that the path narrows the collection to
	counting  bool     // the path asks how many there are
	expanding expander // of other objects than users; nil where nothing is expanded

	principal Principal
	caller    *directory.Object // the person or application that makes a change; nil where it is unknown
	granted   []string          // the permissions that let this call pass
	quota     http.Header       // what the answer says about the application's quota
	least     []string          // what the properties that it reads or writes ask for
}

// expander reads a $expand, and returns what writes the relation of an object.
type expander func(text string) (func(out []byte, o *directory.Object) []byte, error)

// handler answers one operation.
type handler func(*call) (reply, error)

func newCall(a *API, r *http.Request, inBatch bool) *call {
	return &call{
		api: a, store: a.store, request: r, inBatch: inBatch, at: a.store.Now(),
		requestID: directory.NewID(), origin: origin(r), vars: map[string]string{}, route: unknownRoute,
	}
}

// origin is where the caller found us: links lead back to there.
func origin(r *http.Request) string {
	scheme := r.URL.Scheme
	if scheme == "" {
		scheme = "http"
		if r.TLS != nil {
			scheme = "https"
		}
	}
	host := r.Host
	if host == "" {
		host = r.URL.Host
	}
	return scheme + "://" + host
}

// link returns an absolute URL of the API's version.
func (c *call) link(path string) string { return c.origin + "/" + c.version + path }

// context returns the @odata.context of what.
func (c *call) context(what string) string { return c.link("/$metadata#" + what) }

// authenticate finds out who sends the request.
func (c *call) authenticate() error {
	header := c.request.Header.Get("Authorization")
	scheme, token, _ := strings.Cut(header, " ")
	if header == "" || !strings.EqualFold(scheme, "Bearer") || token == "" {
		return &graphError{status: http.StatusUnauthorized, code: "InvalidAuthenticationToken", message: "Access token is empty."}
	}
	principal, err := c.api.options.Tokens.Verify(strings.TrimSpace(token))
	if err != nil {
		return &graphError{status: http.StatusUnauthorized, code: "InvalidAuthenticationToken", message: err.Error()}
	}
	c.principal = principal
	return nil
}

// options reads the query options.
func (c *call) options() (*odata.Options, error) {
	return odata.Parse(c.request.URL.RawQuery, c.request.Header.Get("ConsistencyLevel"))
}

// noOptions refuses query options where the operation has none.
func (c *call) noOptions() error {
	_, err := c.options()
	return err
}

// body reads the request's JSON object, by the names of its members.
func (c *call) body() (map[string]json.RawMessage, error) {
	raw, err := c.rawBody()
	if err != nil {
		return nil, err
	}
	if len(raw) == 0 {
		return nil, badRequest("Empty Payload. JSON content expected.")
	}
	return c.members(raw)
}

// members reads the members of a JSON object.
func (c *call) members(raw []byte) (map[string]json.RawMessage, error) {
	media, _, err := mime.ParseMediaType(c.request.Header.Get("Content-Type"))
	if err != nil || media != "application/json" {
		return nil, badRequest("Entity only allows writes with a JSON Content-Type header.")
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(raw, &members); err != nil || members == nil {
		return nil, &graphError{status: 400, code: "BadRequest", message: "Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON format."}
	}
	for name := range members {
		if strings.HasPrefix(name, "@odata.") && name != "@odata.id" {
			delete(members, name)
		}
	}
	return members, nil
}

// rawBody reads the request's body, unpacked: Microsoft's Go SDK compresses all of
// them.
func (c *call) rawBody() ([]byte, error) {
	if c.request.Body == nil {
		return nil, nil
	}
	var source io.Reader = c.request.Body
	switch encoding := strings.ToLower(strings.TrimSpace(c.request.Header.Get("Content-Encoding"))); encoding {
	case "", "identity":
	case "gzip", "x-gzip":
		packed, err := gzip.NewReader(source)
		if errors.Is(err, io.EOF) {
			return nil, nil // nothing at all
		}
		if err != nil {
			return nil, badRequest("The request's body could not be read: it is no gzip: %v", err)
		}
		source = packed
	default:
		return nil, &graphError{status: http.StatusUnsupportedMediaType, code: "UnsupportedMediaType", message: "The content encoding '" + encoding + "' of the request's body is not supported."}
	}
	raw, err := io.ReadAll(io.LimitReader(source, maxBody+1))
	if err != nil {
		return nil, badRequest("The request's body could not be read: %v", err)
	}
	if len(raw) > maxBody {
		return nil, &graphError{status: http.StatusRequestEntityTooLarge, code: "RequestEntityTooLarge", message: "The request's body is larger than 4 MB."}
	}
	return raw, nil
}

// user finds the user that the path names.
func (c *call) user() (*directory.Object, error) {
	ref := c.vars["user-id"]
	if strings.ContainsAny(ref, `%&*+/=?{}|<>\`) {
		return nil, badRequest("Bad request. Please fix the request before retrying.")
	}
	u := c.store.User(ref)
	if u == nil {
		return nil, notFound(ref)
	}
	return u, nil
}

// update runs a writer's turn and turns its errors into Graph's.
func (c *call) update(change func(tx *directory.Tx) error) error {
	if c.caller = c.api.store.Get(c.principal.UserID); c.caller == nil {
		c.caller = c.api.store.Application(c.principal.AppID)
	}
	err := c.api.store.Update(func(tx *directory.Tx) error {
		if err := change(tx); err != nil {
			return err
		}
		c.audit(tx)
		return nil
	})
	var conflict *directory.ConflictError
	var missing *directory.NotFoundError
	var journal *directory.JournalError
	switch {
	case errors.As(err, &conflict):
		return objectConflict(conflict.Property)
	case errors.As(err, &missing):
		return notFound(missing.Ref)
	case errors.As(err, &journal):
		return &graphError{status: http.StatusInsufficientStorage, code: "UnknownError", message: journal.Error()}
	}
	return err
}

func (c *call) observation(status int) Observation {
	o := Observation{
		At: c.at, Method: c.request.Method, URL: c.request.URL.RequestURI(), Operation: c.route.operation(), Status: status,
		AppID: c.principal.AppID, UserID: c.principal.UserID, RequestID: c.requestID, InBatch: c.inBatch, Granted: c.granted,
		UserAgent: c.request.UserAgent(),
	}
	o.Needed = c.route.permission.least(c.principal)
	o.Least = c.leastPermissions()
	return o
}
