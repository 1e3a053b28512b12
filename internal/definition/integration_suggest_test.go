package definition_test

import (
	"slices"
	"strings"
	"testing"
)

func TestSuggestionsForUnknownCommands(t *testing.T) {
	for _, test := range []struct {
		name  string
		first string // the suggestion that has to come first; "" for none at all
	}{
		{"msgraph-user-gte", "msgraph-user-get"},
		{"msgraph-user-lst", "msgraph-user-list"},
		{"msgraph-userg-et", "msgraph-user-get"},
		{"msgraph-user-GET", "msgraph-user-get"},
		{"msgraph_user_get_groups", "msgraph-user-get-groups"},
		{"msgraph-user-direct-reports", "msgraph-direct-reports"},
		{"disable", "msgraph-user-account-disable"},
		{"revoke-sessions", "msgraph-user-session-revoke"},
		{"msgraph-user-reset-password", "msgraph-user-force-reset-password"},
		{"fido2-list", "msgraph-user-fido2-method-list"},
		{"create-tap", "msgraph-user-tap-policy-create"},
		{"testmodule", "test-module"},
		{"xyzzy", ""},
		{"", ""},
		{"---", ""},
		{strings.Repeat("msgraph-user-get", 1000), ""},
	} {
		got := integration(t).Suggest(test.name)
		switch {
		case test.first == "" && len(got) > 0:
			t.Errorf("%.40q: nothing is near, got %v", test.name, got)
		case test.first != "" && (len(got) == 0 || got[0] != test.first):
			t.Errorf("%q: got %v, want %s first", test.name, got, test.first)
		}
	}
}

// Slips of one key in every command's name, at every third letter; where they
// begin differs from name to name.
func TestOneSlipStillFindsTheCommand(t *testing.T) {
	definition := integration(t)
	for i, name := range definition.CommandNames() {
		for at := i % 3; at < len(name); at += 3 {
			before := max(at-1, 0)
			for _, slip := range []string{
				name[:at] + name[at+1:], // dropped
				name[:at+1] + name[at:], // doubled
				name[:before] + name[at:at+1] + name[before:at] + name[at+1:], // swapped
				name[:at] + "#" + name[at+1:], name[:at] + " " + name[at:],    // another key, one too many
			} {
				got := definition.Suggest(slip)
				if !slices.Contains(got, name) && len(got) < 3 {
					t.Errorf("%q: %s is not among %v", slip, name, got)
				}
				for _, suggestion := range got {
					if _, ok := definition.Command(suggestion); !ok {
						t.Fatalf("%q: %s was suggested, which does not exist", slip, suggestion)
					}
				}
			}
		}
	}
}
