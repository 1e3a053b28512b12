package rawjson

import (
	"encoding/json"
	"reflect"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// Splitting gives what parsing gives, for whatever is valid.
func TestSplitEqualsParse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		array := rapid.SampledFrom([]string{
			`[]`, ` [ ] `, `[{}]`, `[{"a":1}, {"a" : "x\"y\\" , "b":[1,{"c":"]}"}]}]`, "[\n{\"a\":null,\"a\":true},{\"\\u0061\":-1.5e3},{\"é\":\"\\ud83d\"}]",
			`[{"id":"1","n":{"m":{}}},{"id":"2","n":{"m":{}}},{"id":"3","other":[]}]`, `[1]`, `[{"a":1},"x"]`,
		}).Draw(t, "array")
		compareSplit(t, []byte(array))
	})
}

func FuzzSplit(f *testing.F) {
	for _, seed := range []string{`[{"a":"\\\""}]`, `[{"a":[{"b":"}"}]},{}]`, `[`, `[,]`, `{"a"}`, `["`, `[{"a":1}x]`, `[{"\\":1}]`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) { compareSplit(t, data) })
}

// compareSplit holds Elements and Objects to ParseArray and ParseObject where data is
// valid, and to no panic where it is not.
func compareSplit(t interface {
	Errorf(string, ...any)
}, data []byte) {
	want, err := ParseArray(data)
	got, splitErr := Elements(data)
	if err != nil || !json.Valid(data) || !utf8.Valid(data) {
		return // what is not valid is never split
	}
	if splitErr != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%q: elements %q, %v, want %q", data, got, splitErr, want)
	}
	objects, bad, err := Objects(got)
	for i, element := range want {
		parsed, parseErr := ParseObject(element)
		if parseErr != nil {
			if err == nil || bad != i {
				t.Errorf("%q: item %d is no object, told was %d, %v", data, i, bad, err)
			}
			return
		}
		if err == nil && !reflect.DeepEqual(objects[i], parsed) {
			t.Errorf("%q: item %d is %q, want %q", data, i, objects[i], parsed)
		}
	}
	if err != nil {
		t.Errorf("%q: %v", data, err)
	}
}
