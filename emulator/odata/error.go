// Package odata reads Graph's query options and evaluates them: $filter, $search,
// $orderby, $select, $expand, $top, $count and page tokens, with the rules that
// Microsoft gives for advanced queries on directory objects
// (https://learn.microsoft.com/graph/aad-advanced-queries).
package odata

import (
	"fmt"
	"net/http"
)

// Error is a refusal in Graph's terms.
type Error struct {
	Status  int // HTTP: 400, or 501 for what the practice tenant does not know
	Code    string
	Message string
}

// Error is the code and the message.
func (e *Error) Error() string { return e.Code + ": " + e.Message }

func invalid(format string, a ...any) *Error {
	return &Error{http.StatusBadRequest, "BadRequest", fmt.Sprintf(format, a...)}
}

func unsupported(format string, a ...any) *Error {
	return &Error{http.StatusBadRequest, "Request_UnsupportedQuery", fmt.Sprintf(format, a...)}
}

func unknownHere(format string, a ...any) *Error {
	return &Error{http.StatusNotImplemented, "NotImplemented", "The practice tenant does not know " + fmt.Sprintf(format, a...) + "."}
}
