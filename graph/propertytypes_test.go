package graph_test

import (
	"encoding/json"
	"strings"
	"testing"

	"msgraph-user/graph"
	"msgraph-user/internal/failure"
)

func TestPropertyType(t *testing.T) {
	tests := []struct {
		name string
		want graph.Type
		ok   bool
	}{
		{"accountEnabled", graph.Type{Kind: graph.KindBoolean, Nullable: true}, true},
		{"jobTitle", graph.Type{Kind: graph.KindString, Nullable: true}, true},
		{"deviceEnrollmentLimit", graph.Type{Kind: graph.KindNumber}, true},
		{"employeeHireDate", graph.Type{Kind: graph.KindDate, Nullable: true}, true},
		{"businessPhones", graph.Type{Kind: graph.KindString, Collection: true}, true},
		{"imAddresses", graph.Type{Kind: graph.KindString, Collection: true, Nullable: true}, true},
		{"passwordProfile", graph.Type{Kind: graph.KindComplex, Nullable: true}, true},
		{"identities", graph.Type{Kind: graph.KindComplex, Collection: true, Nullable: true}, true},
		{"deletedDateTime", graph.Type{Kind: graph.KindDate, Nullable: true}, true}, // of directoryObject
		{"id", graph.Type{Kind: graph.KindString}, true},                            // of entity
		{"extension_0123_shoeSize", graph.Type{}, false},
		{"AccountEnabled", graph.Type{}, false},
	}
	for _, test := range tests {
		if got, ok := graph.PropertyType(test.name); got != test.want || ok != test.ok {
			t.Errorf("%s: %+v %t, want %+v %t", test.name, got, ok, test.want, test.ok)
		}
	}
}

// TestConvertProperty says what a text becomes in the body that goes to Graph.
func TestConvertProperty(t *testing.T) {
	tests := []struct {
		name, text string
		want       string // JSON; empty: refused
	}{
		{"jobTitle", "Analyst", `"Analyst"`},
		{"jobTitle", "", `null`},
		{"jobTitle", "null", `null`},
		{"jobTitle", " a=b, c ", `"a=b, c"`},
		{"jobTitle", "\u00a0Analyst\t", `"Analyst"`},
		{"jobTitle", `" a=b, c "`, `" a=b, c "`},
		{"jobTitle", `""`, `""`},
		{"jobTitle", `"null"`, `"null"`},
		{"jobTitle", `"A" and "B"`, `"\"A\" and \"B\""`},
		{"jobTitle", `"`, `"\""`},
		{"jobTitle", "true", `"true"`},
		{"postalCode", "00123", `"00123"`},
		{"mobilePhone", "050505050", `"050505050"`},
		{"accountEnabled", "true", `true`},
		{"accountEnabled", "False", `false`},
		{"accountEnabled", " yes ", `true`},
		{"accountEnabled", "no", `false`},
		{"accountEnabled", "", `null`},
		{"accountEnabled", "perhaps", ``},
		{"accountEnabled", "1", `true`},
		{"accountEnabled", "2", ``},
		{"deviceEnrollmentLimit", "5", `5`},
		{"deviceEnrollmentLimit", "-5", `-5`},
		{"deviceEnrollmentLimit", "five", ``},
		{"deviceEnrollmentLimit", "+5", `5`},
		{"deviceEnrollmentLimit", "05", `5`},
		{"deviceEnrollmentLimit", "1.5", ``},
		{"accountEnabled", `"true"`, `true`},
		{"employeeHireDate", "2030-01-02T00:00:00Z", `"2030-01-02T00:00:00Z"`},
		{"employeeHireDate", "2030-01-02", `"2030-01-02T00:00:00Z"`},
		{"employeeHireDate", ` "2030-01-02" `, `"2030-01-02T00:00:00Z"`},
		{"birthday", "2030-01-02 09:30", `"2030-01-02T09:30:00Z"`},
		{"employeeLeaveDateTime", "2030-01-02T09:30:15", `"2030-01-02T09:30:15Z"`},
		{"employeeHireDate", "2030-01-02T00:00:00+02:00", `"2030-01-02T00:00:00+02:00"`},
		{"employeeHireDate", "tomorrow", `"tomorrow"`}, // Graph says what is wrong with it
		{"employeeHireDate", "", `null`},
		{"jobTitle", "2030-01-02", `"2030-01-02"`},
		{"businessPhones", "+1 425 555 0109", `["+1 425 555 0109"]`},
		{"businessPhones", "1, 2,", `["1","2"]`},
		{"businessPhones", `["1, 2"]`, `["1, 2"]`},
		{"businessPhones", "", `[]`}, // null is no value of it
		{"businessPhones", "[1", ``},
		{"businessPhones", `["1"] x`, ``},
		{"imAddresses", "", `null`},
		{"passwordProfile", `{"password":"a<b"}`, `{"password":"a<b"}`},
		{"passwordProfile", "secret", ``},
		{"passwordProfile", "[1]", ``},
		{"identities", `[{"signInType":"federated"}]`, `[{"signInType":"federated"}]`},
		{"identities", "a", ``},
		{"extension_0123_shoeSize", " 42 ", `"42"`},
		{"extension_0123_shoeSize", `" 42 "`, `" 42 "`},
		{"extension_0123_shoeSize", "null", `"null"`},
		{"extension_0123_shoeSize", "", `null`},
		{"userType", "Member", `"Member"`},
	}
	for _, test := range tests {
		value, err := graph.ConvertProperty(test.name, test.text)
		if test.want == "" {
			if e := wantFailure(t, err, failure.BadArgument); e.Argument != test.name {
				t.Errorf("%s=%s: argument %q", test.name, test.text, e.Argument)
			}
			continue
		}
		if got := encode(t, value); err != nil || got != test.want {
			t.Errorf("%s=%s: %s, %v; want %s", test.name, test.text, got, err, test.want)
		}
	}
}

func encode(t *testing.T, value any) string {
	t.Helper()
	far := newFarSide(t)
	far.answer(204, "")
	if _, err := far.client.Do(t.Context(), graph.UpdateUser(adele, value)); err != nil {
		t.Fatal(err)
	}
	if body := far.only().body; body != "" {
		return body
	}
	return "null"
}

func TestUnknownPropertiesAreTold(t *testing.T) {
	for list, want := range map[string]string{
		"":                                 "",
		"*":                                "",
		"id, DISPLAYNAME,mail":             "",
		"displayNam,id, shoeSize ":         "displayNam shoeSize",
		"extension_9f_x,employeeOrgData/x": "",
	} {
		if got := strings.Join(graph.UnknownProperties(list), " "); got != want {
			t.Errorf("%q: %q, want %q", list, got, want)
		}
	}
}

func FuzzConvertProperty(f *testing.F) {
	for _, seed := range []string{"", "true", "5", "01", "[1", `["a"]`, `{"a":1}`, "a,b,,", " ", "\xff", "1e999", "-"} {
		for _, name := range []string{"accountEnabled", "deviceEnrollmentLimit", "businessPhones", "passwordProfile", "identities", "jobTitle", "x"} {
			f.Add(name, seed)
		}
	}
	f.Fuzz(func(t *testing.T, name, text string) {
		value, err := graph.ConvertProperty(name, text)
		if err != nil {
			wantFailure(t, err, failure.BadArgument)
			return
		}
		if _, err := json.Marshal(value); err != nil {
			t.Errorf("%s=%q cannot be written: %v", name, text, err)
		}
	})
}
