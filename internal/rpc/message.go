package rpc

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"github.com/sourcegraph/jsonrpc2"
)

// request is a request or notification of the peer, from its arrival until its
// answer is out.
type request struct {
	number uint64          // ours; the peer's ids may be anything, and occur twice
	id     json.RawMessage // as it came; nil for a notification
	method string
	params json.RawMessage // an object or array; nil where left out
	size   int             // bytes of the message

	batch *batch // the batch it came in, if any
	slot  int    // its place there

	arrived time.Time
	ctx     context.Context // of the work done for it
	cancel  context.CancelCauseFunc

	claimed atomic.Bool // whether its one answer is decided
	answer  []byte      // the whole message; set before the answer is sent
}

func (r *request) isNotification() bool { return r.id == nil }

// claim reports whether the caller is the one who answers r: true once.
func (r *request) claim() bool { return r.claimed.CompareAndSwap(false, true) }

// reply is the peer's answer to a request of ours.
type reply struct {
	number uint64
	result json.RawMessage
	err    error
}

// replyError is the error that the peer answered. Its message is left out: it
// may repeat what was sent, and that may be a token.
type replyError struct{ code json.Number }

func (e *replyError) Error() string {
	if e.code == "" {
		return "the caller answered an error without a code"
	}
	return fmt.Sprintf("the caller answered error %s", e.code)
}

// checkJSON returns the -32700 error of bytes that are not JSON in UTF-8, or nil.
// The message quotes nothing but one character, so that no secret is repeated.
func checkJSON(raw []byte) *jsonrpc2.Error {
	if !utf8.Valid(raw) {
		return parseError("The message is not JSON: it is not UTF-8.")
	}
	if json.Valid(raw) {
		return nil
	}
	if len(raw) == 0 {
		return parseError("The message is not JSON: it is empty.")
	}
	err := json.Unmarshal(raw, new(json.RawMessage))
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return parseError(fmt.Sprintf("The message is not JSON: %v (byte %d).", syntax, syntax.Offset))
	}
	return parseError("The message is not JSON.")
}

// envelope is the members of a message that JSON-RPC gives a meaning to, raw.
type envelope struct {
	version, id, method, params, result, failed json.RawMessage
}

// member returns the place of the member name, nil for one without a meaning.
func (e *envelope) member(name string) *json.RawMessage {
	switch name {
	case "jsonrpc":
		return &e.version
	case "id":
		return &e.id
	case "method":
		return &e.method
	case "params":
		return &e.params
	case "result":
		return &e.result
	case "error":
		return &e.failed
	}
	return nil
}

// parseMessage takes one message apart that is valid JSON and no batch. It
// returns a request, or a reply, or an error that is to be answered; nothing at
// all for a reply that belongs to no request of ours.
func parseMessage(raw []byte) (*request, *reply, *jsonrpc2.Error) {
	if kindOf(raw) != kindObject {
		return nil, nil, invalidRequest("A request is an object, not %s.", kindOf(raw))
	}
	var e envelope
	for name, value := range members(raw) {
		place := e.member(name)
		if place == nil {
			continue
		}
		if *place != nil {
			return nil, nil, invalidRequest("The member %q occurs twice.", name)
		}
		*place = value
	}
	if e.method == nil && (e.result != nil || e.failed != nil) {
		return nil, e.reply(), nil
	}
	r, err := e.request()
	if err == nil {
		r.size = len(raw)
	}
	return r, nil, err
}

// request checks the members against section 4 of the JSON-RPC specification.
// params that are null pass for left out: many clients send them so.
func (e *envelope) request() (*request, *jsonrpc2.Error) {
	version, _ := decodeString(e.version)
	method, isText := decodeString(e.method)
	switch {
	case version != "2.0":
		return nil, invalidRequest(`The member "jsonrpc" must be "2.0".`)
	case e.method == nil:
		return nil, invalidRequest(`A request needs the member "method".`)
	case !isText:
		return nil, invalidRequest(`The member "method" is text, not %s.`, kindOf(e.method))
	case e.result != nil || e.failed != nil:
		return nil, invalidRequest(`A message with "method" holds neither "result" nor "error".`)
	}
	switch kind := kindOf(e.id); kind {
	case kindBool, kindArray, kindObject:
		return nil, invalidRequest(`The member "id" is text, a number or null, not %s.`, kind)
	}
	switch kind := kindOf(e.params); kind {
	case kindNull:
		e.params = nil
	case kindBool, kindNumber, kindString:
		return nil, invalidRequest(`The member "params" is an object or an array, not %s.`, kind)
	}
	return &request{id: e.id, method: method, params: e.params}, nil
}

// reply reads the answer to a request of ours, which have whole numbers as ids.
// Its version is not looked at: an error would only be an answer to an answer.
func (e *envelope) reply() *reply {
	var number uint64
	if json.Unmarshal(e.id, &number) != nil || number == 0 {
		return nil
	}
	if kindOf(e.failed) == kindAbsent || kindOf(e.failed) == kindNull {
		return &reply{number: number, result: e.result}
	}
	var failed struct {
		Code json.Number `json:"code"`
	}
	_ = json.Unmarshal(e.failed, &failed) // an error of another shape has no code
	return &reply{number: number, err: &replyError{failed.Code}}
}
