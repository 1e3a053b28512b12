// Package html fills the templates of the practice tenant's pages: those of its
// sign-in, and its own page.
//
// The build tag lean leaves the templates out. html/template calls methods by name, so
// that the linker keeps every exported method of every type, two megabytes of them.
// The lean program runs in the platform's container, where nobody opens a page.
package html

import (
	"errors"
	"net/http"
)

// ErrLean says that the program was built without pages.
var ErrLean = errors.New("this program was built for the platform's container, without pages: open them with an ordinary build of msgraph-user")

// StatusOf returns the status of an answer whose page failed with err: 501 where the
// build has no pages, else 500.
func StatusOf(err error) int {
	if errors.Is(err, ErrLean) {
		return http.StatusNotImplemented
	}
	return http.StatusInternalServerError
}
