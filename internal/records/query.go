//go:build !lean

package records

import (
	"encoding/json"

	"github.com/jmespath-community/go-jmespath"

	"msgraph-user/internal/rawjson"
)

// Query picks from a JSON value what an expression of JMESPath names
// (https://jmespath.org), as az --query does.
type Query struct{ compiled jmespath.JMESPath }

// ParseQuery reads an expression.
func ParseQuery(expression string) (*Query, error) {
	compiled, err := jmespath.Compile(expression)
	if err != nil {
		return nil, err
	}
	return &Query{compiled}, nil
}

// Of returns what the expression picks from value; null where it picks nothing.
func (q *Query) Of(value json.RawMessage) (json.RawMessage, error) {
	var decoded any
	if err := json.Unmarshal(value, &decoded); err != nil {
		return nil, err
	}
	picked, err := q.compiled.Search(decoded)
	if err != nil {
		return nil, err
	}
	return rawjson.Marshal(picked)
}
