package rpc

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"time"

	"msgraph-user/internal/failure"
)

// callParams is the params of a command's request: checked for their shape, the
// arguments and the configuration not yet decoded, since a call may wait long
// for its turn.
type callParams struct {
	args, params  json.RawMessage // objects; nil where left out
	instance      string
	incident      string
	timeout       time.Duration   // 0 where left out
	progressToken json.RawMessage // text or a number; nil where left out
}

// parseCallParams reads the params of a command's request. Members that are null
// pass for left out. The error is a *failure.Error that names the culprit.
func parseCallParams(raw json.RawMessage) (callParams, error) {
	var p callParams
	switch kindOf(raw) {
	case kindAbsent:
		return p, nil
	case kindArray:
		return p, &failure.Error{Kind: failure.BadArgument,
			Message: "The params of a command are given by name, not by position.",
			Advice:  `Send an object: {"args":{…},"params":{…},"context":{…}}.`}
	}
	seen := map[string]bool{}
	for name, value := range members(raw) {
		if seen[name] {
			return p, failure.Argument(name, "The member %q of the request's params occurs twice.", name)
		}
		seen[name] = true
		if err := p.set(name, value); err != nil {
			return p, err
		}
	}
	return p, nil
}

func (p *callParams) set(name string, value json.RawMessage) (err error) {
	switch name {
	case "args":
		p.args, err = objectMember(name, value)
	case "params":
		p.params, err = objectMember(name, value)
	case "context":
		err = p.setContext(value)
	case "progressToken":
		p.progressToken, err = tokenMember(name, value)
	default:
		err = &failure.Error{Kind: failure.BadArgument, Argument: name,
			Message: fmt.Sprintf("The request's params have no member %s.", shown(name)),
			Advice:  "They hold args (the command's arguments), params (the instance's configuration), context and progressToken."}
	}
	return err
}

// setContext reads what is needed of the platform's calling context; the rest of
// it is the platform's.
func (p *callParams) setContext(raw json.RawMessage) error {
	raw, err := objectMember("context", raw)
	if err != nil || raw == nil {
		return err
	}
	for name, value := range members(raw) {
		switch name {
		case "timeout":
			p.timeout, err = secondsMember("context.timeout", value)
		case "IntegrationInstance":
			p.instance, err = textMember("context.IntegrationInstance", value)
		case "Inv":
			err = p.setInvestigation(value)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (p *callParams) setInvestigation(raw json.RawMessage) error {
	raw, err := objectMember("context.Inv", raw)
	if err != nil || raw == nil {
		return err
	}
	for name, value := range members(raw) {
		if name != "id" {
			continue
		}
		if kindOf(value) == kindNumber {
			p.incident = string(value)
		} else if p.incident, err = textMember("context.Inv.id", value); err != nil {
			return err
		}
	}
	return nil
}

// wrongShape reports a member that is not what it has to be. The instance's
// configuration is a parameter, all else counts among the arguments.
func wrongShape(name, wanted string, value json.RawMessage) error {
	message := fmt.Sprintf("The member %q of the request's params must be %s, not %s.", name, wanted, kindOf(value))
	if name == "params" {
		return failure.Parameter(name, "%s", message)
	}
	return failure.Argument(name, "%s", message)
}

func objectMember(name string, value json.RawMessage) (json.RawMessage, error) {
	switch kindOf(value) {
	case kindObject:
		return value, nil
	case kindNull, kindAbsent:
		return nil, nil
	}
	return nil, wrongShape(name, "an object", value)
}

func textMember(name string, value json.RawMessage) (string, error) {
	if kindOf(value) == kindNull {
		return "", nil
	}
	text, ok := decodeString(value)
	if !ok {
		return "", wrongShape(name, "text", value)
	}
	return text, nil
}

func tokenMember(name string, value json.RawMessage) (json.RawMessage, error) {
	switch kindOf(value) {
	case kindString, kindNumber:
		return value, nil
	case kindNull:
		return nil, nil
	}
	return nil, wrongShape(name, "text or a number", value)
}

// secondsMember reads a number of seconds, fractions allowed. Very long times
// end at what a time.Duration holds, 292 years.
func secondsMember(name string, value json.RawMessage) (time.Duration, error) {
	if kindOf(value) == kindNull {
		return 0, nil
	}
	const wanted = "a positive number of seconds"
	if kindOf(value) != kindNumber {
		return 0, wrongShape(name, wanted, value)
	}
	seconds, err := strconv.ParseFloat(string(value), 64)
	if err != nil || seconds <= 0 {
		return 0, failure.Argument(name, "The member %q of the request's params must be %s.", name, wanted)
	}
	nanoseconds := math.Ceil(seconds * float64(time.Second))
	if nanoseconds >= math.MaxInt64 {
		return math.MaxInt64, nil
	}
	return time.Duration(nanoseconds), nil
}

// decodeArgs decodes the command's arguments; without any the map is empty.
func (p *callParams) decodeArgs() (map[string]any, error) {
	if p.args == nil {
		return map[string]any{}, nil
	}
	args, err := decodeObject(p.args)
	var repeated *repeatedName
	if errors.As(err, &repeated) {
		return nil, failure.Argument(repeated.name, "The argument %s is given twice.", shown(repeated.name))
	}
	return args, err
}

// decodeParams decodes an instance's configuration; nil where there is none.
func decodeParams(raw json.RawMessage) (map[string]any, error) {
	if raw == nil {
		return nil, nil
	}
	params, err := decodeObject(raw)
	var repeated *repeatedName
	if errors.As(err, &repeated) {
		return nil, failure.Parameter(repeated.name, "The parameter %s is given twice.", shown(repeated.name))
	}
	return params, err
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
