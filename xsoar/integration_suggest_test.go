package xsoar_test

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestSuggestionsForUnknownCommands(t *testing.T) {
	for _, test := range []struct {
		name  string
		first string // the suggestion that has to come first; "" for none at all
	}{
		{"msgraph-user-gte", "msgraph-user-get"},
		{"msgraph-user-lst", "msgraph-user-list"},
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

func TestOneSlipStillFindsTheCommand(t *testing.T) {
	definition := integration(t)
	names := definition.CommandNames()
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.SampledFrom(names).Draw(t, "name")
		at := rapid.IntRange(0, len(name)-1).Draw(t, "at")
		slip := map[string]string{
			"dropped": name[:at] + name[at+1:],
			"doubled": name[:at+1] + name[at:],
			"swapped": name[:max(at-1, 0)] + name[at:at+1] + name[max(at-1, 0):at] + name[at+1:],
		}[rapid.SampledFrom([]string{"dropped", "doubled", "swapped"}).Draw(t, "kind")]
		got := definition.Suggest(slip)
		if !slices.Contains(got, name) && len(got) < 3 {
			t.Fatalf("%q: %s is not among %v", slip, name, got)
		}
		for _, suggestion := range got {
			if _, ok := definition.Command(suggestion); !ok {
				t.Fatalf("%q: %s was suggested, which does not exist", slip, suggestion)
			}
		}
	})
}
