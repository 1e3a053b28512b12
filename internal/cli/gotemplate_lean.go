//go:build lean

package cli

import (
	"errors"
	"io"
)

// parseGoTemplate refuses: text/template makes the program two megabytes larger, since
// it calls methods by name and so keeps every one.
func parseGoTemplate(string) (func(io.Writer, any) error, error) {
	return nil, errors.New("--template: this program was built for the platform's container, without templates: use an ordinary build")
}
