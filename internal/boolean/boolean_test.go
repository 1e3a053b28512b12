package boolean_test

import (
	"testing"

	"msgraph-user/internal/boolean"
)

func TestParse(t *testing.T) {
	for text, want := range map[string]struct{ value, ok bool }{
		"true": {true, true}, " TRUE\n": {true, true}, "Yes": {true, true}, "on": {true, true}, "1": {true, true},
		"false": {false, true}, "No": {false, true}, "OFF": {false, true}, "0": {false, true},
		"": {}, "y": {}, "perhaps": {}, "2": {}, "01": {}, "true false": {},
	} {
		if value, ok := boolean.Parse(text); value != want.value || ok != want.ok {
			t.Errorf("%q: %v %v", text, value, ok)
		}
	}
}
