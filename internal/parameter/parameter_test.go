package parameter_test

import (
	"errors"
	"strings"
	"testing"

	"msgraph-user/internal/failure"
	"msgraph-user/internal/parameter"
)

func TestTheFirstBadValueIsTheError(t *testing.T) {
	r := parameter.NewReader(map[string]any{
		"flag": "perhaps", "text": []any{}, "id": map[string]any{"password": "a\u200bb"}, "pair": map[string]any{"password": 7.5},
	})
	for _, test := range []struct {
		name     string
		read     func(*parameter.Reader)
		mentions string
	}{
		{"flag", func(r *parameter.Reader) { r.Flag("flag", true) }, "true or false"},
		{"text", func(r *parameter.Reader) { r.Text("text") }, "must be text"},
		{"id", func(r *parameter.Reader) { r.ID("id", "") }, "character 2 is U+200B ZERO WIDTH SPACE"},
		{"pair", func(r *parameter.Reader) { r.Pair("pair") }, "identifier and password"},
	} {
		one := *r
		test.read(&one)
		test.read(&one)
		e, ok := errors.AsType[*failure.Error](one.Err())
		if !ok || e.Kind != failure.BadConfiguration || e.Parameter != test.name || !strings.Contains(e.Message, test.mentions) {
			t.Errorf("%s: %v", test.name, one.Err())
		}
	}
	r.Flag("flag", false)
	r.Text("text")
	if e, _ := errors.AsType[*failure.Error](r.Err()); e == nil || e.Parameter != "flag" {
		t.Errorf("%v, want the first", r.Err())
	}
}
