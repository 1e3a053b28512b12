//go:build lean

package records

import (
	"encoding/json"
	"errors"
)

// Query picks nothing: the program of the platform's container has no JMESPath.
type Query struct{}

// ParseQuery refuses.
func ParseQuery(string) (*Query, error) {
	return nil, errors.New("--query: this program was built for the platform's container, without queries: use an ordinary build")
}

// Of returns the value.
func (*Query) Of(value json.RawMessage) (json.RawMessage, error) { return value, nil }
