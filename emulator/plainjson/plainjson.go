// Package plainjson writes JSON as Graph does: without the escapes of encoding/json
// that only HTML needs.
package plainjson

import (
	"bytes"
	"encoding/json"
)

// Marshal returns v as JSON on one line, without a line end.
func Marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}
