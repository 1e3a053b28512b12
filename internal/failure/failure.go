// Package failure holds the one error type that crosses package borders: what
// went wrong, of which kind, and what the person who asked can do about it.
//
// A package below the command line returns a *Error (possibly wrapped with %w)
// for everything that a caller may want to tell apart; the rpc package turns it
// into a JSON-RPC error in one place.
package failure

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Kind says which of the outcomes of the wire protocol an error is.
type Kind int

// The kinds.
const (
	Internal         Kind = iota // a defect of this program
	BadArgument                  // an argument of the command; Error.Argument names it
	BadConfiguration             // a parameter of the instance; Error.Parameter names it
	UnknownCommand               // Error.Suggestions holds near names
	SignIn                       // no token could be had
	Refused                      // Graph (or the MFA service) said no
	Throttled                    // throttled past the call's deadline; Error.RetryAfter says how long
	Unreachable                  // refused, reset or timed out; Error.Host names the far side
	Canceled                     // the caller cancelled the call
)

// Code returns the kind's JSON-RPC code: one of the specification's where it has
// one (https://www.jsonrpc.org/specification#error_object), that of the Language
// Server Protocol for Canceled, and one of our own for the rest.
func (k Kind) Code() int {
	codes := [...]int{-32603, -32602, -32602, -32601, -32001, -32002, -32003, -32004, -32800}
	if k < 0 || int(k) >= len(codes) {
		return Internal.Code()
	}
	return codes[k]
}

// Kinds returns every kind there is.
func Kinds() []Kind {
	kinds := make([]Kind, Canceled+1)
	for i := range kinds {
		kinds[i] = Kind(i)
	}
	return kinds
}

// String returns the kind's name, for logs and counters.
func (k Kind) String() string {
	names := [...]string{"internal", "argument", "configuration", "unknown command", "sign-in", "refused", "throttled", "unreachable", "cancelled"}
	if k < 0 || int(k) >= len(names) {
		return "unknown"
	}
	return names[k]
}

// Error is a failure with everything that its kind carries. Members that do not
// belong to the kind stay empty.
type Error struct {
	Kind    Kind
	Message string // what happened, in words for a person
	Advice  string // what to do next; empty where nothing is known

	Argument    string   // BadArgument
	Parameter   string   // BadConfiguration
	Suggestions []string // UnknownCommand, and BadArgument where a name was mistyped

	OAuthError string // SignIn: the error member of the token endpoint's answer
	AADSTS     []int  // SignIn: Entra's numbers, as in AADSTS7000215

	Status          int    // SignIn, Refused, Throttled: the HTTP status
	Code            string // Refused: Graph's error.code
	RequestID       string // Refused: Graph's request-id
	ClientRequestID string // Refused: the client-request-id that was sent
	Date            string // Refused: Graph's innerError.date
	Body            []byte // Refused: the answer's body as it came, for commands that show it

	RetryAfter time.Duration // Throttled: how long the far side asks to wait
	Host       string        // Unreachable: the host that did not answer
	Timeout    bool          // Unreachable: whether time ran out

	// NotAvailable is true where the cloud, the licence, the user or the way of signing
	// in rules it out: asking again does not help.
	NotAvailable bool
	// Changed is true where a part of a change was made before it failed: nobody may
	// take the error for "nothing was done".
	Changed bool
	// InDoubt is true where a change was sent and no answer tells whether it was made.
	InDoubt bool
	// Results says what became of each target of a change or read of many that
	// failed or was cut short, as a list that can be encoded as JSON; nil: none.
	Results any
	// RunID names the record of the run, from which it can go on; empty: none.
	RunID string

	Cause error // the error below, if any
}

// Error returns the message with the advice after it.
func (e *Error) Error() string {
	if e.Advice == "" {
		return e.Message
	}
	return e.Message + " " + e.Advice
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Cause }

// Argument reports a bad value of the command argument name.
func Argument(name, format string, a ...any) *Error {
	return &Error{Kind: BadArgument, Argument: name, Message: fmt.Sprintf(format, a...)}
}

// Parameter reports a bad value of the instance parameter name.
func Parameter(name, format string, a ...any) *Error {
	return &Error{Kind: BadConfiguration, Parameter: name, Message: fmt.Sprintf(format, a...)}
}

// KindOf returns the kind of err: that of the first *Error it wraps, Canceled
// for a cancelled context, Unreachable for a deadline that passed, else Internal.
func KindOf(err error) Kind {
	var e *Error
	switch {
	case errors.As(err, &e):
		return e.Kind
	case errors.Is(err, context.Canceled):
		return Canceled
	case errors.Is(err, context.DeadlineExceeded):
		return Unreachable
	}
	return Internal
}

// NotFound reports whether err is Graph's 404.
func NotFound(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.Kind == Refused && e.Status == 404
}

// Of returns the failure that a person is told of err: the first *Error it wraps,
// or one that stands for it. A defect shows nothing of its own text, which nobody
// has checked for secrets.
func Of(err error) *Error {
	var e *Error
	switch {
	case errors.As(err, &e):
		return e
	case errors.Is(err, context.DeadlineExceeded):
		return &Error{Kind: Unreachable, Timeout: true, Cause: err,
			Message: "The command did not end within its time.",
			Advice:  "Give it more, or ask for less."}
	case errors.Is(err, context.Canceled):
		return &Error{Kind: Canceled, Cause: err,
			Message: "The command was cancelled.",
			Advice:  "A change that was already sent may have taken effect."}
	}
	return &Error{Kind: Internal, Cause: err,
		Message: "The command failed through a defect of this program.",
		Advice:  "Its log on stderr says more; please report it."}
}
