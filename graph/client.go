// Package graph is the Microsoft Graph client that all commands share.
//
// An operation is a Request, made by the constructor of its name (GetUser,
// UserDelta, CreateTemporaryAccessPass, …); a Client sends it, once a token is
// there, over its instance's HTTP client, and reads the answer as JSON that stays as it
// came. Everything that goes wrong is a *failure.Error.
package graph

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/google/uuid"

	"msgraph-user/internal/failure"
	"msgraph-user/internal/httpclient"
	"msgraph-user/internal/rawjson"
	"msgraph-user/internal/secret"
)

// Options configures a Client.
type Options struct {
	// Origin is the instance's Graph: scheme, host and port, as in
	// "https://graph.microsoft.com". Required; a path after it is not allowed.
	Origin string
	// HTTP carries the requests; required. It is the instance's own, so that
	// calls share its pace.
	HTTP *httpclient.Client
	// Tokens gives and renews the instance's access token; required.
	Tokens TokenSource
	// Scrub removes secrets from texts that came from elsewhere; may be nil.
	Scrub func(string) string
	// NewID makes the client-request-id of a request; nil makes random GUIDs.
	NewID func() string
	// Log gets one line a request at debug level; may be nil.
	Log *slog.Logger
	// UserAgent is sent with every request; may be empty.
	UserAgent string
}

// Client sends requests to one instance's Graph. It is safe for concurrent use.
type Client struct {
	origin    *url.URL
	http      *httpclient.Client
	tokens    TokenSource
	scrub     func(string) string
	newID     func() string
	log       *slog.Logger
	userAgent string
}

// New returns a client of o.Origin. The error is about the parameter host.
func New(o Options) (*Client, error) {
	origin, err := url.Parse(strings.TrimRight(o.Origin, "/"))
	if err != nil || origin.Host == "" || origin.Path != "" || origin.User != nil || (origin.Scheme != "https" && origin.Scheme != "http") {
		return nil, failure.Parameter("host", "the Host URL must be scheme and host, as in https://graph.microsoft.com.")
	}
	c := &Client{
		origin:    &url.URL{Scheme: origin.Scheme, Host: origin.Host},
		http:      o.HTTP,
		tokens:    o.Tokens,
		scrub:     o.Scrub,
		newID:     o.NewID,
		log:       o.Log,
		userAgent: o.UserAgent,
	}
	if c.scrub == nil {
		c.scrub = func(text string) string { return text }
	}
	if c.newID == nil {
		c.newID = uuid.NewString
	}
	if c.log == nil {
		c.log = slog.New(slog.DiscardHandler)
	}
	return c, nil
}

// Response is Graph's answer to a request that it did not refuse.
type Response struct {
	Status int
	Header http.Header
	// Object is the body; nil where there is none, as with 202 and 204.
	Object rawjson.Object

	token   secret.Text // that the request was sent with
	inDoubt bool        // the request was sent before, and may have been done then
}

// Do sends r and returns the object that Graph answers, or nil where the answer
// has no body. See Send for what can go wrong.
func (c *Client) Do(ctx context.Context, r Request) (rawjson.Object, error) {
	response, err := c.Send(ctx, r)
	if err != nil {
		return nil, err
	}
	return response.Object, nil
}

// Send sends r and returns Graph's answer with its status and headers. The error is a
// *failure.Error: Refused with Graph's code and text for an answer of 300 or more or
// one that holds an error, and for a read that is answered with nothing; what the token
// source reports where no token is to be had, and those of httpclient.Client.Send.
//
// A DELETE that was sent again, because an answer was lost, counts as done where the
// object is Gone: what was asked for is so.
func (c *Client) Send(ctx context.Context, r Request) (Response, error) {
	if r.err != nil {
		return Response{}, r.err
	}
	body, err := r.encodedBody()
	if err != nil {
		return Response{}, &failure.Error{Kind: failure.Internal, Message: "the request cannot be written as JSON", Cause: err}
	}
	s := &sentRequest{client: c, request: r, body: body, id: c.newID(), began: time.Now()}
	answer, err := s.withToken(ctx)
	c.logRequest(ctx, s, answer, err)
	if err != nil {
		return Response{}, err
	}
	if answer.Status >= http.StatusMultipleChoices {
		refusal := c.refusal(r, s.id, answer)
		if answer.InDoubt && Gone(r, refusal) {
			return Response{Status: http.StatusNoContent, Header: answer.Header}, nil
		}
		return Response{}, refusal
	}
	if s.unreadable != nil {
		return Response{}, c.unreadable(r, s.id, answer, s.unreadable)
	}
	if err := c.contradicts(r, s.id, answer, s.object); err != nil {
		return Response{}, err
	}
	return Response{Status: answer.Status, Header: answer.Header, Object: s.object, token: s.token, inDoubt: answer.InDoubt}, nil
}

