package rpc

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/sourcegraph/jsonrpc2"

	"msgraph-user/internal/failure"
)

// errInternal is what a caller is told of a defect; the log has the rest.
var errInternal = &failure.Error{
	Kind:    failure.Internal,
	Message: "The command failed through a defect of this server.",
	Advice:  "Its log on stderr says more; please report it.",
}

// wireError turns the outcome of a command, or of a method, into the error that
// the caller is sent. What is no *failure.Error shows nothing of itself: nobody
// has checked its text for secrets.
func wireError(err error) *jsonrpc2.Error {
	var f *failure.Error
	switch {
	case errors.As(err, &f):
	case errors.Is(err, context.DeadlineExceeded):
		f = &failure.Error{Kind: failure.Unreachable, Timeout: true,
			Message: "The command did not end within its time.",
			Advice:  "Give it more with context.timeout, in seconds."}
	default:
		// A cancelled context among them: when the caller cancels, the answer
		// is given before the command notices.
		f = errInternal
	}
	return newError(int64(f.Kind.Code()), f.Error(), ErrorData(f))
}

// errorTypes names the types of err and of what it wraps, for the log: enough to
// find the place, and free of secrets.
func errorTypes(err error) string {
	var types []string
	for ; err != nil; err = errors.Unwrap(err) {
		types = append(types, fmt.Sprintf("%T", err))
	}
	return strings.Join(types, " > ")
}

// ErrorData returns the members that belong to the kind of f.
func ErrorData(f *failure.Error) map[string]any {
	data := map[string]any{}
	switch f.Kind {
	case failure.BadArgument:
		addText(data, "argument", f.Argument)
		addSuggestions(data, f.Suggestions)
	case failure.BadConfiguration:
		addText(data, "parameter", f.Parameter)
		addSuggestions(data, f.Suggestions)
	case failure.UnknownCommand:
		data["suggestions"] = append([]string{}, f.Suggestions...)
	case failure.SignIn:
		addText(data, "error", f.OAuthError)
		data["codes"] = append([]int{}, f.AADSTS...)
		addStatus(data, f.Status)
	case failure.Refused:
		addStatus(data, f.Status)
		addText(data, "code", f.Code)
		addText(data, "requestId", f.RequestID)
		addText(data, "clientRequestId", f.ClientRequestID)
		addText(data, "date", f.Date)
	case failure.Throttled:
		data["retryAfter"] = wholeSeconds(f.RetryAfter)
	case failure.Unreachable:
		addText(data, "host", f.Host)
		data["timeout"] = f.Timeout
	}
	if f.Results != nil {
		data["results"] = f.Results
	}
	addText(data, "runId", f.RunID)
	return data
}

func addText(data map[string]any, member, text string) {
	if text != "" {
		data[member] = text
	}
}

func addStatus(data map[string]any, status int) {
	if status != 0 {
		data["status"] = status
	}
}

func addSuggestions(data map[string]any, suggestions []string) {
	if len(suggestions) > 0 {
		data["suggestions"] = suggestions
	}
}

// wholeSeconds rounds up, so that a wait of that length is long enough.
func wholeSeconds(d time.Duration) int64 { return int64(math.Ceil(d.Seconds())) }

// newError builds an error of the wire. Its data is always an object.
func newError(code int64, message string, data map[string]any) *jsonrpc2.Error {
	encoded, err := encodeResult(data)
	if err != nil {
		// Whatever is wrong with the results, what is known besides them is told.
		delete(data, "results")
		return newError(code, message, data)
	}
	return &jsonrpc2.Error{Code: code, Message: message, Data: &encoded}
}

func parseError(message string) *jsonrpc2.Error {
	return newError(jsonrpc2.CodeParseError, message, map[string]any{})
}

func invalidRequest(format string, a ...any) *jsonrpc2.Error {
	return newError(jsonrpc2.CodeInvalidRequest, fmt.Sprintf(format, a...), map[string]any{})
}
