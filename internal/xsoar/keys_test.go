package xsoar_test

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"pgregory.net/rapid"

	"msgraph-user/internal/rawjson"
	"msgraph-user/internal/xsoar"
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

// Whatever an object from Graph holds, renaming keeps its members, their order
// and their values, and no key has a blank in it. The name of a property as Graph
// spells them changes in its letters' case only, and a key stays what it is.
func FuzzContextObject(f *testing.F) {
	for _, seed := range []string{
		`{"id":"x","displayName":"D","@odata.type":"#t","extension_ab_skypeId":1.50}`,
		`{"":1,"a b":2,"aB":3,"AB":4,"\u00a0x":5,"\ud83d":6}`,
		"{\"\xff\":null,\"\u0130stanbul\":[],\"\u01c6x\":{},\"a\u3000b\":0}",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		object, err := rawjson.ParseObject([]byte(text))
		if err != nil {
			return
		}
		renamed := xsoar.ContextObject(object)
		if len(renamed) != len(object) {
			t.Fatalf("%d members became %d", len(object), len(renamed))
		}
		for i, member := range object {
			key := renamed[i].Name
			if string(renamed[i].Value) != string(member.Value) {
				t.Errorf("the value of %q changed to %s", member.Name, renamed[i].Value)
			}
			if strings.ContainsFunc(key, unicode.IsSpace) {
				t.Errorf("%q became %q, with a blank", member.Name, key)
			}
			if graphName.MatchString(member.Name) && (!strings.EqualFold(key, member.Name) || xsoar.ContextKey(key) != key) {
				t.Errorf("%q became %q", member.Name, key)
			}
		}
	})
}

// graphName matches the names that Graph's properties have.
var graphName = regexp.MustCompile(`^[a-z][A-Za-z]+$`)
