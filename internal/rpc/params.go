package rpc

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"msgraph-user/internal/failure"
)

// callParams is the params of a command's request, checked for their shape.
type callParams struct {
	args           map[string]any // empty where left out
	params         map[string]any // nil where left out
	instance       string
	incident       string
	timeout        time.Duration // 0 where left out
	progressToken  any           // text or a number; nil where left out
	partialResults any           // likewise
}

// parseCallParams reads the params of a command's request. Members that are null
// pass for left out. The error is a *failure.Error that names the culprit.
func parseCallParams(raw json.RawMessage) (p callParams, err error) {
	if kindOf(raw) == kindArray {
		return p, &failure.Error{Kind: failure.BadArgument,
			Message: "The params of a command are given by name, not by position.",
			Advice:  `Send an object: {"args":{…},"params":{…},"context":{…}}.`}
	}
	given, err := decodeParams(raw)
	if err != nil {
		return p, err
	}
	known := 0
	for _, name := range memberNames {
		if value, ok := given[name]; ok {
			known++
			if err := p.set(name, value); err != nil {
				return p, err
			}
		}
	}
	if known < len(given) {
		return p, unknownMember(given)
	}
	if p.args == nil {
		p.args = map[string]any{}
	}
	return p, nil
}

// memberNames are the members of a command's params.
var memberNames = []string{"args", "params", "context", "progressToken", "partialResults"}

// unknownMember reports the first member, by name, that has no meaning.
func unknownMember(given map[string]any) error {
	names := slices.DeleteFunc(slices.Sorted(maps.Keys(given)), func(name string) bool { return slices.Contains(memberNames, name) })
	return &failure.Error{Kind: failure.BadArgument, Argument: names[0],
		Message: fmt.Sprintf("The request's params have no member %s.", shown(names[0])),
		Advice:  "They hold args (the command's arguments), params (the instance's configuration), context, progressToken and partialResults."}
}

// decodeParams decodes params that are given by name, numbers as json.Number.
func decodeParams(raw json.RawMessage) (map[string]any, error) {
	if raw == nil {
		return nil, nil
	}
	// The parser refused repeated names and what is not UTF-8; half of a surrogate pair is
	// read as U+FFFD.
	decoded, err := decodeValue(jsontext.NewDecoder(bytes.NewBuffer(raw), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)))
	given, _ := decoded.(map[string]any)
	return given, err
}

// decodeValue decodes the next value, in one pass and without reflection: every
// call goes through it.
func decodeValue(d *jsontext.Decoder) (any, error) {
	token, err := d.ReadToken()
	if err != nil {
		return nil, err
	}
	switch token.Kind() {
	case '{':
		return decodeObject(d)
	case '[':
		return decodeArray(d)
	case '"':
		return token.String(), nil
	case '0':
		return json.Number(token.String()), nil
	case 't', 'f':
		return token.Bool(), nil
	}
	return nil, nil
}

func decodeObject(d *jsontext.Decoder) (any, error) {
	object := map[string]any{}
	for d.PeekKind() != '}' {
		token, err := d.ReadToken()
		if err != nil {
			return nil, err
		}
		name := token.String()
		if object[name], err = decodeValue(d); err != nil {
			return nil, err
		}
	}
	_, err := d.ReadToken()
	return object, err
}

func decodeArray(d *jsontext.Decoder) (any, error) {
	array := []any{}
	for d.PeekKind() != ']' {
		value, err := decodeValue(d)
		if err != nil {
			return nil, err
		}
		array = append(array, value)
	}
	_, err := d.ReadToken()
	return array, err
}

func (p *callParams) set(name string, value any) (err error) {
	switch name {
	case "args":
		p.args, err = objectMember(name, value)
	case "params":
		p.params, err = objectMember(name, value)
	case "context":
		err = p.setContext(value)
	case "progressToken":
		p.progressToken, err = tokenMember(name, value)
	case "partialResults":
		p.partialResults, err = tokenMember(name, value)
	}
	return err
}

// setContext reads what is needed of the platform's calling context; the rest of
// it is the platform's.
func (p *callParams) setContext(value any) error {
	given, err := objectMember("context", value)
	if err != nil {
		return err
	}
	if p.timeout, err = secondsMember("context.timeout", given["timeout"]); err != nil {
		return err
	}
	if p.instance, err = textMember("context.IntegrationInstance", given["IntegrationInstance"]); err != nil {
		return err
	}
	investigation, err := objectMember("context.Inv", given["Inv"])
	if err != nil {
		return err
	}
	if number, ok := investigation["id"].(json.Number); ok {
		p.incident = number.String()
		return nil
	}
	p.incident, err = textMember("context.Inv.id", investigation["id"])
	return err
}

// wrongShape reports a member that is not what it has to be. The instance's
// configuration is a parameter, all else counts among the arguments.
func wrongShape(name, wanted string, value any) error {
	message := fmt.Sprintf("The member %q of the request's params must be %s, not %s.", name, wanted, kindOfValue(value))
	if name == "params" {
		return failure.Parameter(name, "%s", message)
	}
	return failure.Argument(name, "%s", message)
}

// kindOfValue returns the type of a decoded value.
func kindOfValue(value any) kind {
	switch value.(type) {
	case nil:
		return kindNull
	case bool:
		return kindBool
	case string:
		return kindString
	case []any:
		return kindArray
	case map[string]any:
		return kindObject
	}
	return kindNumber
}

func objectMember(name string, value any) (map[string]any, error) {
	switch value := value.(type) {
	case nil:
		return nil, nil
	case map[string]any:
		return value, nil
	}
	return nil, wrongShape(name, "an object", value)
}

func textMember(name string, value any) (string, error) {
	switch value := value.(type) {
	case nil:
		return "", nil
	case string:
		return value, nil
	}
	return "", wrongShape(name, "text", value)
}

func tokenMember(name string, value any) (any, error) {
	switch value.(type) {
	case nil, string, json.Number:
		return value, nil
	}
	return nil, wrongShape(name, "text or a number", value)
}

// secondsMember reads a number of seconds, fractions allowed. Very long times
// end at what a time.Duration holds, 292 years.
func secondsMember(name string, value any) (time.Duration, error) {
	if value == nil {
		return 0, nil
	}
	const wanted = "a positive number of seconds"
	number, ok := value.(json.Number)
	if !ok {
		return 0, wrongShape(name, wanted, value)
	}
	seconds, err := number.Float64()
	if err != nil || seconds <= 0 {
		return 0, failure.Argument(name, "The member %q of the request's params must be %s.", name, wanted)
	}
	nanoseconds := math.Ceil(seconds * float64(time.Second))
	if nanoseconds >= math.MaxInt64 {
		return math.MaxInt64, nil
	}
	return time.Duration(nanoseconds), nil
}

// maxShown is how many bytes of a name that nobody knows an error repeats.
const maxShown = 80

// shown quotes a name of the caller's for an error text.
func shown(name string) string {
	if len(name) > maxShown {
		name = name[:maxShown] + "…"
	}
	return strconv.Quote(name)
}
