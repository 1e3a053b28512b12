package rpc

import (
	"bytes"
	"encoding/json"
	"math"
	"testing"
	"time"

	"msgraph-user/internal/rawjson"
	"msgraph-user/internal/xsoar"
)

// TestResultsAreEncodedAsEncodingJSONDoes holds the faster encoder to the bytes of
// the one that everybody knows.
func TestResultsAreEncodedAsEncodingJSONDoes(t *testing.T) {
	for name, contents := range map[string]any{
		"nothing":          nil,
		"text":             "<a & b> \u2028 é \x00 \"\\/",
		"numbers":          []any{1, math.Copysign(0, -1), 1e21, 1e-7, 0.1, math.MaxInt64, uint64(math.MaxUint64), json.Number("1.00"), json.Number("12345678901234567890")},
		"empty and absent": []any{[]string{}, []string(nil), map[string]any{}, map[string]any(nil), []byte{}, []byte(nil), (*int)(nil)},
		"bytes and time":   []any{[]byte("abc"), time.Unix(0, 0).UTC(), time.Second},
		"names in order":   map[string]any{"b": 1, "a": map[string]any{"ä": 1, "z": 2, "": 3}},
		"raw":              json.RawMessage("{\"z\": 1.0,\n \"a\": [\"<\\u003c\"], \"a\": 2}"),
		"objects of Graph": []rawjson.Object{{{Name: "id", Value: json.RawMessage(`"1"`)}, {Name: "mail"}}, {}, nil,
			{{Name: "twice", Value: json.RawMessage("1.0")}, {Name: "twice", Value: json.RawMessage(`["<\ud800"]`)}, {Name: "<é\"\xff", Value: json.RawMessage("{ \"a\" : 1 }")}}},
		"one object of Graph": rawjson.Object{{Name: "id", Value: json.RawMessage(`"1"`)}},
		"structs": struct {
			A string `json:"a,omitempty"`
			B []int  `json:"b,omitempty"`
			C *bool
		}{},
	} {
		t.Run(name, func(t *testing.T) {
			result := commandResult{Unsettled: true, Entries: []xsoar.Entry{{Type: xsoar.Note, Contents: contents, EntryContext: map[string]any{"x": contents}}}}
			var want bytes.Buffer
			encoder := json.NewEncoder(&want)
			encoder.SetEscapeHTML(false)
			if err := encoder.Encode(result); err != nil {
				t.Fatal(err)
			}
			got, err := encodeResult(result)
			if err != nil || string(got)+"\n" != want.String() {
				t.Errorf("%v\n%s\nwant\n%s", err, got, &want)
			}
		})
	}
}
