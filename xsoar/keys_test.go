package xsoar_test

import (
	"encoding/json"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"msgraph-user/rawjson"
	"msgraph-user/xsoar"
)

func TestNames(t *testing.T) {
	for _, c := range []struct{ name, heading, key string }{
		{"id", "ID", "ID"},
		{"displayName", "Display Name", "DisplayName"},
		{"aaGuid", "Aa Guid", "AaGuid"},
		{"@odata.type", "@Odata.Type", "@Odata.Type"},
		{"extension_abc_skypeId", "Extension_Abc_Skype Id", "Extension_Abc_SkypeId"},
		{"onPremisesSID", "On Premises S I D", "OnPremisesSID"},
		{"fido2Methods", "Fido2 Methods", "Fido2Methods"},
		{"line2address", "Line2Address", "Line2Address"},
		{"Already", "Already", "Already"},
		{"übung", "Übung", "Übung"},
		{"", "", ""},
	} {
		if got := xsoar.ReadableName(c.name); got != c.heading {
			t.Errorf("heading of %q: %q, want %q", c.name, got, c.heading)
		}
		if got := xsoar.ContextKey(c.name); got != c.key {
			t.Errorf("context key of %q: %q, want %q", c.name, got, c.key)
		}
	}
}

func TestContextObjectRenamesTheTopOnly(t *testing.T) {
	object, err := rawjson.ParseObject([]byte(`{"id":"x","signInActivity":{"lastSignIn":1.50}}`))
	if err != nil {
		t.Fatal(err)
	}
	got, err := json.Marshal(xsoar.ContextObject(object))
	if err != nil || string(got) != `{"ID":"x","SignInActivity":{"lastSignIn":1.50}}` {
		t.Errorf("got %s (%v)", got, err)
	}
}

func TestContextKeyHoldsNoSpace(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		key := xsoar.ContextKey(rapid.String().Draw(t, "name"))
		if strings.Contains(key, " ") {
			t.Fatalf("%q holds a space", key)
		}
	})
}