// sentRequest is a request that was sent, retries included, and its parsed response.
type sentRequest struct {
	client     *Client
	request    Request
	body       []byte
	id         string // client-request-id, the same for every repetition
	began      time.Time
	token      secret.Text // that it was sent with last
	object     rawjson.Object
	unreadable error
}

func (s *sentRequest) httpRequest(token string) httpclient.Request {
	h := http.Header{
		"Authorization":            {"Bearer " + token},
		"Accept":                   {"application/json"},
		"Client-Request-Id":        {s.id},
		"Return-Client-Request-Id": {"true"},
	}
	if agent := s.client.userAgent; agent != "" {
		if s.request.Command != "" {
			agent += " (" + s.request.Command + ")"
		}
		h.Set("User-Agent", agent)
	}
	if s.body != nil {
		h.Set("Content-Type", "application/json")
	}
	for name, values := range s.request.Header {
		h[name] = values
	}
	return httpclient.Request{
		Method:     s.request.Method,
		URL:        s.client.origin.String() + s.request.Target(),
		Header:     h,
		Body:       s.body,
		Repeatable: s.request.Repeatable,
		IfLost:     s.request.IfLost,
		Accept:     s.accept,
	}
}

// send sends the request with token over the instance's HTTP client.
func (s *sentRequest) send(ctx context.Context, token secret.Text) (*httpclient.Response, error) {
	s.token = token
	answer, err := s.client.http.Send(ctx, s.httpRequest(token.Reveal()))
	if e, ok := errors.AsType[*failure.Error](err); ok {
		e.ClientRequestID = s.id
	}
	return answer, err
}

// accept reads the body of a good answer. One that ends in the middle of its
// JSON is a cut one, to be asked for again; so is a GET's without any.
func (s *sentRequest) accept(a *httpclient.Response) error {
	s.object, s.unreadable = nil, nil
	if a.Status >= http.StatusMultipleChoices || a.Status == http.StatusNoContent {
		return nil
	}
	if len(a.Body) == 0 {
		if s.request.Method == http.MethodGet {
			return httpclient.ErrCut
		}
		return nil
	}
	s.object, s.unreadable = rawjson.ParseObject(a.Body)
	if errors.Is(s.unreadable, io.ErrUnexpectedEOF) {
		return httpclient.ErrCut
	}
	return nil
}

// logRequest writes the one line that a request leaves at debug level: no ids of
// people, no query, nothing that was sent.
func (c *Client) logRequest(ctx context.Context, s *sentRequest, a *httpclient.Response, err error) {
	if !c.log.Enabled(ctx, slog.LevelDebug) {
		return
	}
	attrs := []slog.Attr{
		slog.String("method", s.request.Method),
		slog.String("path", "/"+s.request.Version+s.request.Template),
		slog.Duration("time", time.Since(s.began)),
		slog.String("client_request_id", s.id),
	}
	if a != nil {
		attrs = append(attrs, slog.Int("status", a.Status), slog.Int("retries", a.Tries-1),
			slog.String("request_id", a.Header.Get("Request-Id")))
	}
	if err != nil {
		attrs = append(attrs, slog.String("error", c.scrub(err.Error())))
	}
	c.log.LogAttrs(ctx, slog.LevelDebug, "graph request", attrs...)
}
