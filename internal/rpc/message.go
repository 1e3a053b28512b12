package rpc

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/sourcegraph/jsonrpc2"

	"msgraph-user/internal/failure"
)

// envelope is the members of a message that JSON-RPC gives a meaning to, raw.
type envelope struct {
	text                                        []byte // the whole message
	version, id, method, params, result, failed json.RawMessage
	repeated                                    jsontext.Pointer // to a name that occurs twice in one object; empty: none does
}

// member returns the place of the member with a quoted name, nil for one without
// a meaning.
func (e *envelope) member(quoted []byte) *json.RawMessage {
	name := quoted[1 : len(quoted)-1]
	if bytes.IndexByte(name, '\\') >= 0 {
		name, _ = jsontext.AppendUnquote(nil, quoted) // the decoder checked it
	}
	switch string(name) {
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

func (e *envelope) isNotification() bool { return e.id == nil }

// isAnswer reports whether the message answers a request of ours.
func (e *envelope) isAnswer() bool { return e.method == nil && (e.result != nil || e.failed != nil) }

// parser takes what was read apart into messages. One pass checks syntax, UTF-8
// and names that occur twice, and finds the members.
type parser struct {
	decoder jsontext.Decoder
	buffer  bytes.Buffer
	raw     []byte
}

// frame is what was read at once: a message, or a batch of them.
type frame struct {
	messages []envelope // at most maxBatch
	isBatch  bool
	count    int // of a batch, those beyond maxBatch included
}

// parse takes raw apart. The error is the -32700 that is to be answered.
func (p *parser) parse(raw []byte) (frame, *jsonrpc2.Error) {
	f, err := p.walk(raw)
	if err == nil {
		return f, nil
	}
	f, err = p.walk(raw, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	if err != nil || !utf8.Valid(raw) {
		return f, syntaxError(raw)
	}
	// A name occurs twice, or half of a surrogate pair stands alone, which JSON
	// allows.
	for i := range f.messages {
		f.messages[i].repeated = p.repeatedName(f.messages[i].text)
	}
	return f, nil
}

func (p *parser) walk(raw []byte, options ...jsontext.Options) (f frame, err error) {
	p.reset(raw, options...)
	if p.decoder.PeekKind() != '[' {
		f.messages = make([]envelope, 1)
		err = p.message(&f.messages[0])
	} else {
		f.isBatch = true
		err = p.batch(&f)
	}
	if err == nil && len(trimBlank(raw[p.decoder.InputOffset():])) > 0 {
		err = errors.New("more than one value")
	}
	return f, err
}

func (p *parser) reset(raw []byte, options ...jsontext.Options) {
	p.raw, p.buffer = raw, *bytes.NewBuffer(raw)
	p.decoder.Reset(&p.buffer, options...)
}

func (p *parser) batch(f *frame) error {
	if _, err := p.decoder.ReadToken(); err != nil {
		return err
	}
	for p.decoder.PeekKind() != ']' {
		var e envelope
		if err := p.message(&e); err != nil {
			return err
		}
		if f.count++; f.count <= maxBatch {
			f.messages = append(f.messages, e)
		}
	}
	_, err := p.decoder.ReadToken()
	return err
}

// message reads one value into e.
func (p *parser) message(e *envelope) (err error) {
	if p.decoder.PeekKind() != '{' {
		e.text, err = p.value()
		return err
	}
	if _, err := p.decoder.ReadToken(); err != nil {
		return err
	}
	start := p.decoder.InputOffset() - 1
	for p.decoder.PeekKind() != '}' {
		name, err := p.value()
		if err != nil {
			return err
		}
		value, err := p.value()
		if err != nil {
			return err
		}
		if place := e.member(name); place != nil {
			*place = value
		}
	}
	_, err = p.decoder.ReadToken()
	e.text = p.raw[start:p.decoder.InputOffset()]
	return err
}

// value reads one value and returns its place in what was read.
func (p *parser) value() ([]byte, error) {
	value, err := p.decoder.ReadValue()
	end := p.decoder.InputOffset()
	return p.raw[end-int64(len(value)) : end : end], err
}

// repeatedName returns where a name occurs twice in valid JSON.
func (p *parser) repeatedName(raw []byte) jsontext.Pointer {
	p.reset(raw, jsontext.AllowInvalidUTF8(true))
	var repeated *jsontext.SyntacticError
	if errors.As(p.decoder.SkipValue(), &repeated) {
		return repeated.JSONPointer
	}
	return ""
}

// syntaxError returns the -32700 error of bytes that are not JSON in UTF-8. It
// quotes nothing but one character, so that no secret is repeated.
func syntaxError(raw []byte) *jsonrpc2.Error {
	if !utf8.Valid(raw) {
		return parseError("The message is not JSON: it is not UTF-8.")
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

// check holds a request to section 4 of the JSON-RPC specification, and returns
// its method. params that are null pass for left out: many clients send them so.
func (e *envelope) check() (method string, failed *jsonrpc2.Error) {
	if kindOf(e.text) != kindObject {
		return "", invalidRequest("A request is an object, not %s.", kindOf(e.text))
	}
	if name, outside := e.repeatedOutside(); outside {
		return "", invalidRequest("The member %s occurs twice.", shown(name))
	}
	method, isText := decodeString(e.method)
	switch {
	case !e.isVersion2():
		return "", invalidRequest(`The member "jsonrpc" must be "2.0".`)
	case e.method == nil:
		return "", invalidRequest(`A request needs the member "method".`)
	case !isText:
		return "", invalidRequest(`The member "method" is text, not %s.`, kindOf(e.method))
	case e.result != nil || e.failed != nil:
		return "", invalidRequest(`A message with "method" holds neither "result" nor "error".`)
	}
	switch kind := kindOf(e.id); kind {
	case kindBool, kindArray, kindObject:
		return "", invalidRequest(`The member "id" is text, a number or null, not %s.`, kind)
	}
	switch kind := kindOf(e.params); kind {
	case kindNull:
		e.params = nil
	case kindBool, kindNumber, kindString:
		return "", invalidRequest(`The member "params" is an object or an array, not %s.`, kind)
	}
	return method, nil
}

func (e *envelope) isVersion2() bool {
	if string(e.version) == `"2.0"` {
		return true
	}
	version, _ := decodeString(e.version) // it may be escaped
	return version == "2.0"
}

// repeatedOutside returns the name that occurs twice outside of params.
func (e *envelope) repeatedOutside() (name string, outside bool) {
	if e.repeated == "" {
		return "", false
	}
	path := slices.Collect(e.repeated.Tokens())
	return path[len(path)-1], len(path) == 1 || path[0] != "params"
}

// repetition returns the error of a name that occurs twice in params, nil where
// none does: callers and servers differ in which of the two they would take.
func (e *envelope) repetition() *failure.Error {
	path := slices.Collect(e.repeated.Tokens())
	if len(path) < 2 {
		return nil
	}
	member, name := path[1], shown(path[len(path)-1])
	switch {
	case len(path) == 2:
		return failure.Argument(member, "The member %s of the request's params occurs twice.", name)
	case member == "args" && len(path) == 3:
		return failure.Argument(path[2], "The argument %s is given twice.", name)
	case member == "params" && len(path) == 3:
		return failure.Parameter(path[2], "The parameter %s is given twice.", name)
	case member == "params":
		return failure.Parameter(path[2], "The parameter %s holds the name %s twice.", shown(path[2]), name)
	case member == "args":
		return failure.Argument(path[2], "The argument %s holds the name %s twice.", shown(path[2]), name)
	}
	return failure.Argument(member, "The member %s of the request's params holds the name %s twice.", shown(member), name)
}

// appendRequest appends the request as the library takes it: under a number of
// ours, and with the members that JSON-RPC knows, which the library would find
// in any letter case. Its params follow in OnRecv.
func (e *envelope) appendRequest(b []byte, number uint64) []byte {
	b = append(b, `{"jsonrpc":"2.0"`...)
	if !e.isNotification() {
		b = strconv.AppendUint(append(b, `,"id":`...), number, 10)
	}
	return append(append(append(b, `,"method":`...), e.method...), '}')
}

// answeredNumber returns the number of the request of ours that an answer is for,
// 0 where it is for none.
func (e *envelope) answeredNumber() uint64 {
	number, err := strconv.ParseUint(string(e.id), 10, 63)
	if err != nil {
		return 0
	}
	return number
}

// appendAnswer appends the answer as the library takes it. The message of an
// error is left out: it may repeat what was sent, and that may be a token. An
// error that is none has the code 0.
func (e *envelope) appendAnswer(b []byte, number uint64) []byte {
	b = strconv.AppendUint(append(b, `{"jsonrpc":"2.0","id":`...), number, 10)
	if kind := kindOf(e.failed); kind == kindAbsent || kind == kindNull {
		result := e.result
		if result == nil {
			result = jsonNull
		}
		return append(append(append(b, `,"result":`...), result...), '}')
	}
	var failed struct {
		Code json.Number `json:"code"`
	}
	_ = json.Unmarshal(e.failed, &failed) // an error of another shape has no code
	code, _ := failed.Code.Int64()
	return append(strconv.AppendInt(append(b, `,"error":{"code":`...), code, 10), `,"message":""}}`...)
}

// decodeString returns the text of a JSON string, and false for another value.
func decodeString(raw []byte) (string, bool) {
	if kindOf(raw) != kindString {
		return "", false
	}
	if bytes.IndexByte(raw, '\\') < 0 {
		return string(raw[1 : len(raw)-1]), true
	}
	var text string
	err := json.Unmarshal(raw, &text)
	return text, err == nil
}

// kind is the type of a JSON value.
type kind string

const (
	kindAbsent kind = "nothing"
	kindNull   kind = "null"
	kindBool   kind = "a boolean"
	kindNumber kind = "a number"
	kindString kind = "text"
	kindArray  kind = "an array"
	kindObject kind = "an object"
)

// kindOf returns the type of a raw value.
func kindOf(raw []byte) kind {
	if len(raw) == 0 {
		return kindAbsent
	}
	switch raw[0] {
	case 'n':
		return kindNull
	case 't', 'f':
		return kindBool
	case '"':
		return kindString
	case '[':
		return kindArray
	case '{':
		return kindObject
	}
	return kindNumber
}
