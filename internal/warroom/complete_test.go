package warroom

import (
	"slices"
	"strings"
	"testing"

	"msgraph-user/internal/xsoar"
)

// The cursor stands where the bar is.
func TestCompletion(t *testing.T) {
	s := sit(t)
	c := completer{definition: loadDefinition(t), builtins: s.builtinNames(), names: &userNames{}, ids: &recentIDs{}}
	c.context = &s.context
	if err := s.context.Add(xsoar.Entry{EntryContext: map[string]any{"MSGraphUser": map[string]any{"ID": 1}}}); err != nil {
		t.Fatal(err)
	}
	c.names.learn([]xsoar.Entry{
		{Contents: []any{map[string]any{"userPrincipalName": "adele@contoso.example", "mail": "other@contoso.example"}}},
		{Contents: map[string]any{"value": map[string]any{"mail": "zoë miller@contoso.example"}}},
		{Contents: "text"},
	})
	c.ids.learn([]xsoar.Entry{{Contents: []any{map[string]any{"id": "old"}}}})
	c.ids.learn([]xsoar.Entry{{Contents: []any{map[string]any{"id": "m-2", "phone": map[string]any{"id": "m-1"}}, map[string]any{"id": "\x1b[2J"}}}})
	for _, test := range []struct {
		line       string
		head       string
		candidates []string // all of them where complete
		tail       string
	}{
		{"!msgraph-user-sess|", "!", []string{"msgraph-user-session-revoke "}, ""},
		{"msgraph-direct|", "", []string{"msgraph-direct-reports "}, ""},
		{"!msgraph-user-request-m|", "!", nil, ""}, // hidden
		{"exp|", "", []string{"export "}, ""},
		{"q|", "", []string{"quit "}, ""},
		{"he|lp me", "", []string{"help "}, "lp me"},
		{"!msgraph-user-get |", "!msgraph-user-get ", []string{"user=", "properties="}, ""},
		{"!msgraph-user-get user=x prop|", "!msgraph-user-get user=x ", []string{"properties="}, ""},
		{"!msgraph-user-get user=x us|", "!msgraph-user-get user=x ", nil, ""},
		{"!msgraph-user-get user=AD|", "!msgraph-user-get user=", []string{"adele@contoso.example "}, ""},
		{"!msgraph-user-get user=|", "!msgraph-user-get user=", []string{"adele@contoso.example ", `"zoë miller@contoso.example" `}, ""},
		{`!msgraph-user-get user="zoë m|`, "!msgraph-user-get user=", []string{`"zoë miller@contoso.example" `}, ""},
		{"!msgraph-user-change-password user=x force_change_password_with_mfa=t|", "!msgraph-user-change-password user=x force_change_password_with_mfa=", []string{"true "}, ""},
		{"!msgraph-user-nonsense user=|", "!msgraph-user-nonsense user=", nil, ""},
		{"!msgraph-user-get nonsense=|", "!msgraph-user-get nonsense=", nil, ""},
		{"!msgraph-user-phone-method-delete method_id=|", "!msgraph-user-phone-method-delete method_id=", []string{"m-2 ", "m-1 ", "old "}, ""},
		{"!msgraph-user-phone-method-delete method_id=m|", "!msgraph-user-phone-method-delete method_id=", []string{"m-2 ", "m-1 "}, ""},
		{"!msgraph-user-get user=${MSGraphUser.|", "!msgraph-user-get user=", []string{"${MSGraphUser.ID} "}, ""},
		{"context MSG|", "context ", []string{"MSGraphUser", "MSGraphUser.ID"}, ""},
		{"help se|", "help ", []string{"setup"}, ""},
		{"help setup |", "help setup ", nil, ""},
	} {
		before, after, _ := strings.Cut(test.line, "|")
		head, candidates, tail := c.complete(before+after, len([]rune(before)))
		if head != test.head || tail != test.tail || !slices.Equal(candidates, test.candidates) {
			t.Errorf("%s\n got %q %q %q\nwant %q %q %q", test.line, head, candidates, tail, test.head, test.candidates, test.tail)
		}
	}
	if _, all, _ := c.complete("", 0); len(all) != len(c.definition.ShownNames())+len(s.builtinNames()) {
		t.Errorf("%d commands are offered at the start", len(all))
	}
}
