package schema_test

import (
	"bytes"
	"encoding/json"
	"os"
	"testing"

	"msgraph-user/emulator/schema"
	"msgraph-user/emulator/schema/metadata"
)

// The tables in the program are those that Microsoft's metadata gives.
func TestTablesAreFresh(t *testing.T) {
	for _, table := range []struct {
		source, path string
		make         func([]byte) ([]byte, error)
	}{
		{"graph-model.json", "model.txt", metadata.Model},
		{"graph-openapi.json", "../graphapi/operations.txt", metadata.Operations},
		{"graph-openapi.json", "../graphapi/permissionnames.txt", metadata.Permissions},
	} {
		raw, err := os.ReadFile("../../testdata/graph/" + table.source)
		if err != nil {
			t.Fatal(err)
		}
		want, err := table.make(raw)
		if err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(table.path)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s is stale: run go generate ./emulator/schema", table.path)
		}
	}
}

func TestTypesInheritProperties(t *testing.T) {
	user := schema.MustLookup("user")
	for _, name := range []string{"id", "deletedDateTime", "accountEnabled"} {
		p, ok := user.Property(name)
		if !ok || user.Properties[p.Index] != p {
			t.Errorf("user.%s: found %v, or not at its index", name, ok)
		}
	}
	if p, ok := user.Fold("DISPLAYNAME"); !ok || p.Name != "displayName" {
		t.Errorf("names are found in any letter case: got %v", p)
	}
	if _, ok := schema.Lookup("userDefaultAuthenticationMethodType"); !ok {
		t.Error("the beta types that the tenant serves are missing")
	}
}

func TestCheck(t *testing.T) {
	user := schema.MustLookup("user")
	for _, c := range []struct {
		property, raw string
		fits          bool
	}{
		{"accountEnabled", `true`, true},
		{"accountEnabled", `"true"`, false},
		{"displayName", `"Zoë"`, true},
		{"displayName", `7`, false},
		{"displayName", `null`, true},
		{"businessPhones", `["+1"]`, true},
		{"businessPhones", `"+1"`, false},
		{"businessPhones", `null`, false},
		{"businessPhones", `[null]`, false},
		{"employeeHireDate", `"2026-01-31T00:00:00Z"`, true},
		{"employeeHireDate", `"yesterday"`, false},
		{"passwordProfile", `{"password":"x","forceChangePasswordNextSignIn":true}`, true},
		{"passwordProfile", `{"pasword":"x"}`, false},
		{"passwordProfile", `{"forceChangePasswordNextSignIn":"true"}`, false},
		{"deviceEnrollmentLimit", `5`, true},
		{"deviceEnrollmentLimit", `5.5`, false},
		{"assignedLicenses", `[{"skuId":"05e9a617-0261-4cee-bb44-138d3ef5d965","disabledPlans":[]}]`, true},
		{"assignedLicenses", `[{"skuId":"E5"}]`, false},
	} {
		if err := schema.Check(user.Must(c.property), c.raw); (err == nil) != c.fits {
			t.Errorf("%s = %s: %v, want fits %v", c.property, c.raw, err, c.fits)
		}
	}
}

// What is split and put together again is what it was.
func FuzzMembers(f *testing.F) {
	for _, seed := range []string{`{}`, `{"a":1,"b":[1,{"c":"}"}],"d\"":"x\\"}`, ` { "a" : null , "b" : "," } `, `[]`, `7`, `{"a":{"b":{}}}`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		members, ok := schema.Members(text) // never fails, whatever it gets
		schema.Items(text)
		var object map[string]json.RawMessage
		if err := json.Unmarshal([]byte(text), &object); err != nil || object == nil {
			return
		}
		if !ok {
			t.Fatalf("%q is an object", text)
		}
		last := map[string]string{}
		for _, m := range members {
			last[m.Name] = m.Raw
		}
		for name, raw := range object {
			if last[name] != string(raw) {
				t.Fatalf("%q: member %q is %q, want %q", text, name, last[name], raw)
			}
		}
	})
}
