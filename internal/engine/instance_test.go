package engine

import (
	"encoding/json"
	"testing"
)

// Two configurations never share an instance, and one that is written in another order
// of its names is the same.
func TestParametersTellInstancesApart(t *testing.T) {
	different := []any{
		nil, "", "null", "1", json.Number("1"), json.Number("1.0"), 2, true, "true", []any{}, []any{"a", "b"}, []any{"a,b"}, "a\xff", "a\xfe",
		map[string]any{}, map[string]any{"a": nil}, map[string]any{"a": "b"}, map[string]any{"a": map[string]any{"password": "b"}},
		map[string]any{"a": "b", "c": "d"}, map[string]any{"a": `b","c":"d`}, map[string]any{"a:b": "", "c": "d"},
	}
	seen := map[string]any{}
	for _, value := range different {
		key, err := appendParameters(nil, value)
		if err != nil {
			t.Fatal(err)
		}
		if other, ok := seen[string(key)]; ok {
			t.Errorf("%#v and %#v are the same: %s", value, other, key)
		}
		seen[string(key)] = value
	}
	for range 20 { // the order of a map's members is another each time
		key, err := appendParameters(nil, map[string]any{"c": "d", "a": "b"})
		if err != nil || seen[string(key)] == nil {
			t.Fatalf("%s, %v", key, err)
		}
	}
	if _, err := appendParameters(nil, map[string]any{"a": func() {}}); err == nil {
		t.Error("what cannot be written is taken")
	}
}
