package parameter_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"msgraph-user/internal/failure"
	"msgraph-user/internal/parameter"
)

func TestListsHoldOneEntryALineOrAComma(t *testing.T) {
	want := []string{"root@contoso.com", "11111111-0000", "soar@contoso.com"}
	for name, value := range map[string]any{
		"lines":                       "root@contoso.com\r\n11111111-0000\nsoar@contoso.com\n",
		"commas":                      "root@contoso.com, 11111111-0000; soar@contoso.com",
		"an array":                    []any{"root@contoso.com", "11111111-0000", "soar@contoso.com"},
		"what nobody sees around one": "\ufeffroot@contoso.com\n\u200b11111111-0000\u00a0\n\u200esoar@contoso.com\u200f\n\u200b",
	} {
		t.Run(name, func(t *testing.T) {
			r := parameter.NewReader(map[string]any{"users": value})
			if got := r.List("users"); !slices.Equal(got, want) || r.Err() != nil {
				t.Errorf("%q, %v; want %q", got, r.Err(), want)
			}
		})
	}
}

func TestTheFirstBadValueIsTheError(t *testing.T) {
	r := parameter.NewReader(map[string]any{
		"flag": "perhaps", "text": []any{}, "id": map[string]any{"password": "a\u200bb"}, "pair": map[string]any{"password": 7.5},
		"users": []any{1.5},
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
		{"users", func(r *parameter.Reader) { r.List("users") }, "one entry a line"},
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
